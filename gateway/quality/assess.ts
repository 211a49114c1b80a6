/**
 * How far the data of an event can be relied on (Data Protection Act 2018, section 38): facts or assessments, what looks wrong in it, and
 * whom it is about. A check never refuses an event, never changes a value as received and never throws.
 */
import type { JsonObject } from '../../adapters/adapter.ts';
import { type Reading, readAsn, readCourtReference, readCroNumber, readPncId } from '../../adapters/identifiers.ts';
import { escapeStep } from '../../adapters/json.ts';
import type { CodeLists } from './codelists.ts';
import type { CodePlan } from './codes.ts';
import { isListed } from './listed.ts';

export type Basis = 'fact' | 'assessment';

export type SubjectCategory = 'suspect' | 'convicted' | 'victim' | 'witness';

/** Every check, and what it says. No reason holds a value of the data. */
export const REASONS = {
  'asn-unreadable': 'The arrest/summons number is not in a form that can be read',
  'asn-check-letter': 'The check letter of the arrest/summons number does not fit its digits',
  'asn-written-form': 'The arrest/summons number is right but not in its standard written form',
  'pnc-id-unreadable': 'The PNC ID is not in a form that can be read',
  'pnc-id-check-letter': 'The check letter of the PNC ID does not fit its digits',
  'pnc-id-written-form': 'The PNC ID is right but not in its standard written form',
  'cro-number-unreadable': 'The CRO number is not in a form that can be read',
  'cro-number-check-letter': 'The check letter of the CRO number does not fit its digits',
  'cro-number-written-form': 'The CRO number is right but not in its standard written form',
  'court-reference-check-letter': 'The check letter of the court case reference does not fit its digits',
  'court-reference-written-form': 'The court case reference is right but not in its standard written form',
  'offence-code-unknown': 'The offence code is not in the list of offences',
  'court-unknown': 'The court is not in the list of organisation units',
  'result-code-unknown': 'The result code is not in the list of result codes',
  'qualifier-unknown': 'The qualifier is not in the list of result qualifiers',
  'stop-code-unknown': 'The code is not in its list',
  'given-more-than-once': 'The message gives the value more than once, with different values. The event has the first',
  'code-not-listed': 'The code is not in its list or form, so it is labelled as text',
  'birth-after-hearing': 'The date of birth is after the hearing',
  'offence-end-before-start': 'The offence ends before it starts',
  'charge-before-offence': 'The charge is before the offence',
  'conviction-before-offence': 'The conviction is before the offence',
  'hearing-before-charge': 'The hearing is before the charge',
  'value-malformed': 'The message has a value of the wrong type, so it is only in the extensions',
  'case-reference-missing': 'The case has no reference, so its events are not known to belong together',
  mojibake: 'The text looks like UTF-8 that was read as Latin-1 before the message came here',
  'control-characters': 'The text holds C1 control characters, as Windows-1252 does that is declared as ISO-8859-1',
  'damaged-text': 'The text holds U+FFFD, so characters were lost before the message came here',
  'escaped-text': 'The text holds an escaped character, so it was escaped once too often before the message came here',
  'more-issues': 'There are more issues than are listed',
} as const;

export type QualityCode = keyof typeof REASONS;

export interface QualityIssue {
  readonly code: QualityCode;
  /** JSON Pointer into the event's data. */
  readonly at: string;
  /** One sentence in plain English, with no value of the data in it. */
  readonly reason: string;
  /** The identifier in its standard written form, where it can be read. */
  readonly canonical?: string;
}

export interface Assessment {
  readonly basis: Basis;
  readonly issues: readonly QualityIssue[];
}

/** Enough to see what is wrong with a message; a hostile one must not grow without bound. */
const MOST_ISSUES = 100;
const LONGEST_POINTER = 1000;

type Found = QualityIssue[];

function note(found: Found, code: QualityCode, at: string, canonical?: string): void {
  if (found.length > MOST_ISSUES) return;
  if (found.length === MOST_ISSUES) found.push({ code: 'more-issues', at: '/quality/issues', reason: REASONS['more-issues'] });
  else found.push({ code, at, reason: REASONS[code], ...(canonical === undefined ? {} : { canonical }) });
}

// Reading data of any shape -------------------------------------------------------------------------------------------------------

