/** What an event cannot say about the record that it came from, kept in its `extensions`. */
import type { JsonObject } from '../adapter.ts';
import { type Charset, isCharset } from '../charset.ts';

export interface FrameResidue {
  readonly bom?: boolean;
  readonly head?: string;
  readonly tail?: string;
  /** Where it is not UTF-8, and the message says so of itself. */
  readonly charset?: Charset;
}

export interface Residue {
  /** Columns that the mapping has no place for, by name. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Columns that the description does not know, by title. */
  readonly extra?: Readonly<Record<string, string>>;
  /** The record to the letter, where its values are not in normal form. */
  readonly record?: string;
  /** Blank lines before it, and its line end, where they are not what the description predicts. */
  readonly gap?: string;
  readonly eol?: string;
  /** With the first event of a message: what surrounds the rows. */
  readonly frame?: FrameResidue;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textsOf = (value: unknown): Readonly<Record<string, string>> =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
    : {};
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The residue of an adapter in the data of an event, as far as it has its form. */
export function residueOf(data: JsonObject, id: string, isGap: (text: string) => boolean): Residue {
  const own = isObject(data.extensions) ? data.extensions[id] : undefined;
  if (!isObject(own)) return {};
  const { columns, extra, record, gap, eol, frame } = own;
  const parts = { record: text(record), gap: typeof gap === 'string' && isGap(gap) ? gap : undefined, eol: blank(eol) };
  return {
    columns: textsOf(columns),
    extra: textsOf(extra),
    ...Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)),
    ...(isObject(frame) ? { frame: frameOf(frame) } : {}),
  };
}

/** A line end is only white space: nothing else can be slipped in there. */
const blank = (value: unknown): string | undefined => (typeof value === 'string' && value.trim() === '' ? value : undefined);

const frameOf = ({ bom, head, tail, charset }: Readonly<Record<string, unknown>>): FrameResidue => ({
  ...(bom === true ? { bom } : {}),
  ...(typeof head === 'string' ? { head } : {}),
  ...(typeof tail === 'string' ? { tail } : {}),
  ...(isCharset(charset) ? { charset } : {}),
});
