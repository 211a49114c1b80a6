/** One record to the data of an event, and back. */
import type { Json, JsonObject } from '../adapter.ts';
import type { CompiledEvent, Field } from './compile.ts';
import { sameJson } from './lenses.ts';
import { getAt, leavesOf, setAt, withoutGaps } from './pointer.ts';

export interface ReadRecord {
  readonly data: JsonObject;
  /** JSON Pointers of what the record gives and is not of its type, with the places of their columns. */
  readonly malformed: readonly { readonly at: string; readonly column: number }[];
}

/** Why a record is refused: the place of the column, and what is wrong there. */
export interface RecordRefusal {
  readonly column: number;
  readonly reason: 'missing' | 'unknown-code';
}

const isEmpty = (text: string, nulls: readonly string[]): boolean => text === '' || nulls.includes(text);

/** The value of a field, `null` where the record has none, `undefined` where what it has is not of its type. */
function readField(field: Field, texts: readonly string[], event: CompiledEvent): Json | undefined {
  const own = field.columns.map((column) => ({ text: (texts[column] ?? '').trim(), nulls: event.nulls[column] ?? [] }));
  const filled = own.filter(({ text, nulls }) => !isEmpty(text, nulls)).map(({ text }) => text);
  if (filled.length === 0) return null;
  if (field.shape === 'join') return filled.join(field.separator);
  if (field.shape !== 'list') return field.lens.read(filled[0] as string);
  const values = filled.map((text) => field.lens.read(text));
  return values.includes(undefined) ? undefined : (values as Json[]);
}

/** The data of the event that a record is, or the column for which it is refused. */
export function readRecord(event: CompiledEvent, texts: readonly string[]): ReadRecord | RecordRefusal {
  const data = {};
  const malformed: { at: string; column: number }[] = [];
  for (const [column, isRequired] of event.isRequired.entries())
    if (isRequired && isEmpty((texts[column] ?? '').trim(), event.nulls[column] ?? [])) return { column, reason: 'missing' };
  for (const field of event.fields) {
    const { to, shape, columns } = field;
    const [first] = to;
    if (shape === 'constant') {
      setAt(data, (first as (typeof to)[number]).steps, structuredClone(field.value) as Json);
      continue;
    }
    const value = readField(field, texts, event);
    if (value === null) {
      if (field.refusesEmpty) return { column: columns[0] as number, reason: 'missing' };
      continue;
    }
    if (value === undefined) {
      if (field.refusesUnknown) return { column: columns[0] as number, reason: 'unknown-code' };
      malformed.push(...to.map(({ pointer }) => ({ at: pointer, column: columns[0] as number })));
      continue;
    }
    const values = shape === 'parts' ? (value as readonly Json[]) : [value];
    for (const [n, own] of values.entries()) if (own !== null) setAt(data, (to[n] as (typeof to)[number]).steps, own);
  }
  return { data: (event.canHaveGaps ? withoutGaps(data) : data) as JsonObject, malformed };
}

export interface WrittenRecord {
  readonly texts: readonly string[];
  /** JSON Pointers of what the record cannot hold. */
  readonly lost: readonly string[];
}

/** The texts of a field's columns for a value, or undefined where they cannot hold it. */
function textsOf(field: Field, value: Json): readonly string[] | undefined {
  const { columns, shape, lens, separator } = field;
  if (shape === 'one' || shape === 'parts') {
    const text = lens.write(value);
    return text === undefined ? undefined : [text];
  }
  const parts: readonly Json[] | undefined =
    shape === 'list'
      ? Array.isArray(value)
        ? (value as Json[])
        : undefined
      : typeof value !== 'string'
        ? undefined
        : separator === ''
          ? [value]
          : value.split(separator);
  if (parts === undefined || parts.length === 0) return undefined;
  // A text with more parts than there are columns has the rest in the last one.
  const own =
    shape === 'join' && parts.length > columns.length
      ? [...parts.slice(0, columns.length - 1), parts.slice(columns.length - 1).join(separator)]
      : parts;
  if (own.length > columns.length) return undefined;
  const texts = own.map((part) => lens.write(part));
  return texts.includes(undefined) ? undefined : (texts as string[]);
}

/** The texts of a record for the data of an event. Whatever would not be read back as the same is not written, and named. `isOwn`: {@link readRecord} made the data. */
export function writeRecordOf(event: CompiledEvent, data: JsonObject, kept: Readonly<Record<string, Json>>, isOwn = false): WrittenRecord {
  const { table, fields, nulls } = event;
  const texts = nulls.map(([first = '']) => first);
  const lost: string[] = [];
  const held: string[] = [];
  for (const field of fields) {
    const { to, shape, columns } = field;
    const values = to.map(({ steps }) => getAt(data, steps));
    held.push(...to.map(({ pointer }) => pointer));
    const isAbsent = values.every(
      (value) => value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0),
    );
    if (shape === 'constant') {
      if (isAbsent || !sameJson(values[0], field.value)) lost.push((to[0] as (typeof to)[number]).pointer);
      continue;
    }
    if (isAbsent) continue;
    const written = textsOf(field, shape === 'parts' ? values.map((value) => value ?? null) : (values[0] as Json));
    const isTaken = written === undefined || written.some((text, n) => isEmpty(text, nulls[columns[n] as number] ?? []));
    if (isTaken) lost.push(...to.filter((_, n) => values[n] !== undefined).map(({ pointer }) => pointer));
    else for (const [n, text] of written.entries()) texts[columns[n] as number] = text;
  }
  for (const column of event.kept) {
    const own = kept[table.columns[column]?.name as string];
    if (typeof own === 'string') texts[column] = own;
  }
  if (table.when !== undefined) texts[table.places.get(table.when.column) as number] = table.when.equals;
  // What the fields themselves have just made holds nothing else.
  if (isOwn) return { texts, lost };
  lost.push(...[...leavesOf(data).keys()].filter((leaf) => !held.some((one) => leaf === one || leaf.startsWith(`${one}/`))));
  return { texts, lost };
}
