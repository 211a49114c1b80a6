/** Scans XML, strictly and in pieces, and refuses DTDs and entity declarations. All formats use this module. */
import type { Refusal } from '../adapter.ts';
import { lineAt } from '../line-at.ts';
import { FastScan } from './fast-scan.ts';
import { type XmlHandler, XmlRefused } from './handler.ts';
import { MOST_ELEMENTS } from './limits.ts';
import { SaxesScan } from './saxes-scan.ts';

const FORBIDDEN = /<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)/i;
const LONGEST_FORBIDDEN = '<!NOTATION'.length - 1;

/** A fast test before the regular expression, because most texts have no match. */
const forbiddenIn = (text: string): RegExpExecArray | null => (text.includes('<!') ? FORBIDDEN.exec(text) : null);

const doctype = (line: number): Refusal => ({
  code: 'xml-doctype',
  reason: 'Document type and entity declarations are refused',
  line,
});

/** The longest incomplete tag or text for the fast scanner, which would scan it again with each piece. */
const LONGEST_CARRIED = 16_384;

const linesIn = (text: string): number => (text.includes('\r') ? text.split(/\r\n?|\n/).length : lineAt(text, text.length)) - 1;

/**
 * Scans a document with the fast scanner, and with saxes from the first place on that the fast scanner does not know.
 * The handler sees no difference, and refusals come from saxes.
 */
class Scan {
  readonly #handler: XmlHandler;
  readonly #mostElements: number;
  readonly #fast: FastScan;
  #saxes: SaxesScan | undefined;
  /** The text that is not scanned yet, and its offset in the document. */
  #carried = '';
  #offset = 0;
  /** The line of `#offset`, but for the lines of `#uncounted`. */
  #line = 1;
  #uncounted = '';

  constructor(handler: XmlHandler, mostElements: number) {
    this.#handler = handler;
    this.#mostElements = mostElements;
    this.#fast = new FastScan(handler, mostElements);
  }

  /** The line that was reached, from 1. */
  get line(): number {
    // The next character decides whether a carriage return ends a line.
    return this.#saxes?.line ?? this.#lineOfOffset() + linesIn(this.#carried.replace(/\r$/, ''));
  }

  write(piece: string): Refusal | undefined {
    if (this.#saxes !== undefined) return this.#guarded(() => this.#saxes?.write(piece));
    const text = this.#carried + piece;
    this.#carried = text;
    this.#lineOfOffset();
    return this.#guarded(() => {
      // The text has invalid characters, or half of a surrogate pair whose other half may follow.
      if (!this.#fast.isPlain(piece)) return this.#handOver();
      const end = this.#fast.scan(text, this.#offset);
      this.#carried = text.slice(end);
      this.#uncounted = text.slice(0, end);
      this.#offset += end;
      // A tag, or the text after it, can continue in the next piece.
      if (end < text.lastIndexOf('<') || this.#carried.length > LONGEST_CARRIED) this.#handOver();
    });
  }

  close(): Refusal | undefined {
    return this.#guarded(() => {
      if (this.#saxes === undefined && this.#fast.end(this.#carried)) return;
      if (this.#saxes === undefined) this.#handOver();
      this.#saxes?.close();
    });
  }

  #handOver(): void {
    const { open, isOver, elements } = this.#fast;
    const reached = { open, isOver, elements, offset: this.#offset, line: this.#lineOfOffset() };
    this.#saxes = new SaxesScan(this.#handler, this.#mostElements, reached);
    this.#saxes.write(this.#carried);
  }

  #lineOfOffset(): number {
    this.#line += linesIn(this.#uncounted);
    this.#uncounted = '';
    return this.#line;
  }

  #guarded(scan: () => void): Refusal | undefined {
    try {
      scan();
      return undefined;
    } catch (error) {
      if (!(error instanceof XmlRefused)) throw error;
      const line = this.#saxes?.line ?? this.#lineOfOffset() + linesIn(this.#carried.slice(0, this.#fast.reached));
      return { line, ...error.refusal };
    }
  }
}

/**
 * Scans a whole document, once, in order. Returns a refusal with the line at the first fault: not well-formed, a document type
 * declaration or entity declaration (refused before parsing: XXE and entity bombs, T32), more depth, elements or attributes than the limits, or what a handler refuses.
 * Any document type is refused even inside a comment: no legacy message needs one.
 */
export function scanXml(text: string, handler: XmlHandler): Refusal | undefined {
  const forbidden = forbiddenIn(text);
  if (forbidden) return doctype(lineAt(text, forbidden.index));
  const scan = new Scan(handler, MOST_ELEMENTS);
  return scan.write(text) ?? scan.close();
}

/**
 * Scans a document in pieces of any length. Keeps nothing of it.
 */
export class XmlStream {
  readonly #scan: Scan;
  #last = '';

  constructor(handler: XmlHandler) {
    this.#scan = new Scan(handler, Number.POSITIVE_INFINITY);
  }

  /** The line that was reached, from 1. */
  get line(): number {
    return this.#scan.line;
  }

  /** Scans the next piece. After a refusal, the remaining pieces must not be scanned. */
  write(text: string): Refusal | undefined {
    // A declaration can be divided between two pieces.
    if (forbiddenIn(this.#last + text.slice(0, LONGEST_FORBIDDEN)) ?? forbiddenIn(text)) return doctype(this.#scan.line);
    this.#last = text.length < LONGEST_FORBIDDEN ? (this.#last + text).slice(-LONGEST_FORBIDDEN) : text.slice(-LONGEST_FORBIDDEN);
    return this.#scan.write(text);
  }

  close(): Refusal | undefined {
    return this.#scan.close();
  }
}
