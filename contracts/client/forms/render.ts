/** A form as HTML: GOV.UK Design System markup, everything escaped, nothing that needs JavaScript. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import nunjucks from 'nunjucks';
import { type Body, textIn, textsIn } from './body.ts';
import type { FormError } from './errors.ts';
import { DATE_PARTS, type Field, type Form, type Group } from './field.ts';
import { optionFor } from './kind.ts';

export interface RenderOptions {
  /** Where it is posted to. */
  readonly action: string;
  /** What the inputs hold: a posted body, or {@link bodyOf} data. */
  readonly values?: Body;
  readonly errors?: readonly FormError[];
  /** The heading of the page, which stands below what is wrong. */
  readonly title?: string;
  /** The text of the button. */
  readonly submit?: string;
  /** Inputs that nobody sees. */
  readonly hidden?: Readonly<Record<string, string>>;
}

/** Where govuk-frontend is: templates for your Nunjucks environment, and its stylesheet `govuk/govuk-frontend.min.css`. */
export const GOVUK_FRONTEND: string = join(dirname(createRequire(import.meta.url).resolve('govuk-frontend/package.json')), 'dist');

const templates = new nunjucks.Environment(new nunjucks.FileSystemLoader([import.meta.dirname, GOVUK_FRONTEND]), {
  autoescape: true,
  trimBlocks: true,
  lstripBlocks: true,
});

/** Fewer characters than these get an input of that width. */
const WIDTHS: readonly (readonly [number, string])[] = [
  [10, 'govuk-input--width-10'],
  [40, 'govuk-input--width-20'],
];

/** A browser drops the first line break of a textarea. */
const inTextarea = (value: string): string => (/^\r?\n/.test(value) ? `\n${value}` : value);

function itemsOf({ name, kind, options }: Field, values: Body, error: FormError | undefined): readonly object[] | undefined {
  if (kind === 'date')
    return DATE_PARTS.map((part) => ({
      name: part,
      value: textIn(values, `${name}-${part}`),
      ...(error === undefined ? {} : { error: error.parts?.includes(part) ?? true }),
    }));
  const items = options.map(({ code, text }) => ({ value: code, text }));
  return kind === 'select' ? [{ value: '', text: 'Choose one' }, ...items] : items;
}

function viewOf(field: Field, values: Body, error: FormError | undefined): object {
  const { name, title, kind, requiredIn, maxLength = 200 } = field;
  const width = kind === 'time' ? 'govuk-input--width-5' : WIDTHS.find(([most]) => maxLength <= most)?.[1];
  const text = textIn(values, name);
  return {
    ...field,
    label: requiredIn === undefined ? `${title} (optional)` : title,
    error: error?.text,
    items: itemsOf(field, values, error),
    value: kind === 'textarea' || kind === 'lines' ? inTextarea(text) : (optionFor(field.options, text)?.code ?? text),
    values: textsIn(values, name),
    classes: width ?? '',
    rows: kind === 'lines' ? 3 : 5,
    // What is short is a code or a number, which a browser has no spelling for.
    spellcheck: maxLength <= 40 || field.inputType !== undefined ? false : undefined,
  };
}

interface Branch extends Group {
  readonly id: string;
  readonly nodes: (Branch | object)[];
}

/** Fields in the fieldsets that they stand in. */
function treeOf(fields: readonly Field[], view: (field: Field) => object): readonly object[] {
  const root: (Branch | object)[] = [];
  let open: readonly Branch[] = [];
  // What must be given whenever anything of its object is does not say that it is optional: the object does.
  const optional = new Set(fields.map(({ requiredIn }) => requiredIn));
  for (const field of fields) {
    const shared = field.groups.findIndex(({ pointer }, n) => open[n]?.pointer !== pointer);
    open = open.slice(0, shared < 0 ? field.groups.length : shared);
    for (const group of field.groups.slice(open.length)) {
      const title = optional.has(group.pointer) ? `${group.title} (optional)` : group.title;
      const branch: Branch = { ...group, title, id: `group-${open.length}-${field.name}`, nodes: [] };
      (open.at(-1)?.nodes ?? root).push(branch);
      open = [...open, branch];
    }
    (open.at(-1)?.nodes ?? root).push(view(field));
  }
  return root;
}

/** Where an error leads: the input, or the first part of a date that it is about. */
function linkOf({ fields }: Form, { pointer, parts }: FormError): string | undefined {
  const field = fields.find((candidate) => candidate.pointer === pointer);
  if (field === undefined) return undefined;
  return field.kind === 'date' ? `#${field.name}-${parts?.[0] ?? 'day'}` : `#${field.name}`;
}

/** The form as HTML, with what is wrong above it and at its fields. */
export function renderForm(form: Form, options: RenderOptions): string {
  const { action, values = {}, errors = [], title = '', submit = 'Continue', hidden = {} } = options;
  const errorAt = (field: Field) => errors.find(({ pointer }) => pointer === field.pointer);
  return templates.render('form.njk', {
    action,
    title,
    submit,
    hidden,
    errors: errors.map((error) => ({ text: error.text, href: linkOf(form, error) })),
    tree: treeOf(form.fields, (field) => viewOf(field, values, errorAt(field))),
  });
}
