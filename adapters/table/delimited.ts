/** Reads delimited text strictly: a quote begins a field or is doubled inside one, and only a delimiter or a line end follows the closing quote. */
import type { CompiledDialect, TableLimits } from './description.ts';
import { fault, lineEndAt, longestFirst, type ScanFault, type ScannedRecord } from './scan.ts';

interface Scanned {
  readonly fields: string[];
  /** The end of the record, before its line end. */
  readonly end: number;
  readonly eol: string;
  readonly fault?: ScanFault;
}

/** Scans a text record by record, in time that is proportional to its length. */
export function* scanDelimited(text: string, dialect: CompiledDialect, limits: TableLimits): Generator<ScannedRecord> {
  const scanner = new DelimitedScanner(text, dialect, limits);
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const { fields, end, eol, fault: wrong } = scanner.record(at);
    yield wrong === undefined ? { start: at, end, eol, line, fields } : { start: at, end, eol, line, fields, fault: wrong };
    line += scanner.linesWithin(at, end) + (eol === '' ? 0 : 1);
    at = end + eol.length;
  }
}

const [NUL, LF, CR, NEL] = [0, 10, 13, 0x85];

class DelimitedScanner {
  readonly #text: string;
  readonly #quote: string | undefined;
  readonly #quoteCode: number | undefined;
  readonly #delimiterCode: number;
  readonly #terminators: readonly string[];
  readonly #limits: TableLimits;
  /** Every line end. One search for all: one for each would go to the end of the text for those that it does not have. */
  readonly #ends: RegExp;
  /** The last quote is before this place. */
  #lastQuote: number;
  /** Where the field that was read last ends. */
  #next = 0;

  constructor(text: string, { quote, delimiter, lineTerminators }: CompiledDialect, limits: TableLimits) {
    this.#text = text;
    this.#quote = quote;
    this.#quoteCode = quote?.charCodeAt(0);
    this.#delimiterCode = delimiter.charCodeAt(0);
    this.#terminators = longestFirst(lineTerminators);
    this.#limits = limits;
    this.#ends = new RegExp(this.#terminators.join('|'), 'g');
    this.#lastQuote = quote === undefined ? -1 : text.lastIndexOf(quote);
  }

