/** The events of XML scanners as text, to compare them with each other and with the canonical form of libxml2. */
import { XmlDocument } from 'libxml2-wasm';
import type { Refusal } from '../../adapters/adapter.ts';
import { FastScan } from '../../adapters/xml/fast-scan.ts';
import { type XmlHandler, XmlRefused, type XmlTag } from '../../adapters/xml/handler.ts';
import { SaxesScan } from '../../adapters/xml/saxes-scan.ts';
import { scanXml, XmlStream } from '../../adapters/xml/scan.ts';

/** What was reported, up to the end or to a refusal. */
export interface ScanResult {
  readonly events: readonly string[];
  readonly refusal: Refusal | undefined;
}

/** Every word of a tag and its attributes. */
const saidOf = ({ name, prefix, local, uri, isSelfClosing, attributes }: XmlTag, end: number): string =>
  JSON.stringify([
    name,
    prefix,
    local,
    uri,
    isSelfClosing,
    end,
    Object.entries(attributes).map(([key, a]) => [key, a.name, a.prefix, a.local, a.uri, a.value]),
  ]);

function recorder(events: string[]): XmlHandler {
  return {
    open: (tag, end) => void events.push(`open ${saidOf(tag, end)}`),
    close: ({ name, uri, local, prefix }, end) => void events.push(`close ${JSON.stringify([name, uri, local, prefix, end])}`),
    text: (text) => void events.push(`text ${JSON.stringify(text)}`),
  };
}

const START = { open: [], isOver: false, elements: 0, offset: 0, line: 1 };

/** What saxes alone reports about a document that comes in pieces. */
export function scanResultOfSaxes(pieces: readonly string[], mostElements = Number.POSITIVE_INFINITY): ScanResult {
  const events: string[] = [];
  const scan = new SaxesScan(recorder(events), mostElements, START);
  try {
    for (const piece of pieces) scan.write(piece);
    scan.close();
    return { events, refusal: undefined };
  } catch (error) {
    if (error instanceof XmlRefused) return { events, refusal: { line: scan.line, ...error.refusal } };
    throw error;
  }
}

/** What the two scanners report together. */
export function scanResult(text: string): ScanResult {
  const events: string[] = [];
  const refusal = scanXml(text, recorder(events));
  return { events, refusal };
}

/** The same of a document that comes in pieces. */
export function scanResultInPieces(pieces: readonly string[]): ScanResult {
  const events: string[] = [];
  const stream = new XmlStream(recorder(events));
  for (const piece of pieces) {
    const refusal = stream.write(piece);
    if (refusal !== undefined) return { events, refusal };
  }
  return { events, refusal: stream.close() };
}

const escaped = (text: string, characters: RegExp): string =>
  text.replace(
    characters,
    (character) =>
      ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\t': '&#x9;', '\n': '&#xA;', '\r': '&#xD;' })[character] ?? character,
  );

const XMLNS = 'http://www.w3.org/2000/xmlns/';
const inOrder = <T>(list: readonly T[], key: (item: T) => string): readonly T[] =>
  list.toSorted((one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0));

/** The canonical form (C14N 1.0) of a document that the fast scanner reads from beginning to end by itself, or undefined. */
export function canonicalByFastScan(text: string): string | undefined {
  let written = '';
  const scopes: Readonly<Record<string, string>>[] = [{ '': '' }];
  const scan = new FastScan(
    {
      open({ name, attributes }) {
        const around = scopes.at(-1) as Readonly<Record<string, string>>;
        const all = Object.values(attributes);
        const declared = all
          .filter(({ uri }) => uri === XMLNS)
          .map(({ prefix, local, value }) => [prefix === '' ? '' : local, value] as const);
        const fresh = inOrder(
          declared.filter(([prefix, uri]) => around[prefix] !== uri),
          ([prefix]) => prefix,
        );
        scopes.push({ ...around, ...Object.fromEntries(declared) });
        written += `<${name}`;
        // libxml2 writes namespaces without escaping: an ampersand is the only character for which it matters.
        for (const [prefix, uri] of fresh) written += ` xmlns${prefix === '' ? '' : ':'}${prefix}="${uri}"`;
        for (const attribute of inOrder(
          all.filter(({ uri }) => uri !== XMLNS),
          ({ uri, local }) => `${uri}\u0000${local}`,
        ))
          written += ` ${attribute.name}="${escaped(attribute.value, /[&<"\t\n\r]/g)}"`;
        written += '>';
      },
      text(text) {
        if (scopes.length > 1) written += escaped(text, /[&<>\r]/g);
      },
      close({ name }) {
        scopes.pop();
        written += `</${name}>`;
      },
    },
    Number.POSITIVE_INFINITY,
  );
  return scan.isPlain(text) && scan.end(text.slice(scan.scan(text, 0))) ? written : undefined;
}

/**
 * Whether libxml2 reads a document, and its canonical form, which is absent where a namespace is a relative reference. The text is
 * decoded, so the charset that it names does not count.
 */
export function readByLibxml2(text: string): { readonly isRead: boolean; readonly canonical?: string } {
  let isRead = false;
  try {
    using document = XmlDocument.fromString(text.replace(/^(<\?xml[^>]*?)\s+encoding=(?:"[^"]*"|'[^']*')/, '$1'));
    isRead = true;
    return { isRead, canonical: document.canonicalizeToString() };
  } catch {
    return { isRead };
  }
}