const NOTHING: JsonObject = {};
const NONE: readonly unknown[] = [];

const objectOf = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : NOTHING;
const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : NONE);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const DATE = /^\d{4}-\d\d-\d\d$/;

/** An ISO date, or nothing: such dates are in order where their texts are. */
const dateOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length === 10 && DATE.test(value) ? value : undefined;

const isBefore = (date: string | undefined, other: string | undefined): boolean =>
  date !== undefined && other !== undefined && date < other;

// Identifiers ---------------------------------------------------------------------------------------------------------------------

type Kind = 'asn' | 'pnc-id' | 'cro-number' | 'court-reference';

function identifier(found: Found, kind: Kind, read: (value: string) => Reading, value: unknown, at: string, property: string): void {
  if (typeof value !== 'string' || value.trim() === '') return;
  const { valid, canonical } = read(value);
  if (valid && canonical === value) return;
  const place = `${at}/${property}`;
  if (canonical !== undefined) note(found, valid ? `${kind}-written-form` : `${kind}-check-letter`, place, canonical);
  // Courts give references of other kinds too: one that is not of this form is not wrong.
  else if (kind !== 'court-reference') note(found, `${kind}-unreadable`, place);
}

// Codes ---------------------------------------------------------------------------------------------------------------------------

/** What does not change within an event. */
interface Context {
  readonly found: Found;
  readonly lists: CodeLists;
  readonly hearingDate: string | undefined;
  /** The two digits of the court's area, in front of local offence codes in the list. */
  readonly area: string;
}

/** A list that is not loaded accuses nobody. */
const isKnown = ({ lists, area }: Context, codelist: string, code: string): boolean =>
  !lists.has(codelist) || isListed(lists, { codelist }, code, area);

const COURT_LENGTH = 7;

function court(context: Context, value: unknown, at: string): void {
  const { ouCode, psaCode } = objectOf(value);
  if (!isKnown(context, 'organisation-units', textOf(ouCode))) note(context.found, 'court-unknown', `${at}/courtHouse/ouCode`);
  if (!isArea(context, psaCode)) note(context.found, 'court-unknown', `${at}/courtHouse/psaCode`);
}

function isArea({ lists }: Context, value: unknown): boolean {
  const code = textOf(value).trim();
  const units = lists.get('organisation-units');
  return code === '' || units === undefined || units.valuesOf('psaCode').has(code);
}

function result(context: Context, value: unknown, at: string): void {
  const { code, qualifiers, nextHearing } = objectOf(value);
  const { found } = context;
  if (!isKnown(context, 'result-codes', textOf(code))) note(found, 'result-code-unknown', `${at}/code`);
  const all = arrayOf(qualifiers);
  for (let n = 0; n < all.length; n++)
    if (!isKnown(context, 'result-qualifiers', textOf(all[n]))) note(found, 'qualifier-unknown', `${at}/qualifiers/${n}`);
  if (nextHearing !== undefined) court(context, objectOf(nextHearing).courtHouse, `${at}/nextHearing`);
}

// Offences ------------------------------------------------------------------------------------------------------------------------

/** "Before" and "on or before": the start is then the day by which the offence had happened, not the first. */
const IS_BEFORE = /^[26]$/;

function offenceDates({ found, hearingDate }: Context, offence: JsonObject, at: string): void {
  const date = objectOf(offence.date);
  const start = dateOf(date.start);
  const end = dateOf(date.end);
  if (isBefore(end, start)) note(found, 'offence-end-before-start', `${at}/date/end`);
  const first = IS_BEFORE.test(textOf(date.code)) ? undefined : start;
  const charge = dateOf(offence.chargeDate);
  if (isBefore(charge, first)) note(found, 'charge-before-offence', `${at}/chargeDate`);
  if (isBefore(dateOf(offence.convictionDate), first)) note(found, 'conviction-before-offence', `${at}/convictionDate`);
  if (isBefore(hearingDate, charge)) note(found, 'hearing-before-charge', `${at}/chargeDate`);
}

