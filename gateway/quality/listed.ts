/** Whether a value is a code: in the list, or in the form, that its property names. What is neither is free text. */
import type { CodeKind } from '../labels/schema.ts';
import { type CodeList, type CodeLists, canonicalCode } from './codelists.ts';

const NATIONAL_LENGTH = 7;
/** Attempt, aid and abet, conspiracy, incitement: a letter after a national code. */
const INCHOATE = /^[ABCI]$/;

/** A national code may have a letter at its end; a local one is listed with the two digits of its area in front. */
function isOffence(list: Pick<CodeList, 'has'>, code: string, area: string): boolean {
  const letter = code.slice(NATIONAL_LENGTH);
  if (INCHOATE.test(letter) && list.has(code.slice(0, NATIONAL_LENGTH))) return true;
  return area !== '' && list.has(area + code);
}

/** Whether a list of offences has a code, as the gateway asks every such list. `area` is the two digits of the court's area, or empty. */
export const isOffenceIn = (list: Pick<CodeList, 'has'>, code: string, area: string): boolean =>
  list.has(code) || isOffence(list, code, area);

const COURT_LENGTH = 7;

/** The last two characters number the room or place within a court house: it is enough that the house is listed. */
const isCourt = (list: CodeList, code: string): boolean => code.length === COURT_LENGTH && list.has(`${code.slice(0, -2)}00`);

/** Lists whose codes are known by more than their own text. */
const ALSO_LISTED: Readonly<Record<string, (list: CodeList, code: string, area: string) => boolean>> = {
  offences: isOffence,
  'organisation-units': isCourt,
};

function isInList(lists: CodeLists, id: string, value: string, area: string): boolean {
  const list = lists.get(id);
  if (list === undefined) return false;
  return list.has(value) || ALSO_LISTED[id]?.(list, canonicalCode(value), area) === true;
}

/**
 * Whether a value is in its list or form. `area` is the two digits of the court's area, in front of local offence codes; empty where it is
 * not known. A blank value holds no text, so it needs no list; a list that is not loaded knows no code.
 */
export function isListed(lists: CodeLists, { codelist, form }: CodeKind, value: string, area: string): boolean {
  if (codelist !== undefined && isInList(lists, codelist, value, area)) return true;
  if (form !== undefined && (form.test(value) || form.test(value.trim().toUpperCase()))) return true;
  return value.trim() === '';
}
