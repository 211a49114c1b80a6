/** One record to the data of an event, and back. */
import type { Json, JsonObject } from '../adapter.ts';
import type { CompiledEvent, Field } from './compile.ts';
import { sameJson } from './lenses.ts';
import { getAt, leavesOf, withoutGaps } from './pointer.ts';
import type { TextReading } from './reading.ts';

export interface ReadRecord {
  readonly data: JsonObject;
  /** JSON Pointers of what the record gives and is not of its type, with the places of their columns. */
  readonly malformed: readonly { readonly at: string; readonly column: number }[];
  /** Whether every value is written as what stands in its column: then the record needs no residue. */
  readonly isNormal: boolean;
}

/** Why a record is refused: the place of the column, and what is wrong there. */
export interface RecordRefusal {
  readonly column: number;
  readonly reason: 'missing' | 'unknown-code' | 'no-parent';
}

const isEmpty = (text: string, nulls: readonly string[]): boolean => text === '' || nulls.includes(text);

/** The value of a field of several columns, `null` where the record has none, and whether it is written as what stands there. */
function readSeveral(field: Field, texts: readonly string[], event: CompiledEvent): TextReading {
  const raw = field.columns.map((column) => texts[column] ?? '');
  const filled = raw.map((text) => text.trim()).filter((text, n) => !isEmpty(text, event.nulls[field.columns[n] as number] ?? []));
  if (filled.length === 0) return { value: null, isNormal: raw.every((text, n) => text === firstNull(event, field.columns[n] as number)) };
  const values = filled.map((text) => field.lens.read(text));
  const value = field.shape === 'join' ? filled.join(field.separator) : values.includes(undefined) ? undefined : (values as Json[]);
  const written = value === undefined ? undefined : textsOf(field, value);
  const isNormal = written !== undefined && raw.every((text, n) => text === (written[n] ?? firstNull(event, field.columns[n] as number)));
  return { value, isNormal };
}

const firstNull = ({ nulls }: CompiledEvent, column: number): string => nulls[column]?.[0] ?? '';

/** Whether a list of the data has an empty place before a filled one. */
const hasGap = (data: JsonObject, { listsWithGaps }: CompiledEvent): boolean =>
  listsWithGaps.some((steps) => {
    const list = getAt(data, steps);
    if (!Array.isArray(list)) return false;
    for (let n = 0; n < list.length; n++) if (list[n] === undefined) return true;
    return false;
  });

type Made = Record<string | number, unknown>;

/** The object or list of a node, made when the first value of it comes. */
function madeOf(made: (Made | undefined)[], nodes: CompiledEvent['nodes'], at: number): Made {
  const known = made[at];
  if (known !== undefined) return known;
  const { parent, key, isList } = nodes[at] as CompiledEvent['nodes'][number];
  const container = (isList ? [] : {}) as Made;
  made[at] = container;
  madeOf(made, nodes, parent)[key] = container;
  return container;
}

const NONE_MALFORMED: ReadRecord['malformed'] = [];

/** The data of the event that a record is, or the column for which it is refused. */
export function readRecord(event: CompiledEvent, texts: readonly string[]): ReadRecord | RecordRefusal {
  const data = {};
  const { nodes } = event;
  const made: (Made | undefined)[] = new Array(nodes.length);
  made[0] = data;
  let malformed: { at: string; column: number }[] | undefined;
  let isNormal = true;
  for (const column of event.required)
    if (isEmpty((texts[column] ?? '').trim(), event.nulls[column] ?? [])) return { column, reason: 'missing' };
  for (const field of event.fields) {
    const { to, shape, columns } = field;
    const first = to[0] as (typeof to)[number];
    if (shape === 'constant') {
      // A constant is a text, a number or a truth value.
      madeOf(made, nodes, first.node)[first.key] = field.value;
      continue;
    }
    const column = columns[0] as number;
    let value: Json | undefined;
    if (columns.length === 1) {
      const raw = texts[column] ?? '';
      const text = raw.trim();
      if (isEmpty(text, event.nulls[column] ?? [])) {
        value = null;
        if (raw !== firstNull(event, column)) isNormal = false;
      } else {
        const read = field.read(text);
        ({ value } = read);
        if (!read.isNormal || raw !== text) isNormal = false;
      }
    } else {
      const read = readSeveral(field, texts, event);
      ({ value } = read);
      if (!read.isNormal) isNormal = false;
    }
    if (value === null) {
      if (field.refusesEmpty) return { column, reason: 'missing' };
      continue;
    }
    if (value === undefined) {
      if (field.refusesUnknown) return { column, reason: 'unknown-code' };
      malformed ??= [];
      malformed.push(...to.map(({ pointer }) => ({ at: pointer, column })));
      isNormal = false;
      continue;
    }
    if (shape !== 'parts') madeOf(made, nodes, first.node)[first.key] = value;
    else
      for (let n = 0; n < to.length; n++) {
        const partValue = (value as readonly Json[])[n];
        const { node, key } = to[n] as (typeof to)[number];
        if (partValue !== null) madeOf(made, nodes, node)[key] = partValue;
      }
  }
  if (event.listsWithGaps.length > 0 && hasGap(data, event))
    return { data: withoutGaps(data) as JsonObject, malformed: malformed ?? NONE_MALFORMED, isNormal: false };
  return { data, malformed: malformed ?? NONE_MALFORMED, isNormal };
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
  const columnParts =
    shape === 'join' && parts.length > columns.length
      ? [...parts.slice(0, columns.length - 1), parts.slice(columns.length - 1).join(separator)]
      : parts;
  if (columnParts.length > columns.length) return undefined;
  const texts = columnParts.map((part) => lens.write(part));
  return texts.includes(undefined) ? undefined : (texts as string[]);
}

/** The texts of a record for the data of an event. Whatever would not be read back as the same is not written, and named. */
export function writeRecordOf(event: CompiledEvent, data: JsonObject, kept: Readonly<Record<string, Json>>): WrittenRecord {
  const { table, fields, nulls, items } = event;
  const texts = nulls.map(([first = '']) => first);
  const lost: string[] = [];
  const held: string[] = items.map(({ pointer }) => pointer);
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
    const keptValue = kept[table.columns[column]?.name as string];
    if (typeof keptValue === 'string') texts[column] = keptValue;
  }
  if (table.when !== undefined) texts[table.places.get(table.when.column) as number] = table.when.equals;
  lost.push(...[...leavesOf(data).keys()].filter((leaf) => !held.some((place) => leaf === place || leaf.startsWith(`${place}/`))));
  return { texts, lost };
}
