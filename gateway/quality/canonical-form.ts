/**
 * Makes one form of all spellings of a reference, for keys and pseudonyms. The value as received stays in the event. A form that changes
 * gives cases and people other pseudonyms, so a change needs a decision (docs/decisions/0013).
 */
import { type Reading, readAsn, readCroNumber, readPncId } from '../../adapters/identifiers.ts';

/** White space, the no-break and zero-width characters, and slashes. */
const BETWEEN = /[\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff/\\]+/gu;
const NOT_LETTER_OR_DIGIT = /[^\p{L}\p{N}]/gu;

/** The letters and digits of a text, in upper case. */
const plain = (text: string): string => text.normalize('NFC').toUpperCase().replaceAll(NOT_LETTER_OR_DIGIT, '');

/** A number in its standard written form where it can be read, without what stands between its parts. */
const numberForm = (value: string, read: (value: string) => Reading): string =>
  plain(read(value.replaceAll(INVISIBLE, '')).canonical ?? value);
const INVISIBLE = /[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+/gu;

/** `52wx/10004 26` is `52WX1000426`. Empty where nothing but separators was given. */
export const canonicalUrn = (value: string): string => value.normalize('NFKC').replaceAll(BETWEEN, '').toUpperCase();

/** `11/01ZD/01/448754K` is `1101ZD0100000448754K`. */
export const canonicalAsn = (value: string): string => numberForm(value, readAsn);

/** `2002/73319z` is `20020073319Z`. A year of two digits stays: its century would be a guess. */
export const canonicalPncId = (value: string): string => numberForm(value, readPncId);

/** `65656/91h` is `06565691H`. */
export const canonicalCroNumber = (value: string): string => numberForm(value, readCroNumber);

/** `O’Brien` is `OBRIEN`, and `W` with a combining circumflex is `Ŵ`. */
export const canonicalName = plain;
