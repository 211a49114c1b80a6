/** Rules of the policy that raise portions by what an event says: the law as data, its conditions here. */
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import type { CompiledLabel } from './label.ts';
import { compileRaise, type Policy } from './policy.ts';
import type { RuleDocument } from './policy-document.ts';
import type { Place } from './portions.ts';

export interface Rule {
  readonly document: RuleDocument;
  readonly portions: ReadonlySet<string>;
  readonly raise: CompiledLabel;
  readonly holds: (object: JsonObject, data: JsonObject, source?: string) => boolean;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const objectAt = (value: unknown): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;

/** Full years between two ISO dates. A person born on 29 February comes of age on 1 March, as the law of England and Wales has it. */
export function yearsBetween(born: string, on: string): number {
  const years = Number(on.slice(0, 4)) - Number(born.slice(0, 4));
  return on.slice(5, 10) < born.slice(5, 10) ? years - 1 : years;
}

export const isIsoDate = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text);

/** Whether a defendant is under an age at the hearing. Unknown counts as under: a missing date of birth must not name a youth. An organisation has no age. */
function isUnder(age: number, defendant: JsonObject, data: JsonObject): boolean {
  if (objectAt(defendant.organisation) !== undefined) return false;
  const on = text(objectAt(data.hearing)?.date);
  const person = objectAt(defendant.person);
  const born = text(person?.dateOfBirth);
  if (on === undefined) return true;
  if (born !== undefined) return yearsBetween(born, on) < age;
  const year = text(person?.perceivedBirthYear);
  return year === undefined || !/^\d{4}$/.test(year) || Number(on.slice(0, 4)) - Number(year) <= age;
}

/** A list of codes, as a rule asks it. */
export interface Codes {
  has(code: string): boolean;
}

/** The offence codes that an object is about: its own, or those of a defendant's offences. */
function offenceCodes(object: JsonObject): readonly string[] {
  const objects = Array.isArray(object.offences) ? (object.offences as readonly JsonObject[]) : [object];
  return objects.map(({ code }) => (text(code) ?? '').trim().toUpperCase());
}

/** The codes of all results of an object: an offence's own, or those of a defendant's offences. */
function resultCodes(object: JsonObject): readonly string[] {
  const below = (value: Json | undefined) => (Array.isArray(value) ? (value as readonly JsonObject[]) : []);
  return [object, ...below(object.offences)].flatMap(({ results }) => below(results).map(({ code }) => (text(code) ?? '').trim()));
}

/** Compiles the policy's rules. `codeLists` gives a list by its id; throws an Error for a condition, list or portion that is not known. */
export function compileRules(policy: Policy, codeLists: (id: string) => Codes | undefined): readonly Rule[] {
  return policy.document.rules.map((document) => {
    const { offenceCodeIn, orNotIn, ageAtHearingUnder, resultCodes: results, sources } = document.when;
    const listed = (id: string): Codes => {
      const codes = codeLists(id);
      if (codes === undefined) throw new Error(`Rule ${document.id}: there is no code list ${id}`);
      return codes;
    };
    const codes = offenceCodeIn === undefined ? undefined : listed(offenceCodeIn);
    const known = orNotIn === undefined ? undefined : listed(orNotIn);
    if ([codes, ageAtHearingUnder, results, sources].every((one) => one === undefined))
      throw new Error(`Rule ${document.id} has no condition that is known`);
    const { groups = [], portions: named = [] } = document.raise;
    const portions = new Set(named);
    for (const name of groups) {
      const group = policy.document.groups?.[name];
      if (group === undefined) throw new Error(`Rule ${document.id}: the policy has no group ${name}`);
      for (const portion of group.portions) portions.add(portion);
    }
    const unknown = [...portions].find((name) => !policy.portions.has(name));
    if (unknown !== undefined) throw new Error(`Rule ${document.id}: the policy has no portion ${unknown}`);
    const isMeant = (code: string): boolean => codes === undefined || codes.has(code) || known?.has(code) === false;
    const holds: Rule['holds'] = (object, data, source) =>
      (sources === undefined || (source !== undefined && sources.includes(source))) &&
      (results === undefined || resultCodes(object).some((code) => results.includes(code))) &&
      (codes === undefined || offenceCodes(object).some(isMeant)) &&
      (ageAtHearingUnder === undefined || isUnder(ageAtHearingUnder, object, data));
    return { document, portions, raise: compileRaise(policy, document.raise.with), holds };
  });
}

/** The rules that raise a portion class inside the given places of an event. Each place is judged once. */
export class Judge {
  readonly #rules: readonly Rule[];
  readonly #data: JsonObject;
  readonly #source: string | undefined;
  readonly #judged = new Map<JsonObject, readonly Rule[]>();

  constructor(rules: readonly Rule[], data: JsonObject, source?: string) {
    this.#rules = rules;
    this.#data = data;
    this.#source = source;
  }

  rulesFor(portion: string, within: readonly Place[]): readonly Rule[] {
    let found: readonly Rule[] = NONE;
    for (const place of within) {
      const holding = this.#at(place).filter((rule) => rule.portions.has(portion));
      if (holding.length > 0) found = found.length === 0 ? holding : [...found, ...holding];
    }
    return found;
  }

  #at({ component, object }: Place): readonly Rule[] {
    const known = this.#judged.get(object);
    if (known !== undefined) return known;
    const holding = this.#rules.filter((rule) => rule.document.of === component && rule.holds(object, this.#data, this.#source));
    this.#judged.set(object, holding);
    return holding;
  }
}

const NONE: readonly Rule[] = [];
