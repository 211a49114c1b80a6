/** Protections as the register keeps them: by the pseudonyms of a case and of a person, so that it names nobody. */
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
  /** 22 characters of base64url: the same protection found again has the same id. */
  readonly id: string;
  /** The pseudonym of the case: the `subject` of its events. */
  readonly case: string;
  /** Undefined where anybody of the case can be meant. */
  readonly kind?: PersonKind;
  /** Pseudonyms, made for this case alone. */
  readonly keys: Keys;
  /** The same of parents and guardians. */
  readonly relatives?: readonly Keys[];
  readonly restrictions: readonly string[];
  readonly reason: ProtectionReason;
  readonly title: string;
  readonly law: string;
  /** The event that gave rise to it, or nothing where somebody imposed it. */
  readonly event?: string;
  /** The label of what is no portion of that event: only who may read it learns of the protection. What has none is treated as the highest. */
  readonly label?: Label;
  /** The client whose message or request it came with. */
  readonly by: string;
  /** ISO 8601. */
  readonly since: string;
  /** The day from which it does not hold any more, `YYYY-MM-DD`. Without it, only a person ends it. */
  readonly until?: string;
}

/** The lifting of a protection by a person with the right to do so. */
export interface LiftRecord {
  readonly id: string;
  readonly case: string;
  readonly by: string;
  /** Why, in the words of whoever lifted it. */
  readonly because: string;
  /** ISO 8601. */
  readonly time: string;
}

/** A protection, and its lifting if it was lifted. */
export interface RegisterEntry {
  readonly protection: ProtectionRecord;
  readonly lifted?: LiftRecord;
}

/** Makes pseudonyms of a kind under the deployment's secret (`pipeline/ids.ts`). */
export type PseudonymOf = (kind: string, reference: string) => string;

/** Pseudonyms for the persons of one case: in another case the same person has others. */
export const pseudonymsFor =
  (pseudonymOf: PseudonymOf, subject: string): Pseudonymise =>
  (text) =>
    pseudonymOf('protected', `${subject}:${text}`);

type Named = Pick<ProtectionRecord, 'case' | 'kind' | 'keys' | 'restrictions' | 'until'> & { readonly rule: string };

const ANYBODY = 'anybody';

/**
 * The id of a protection, from its case, person, restrictions and end. A person is known by the first words of family and given names, or
 * where there are none by the numbers: so the same person in two messages has one protection.
 */
export function protectionId(
  pseudonymOf: PseudonymOf,
  { case: subject, kind, keys: { families, givens, numbers }, restrictions, until = '', rule }: Named,
): string {
  const person = families.length === 0 ? numbers.toSorted() : [families[0], givens[0] ?? ''];
  const about = [subject, rule, kind ?? ANYBODY, person.join(','), restrictions.toSorted().join(','), until];
  return pseudonymOf('protection', about.join(';'));
}

/** Protections that an event gives rise to, as the register keeps them. */
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
 * All that the register holds of a case, as labelling and delivery ask it at a time (milliseconds). Entries of cases that are linked with
 * it protect, and lift or ease nothing.
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
  // Pseudonyms of cases go into the ids: what is lifted in one case is so wherever it has spread to.
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
      // Of two persons without a name or number nobody can say that they are one.
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

/** By place in the policy: the bits of the restrictions of some protections. Undefined where there are none. */
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
