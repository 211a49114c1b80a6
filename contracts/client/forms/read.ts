/** What came back from a form: data in the shape of its schema, and what is wrong, in the words of GOV.UK. */
import { type Body, textIn, textsIn, valueAt } from './body.ts';
import { capital, type FormError } from './errors.ts';
import { DATE_PARTS, type Field, type Form, isWithin, type Json, stepsOf, YES } from './field.ts';
import { optionFor } from './kind.ts';
import { dateOf, timeOf } from './moment.ts';

export interface ReadForm {
  /** Nested as the schema has it. What was left empty or is wrong is not there, and neither is an object without anything in it. */
  readonly data: Readonly<Record<string, Json>>;
  /** In the order of the fields. */
  readonly errors: readonly FormError[];
}

interface ReadField {
  /** Whether anything was typed or chosen. */
  readonly isFilled: boolean;
  readonly value?: Json;
  readonly error?: Omit<FormError, 'pointer'>;
}

const EMPTY: ReadField = { isFilled: false };
/** Where the schema sets no limit. */
const MOST_CHARACTERS = 20_000;
const MOST_LINES = 100;

const wrong = (text: string, more: Pick<FormError, 'parts'> = {}): ReadField => ({ isFilled: true, error: { text, ...more } });
const right = (value: Json): ReadField => ({ isFilled: true, value });

/** One line: what no keyboard gives becomes a space. */
const lineOf = (text: string): string => text.replaceAll(/\p{Cc}/gu, ' ').trim();
const linesOf = (text: string): string =>
  text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/(?![\n\t])\p{Cc}/gu, ' ')
    .trimEnd();

/** What is wrong with a text, or with each of a list. */
function textError(field: Field, text: string, each = ''): string | undefined {
  const { called, minLength = 0, maxLength = MOST_CHARACTERS, pattern } = field;
  const length = [...text].length;
  const subject = capital(`${each}${called}`);
  if (length > maxLength) return `${subject} must be ${maxLength.toLocaleString('en-GB')} characters or less`;
  if (length < minLength) return `${subject} must be ${minLength.toLocaleString('en-GB')} characters or more`;
  return pattern === undefined || new RegExp(pattern, 'u').test(text) ? undefined : `Enter ${called} in the correct format`;
}

function readDate({ called, name }: Field, body: Body): ReadField {
  const typed = DATE_PARTS.map((part) => [part, lineOf(textIn(body, `${name}-${part}`))] as const);
  const missing = typed.filter(([, text]) => text === '').map(([part]) => part);
  if (missing.length === typed.length) return EMPTY;
  if (missing.length > 0) return wrong(`${capital(called)} must include a ${missing.join(' and ')}`, { parts: missing });
  const [day = '', month = '', year = ''] = typed.map(([, text]) => text);
  if (/^\d{1,3}$/.test(year)) return wrong(`${capital(called)} must have a year of 4 numbers`, { parts: ['year'] });
  const date = dateOf(day, month, year);
  return date === undefined ? wrong(`${capital(called)} must be a real date`, { parts: DATE_PARTS }) : right(date);
}

function readList(field: Field, texts: readonly string[]): ReadField {
  const last = texts.findLastIndex((text) => text !== '');
  if (last < 0) return EMPTY;
  // An empty line in between keeps its place.
  const list = texts.slice(0, last + 1);
  if (list.length > MOST_LINES) return wrong(`${capital(field.called)} must be ${MOST_LINES} lines or less`);
  const error = list.map((text) => textError(field, text, 'each of ')).find((found) => found !== undefined);
  return error === undefined ? right(list) : wrong(error);
}

function readChoices({ options, called }: Field, texts: readonly string[]): ReadField {
  const chosen = texts.filter((text) => text !== '');
  if (chosen.length === 0) return EMPTY;
  const codes = chosen.map((text) => optionFor(options, text)?.code);
  if (codes.includes(undefined)) return wrong(`Select ${called} from the list`);
  return right(options.map(({ code }) => code).filter((code) => codes.includes(code)));
}