function offence(context: Context, value: unknown, at: string): void {
  const given = objectOf(value);
  const { found } = context;
  const code = textOf(given.code);
  // A blank code says nothing, and an offence is nothing without one.
  const isBlank = code !== '' && code.trim() === '';
  if (isBlank || !isKnown(context, 'offences', code)) note(found, 'offence-code-unknown', `${at}/code`);
  offenceDates(context, given, at);
  if (!isArea(context, given.convictingCourt)) note(found, 'court-unknown', `${at}/convictingCourt`);
  const results = arrayOf(given.results);
  for (let n = 0; n < results.length; n++) result(context, results[n], `${at}/results/${n}`);
  const victims = arrayOf(given.victims);
  for (let n = 0; n < victims.length; n++) birth(context, victims[n], `${at}/victims/${n}`);
}

function birth({ found, hearingDate }: Context, person: unknown, at: string): void {
  if (isBefore(hearingDate, dateOf(objectOf(person).dateOfBirth))) note(found, 'birth-after-hearing', `${at}/dateOfBirth`);
}

function defendant(context: Context, value: unknown, at: string): void {
  const given = objectOf(value);
  const { found } = context;
  identifier(found, 'asn', readAsn, given.asn, at, 'asn');
  identifier(found, 'pnc-id', readPncId, given.pncId, at, 'pncId');
  identifier(found, 'cro-number', readCroNumber, given.croNumber, at, 'croNumber');
  birth(context, given.person, `${at}/person`);
  birth(context, given.parentGuardian, `${at}/parentGuardian`);
  const offences = arrayOf(given.offences);
  for (let n = 0; n < offences.length; n++) offence(context, offences[n], `${at}/offences/${n}`);
}

/** The lists of the codes of a stop. */
const STOP_LISTS: Readonly<Record<string, string>> = { power: 'stop-powers', object: 'stop-objects', outcome: 'stop-outcomes' };

function stop(context: Context, value: unknown): void {
  const given = objectOf(value);
  for (const [property, list] of Object.entries(STOP_LISTS))
    if (!isKnown(context, list, textOf(given[property]))) note(context.found, 'stop-code-unknown', `/stop/${property}`);
}

// Every code ----------------------------------------------------------------------------------------------------------------------

/** Reports an unlisted code that has no more specific issue. */
function unlisted({ found }: Context, at: string): void {
  if (!found.some((issue) => issue.at === at)) note(found, 'code-not-listed', at);
}

/** Checks every code that the standard declares. */
function allCodes(context: Context, { codes, objects, arrays }: CodePlan, object: JsonObject, at: string): void {
  const { lists, area } = context;
  for (const { property, code } of codes) {
    const value = object[property];
    if (typeof value === 'string') {
      if (!isListed(lists, code, value, area)) unlisted(context, `${at}/${property}`);
    } else if (Array.isArray(value)) {
      for (let n = 0; n < value.length; n++) {
        const item = textOf(value[n]);
        if (item !== '' && !isListed(lists, code, item, area)) unlisted(context, `${at}/${property}/${n}`);
      }
    }
  }
  for (const [property, plan] of objects) allCodes(context, plan, objectOf(object[property]), `${at}/${property}`);
  for (const [property, plan] of arrays) {
    const items = arrayOf(object[property]);
    for (let n = 0; n < items.length; n++) allCodes(context, plan, objectOf(items[n]), `${at}/${property}/${n}`);
  }
}

// Text ----------------------------------------------------------------------------------------------------------------------------

/** A quick test: most text has none of these characters. */
const SUSPICIOUS = /[&\u0080-\u009f\u00c2\u00c3\u00c5\u00e2\ufffd]/;
const C1_CONTROL = /[\u0080-\u009f]/;
/**
 * What two or three bytes of UTF-8 look like in Latin-1 or Windows-1252: an accented letter, a pound sign, ŵ and ŷ, a curly quote or dash.
 * Only sequences that no name or text has otherwise.
 */
const MOJIBAKE =
  /\u00c2[\u0080-\u00bf]|\u00c3[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘“”•–—˜™š›œžŸ]|\u00c5[\u00b4-\u00b7]|\u00e2(?:€|\u0080)[\u0080-\u00bf™œž˜“”¢¦]/;
const ENTITY = /&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[0-9a-f]{1,6});/i;
/** No standard is deeper; only extensions can be, and they are not looked at. */
const DEEPEST = 24;
/** The message to the letter, where escapes are at home, and what the gateway itself says. */
const NOT_LOOKED_AT: ReadonlySet<string> = new Set(['extensions', 'label', 'portions', 'quality']);

