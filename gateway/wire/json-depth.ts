/** How deep JSON text nests. What is parsed without a bound may be too deep to be written again, or to be walked through. */

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Whether text that is JSON, in UTF-8, nests deeper than so many levels. */
export function isDeeper(text: Uint8Array, levels: number): boolean {
  if (text.length < 2 * levels) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at];
    if (byte === QUOTE) for (at++; at < text.length && text[at] !== QUOTE; at++) if (text[at] === BACKSLASH) at++;
    if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth--;
    else if ((byte === OPEN_ARRAY || byte === OPEN_OBJECT) && ++depth > levels) return true;
  }
  return false;
}
