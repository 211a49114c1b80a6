/** What the code lists are made from, and what they are made into. */

export type Cell = string | boolean;
export type Row = readonly [code: string, ...rest: Cell[]];

export interface CodeList {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** File below `data/` of the package. */
  readonly from: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  readonly prefixes?: readonly string[];
}

export type Source = Readonly<Record<string, string>>;

export interface OffenceSource {
  readonly cjsCode: string;
  readonly homeOfficeClassification: string;
  readonly notifiableToHo: boolean;
  readonly offenceCategory: string;
  readonly offenceTitle: string;
  readonly recordableOnPnc: boolean;
}

// What is damaged in the source ---------------------------------------------------------------------------------------------------

/** Beside ASCII, what English and Welsh text may hold. Anything else is text that was read in the wrong charset. */
const SOUND = /^[\x20-\x7e£°§½¼¾²³µ‘’“”–—…áàâäéèêëíìîïóòôöúùûüýÿŵŷçñ]*$/i;
const LOST_CHARACTER = /[A-Za-z]\?[A-Za-z]/;
/** The source marks some titles with a separator of its own at the end. */
const TRAILING_BARS = /\s*\|+$/;

export const report: string[] = [];

/** A text as published: damaged text is left out rather than passed on, and reported; so is what only looks damaged, which stays. */
export function sound(list: string, code: string, text: string): string {
  const clean = text.replace(TRAILING_BARS, '').replace(/\s+/g, ' ').trim();
  if (!SOUND.test(clean)) {
    report.push(`${list} ${code}: the text is damaged and was left out`);
    return '';
  }
  if (LOST_CHARACTER.test(clean)) report.push(`${list} ${code}: a question mark stands where a character may be lost; kept`);
  return clean;
}

// The lists -----------------------------------------------------------------------------------------------------------------------