  /** The record at a place. An unreadable record ends at its first line end, so that an open quote does not include later records. */
  record(start: number): Scanned {
    const fields: string[] = [];
    let at = start;
    for (;;) {
      if (fields.length === this.#limits.columns) return this.#refuse(start, at, 'too-many-columns', 'The record has too many fields');
      const read = this.#text.charCodeAt(at) === this.#quoteCode ? this.#quoted(start, at) : this.#plain(start, at);
      if (typeof read !== 'string') return this.#refuse(start, start + read.at, read.reason, read.why);
      fields.push(read);
      at = this.#next;
      if (at - start > this.#limits.recordLength) return this.#refuse(start, at, 'record-too-long', 'The record is too long');
      if (at === this.#text.length) return { fields, end: at, eol: '' };
      if (this.#text.charCodeAt(at) === this.#delimiterCode) {
        at++;
        continue;
      }
      const eol = lineEndAt(this.#text, at, this.#terminators);
      if (eol !== undefined) return { fields, end: at, eol };
      return this.#refuse(start, at, 'after-quote', 'Something follows a closing quote');
    }
  }

  /** The number of line ends between two places. */
  linesWithin(start: number, end: number): number {
    let lines = 0;
    for (let at = this.#text.indexOf('\n', start); at >= 0 && at < end; at = this.#text.indexOf('\n', at + 1)) lines++;
    return lines;
  }

  #plain(start: number, at: number): string | ScanFault {
    const text = this.#text;
    const [quote, delimiter] = [this.#quoteCode, this.#delimiterCode];
    const most = Math.min(text.length, start + this.#limits.recordLength + 1);
    let next = at;
    // Code by code: a search by pattern makes an object for every field, and takes twice the time.
    for (; next < most; next++) {
      const code = text.charCodeAt(next);
      if (code === delimiter) break;
      if (code === quote) return fault('quote-inside', 'There is a quote inside a field that does not begin with one', next - start);
      if (code === NUL) return fault('nul', 'There is a NUL character', next - start);
      if (code !== LF && code !== CR && code !== NEL) continue;
      if (lineEndAt(text, next, this.#terminators) !== undefined) break;
      if (code !== NEL) return fault('line-end', 'A line end that the format does not have', next - start);
    }
    if (next === most && text.length - start > this.#limits.recordLength)
      return fault('record-too-long', 'The record is too long', at - start);
    this.#next = next;
    return text.slice(at, next);
  }

  #quoted(start: number, from: number): string | ScanFault {
    const quote = this.#quote as string;
    const most = start + this.#limits.recordLength;
    let at = from + 1;
    for (;;) {
      const close = at > this.#lastQuote ? -1 : this.#text.indexOf(quote, at);
      if (close < 0 || close > most) return fault('open-quote', 'A quote is opened and not closed', from - start);
      if (this.#text[close + 1] !== quote) {
        const inner = this.#text.slice(from + 1, close);
        if (inner.includes('\0')) return fault('nul', 'There is a NUL character', from - start);
        this.#next = close + 1;
        return inner.includes(quote) ? inner.replaceAll(quote + quote, quote) : inner;
      }
      at = close + 2;
    }
  }

  #refuse(start: number, at: number, reason: string, why: string): Scanned {
    const { end, eol } = this.#lineFrom(start);
    return { fields: [], end, eol, fault: fault(reason, why, Math.min(at, end) - start) };
  }

  /** The end of the line that begins at a place. */
  #lineFrom(start: number): { end: number; eol: string } {
    this.#ends.lastIndex = start;
    const found = this.#ends.exec(this.#text);
    return { end: found?.index ?? this.#text.length, eol: found?.[0] ?? '' };
  }
}

/** The offset of a field in its record, in characters. */
export function fieldStart(record: string, place: number, { delimiter, quote }: Pick<CompiledDialect, 'delimiter' | 'quote'>): number {
  let at = 0;
  for (let n = 0; n < place; n++) {
    if (quote !== undefined && record[at] === quote) {
      at = record.indexOf(quote, at + 1);
      while (at >= 0 && record[at + 1] === quote) at = record.indexOf(quote, at + 2);
    }
    at = at < 0 ? -1 : record.indexOf(delimiter, at);
    if (at < 0) return 0;
    at++;
  }
  return at;
}

/** Whether a value holds what has a special meaning outside quotes, or a NUL character, which nothing may hold. */
function needsQuotes(value: string, delimiter: number, quote: number | undefined): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === delimiter || code === quote || code === CR || code === LF || code === NEL || code === NUL) return true;
  }
  return false;
}

/**
 * Whether each quoted field of a record that was read needs its quotes. Then it is as {@link writeDelimited} writes it, where it holds no NEL:
 * a field without quotes was read to the next delimiter or line end. To write it again and compare takes a tenth of the time of a message.
 */
export function hasOnlyNeededQuotes(values: readonly string[], record: string, { delimiter, quote = '' }: CompiledDialect): boolean {
  const [delimiterCode, quoteCode] = [delimiter.charCodeAt(0), quote.charCodeAt(0)];
  let at = 0;
  for (const value of values) {
    const isQuoted = record.charCodeAt(at) === quoteCode;
    if (isQuoted && !needsQuotes(value, delimiterCode, quoteCode)) return false;
    // Between the quotes, each quote of the value stands twice.
    at += value.length + (isQuoted ? 1 + value.split(quote).length : 0) + 1;
  }
  return true;
}

/** A record in the normal form of the dialect, or undefined where a value cannot be written without quotes. */
export function writeDelimited(values: readonly string[], { delimiter, quote, quoting }: CompiledDialect): string | undefined {
  const fields: string[] = [];
  const [delimiterCode, quoteCode] = [delimiter.charCodeAt(0), quote?.charCodeAt(0)];
  for (const value of values) {
    const needs = needsQuotes(value, delimiterCode, quoteCode);
    if (needs && (quote === undefined || value.includes('\0'))) return undefined;
    // A record of one empty field would be an empty line.
    const isLone = value === '' && values.length === 1;
    fields.push(
      quote !== undefined && (needs || isLone || quoting === 'all') ? `${quote}${value.replaceAll(quote, quote + quote)}${quote}` : value,
    );
  }
  return fields.join(delimiter);
}
