/** How an outer layer escapes the document inside it, so that it can be written back in the same way. */

/** What each special character is written as; `none` where the inner document stands as it is. */
export type Escaping = 'none' | readonly [string, string][];

const CANDIDATES: readonly (readonly [string, readonly string[]])[] = [
  ['&', ['&amp;', '&#38;', '&#x26;']],
  ['<', ['&lt;', '&#60;', '&#x3C;', '&#x3c;']],
  ['>', ['&gt;', '&#62;', '&#x3E;', '&#x3e;']],
  ['"', ['&quot;', '&#34;', '&#x22;']],
  ["'", ['&apos;', '&#39;', '&#x27;']],
  ['\r', ['&#13;', '&#xD;', '&#xd;', '&#x0D;']],
];

const PLAIN: Escaping = [
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['\r', '&#xD;'],
];

/** The text as an outer layer holds it. */
export function escapeInner(escaping: Escaping, text: string): string {
  if (escaping === 'none') return text;
  return escaping.reduce((escaped, [character, written]) => escaped.replaceAll(character, written), text);
}

/** The way in which `raw` was escaped to hold `text`, or the plainest one that gives the same text. */
export function escapingOf(raw: string, text: string): Escaping {
  const seen = CANDIDATES.flatMap(([character, written]): [string, string][] => {
    const used = written.find((candidate) => raw.includes(candidate));
    return used === undefined ? [] : [[character, used]];
  });
  return escapeInner(seen, text) === raw ? seen : PLAIN;
}
