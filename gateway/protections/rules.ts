/** The rules of the policy, compiled: the law as data, its conditions here. */
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import type { CompiledLabel } from '../labels/label.ts';
import { compileRaise, type Policy } from '../labels/policy.ts';
import type { ProtectionReason, RuleDocument } from '../labels/policy-document.ts';
import type { Place } from '../labels/portions.ts';
import { canonicalCode } from '../quality/codelists.ts';
import { isUnderAt } from './age.ts';
import type { Defendant, Person } from './people.ts';

/** What a rule knows of the event beside the object that it looks at. */
export interface RuleContext {
  readonly data: JsonObject;
  readonly source?: string;
  /** When the gateway recorded the event, ISO 8601. */
  readonly received: string;
  /** All that the event says of when a person was born, under any entry of that person. */
  readonly birthOf: (person: Person) => Parameters<typeof isUnderAt>[1];
  readonly defendants: readonly Defendant[];
  /** Everybody in the event. */
  readonly people: () => readonly Person[];
}

export interface Rule {
  readonly document: RuleDocument;
  readonly portions: ReadonlySet<string>;
  readonly raise: CompiledLabel;
  /** Why the rule holds for an object, or undefined. `person` is the object's own, where it describes one. */
  readonly reasonFor: (object: JsonObject, context: RuleContext, person?: Person) => ProtectionReason | undefined;
}

/** A list of codes, as a rule asks it. */
export interface Codes {
  has(code: string): boolean;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const below = (value: Json | undefined): readonly JsonObject[] => (Array.isArray(value) ? (value as readonly JsonObject[]) : []);

/** The offence codes that an object is about: its own, or those of a defendant's offences. */
function offenceCodes(object: JsonObject): readonly string[] {
  const objects = Array.isArray(object.offences) ? (object.offences as readonly JsonObject[]) : [object];
  return objects.map((one) => canonicalCode(text(one?.code)));
}

/** The codes of all results of an object: an offence's own, or those of a defendant's offences. */
const resultCodes = (object: JsonObject): readonly string[] =>
  [object, ...below(object.offences)].flatMap((one) => below(one?.results).map((result) => canonicalCode(text(result?.code))));

/** The day of an event's hearing as it says, or an empty text. */
export const hearingDate = ({ hearing }: JsonObject): string => text((hearing as JsonObject | null | undefined)?.date);

/** The part of a rule's conditions that a list of offence codes makes: why it holds, or undefined. */
function offenceReason(object: JsonObject, codes: Codes, known: Codes | undefined): ProtectionReason | undefined {
  const own = offenceCodes(object);
  if (own.some((code) => codes.has(code))) return 'sexual-offence';
  return known !== undefined && own.some((code) => !known.has(code)) ? 'offence-not-known' : undefined;
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
    const asked = results?.map(canonicalCode);
    const reasonFor: Rule['reasonFor'] = (object, context, person) => {
      if (sources !== undefined && (context.source === undefined || !sources.includes(context.source))) return undefined;
      if (asked !== undefined && !resultCodes(object).some((code) => asked.includes(code))) return undefined;
      let reason: ProtectionReason = document.protects?.reason ?? 'order';
      if (codes !== undefined) {
        const own = offenceReason(object, codes, known);
        if (own === undefined) return undefined;
        if (own === 'offence-not-known') reason = own;
      }
      if (ageAtHearingUnder !== undefined) {
        if (person === undefined) return undefined;
        const answer = isUnderAt(ageAtHearingUnder, context.birthOf(person), hearingDate(context.data), context.received);
        if (answer === 'not-under') return undefined;
        if (answer === 'not-known') reason = 'age-not-known';
      }
      return reason;
    };
    return { document, portions: portionsOf(policy, document), raise: compileRaise(policy, document.raise.with), reasonFor };
  });
}

/** The portion classes that a rule raises: those that it names, and all of its groups. */
function portionsOf(policy: Policy, { id, raise: { groups = [], portions: named = [] } }: RuleDocument): ReadonlySet<string> {
  const portions = new Set(named);
  for (const name of groups) {
    const group = policy.document.groups?.[name];
    if (group === undefined) throw new Error(`Rule ${id}: the policy has no group ${name}`);
    for (const portion of group.portions) portions.add(portion);
  }
  const unknown = [...portions].find((name) => !policy.portions.has(name));
  if (unknown !== undefined) throw new Error(`Rule ${id}: the policy has no portion ${unknown}`);
  return portions;
}

/** The rules that protect nobody in particular and raise portion classes inside the places that they look at. Each place is judged once. */
export class PlaceRules {
  readonly #rules: readonly Rule[];
  readonly #context: RuleContext;
  readonly #judged = new Map<JsonObject, readonly Rule[]>();

  constructor(rules: readonly Rule[], context: RuleContext) {
    this.#rules = rules;
    this.#context = context;
  }

  rulesFor(portion: string, within: readonly Place[]): readonly Rule[] {
    if (this.#rules.length === 0) return NONE;
    return within.flatMap((place) => this.#at(place).filter((rule) => rule.portions.has(portion)));
  }

  #at({ component, object }: Place): readonly Rule[] {
    const known = this.#judged.get(object);
    if (known !== undefined) return known;
    const holding = this.#rules.filter((rule) => rule.document.of === component && rule.reasonFor(object, this.#context) !== undefined);
    this.#judged.set(object, holding);
    return holding;
  }
}

const NONE: readonly Rule[] = [];