function readNumber({ called, type }: Field, text: string): ReadField {
  const isWhole = type === 'integer';
  if (!(isWhole ? /^-?\d{1,15}$/ : /^-?\d{1,15}(\.\d{1,15})?$/).test(text))
    return wrong(`${capital(called)} must be a ${isWhole ? 'whole ' : ''}number`);
  return right(Number(text));
}

function readField(field: Field, body: Body): ReadField {
  const { name, kind, type, called } = field;
  if (kind === 'date') return readDate(field, body);
  if (kind === 'checkboxes') return readChoices(field, textsIn(body, name));
  if (kind === 'lines') return readList(field, linesOf(textIn(body, name)).split('\n').map(lineOf));
  const text = kind === 'textarea' ? linesOf(textIn(body, name)).trim() : lineOf(textIn(body, name));
  if (text === '') return EMPTY;
  if (kind === 'words') return readList(field, text.split(/\s+/));
  if (kind === 'number') return readNumber(field, text);
  if (kind === 'radios' || kind === 'select') {
    const { value, error } = readChoices(field, [text]);
    if (error !== undefined || value === undefined) return wrong(error?.text ?? `Select ${called}`);
    return right(type === 'boolean' ? text === YES : text);
  }
  if (kind === 'time') {
    const time = timeOf(text);
    return time === undefined ? wrong(`${capital(called)} must be a real time, like 21:40`) : right(time);
  }
  const error = textError(field, text);
  return error === undefined ? right(text) : wrong(error);
}

type Tree = { [name: string]: Tree | Json };

/** Puts a value where it belongs. Every name is one of the schema, and an own property whatever it is. */
function put(data: Tree, pointer: string, value: Json): void {
  const steps = stepsOf(pointer);
  let object = data;
  for (const [n, step] of steps.entries()) {
    const isLast = n === steps.length - 1;
    const inner = /^\d+$/.test(steps[n + 1] ?? '') ? [] : {};
    if (isLast || !Object.hasOwn(object, step))
      Object.defineProperty(object, step, { value: isLast ? value : inner, enumerable: true, writable: true, configurable: true });
    object = object[step] as Tree;
  }
}

/** A place of an array that was left empty before one that was not stays, so that the others keep their numbers. */
const withPlaces = (value: Tree | Json): Json => {
  if (Array.isArray(value)) return Array.from(value as readonly (Tree | Json | undefined)[], (item) => withPlaces(item ?? {}));
  if (typeof value !== 'object' || value === null) return value;
  for (const [name, member] of Object.entries(value)) Object.defineProperty(value, name, { value: withPlaces(member as Tree) });
  return value as Json;
};

const CHOICES: ReadonlySet<string> = new Set(['radios', 'select', 'checkboxes']);

/** Reads a posted body. Only what the form asks for is looked at: whatever else is in it has no effect. */
export function readForm(form: Form, body: Body): ReadForm {
  const read = form.fields.map((field) => ({ field, ...readField(field, body) }));
  const tree: Tree = {};
  for (const { field, value } of read) if (value !== undefined) put(tree, field.pointer, value);
  const data = withPlaces(tree);
  const filled = read.filter(({ isFilled }) => isFilled).map(({ field }) => field.pointer);
  const isThere = (object: string) => filled.some((pointer) => isWithin(pointer, object)) || valueAt(data, object) !== undefined;
  const errors = read.flatMap(({ field: { pointer, kind, called, requiredIn }, isFilled, error }): readonly FormError[] => {
    if (error !== undefined) return [{ ...error, pointer }];
    if (isFilled || requiredIn === undefined || !isThere(requiredIn)) return [];
    return [{ text: `${CHOICES.has(kind) ? 'Select' : 'Enter'} ${called}`, pointer }];
  });
  return { data: data as ReadForm['data'], errors };
}
