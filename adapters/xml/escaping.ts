/** Learns how an outer layer escapes the document inside it, so that the document can be written back in the same way. */

import { unescapeText } from './characters.ts';

/** The spelling of each special character; `none` where the inner document is not escaped. */
export type Escaping = 'none' | readonly [string, string][];

const CANDIDATES: readonly (readonly [string, readonly string[]])[] = [
  ['&', ['&amp;', '&#38;', '&#x26;']],
  ['<', ['&lt;', '&#60;', '&#x3C;', '&#x3c;']],
  ['>', ['&gt;', '&#62;', '&#x3E;', '&#x3e;']],
  ['"', ['&quot;', '&#34;', '&#x22;']],
  ["'", ['&apos;', '&#39;', '&#x27;']],
  ['\r', ['&#13;', '&#xD;', '&#xd;', '&#x0D;']],
  ['\n', ['\r\n']],
];

const PLAIN: Exclude<Escaping, 'none'> = [
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['\r', '&#xD;'],
];

/** A part of the inner document that is spelled differently: its offset, its text, and its spelling. A comment has an empty text. */
export type Edit = readonly [at: number, text: string, written: string];

function escapeAll(escaping: Exclude<Escaping, 'none'>, text: string): string {
  return escaping.reduce((escaped, [character, written]) => escaped.replaceAll(character, written), text);
}

/** The text in the spelling of an outer layer. Edits that belong to another text are not applied. */
export function escapeInner(escaping: Escaping, text: string, edits: readonly Edit[] = []): string {
  if (escaping === 'none') return text;
  let escaped = '';
  let from = 0;
  for (const [at, part, written] of edits) {
    if (at < from || !text.startsWith(part, at)) return escapeAll(escaping, text);
    escaped += escapeAll(escaping, text.slice(from, at)) + written;
    from = at + part.length;
  }
  return escaped + escapeAll(escaping, text.slice(from));
}

/** The parts of an element's content: comments and instructions, CDATA sections, references, line ends, and other characters. */
const PIECES = /<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(.*?)\]\]>|&[^;]{1,10};|\r\n?|[^<&\r]+/gs;

/** The text of a piece of content (XML 1.0, 2.11 and 4.6). */
function meaningOf(piece: string, section: string | undefined): string {
  if (section !== undefined) return section.replaceAll(/\r\n?/g, '\n');
  if (piece.startsWith('<')) return '';
  if (piece.startsWith('\r')) return '\n';
  return piece.startsWith('&') ? unescapeText(piece) : piece;
}

/** The edits that turn `text` into `raw` under an escaping, or none where that is not possible. */
function editsOf(escaping: Exclude<Escaping, 'none'>, raw: string, text: string): readonly Edit[] {
  if (escapeInner(escaping, text) === raw) return [];
  const edits: Edit[] = [];
  let at = 0;
  for (const [piece, section] of raw.matchAll(PIECES)) {
    const meaning = meaningOf(piece, section);
    if (meaning === '' || escapeAll(escaping, meaning) !== piece) edits.push([at, meaning, piece]);
    at += meaning.length;
  }
  return escapeInner(escaping, text, edits) === raw ? edits : [];
}

/** How `raw` escapes `text`, and the parts with another spelling. */
export function writingOf(raw: string, text: string): { readonly escaping: Escaping; readonly edits: readonly Edit[] } {
  // Try the most common spelling first: each candidate needs a search of the complete message.
  const hasNumbers = raw.includes('&#');
  const seen = CANDIDATES.flatMap(([character, written]): [string, string][] => {
    const used = written.find((candidate) => (hasNumbers || !candidate.startsWith('&#')) && raw.includes(candidate));
    return used === undefined ? [] : [[character, used]];
  });
  if (escapeInner(seen, text) === raw) return { escaping: seen, edits: [] };
  return { escaping: PLAIN, edits: editsOf(PLAIN, raw, text) };
}
