/** The one door to XML libraries: strict, streaming, and without DTDs or entities of the document's own. */
import { SaxesParser, type SaxesTagNS } from 'saxes';
import type { Refusal } from '../adapter.ts';
import { lineAt } from '../line-at.ts';

export interface XmlTag {
  readonly local: string;
  readonly uri: string;
  readonly prefix: string;
  /** Attributes by qualified name, namespace declarations included. */
  readonly attributes: SaxesTagNS['attributes'];
  readonly isSelfClosing: boolean;
}

/** Offsets are UTF-16 code units into the text that was scanned. `end` is the offset just after the tag. */
export interface XmlHandler {
  open(tag: XmlTag, end: number): void;
  close(tag: XmlTag, end: number): void;
  text(text: string): void;
}

/** Thrown by a handler to end the scan with a refusal; the line is filled in. */
export class XmlRefused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.reason);
    this.refusal = refusal;
  }
}

// A saxes message can quote names of the document ("undefined entity: x"); the part before the colon says enough.
const reasonOf = (message: string): string => {
  const reason = message
    .replace(/^\d+:\d+: /, '')
    .replace(/[:"'(].*$/s, '')
    .trim();
  return reason === '' ? 'The XML is not well-formed' : `The XML is not well-formed: ${reason.replace(/\.$/, '')}`;
};

/** Elements nest no deeper: the library looks for a namespace through all of them, and no format comes near. */
const MOST_DEPTH = 100;
/** A document has no more elements, and an element no more attributes: what they cost grows with their number. */
const MOST_ELEMENTS = 500_000;
const MOST_ATTRIBUTES = 200;

/** A URI reference (RFC 3986, appendix A): Namespaces in XML 1.0 allows nothing else as a namespace name. */
const URI_REFERENCE =
  /^(?:[A-Za-z][A-Za-z\d+.-]*:|(?![^/?#]*:))(?:\/\/(?:(?:[\w\-.~!$&'()*+,;=:]|%[\dA-Fa-f]{2})*@)?(?:\[[\dA-Fa-f:.]*\]|(?:[\w\-.~!$&'()*+,;=]|%[\dA-Fa-f]{2})*)(?::\d+)?(?=[/?#]|$)|(?!\/\/))(?:[\w\-.~!$&'()*+,;=:@/?]|%[\dA-Fa-f]{2})*(?:#(?:[\w\-.~!$&'()*+,;=:@/?]|%[\dA-Fa-f]{2})*)?$/;

/** A name whose part behind the colon begins as no name does (Namespaces in XML 1.0, section 4): the library lets it pass. */
const BROKEN_NAME = /:(?:[-.\d\u00b7]|[\u0300-\u036f]|[\u203f\u2040])/;

const illFormed = (what: string): XmlRefused =>
  new XmlRefused({ code: 'xml-not-well-formed', reason: `The XML is not well-formed: ${what}` });

const beyond = (what: string): XmlRefused => new XmlRefused({ code: 'xml-limit', reason: `The document ${what}` });

/**
 * Scans a whole document, once, in order. Returns a refusal with the line at the first fault: not well-formed, a document type
 * declaration or entity declaration (refused before parsing: XXE and entity bombs, T32), more depth, elements or attributes than the limits, or what a handler refuses.
 * Any document type is refused even inside a comment: no legacy message needs one.
 */
export function scanXml(text: string, handler: XmlHandler): Refusal | undefined {
  const forbidden = FORBIDDEN.exec(text);
  if (forbidden) return doctype(lineAt(text, forbidden.index));
  const parser = parserOf(handler, MOST_ELEMENTS);
  return guarded(parser, () => parser.write(text).close());
}

/**
 * The same of a document that comes in pieces, of any length. Nothing of it is kept but what the handler keeps.
 */
export class XmlStream {
  readonly #parser: SaxesParser<{ xmlns: true; position: true }>;
  #last = '';

  constructor(handler: XmlHandler) {
    this.#parser = parserOf(handler, Number.POSITIVE_INFINITY);
  }

  /** The line that was reached, from 1. */
  get line(): number {
    return this.#parser.line;
  }

  /** Scans one more piece. After a refusal the rest is not to be scanned. */
  write(text: string): Refusal | undefined {
    // A declaration can stand across two pieces.
    if (FORBIDDEN.test(this.#last + text)) return doctype(this.#parser.line);
    this.#last = text.length < LONGEST_FORBIDDEN ? (this.#last + text).slice(-LONGEST_FORBIDDEN) : text.slice(-LONGEST_FORBIDDEN);
    return guarded(this.#parser, () => this.#parser.write(text));
  }

  close(): Refusal | undefined {
    return guarded(this.#parser, () => this.#parser.close());
  }
}

const FORBIDDEN = /<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)/i;
const LONGEST_FORBIDDEN = '<!NOTATION'.length - 1;

const doctype = (line: number): Refusal => ({
  code: 'xml-doctype',
  reason: 'Document type and entity declarations are refused',
  line,
});

function guarded(parser: { readonly line: number }, scan: () => unknown): Refusal | undefined {
  try {
    scan();
    return undefined;
  } catch (error) {
    if (error instanceof XmlRefused) return { line: parser.line, ...error.refusal };
    throw error;
  }
}

function parserOf(handler: XmlHandler, mostElements: number): SaxesParser<{ xmlns: true; position: true }> {
  const parser = new SaxesParser({ xmlns: true, position: true });
  parser.on('error', (error) => {
    throw new XmlRefused({ code: 'xml-not-well-formed', reason: reasonOf(error.message), line: parser.line });
  });
  let depth = 0;
  let elements = 0;
  let attributes = 0;
  parser.on('opentagstart', ({ name }) => {
    if (BROKEN_NAME.test(name)) throw illFormed('a name is not one of XML');
    attributes = 0;
    if (++depth > MOST_DEPTH) throw beyond(`nests elements more than ${MOST_DEPTH} deep`);
    if (++elements > mostElements) throw beyond(`has more than ${mostElements.toLocaleString('en-GB')} elements`);
  });
  parser.on('attribute', ({ name, value }) => {
    if (++attributes > MOST_ATTRIBUTES) throw beyond(`has an element with more than ${MOST_ATTRIBUTES} attributes`);
    if ((name === 'xmlns' || name.startsWith('xmlns:')) && !URI_REFERENCE.test(value))
      throw illFormed('a namespace name is no URI reference');
    if (BROKEN_NAME.test(name)) throw illFormed('a name is not one of XML');
  });
  parser.on('opentag', (tag) => handler.open(tag, parser.position));
  parser.on('closetag', (tag) => {
    depth--;
    handler.close(tag, parser.position);
  });
  parser.on('text', (chunk) => handler.text(chunk));
  parser.on('cdata', (chunk) => handler.text(chunk));
  return parser;
}

/** Whether XML 1.0 can hold a text (section 2.2): no control characters, U+FFFE, U+FFFF or lone surrogates. */
export const isWritable = (text: string): boolean =>
  !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text) && text.isWellFormed();

/** What {@link escapeText} would change. */
export const NEEDS_ESCAPE = /[&<>\r]/;

/** Character data as this project writes it: only what must be escaped is. */
export function escapeText(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#xD;');
}

/** The value of an attribute between double quotation marks. White space that a reader would make a space is escaped. */
export const escapeAttribute = (value: string): string =>
  escapeText(value).replaceAll('"', '&quot;').replaceAll('\n', '&#xA;').replaceAll('\t', '&#x9;');

const PREDEFINED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Replaces the predefined entities and character references of XML, once. Anything else that looks like an entity stays. */
export function unescapeText(value: string): string {
  return value.replace(
    /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));/g,
    (whole, name?: string, decimal?: string, hex?: string) => {
      if (name !== undefined) return PREDEFINED[name] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? '0', 16) : Number.parseInt(decimal, 10);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
