/**
 * Makes text safe for a terminal (T73). What comes from outside can hold control characters, escape sequences, marks that turn the reading
 * direction, and characters that nobody sees: they would change what a terminal shows, or make one thing look like another.
 */

/** Control, format, private and unassigned characters, lone surrogates, separators of lines and paragraphs, and what no font shows. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Text on one line: each unsafe character, a line end too, is shown as `\u{…}`. */
export const safeText = (text: string): string => text.replace(UNSAFE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

/** Text of several lines that stay lines. */
export const safeLines = (text: string): string => text.split('\n').map(safeText).join('\n');

/** JSON with the same value: unsafe characters, which stand only in its strings, are written as `\uXXXX`. Its lines stay lines. */
export const safeJson = (json: string): string =>
  json.replace(UNSAFE, (character) =>
    character === '\n'
      ? character
      : Array.from({ length: character.length }, (_, n) => `\\u${character.charCodeAt(n).toString(16).padStart(4, '0')}`).join(''),
  );
