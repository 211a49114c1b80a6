/** Protections in the form of the register: with pseudonyms of the case and of the person, so that the register names nobody. */
import { dayOf, isOver } from '../labels/day.ts';
import type { Label } from '../labels/label.ts';
import type { Policy } from '../labels/policy.ts';
import type { ProtectionReason } from '../labels/policy-document.ts';
import { type Form, type Pseudonymise, PseudonymMatcher, pseudonymForm, pseudonymsOf, remembering } from './mentions.ts';
import { canHold, countKeys, type Keys, mergedKeys, NOBODY, type PersonKind } from './people.ts';
import type { KnownProtections } from './protect.ts';
import type { Protection } from './protection.ts';
import { knownRaise, restrictionRaise } from './restriction-raise.ts';
import { sourceLabel } from './source-label.ts';

/** One protection on the stream `interchange.protections`. */
export interface ProtectionRecord {
  /** 22 characters of base64url. The same protection always has the same id. */
  readonly id: string;
  /** The pseudonym of the case: the `subject` of its events. */
  readonly case: string;
  /** Undefined where the protected person can be anybody in the case. */
  readonly kind?: PersonKind;
  /** Pseudonyms that are valid only in this case. */
  readonly keys: Keys;
  /** The keys of parents and guardians, as pseudonyms. */
  readonly relatives?: readonly Keys[];
  readonly restrictions: readonly string[];
  readonly reason: ProtectionReason;
  readonly title: string;
  readonly law: string;
  /** The event that it comes from; absent where a person imposed it. */
  readonly event?: string;
  /** The label of that event outside portions. Only readers who may read it learn of the protection. Without a label, the highest applies. */
  readonly label?: Label;
  /** The client whose message or request it came from. */
  readonly by: string;
  /** ISO 8601. */
  readonly since: string;
  /** The day on which it ends, `YYYY-MM-DD`. Without it, the protection holds until a person lifts it. */
  readonly until?: string;
}

/** An authorised person's decision to lift a protection. */
export interface LiftRecord {
  readonly id: string;
  readonly case: string;
  readonly by: string;
  /** The client of the second person, who approved it. Records of earlier versions do not have it. */
  readonly approvedBy?: string;
  /** The reason, in the words of that person. */
  readonly because: string;
  /** ISO 8601. */
  readonly time: string;
}

/** A protection, and its lifting if it was lifted. */
export interface RegisterEntry {
  readonly protection: ProtectionRecord;
  readonly lifted?: LiftRecord;
}

/** Makes a pseudonym with the deployment's secret (`pipeline/ids.ts`). */
export type PseudonymOf = (kind: string, reference: string) => string;

/** Makes pseudonyms for the persons of one case. In another case the same person has different pseudonyms. */
export const pseudonymsFor =
  (pseudonymOf: PseudonymOf, subject: string): Pseudonymise =>
  (text) =>
    pseudonymOf('protected', `${subject}:${text}`);

type Named = Pick<ProtectionRecord, 'case' | 'kind' | 'keys' | 'restrictions' | 'until'> & { readonly rule: string };

const ANYBODY = 'anybody';

/**
 * The id of a protection, from its case, person, restrictions and end. The person counts with all words of the family and given names, or
 * with the numbers where there is no name. So the same person in two messages has one protection, and two people whose names begin alike
 * have two: whoever lifts one of them lifts no other.
 */
export function protectionId(pseudonymOf: PseudonymOf, { keys, ...named }: Named): string {
  return idOf(pseudonymOf, named, personOf(keys));
}

function personOf({ families, givens, singles, numbers }: Keys): string {
  const lists = families.length === 0 ? [numbers] : [families, givens, singles];
  return lists.map((words) => words.toSorted().join(',')).join('/');
}

