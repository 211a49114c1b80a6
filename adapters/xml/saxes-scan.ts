/** Scans XML with saxes: strict, streaming, and without entity declarations. All refusals of XML come from here. */
import { SaxesParser } from 'saxes';
import { escapeAttribute } from './characters.ts';
import { type XmlHandler, XmlRefused, type XmlTag } from './handler.ts';
import { MOST_ATTRIBUTES, MOST_DEPTH, URI_REFERENCE, XMLNS_NAMESPACE } from './limits.ts';

/** The state of a scan at the place where saxes continues, between two tags, texts, comments or sections. */
export interface Reached {
  /** The open elements, outermost first. */
  readonly open: readonly XmlTag[];
  /** Whether the root has ended. */
  readonly isOver: boolean;
  /** The number of elements so far. */
  readonly elements: number;
  readonly offset: number;
  /** From 1. */
  readonly line: number;
}

// A saxes message can quote names of the document ("undefined entity: x"); the part before the colon says enough.
const reasonOf = (message: string): string => {
  const reason = message
    .replace(/^\d+:\d+: /, '')
    .replace(/[:"'(].*$/s, '')
    .trim();
  return reason === '' ? 'The XML is not well-formed' : `The XML is not well-formed: ${reason.replace(/\.$/, '')}`;
};

/** A name whose local part is not a valid name (Namespaces in XML 1.0, section 4), which the library accepts. */
const BROKEN_NAME = /:(?:[-.\d\u00b7]|[\u0300-\u036f]|[\u203f\u2040])/;

const illFormed = (what: string): XmlRefused =>
  new XmlRefused({ code: 'xml-not-well-formed', reason: `The XML is not well-formed: ${what}` });

const beyond = (what: string): XmlRefused => new XmlRefused({ code: 'xml-limit', reason: `The document ${what}` });

/** Makes the start of a document that gives saxes the state of the scan: the same open elements and namespaces. */
function beginningOf({ open, isOver }: Reached): string {
  if (isOver) return '<over/>';
  const declared = ({ attributes }: XmlTag): string =>
    Object.values(attributes)
      .filter(({ uri }) => uri === XMLNS_NAMESPACE)
      .map(({ name, value }) => ` ${name}="${escapeAttribute(value)}"`)
      .join('');
  return open.map((tag) => `<${tag.name}${declared(tag)}>`).join('');
}

/** Scans the text after `reached`. Throws {@link XmlRefused}. */
export class SaxesScan {
  readonly #parser = new SaxesParser({ xmlns: true, position: true });
  readonly #linesBefore: number;

  constructor(handler: XmlHandler, mostElements: number, reached: Reached) {
    this.#linesBefore = reached.line - 1;
    const parser = this.#parser;
    parser.on('error', (error) => {
      throw new XmlRefused({ code: 'xml-not-well-formed', reason: reasonOf(error.message), line: this.line });
    });
    const beginning = beginningOf(reached);
    parser.write(beginning);
    const offset = reached.offset - beginning.length;
    let depth = reached.open.length;
    let { elements } = reached;
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
        throw illFormed('a namespace name is not a URI reference');
      if (BROKEN_NAME.test(name)) throw illFormed('a name is not one of XML');
    });
    parser.on('opentag', (tag) => handler.open(tag, offset + parser.position));
    parser.on('closetag', (tag) => {
      depth--;
      handler.close(tag, offset + parser.position);
    });
    parser.on('text', (chunk) => handler.text(chunk));
    parser.on('cdata', (chunk) => handler.text(chunk));
  }

  /** The line that was reached, from 1. */
  get line(): number {
    return this.#linesBefore + this.#parser.line;
  }

  write(text: string): void {
    this.#parser.write(text);
  }

  close(): void {
    this.#parser.close();
  }
}
