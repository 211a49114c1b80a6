/** Converts a court's results from the form of the table to the form of the standard. */
import type { Json, JsonObject } from '../adapter.ts';
import { LONDON } from '../calendar.ts';

export const object = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
export const objects = (value: Json | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.map(object) : []);
export const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** Caches the conversion of a part of the message that many events share. */
export function shared<T>(make: (part: readonly JsonObject[]) => T): (part: Json | undefined) => T {
  const made = new WeakMap<object, T>();
  const none = make([]);
  return (part) => {
    if (!Array.isArray(part)) return none;
    const known = made.get(part);
    if (known !== undefined) return known;
    const value = make(objects(part));
    made.set(part, value);
    return value;
  };
}

/** The members with content. */
export const filled = (members: { readonly [name: string]: Json | undefined }): JsonObject =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => !isNothing(value))) as JsonObject;

const isNothing = (value: Json | undefined): boolean =>
  value === undefined || value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

const CLOCK = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})/;
const STATES_ZONE = /(?:Z|[+-]\d{2}:\d{2})$/;

/** The local day and time of the court for an instant, or for a time without a zone. */
export function onClock(instant: Json | undefined): { readonly date?: string; readonly time?: string } {
  const given = text(instant);
  const milliseconds = Date.parse(given);
  if (Number.isNaN(milliseconds)) return {};
  const [, date, time] = CLOCK.exec(STATES_ZONE.test(given) ? LONDON.format(milliseconds) : given) ?? [];
  return date === undefined || time === undefined ? {} : { date, time };
}

export const courtHouse = ({ location, ouCode, psaCode, ljaCode, name }: JsonObject): JsonObject =>
  filled({ ouCode: location ?? ouCode, psaCode: text(psaCode ?? ljaCode).replace(/^\d{1,3}$/, (digits) => digits.padStart(4, '0')), name });

function nextHearing({ start, reason, courtHouse: court }: JsonObject): JsonObject {
  return filled({ courtHouse: courtHouse(object(court)), ...onClock(start), reason });
}

const MONEY = /^£?(\d{1,3}(?:,\d{3})*|\d+)(\.\d{1,2})?$/;

/** Amounts that the court imposes, as decimals. */
const amounts = (prompts: readonly JsonObject[]): readonly string[] =>
  prompts.flatMap(({ isImposition, value }) => {
    const found = isImposition === 'Y' ? MONEY.exec(text(value).trim()) : null;
    return found === null ? [] : [`${found[1]?.replaceAll(',', '')}${found[2] ?? ''}`];
  });

/** The text of a result, with entered values that it does not already contain. */
function wording({ text: resultText, label, saysPrompts }: JsonObject, prompts: readonly JsonObject[]): string {
  const said = text(resultText ?? label);
  if (saysPrompts === 'Y') return said;
  const entered = prompts.filter(({ value }) => text(value) !== '' && !said.includes(text(value)));
  return [said, ...entered.map((prompt) => [text(prompt.label), text(prompt.value)].filter((part) => part !== '').join(' '))]
    .filter((line) => line !== '')
    .join('\n');
}

function result(read: JsonObject): JsonObject {
  const prompts = objects(read.prompts);
  const next = nextHearing(object(read.nextHearing));
  const isAdjourned = Object.keys(next).length > 0;
  return filled({
    code: read.code,
    text: wording(read, prompts),
    qualifiers: text(read.qualifier)
      .split(',')
      .map((qualifier) => qualifier.trim())
      .filter((qualifier) => qualifier !== ''),
    amounts: amounts(prompts),
    durations: objects(read.durations).map(filled),
    periods: objects(read.periods).map(filled),
    penaltyPoints: prompts.find(({ points }) => points !== undefined)?.points,
    nextHearing: next,
    bailStatus: isAdjourned ? read.bailStatus : undefined,
  });
}

/** Results that stand: one that was deleted does not, and what is published as part of another result is in that one's text. */
const standing = (results: readonly JsonObject[]): readonly JsonObject[] =>
  results.filter(({ isDeleted, isPrompt, code }) => isDeleted !== 'Y' && !(isPrompt === 'Y' && code === undefined));

export const resultsOf = (read: Json | undefined): readonly JsonObject[] => standing(objects(read)).map(result);

/** The national code of the result that reporting is restricted. The policy protects by it. */
const RESTRICTED = '4510';

/** Reporting restrictions of any hearing, in the form of results. */
export function withRestrictions(results: readonly JsonObject[], restrictions: readonly JsonObject[]): readonly JsonObject[] {
  if (results.some(({ code }) => code === RESTRICTED)) return results;
  const said = restrictions.map(({ label, ordered }) => [text(label), ordered === undefined ? '' : `Ordered ${text(ordered)}`]);
  return [...results, ...said.map((lines) => filled({ code: RESTRICTED, text: lines.filter((line) => line !== '').join('\n') }))];
}

/** Whether an offence is dealt with for good: as the message says, else by the category of its results. */
export function finalDisposal(isDisposed: Json | undefined, read: Json | undefined): string | undefined {
  if (isDisposed !== undefined) return text(isDisposed);
  const results = standing(objects(read));
  if (results.length === 0) return undefined;
  return results.some(({ category }) => category === 'FINAL') ? 'Y' : 'N';
}
