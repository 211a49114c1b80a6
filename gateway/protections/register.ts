/** Protections in the form of the register: with pseudonyms of the case and of the person, so that the register names nobody. */
import { dayOf, isOver } from '../labels/day.ts';
import type { Label } from '../labels/label.ts';
import type { Policy } from '../labels/policy.ts';
import type { ProtectionReason } from '../labels/policy-document.ts';
import { type Form, type Pseudonymise, PseudonymMatcher, pseudonymForm, pseudonymsOf, remembering } from './mentions.ts';
import type { Keys, PersonKind } from './people.ts';
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
 * The id of a protection, from its case, person, restrictions and end. The person counts with the first words of the family and given names,
 * or with the numbers where there is no name, so that the same person in two messages has one protection.
 */
export function protectionId(
  pseudonymOf: PseudonymOf,
  { case: subject, kind, keys: { families, givens, numbers }, restrictions, until = '', rule }: Named,
): string {
  const person = families.length === 0 ? numbers.toSorted() : [families[0], givens[0] ?? ''];
  const about = [subject, rule, kind ?? ANYBODY, person.join(','), restrictions.toSorted().join(','), until];
  return pseudonymOf('protection', about.join(';'));
}

/** The protections of an event, in the form of the register. */
export function recordsOf(
  protections: readonly Protection[],
  { subject, ...from }: Required<Pick<ProtectionRecord, 'event' | 'label' | 'by' | 'since'>> & { readonly subject: string },
  pseudonymOf: PseudonymOf,
): readonly ProtectionRecord[] {
  const pseudonymise = remembering(pseudonymsFor(pseudonymOf, subject));
  return protections.map(({ id: rule, kind, keys: plain, relatives, restrictions, reason, title, law, until }) => {
    const keys = pseudonymsOf(plain, pseudonymise);
    const stored = {
      case: subject,
      keys,
      restrictions,
      ...(kind === undefined ? {} : { kind }),
      ...(until === undefined ? {} : { until }),
      ...(relatives.length === 0 ? {} : { relatives: relatives.map((relative) => pseudonymsOf(relative, pseudonymise)) }),
    };
    return { id: protectionId(pseudonymOf, { ...stored, rule }), ...stored, reason, title, law, ...from };
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
  const lifted = new Set(ofCase.filter((entry) => entry.lifted !== undefined).map(({ protection }) => protection.id));
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
    isLifted: ({ id: rule, kind, keys, restrictions, until }) =>
      lifted.size > 0 &&
      // Two persons without a name or number cannot be recognised as the same person.
      keys.families.length + keys.numbers.length > 0 &&
      lifted.has(
        protectionId(pseudonymOf, {
          case: subject,
          restrictions,
          rule,
          keys: formOf(subject).keysOf(keys),
          ...(kind === undefined ? {} : { kind }),
          ...(until === undefined ? {} : { until }),
        }),
      ),
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
