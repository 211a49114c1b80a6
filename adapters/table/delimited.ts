/** Delimited text, strictly: a quote begins a field or is doubled inside one, and nothing follows the closing quote but a delimiter or a line end. */
import type { CompiledDialect, TableLimits } from './description.ts';
import { fault, lineEndAt, longestFirst, type ScanFault, type ScannedRecord } from './scan.ts';

interface Scanned {
  readonly fields: string[];
  /** Where the record ends, before its line end. */
  readonly end: number;
  readonly eol: string;
  readonly fault?: ScanFault;
}

/** Scans a text record by record. Each character is looked at a bounded number of times, whatever the text. */
export function* scanDelimited(text: string, dialect: CompiledDialect, limits: TableLimits): Generator<ScannedRecord> {
  const scanner = new DelimitedScanner(text, dialect, limits);
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const { fields, end, eol, fault: wrong } = scanner.record(at);
    yield { start: at, end, eol, line, fields, ...(wrong === undefined ? {} : { fault: wrong }) };
    line += scanner.linesWithin(at, end) + (eol === '' ? 0 : 1);
    at = end + eol.length;
  }
}

class DelimitedScanner {
  readonly #text: string;
  readonly #quote: string | undefined;
  readonly #delimiter: string;
  readonly #terminators: readonly string[];
  readonly #limits: TableLimits;
  /** Every character at which a field without quotes can end. */
  readonly #stops: RegExp;
  /** Every line end. One search for all: one for each would go to the end of the text for those that it does not have. */
  readonly #ends: RegExp;
  /** Behind this place there is no quote any more. */
  #lastQuote: number;

  constructor(text: string, { quote, delimiter, lineTerminators }: CompiledDialect, limits: TableLimits) {
    this.#text = text;
    this.#quote = quote;
    this.#delimiter = delimiter;
    this.#terminators = longestFirst(lineTerminators);
    this.#limits = limits;
    const escaped = `${delimiter}${quote ?? ''}`.replace(/[\\\]^-]/g, '\\$&');
    this.#stops = new RegExp(`[\\r\\n\\u0085\\0${escaped}]`, 'g');
    this.#ends = new RegExp(this.#terminators.join('|'), 'g');
    this.#lastQuote = quote === undefined ? -1 : text.lastIndexOf(quote);
  }

  /** The record at a place. One that cannot be read ends with its first line: what an open quote would swallow is read on its own. */
  record(start: number): Scanned {
    const fields: string[] = [];
    let at = start;
    for (;;) {
      if (fields.length === this.#limits.columns) return this.#refuse(start, at, 'too-many-columns', 'The record has too many fields');
      const isQuoted = this.#text[at] === this.#quote && this.#quote !== undefined;
      const read = isQuoted ? this.#quoted(start, at) : this.#plain(start, at);
      if ('reason' in read) return this.#refuse(start, start + read.at, read.reason, read.why);
      fields.push(read.value);
      at = read.next;
      if (at - start > this.#limits.recordLength) return this.#refuse(start, at, 'record-too-long', 'The record is too long');
      if (at === this.#text.length) return { fields, end: at, eol: '' };
      if (this.#text[at] === this.#delimiter) {
        at++;
        continue;
      }
      const eol = lineEndAt(this.#text, at, this.#terminators);
      if (eol !== undefined) return { fields, end: at, eol };
      return this.#refuse(start, at, 'after-quote', 'Something follows a closing quote');
    }
  }

  /** How many lines end between two places. */
  linesWithin(start: number, end: number): number {
    let lines = 0;
    for (let at = this.#text.indexOf('\n', start); at >= 0 && at < end; at = this.#text.indexOf('\n', at + 1)) lines++;
    return lines;
  }

  #plain(start: number, at: number): { value: string; next: number } | ScanFault {
    const stops = this.#stops;
    stops.lastIndex = at;
    for (let found = stops.exec(this.#text); found !== null; found = stops.exec(this.#text)) {
      const [character] = found;
      const next = found.index;
      if (next - start > this.#limits.recordLength) break;
      if (character === this.#delimiter || lineEndAt(this.#text, next, this.#terminators) !== undefined)
        return { value: this.#text.slice(at, next), next };
      if (character === this.#quote)
        return fault('quote-inside', 'A quote stands inside a field that does not begin with one', next - start);
      if (character === '\0') return fault('nul', 'There is a NUL character', next - start);
      if (character !== '\u0085') return fault('line-end', 'A line end that the format does not have', next - start);
    }
    if (this.#text.length - start > this.#limits.recordLength) return fault('record-too-long', 'The record is too long', at - start);
    return { value: this.#text.slice(at), next: this.#text.length };
  }

  #quoted(start: number, from: number): { value: string; next: number } | ScanFault {
    const quote = this.#quote as string;
    const most = start + this.#limits.recordLength;
    let at = from + 1;
    for (;;) {
      const close = at > this.#lastQuote ? -1 : this.#text.indexOf(quote, at);
      if (close < 0 || close > most) return fault('open-quote', 'A quote is opened and not closed', from - start);
      if (this.#text[close + 1] !== quote) {
        const inner = this.#text.slice(from + 1, close);
        if (inner.includes('\0')) return fault('nul', 'There is a NUL character', from - start);
        return { value: inner.includes(quote) ? inner.replaceAll(quote + quote, quote) : inner, next: close + 1 };
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

/** Where a field of a record begins, in characters from its start. */
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

/** A record in the normal form of the dialect, or undefined where a value cannot be written without quotes. */
export function writeDelimited(values: readonly string[], { delimiter, quote, quoting }: CompiledDialect): string | undefined {
  const fields: string[] = [];
  for (const value of values) {
    if (value.includes('\0')) return undefined;
    const needs = value.includes(delimiter) || /[\r\n\u0085]/.test(value) || (quote !== undefined && value.includes(quote));
    if (quote === undefined && needs) return undefined;
    // A record of one empty field would be an empty line.
    const isLone = value === '' && values.length === 1;
    fields.push(
      quote !== undefined && (needs || isLone || quoting === 'all') ? `${quote}${value.replaceAll(quote, quote + quote)}${quote}` : value,
    );
  }
  return fields.join(delimiter);
}