const isWrong = (value: string): boolean =>
  SUSPICIOUS.test(value) && (value.includes('\uFFFD') || ENTITY.test(value) || MOJIBAKE.test(value) || C1_CONTROL.test(value));

function hasWrongText(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return isWrong(value);
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return false;
  if (Array.isArray(value)) {
    for (let n = 0; n < value.length; n++) if (hasWrongText(value[n], depth + 1)) return true;
    return false;
  }
  const object = value as JsonObject;
  for (const name in object) if (hasWrongText(object[name], depth + 1)) return true;
  return false;
}

/** Shortens a pointer that is too long to that of an ancestor. */
const bounded = (at: string): string => (at.length <= LONGEST_POINTER ? at : at.slice(0, at.lastIndexOf('/', LONGEST_POINTER)));

function text(found: Found, value: unknown, at: string, depth: number): void {
  if (typeof value === 'string') {
    if (value.includes('\uFFFD')) note(found, 'damaged-text', bounded(at));
    if (ENTITY.test(value)) note(found, 'escaped-text', bounded(at));
    if (MOJIBAKE.test(value)) note(found, 'mojibake', bounded(at));
    else if (C1_CONTROL.test(value)) note(found, 'control-characters', bounded(at));
  } else if (typeof value === 'object' && value !== null && depth <= DEEPEST) {
    for (const [name, below] of Object.entries(value)) text(found, below, `${at}/${escapeStep(name)}`, depth + 1);
  }
}

/** Most events have nothing wrong, so places are only worked out for those that have. */
function allText(found: Found, data: JsonObject): void {
  for (const name in data) {
    if (NOT_LOOKED_AT.has(name) || !hasWrongText(data[name], 1)) continue;
    text(found, data[name], `/${escapeStep(name)}`, 1);
  }
}

// All checks -----------------------------------------------------------------------------------------------------------------------

/** What courts and national records state. Anything else is an allegation or a report until a court has found it so. */
const FACTS: ReadonlySet<string> = new Set(['hearing.resulted', 'hearing.listed', 'record.returned', 'case.linked']);

/** The two digits of the area of the court that an event's hearing is at, or nothing. */
export function areaOf(data: JsonObject): string {
  const ouCode = textOf(objectOf(objectOf(data.hearing).courtHouse).ouCode).trim();
  return ouCode.length === COURT_LENGTH ? ouCode.slice(1, 3) : '';
}

/** Assesses the data of an event: any data, of any shape. `codes` says where the standard has codes. */
export function assess(standard: string, data: JsonObject, lists: CodeLists, codes?: CodePlan): Assessment {
  const found: Found = [];
  const hearing = objectOf(data.hearing);
  const context: Context = {
    found,
    lists,
    hearingDate: dateOf(hearing.date),
    area: areaOf(data),
  };
  identifier(found, 'court-reference', readCourtReference, objectOf(data.case).courtReference, '/case', 'courtReference');
  court(context, hearing.courtHouse, '/hearing');
  const defendants = arrayOf(data.defendants);
  for (let n = 0; n < defendants.length; n++) defendant(context, defendants[n], `/defendants/${n}`);
  stop(context, data.stop);
  if (codes !== undefined) allCodes(context, codes, data, '');
  allText(found, data);
  return { basis: FACTS.has(standard) ? 'fact' : 'assessment', issues: found };
}

const isProved = (value: unknown): boolean => {
  const { convictionDate, finding } = objectOf(value);
  return textOf(convictionDate).trim() !== '' || textOf(finding).trim() === 'G';
};

/**
 * What each defendant is in the case, by their place in `defendants`: convicted once a court has found one of their offences proved,
 * else suspect. Nothing for an item that is not a defendant at all.
 */
export function subjectCategory(standard: string, data: JsonObject): readonly (SubjectCategory | undefined)[] {
  return arrayOf(data.defendants).map((value) => {
    const given = objectOf(value);
    if (given === NOTHING) return undefined;
    return standard === 'hearing.resulted' && arrayOf(given.offences).some(isProved) ? 'convicted' : 'suspect';
  });
}
