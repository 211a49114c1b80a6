/** The compiled rules of the policy. The policy states the law as data; the conditions are implemented here. */
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import type { CompiledLabel } from '../labels/label.ts';
import { compileRaise, type Policy } from '../labels/policy.ts';
import type { ProtectionReason, RuleDocument } from '../labels/policy-document.ts';
import type { Place } from '../labels/portions.ts';
import { canonicalCode } from '../quality/codelists.ts';
import { isOffenceIn } from '../quality/listed.ts';
import type { AgeAnswer } from './age.ts';
import type { Person } from './people.ts';

/** The facts about the event that a rule needs, besides the object that it examines. */
export interface RuleContext {
  readonly source?: string;
  /** The two digits of the court's area, which prefix local offence codes in their list; empty where the area is not known. */
  readonly area: string;
  /** Whether a person was under an age at the hearing, from all entries of the person in the event. */
  readonly isUnder: (age: number, person: Person) => AgeAnswer;
}

/** Why a condition holds: its facts are stated, or a fact is not known. */
export type Held = 'as-stated' | 'age-not-known' | 'offence-not-known';

/** The condition of a rule. Rules with equal conditions share one function, so that it is evaluated once. */
export type Condition = (object: JsonObject, context: RuleContext, person?: Person) => Held | undefined;

export interface Rule {
  readonly document: RuleDocument;
  readonly portions: ReadonlySet<string>;
  readonly raise: CompiledLabel;
  /** Whether the rule holds for an object. `person` is the person whom the object describes, if any. */
  readonly condition: Condition;
}

/** The reason for a protection. */
export const reasonOf = ({ document: { protects } }: Rule, held: Held): ProtectionReason =>
  held === 'as-stated' ? (protects?.reason ?? 'order') : held;

/** A list of codes that a rule refers to. */
export interface Codes {
  has(code: string): boolean;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const below = (value: Json | undefined): readonly JsonObject[] => (Array.isArray(value) ? (value as readonly JsonObject[]) : []);

/** The objects with the offence codes: a defendant's offences, or the object itself. */
const offencesOf = (object: JsonObject): readonly JsonObject[] =>
  Array.isArray(object.offences) ? (object.offences as readonly JsonObject[]) : [object];

const hasCode = (results: readonly JsonObject[], codes: readonly string[]): boolean =>
  results.some((result) => codes.includes(canonicalCode(text(result?.code))));

/** Whether an offence, or one of a defendant's offences, has a result with one of the codes. */
const hasResult = (object: JsonObject, codes: readonly string[]): boolean =>
  hasCode(below(object.results), codes) || below(object.offences).some((offence) => hasCode(below(offence?.results), codes));

/** The date of an event's hearing as stated, or an empty text. */
export const hearingDate = ({ hearing }: JsonObject): string => text((hearing as JsonObject | null | undefined)?.date);

/** Why a rule's condition on offence codes holds; undefined where it does not. */
function offenceHeld(object: JsonObject, ask: (code: string, area: string) => Held | undefined, area: string): Held | undefined {
  let held: Held | undefined;
  for (const offence of offencesOf(object)) {
    const answer = ask(text(offence?.code), area);
    if (answer === 'as-stated') return answer;
    held ??= answer;
  }
  return held;
}

/** How many offence codes are cached. */
const MOST_REMEMBERED = 5_000;

/** Makes the test of an offence code. It caches results, because few codes are common. */
function askOf(codes: Codes, known: Codes | undefined): (code: string, area: string) => Held | undefined {
  const remembered = new Map<string, Held | undefined>();
  return (stated, area) => {
    const key = `${area} ${stated}`;
    if (remembered.has(key)) return remembered.get(key);
    const code = canonicalCode(stated);
    const isUnknown = known !== undefined && !isOffenceIn(known, code, area);
    let held: Held | undefined;
    if (isOffenceIn(codes, code, area)) held = 'as-stated';
    else if (isUnknown) held = 'offence-not-known';
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(key, held);
    return held;
  };
}

/** Compiles the policy's rules. `codeLists` returns a list by its id. Throws an Error for an unknown condition, list or portion. */
export function compileRules(policy: Policy, codeLists: (id: string) => Codes | undefined): readonly Rule[] {
  const conditions = new Map<string, Condition>();
  return policy.document.rules.map((document) => {
    const key = JSON.stringify(document.when);
    const condition = conditions.get(key) ?? conditionOf(document, codeLists);
    conditions.set(key, condition);
    return { document, portions: portionsOf(policy, document), raise: compileRaise(policy, document.raise.with), condition };
  });
}

function conditionOf({ id, when }: RuleDocument, codeLists: (id: string) => Codes | undefined): Condition {
  const { offenceCodeIn, orNotIn, ageAtHearingUnder, resultCodes: results, sources } = when;
  const listed = (name: string): Codes => {
    const codes = codeLists(name);
    if (codes === undefined) throw new Error(`Rule ${id}: there is no code list ${name}`);
    return codes;
  };
  const codes = offenceCodeIn === undefined ? undefined : listed(offenceCodeIn);
  const known = orNotIn === undefined ? undefined : listed(orNotIn);
  if ([codes, ageAtHearingUnder, results, sources].every((condition) => condition === undefined))
    throw new Error(`Rule ${id} has no known condition`);
  const ask = codes === undefined ? undefined : askOf(codes, known);
  const resultCodes = results?.map(canonicalCode);
  return (object, context, person) => {
    if (sources !== undefined && (context.source === undefined || !sources.includes(context.source))) return undefined;
    if (resultCodes !== undefined && !hasResult(object, resultCodes)) return undefined;
    let held: Held | undefined = 'as-stated';
    if (ask !== undefined) held = offenceHeld(object, ask, context.area);
    if (held === undefined || ageAtHearingUnder === undefined) return held;
    const answer = person === undefined ? 'not-under' : context.isUnder(ageAtHearingUnder, person);
    if (answer === 'not-under') return undefined;
    return answer === 'not-known' ? 'age-not-known' : held;
  };
}

/** The portion classes that a rule raises: the classes that it names, and all classes of its groups. */
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

/** The rules that protect no particular person: they raise portion classes inside the objects that they examine. Evaluates each object once. */
export class PlaceRules {
  readonly #rules: readonly Rule[];
  readonly #context: RuleContext;
  readonly #judged = new Map<JsonObject, readonly Rule[]>();

  constructor(rules: readonly Rule[], context: RuleContext) {
    this.#rules = rules;
    this.#context = context;
  }

  rulesFor(portion: string, within: readonly Place[]): readonly Rule[] {
    return within.flatMap((place) => this.#at(place).filter((rule) => rule.portions.has(portion)));
  }

  #at({ component, object }: Place): readonly Rule[] {
    const known = this.#judged.get(object);
    if (known !== undefined) return known;
    const holding = this.#rules.filter((rule) => rule.document.of === component && rule.condition(object, this.#context) !== undefined);
    this.#judged.set(object, holding);
    return holding;
  }
}
