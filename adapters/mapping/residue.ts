/** The parts of the original record that the event cannot represent. They are kept in its `extensions`. */
import type { JsonObject } from '../adapter.ts';
import { type Charset, isCharset } from '../charset.ts';

export interface FrameResidue {
  readonly bom?: boolean;
  readonly head?: string;
  readonly tail?: string;
  /** The charset that the message declares, if it is not UTF-8. */
  readonly charset?: Charset;
}

export interface Residue {
  /** Values of columns without a place in the event, by name. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Values of columns that are not in the description, by title. */
  readonly extra?: Readonly<Record<string, string>>;
  /** The exact text of the record, where it is not in normal form. */
  readonly record?: string;
  /** The blank lines before it, and its line end, where they differ from the description. */
  readonly gap?: string;
  readonly eol?: string;
  /** Only in the first event of a message: the text around the rows. */
  readonly frame?: FrameResidue;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textsOf = (value: unknown): Readonly<Record<string, string>> =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
    : {};
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The residue of an adapter in the data of an event, if it is valid. */
export function residueOf(data: JsonObject, id: string, isGap: (text: string) => boolean): Residue {
  const residue = isObject(data.extensions) ? data.extensions[id] : undefined;
  if (!isObject(residue)) return {};
  const { columns, extra, record, gap, eol, frame } = residue;
  const parts = { record: text(record), gap: typeof gap === 'string' && isGap(gap) ? gap : undefined, eol: blank(eol) };
  return {
    columns: textsOf(columns),
    extra: textsOf(extra),
    ...Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)),
    ...(isObject(frame) ? { frame: frameOf(frame) } : {}),
  };
}

/** A line end must be white space, so that nothing can be injected there. */
const blank = (value: unknown): string | undefined => (typeof value === 'string' && value.trim() === '' ? value : undefined);

const frameOf = ({ bom, head, tail, charset }: Readonly<Record<string, unknown>>): FrameResidue => ({
  ...(bom === true ? { bom } : {}),
  ...(typeof head === 'string' ? { head } : {}),
  ...(typeof tail === 'string' ? { tail } : {}),
  ...(isCharset(charset) ? { charset } : {}),
});