/** The id that earlier versions gave a protection: only the first words of the names counted. */
function earlierId(pseudonymOf: PseudonymOf, { keys: { families, givens, numbers }, ...named }: Named): string {
  return idOf(pseudonymOf, named, (families.length === 0 ? numbers.toSorted() : [families[0], givens[0] ?? '']).join(','));
}

function idOf(
  pseudonymOf: PseudonymOf,
  { case: subject, kind, restrictions, until = '', rule }: Omit<Named, 'keys'>,
  person: string,
): string {
  return pseudonymOf('protection', [subject, rule, kind ?? ANYBODY, person, restrictions.toSorted().join(','), until].join(';'));
}

const includesAll = (all: readonly string[], some: readonly string[]): boolean => some.every((key) => all.includes(key));

/** A protection with what another record of it knows of the person too; undefined where that adds nothing. */
export function withKeysOf(known: ProtectionRecord, other: ProtectionRecord): ProtectionRecord | undefined {
  if (isAnybody(known)) return undefined;
  const { keys, relatives = [], kind, ...rest } = known;
  if (isAnybody(other)) return { ...rest, keys: NOBODY };
  const others = (other.relatives ?? []).filter((relative) => !relatives.some((each) => isIn(each, relative)));
  if (isIn(keys, other.keys) && others.length === 0) return undefined;
  const merged = mergedKeys([keys, other.keys]);
  const all = [...relatives, ...others];
  if (!canHold(merged, all)) return { ...rest, keys: NOBODY };
  return { ...rest, ...(kind === undefined ? {} : { kind }), keys: merged, ...(all.length === 0 ? {} : { relatives: all }) };
}

/** Whether a protection is of anybody in the case. */
const isAnybody = ({ kind, keys: { families, numbers } }: ProtectionRecord): boolean =>
  kind === undefined && families.length + numbers.length === 0;

/** Whether some keys have all keys of others. */
const isIn = (keys: Keys, others: Keys): boolean =>
  Object.entries(others).every(([name, list]) => includesAll(keys[name as keyof Keys], list as readonly string[]));

/** What an event was labelled with: the id of a protection, and how much was known of the person. */
export const versionOf = ({ id, keys, relatives = [] }: Pick<ProtectionRecord, 'id' | 'keys' | 'relatives'>): string =>
  `${id} ${countKeys(keys, relatives)}`;

/** What a protection comes from: a rule, and for an order its hearing. */
const ruleOf = (rule: string, made: string | undefined): string => (made === undefined ? rule : `${rule} ${made}`);

/** The protections of an event, in the form of the register. */
export function recordsOf(
  protections: readonly Protection[],
  { subject, ...from }: Required<Pick<ProtectionRecord, 'event' | 'label' | 'by' | 'since'>> & { readonly subject: string },
  pseudonymOf: PseudonymOf,
): readonly ProtectionRecord[] {
  const pseudonymise = remembering(pseudonymsFor(pseudonymOf, subject));
  return protections.map(({ id: rule, kind, keys: plain, stated = plain, relatives, restrictions, reason, title, law, until, made }) => {
    const keys = pseudonymsOf(plain, pseudonymise);
    const about = {
      case: subject,
      restrictions,
      ...(kind === undefined ? {} : { kind }),
      ...(until === undefined ? {} : { until }),
    };
    const id = protectionId(pseudonymOf, { ...about, keys: pseudonymsOf(stated, pseudonymise), rule: ruleOf(rule, made) });
    const stored = {
      ...about,
      keys,
      ...(relatives.length === 0 ? {} : { relatives: relatives.map((relative) => pseudonymsOf(relative, pseudonymise)) }),
    };
    return { id, ...stored, reason, title, law, ...from };
  });
}

/**
 * The protections of a case at a time (milliseconds), from its entries in the register and those of linked cases. An entry of a linked case
 * can only protect: lifting it does not affect this case.
 */
