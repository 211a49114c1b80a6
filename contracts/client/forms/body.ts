/** What the inputs of a form hold: text by name, as a browser posts it. */
import { DATE_PARTS, type Field, type Form, type Json, NO, stepsOf, YES } from './field.ts';
import { shownTime } from './moment.ts';

/** A posted body, as `express.urlencoded({ extended: false })` gives it, or anything else: it is not trusted. */
export type Body = Readonly<Record<string, unknown>>;

/** The text that a body has under a name; the first where there are several, and an empty one where there is none. */
export function textIn(body: Body, name: string): string {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first.toWellFormed() : '';
}

/** All texts that a body has under a name. */
export function textsIn(body: Body, name: string): readonly string[] {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
}

/** The value at a place of data. */
export function valueAt(data: Json | undefined, pointer: string): Json | undefined {
  let value = data;
  for (const step of stepsOf(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string, Json>>)[step];
  }
  return value;
}

function inputsOf({ name, kind }: Field, value: Json): readonly (readonly [string, string | readonly string[]])[] {
  if (kind === 'date') {
    const [year = '', month = '', day = ''] = String(value).split('-');
    const parts = { day: day.replace(/^0/, ''), month: month.replace(/^0/, ''), year };
    return DATE_PARTS.map((part) => [`${name}-${part}`, parts[part]]);
  }
  if (Array.isArray(value)) {
    const texts = value.map(String);
    return [[name, kind === 'checkboxes' ? texts : texts.join(kind === 'words' ? ' ' : '\n')]];
  }
  if (typeof value === 'boolean') return [[name, value ? YES : NO]];
  return typeof value === 'object' ? [] : [[name, kind === 'time' ? shownTime(String(value)) : String(value)]];
}

/** What the inputs hold for data that is known already: give it to {@link renderForm} as `values`. `readForm` gives the data back. */
export function bodyOf(form: Form, data: unknown): Readonly<Record<string, string | readonly string[]>> {
  return Object.fromEntries(
    form.fields.flatMap((field) => {
      const value = valueAt(data as Json, field.pointer);
      return value === undefined ? [] : inputsOf(field, value);
    }),
  );
}