export function knownOf(
  policy: Policy,
  subject: string,
  entries: readonly RegisterEntry[],
  pseudonymOf: PseudonymOf,
  now: number,
): KnownProtections {
  if (entries.length === 0) return NOTHING_KNOWN;
  const day = dayOf(now);
  const forms = new Map<string, Form>();
  const formOf = (ofCaseUrn: string): Form => {
    let form = forms.get(ofCaseUrn);
    if (form === undefined) forms.set(ofCaseUrn, (form = pseudonymForm(remembering(pseudonymsFor(pseudonymOf, ofCaseUrn)))));
    return form;
  };
  const ofCase = entries.filter(({ protection }) => protection.case === subject);
  // An id includes the pseudonym of its case, so a protection that is lifted in its case is lifted in all linked cases.
  const ended = new Set(entries.filter((entry) => entry.lifted !== undefined).map(({ protection }) => protection.id));
  const lifted = new Map(ofCase.filter((entry) => entry.lifted !== undefined).map((entry) => [entry.protection.id, entry]));
  const portions = new Set(Object.values(policy.document.groups ?? {}).flatMap((group) => group.portions));
  const inForce = entries
    .filter(({ protection: { id, until } }) => !ended.has(id) && !isOver(until, day))
    .map(({ protection }) => protectionOf(policy, protection, portions, formOf(protection.case)));
  const liftedBits = bitsOf(
    policy,
    ofCase.filter((entry) => entry.lifted !== undefined),
  );
  const endedBits = bitsOf(
    policy,
    ofCase.filter((entry) => entry.lifted === undefined && isOver(entry.protection.until, day)),
  );
  return {
    isEmpty: inForce.length === 0,
    inForce,
    isLifted: ({ id: rule, kind, keys: all, stated: plain = all, restrictions, until, made }) => {
      // Two persons without a name or number cannot be recognised as the same person.
      if (lifted.size === 0 || plain.families.length + plain.numbers.length === 0) return false;
      const keys = formOf(subject).keysOf(plain);
      const named = {
        case: subject,
        restrictions,
        keys,
        ...(kind === undefined ? {} : { kind }),
        ...(until === undefined ? {} : { until }),
      };
      if (lifted.has(protectionId(pseudonymOf, { ...named, rule: ruleOf(rule, made) }))) return true;
      const earlier = lifted.get(earlierId(pseudonymOf, { ...named, rule }));
      if (earlier?.lifted === undefined || personOf(earlier.protection.keys) !== personOf(keys)) return false;
      // A court can make an order again after it was lifted.
      return made === undefined || made <= earlier.lifted.time.slice(0, 10);
    },
    ...(liftedBits === undefined ? {} : { lifted: liftedBits }),
    ...(endedBits === undefined ? {} : { ended: endedBits }),
  };
}

/** The joined bits of the restrictions of some protections, by category. Undefined where there are no protections. */
function bitsOf(policy: Policy, entries: readonly RegisterEntry[]): readonly number[] | undefined {
  if (entries.length === 0) return undefined;
  const raises = entries.map(({ protection: { restrictions } }) => knownRaise(policy, restrictions).bits);
  return policy.categories.map((_, place) => raises.reduce((bits, raise) => bits | Math.max(0, raise[place] ?? 0), 0));
}

function protectionOf(
  policy: Policy,
  { id, title, law, reason, restrictions, kind, until, keys, relatives = [], event, label }: ProtectionRecord,
  portions: ReadonlySet<string>,
  form: Form,
): Protection {
  return {
    id,
    title,
    law,
    reason,
    restrictions,
    kind,
    keys,
    relatives,
    portions,
    raise: restrictionRaise(policy, restrictions),
    matcher: new PseudonymMatcher(kind, keys, relatives, form),
    from: event === undefined ? policy.lowest : sourceLabel(policy, label),
    ...(until === undefined ? {} : { until }),
  };
}

/** The protections of an unknown case: none. */
export const NOTHING_KNOWN: KnownProtections = { isEmpty: true, inForce: [], isLifted: () => false };
