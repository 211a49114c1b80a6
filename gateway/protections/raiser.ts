/** Raises every place of an event that can identify somebody who is protected in it. */
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import { join } from '../labels/join.ts';
import type { Raise, Raised } from '../labels/label-event.ts';
import type { Policy } from '../labels/policy.ts';
import { PROTECTION_REASONS, type ProtectionReason } from '../labels/policy-document.ts';
import type { Slot } from '../labels/portions.ts';
import { type SearchedText, textsIn } from './mentions.ts';
import { type Defendant, defendantsOf, type Person, victimOf } from './people.ts';
import type { Protection } from './protection.ts';

export const raisedBy = ({ id, title, law }: Pick<Protection, 'id' | 'title' | 'law'>, reason?: ProtectionReason): Raised => ({
  id,
  title,
  law,
  ...(reason === undefined ? {} : { reason: PROTECTION_REASONS[reason] }),
});

/** Several raises as one; undefined where there is none. */
export function joinRaises(policy: Policy, raises: readonly Raise[]): Raise | undefined {
  const [first, ...others] = raises;
  if (first === undefined || others.length === 0) return first;
  return {
    label: others.reduce((label, one) => join(policy, label, one.label), first.label),
    by: raises.flatMap(({ by }) => by),
  };
}

/** A protection with the pointers of the defendants that describe the person or a parent of the person. */
interface OwnedProtection extends Protection {
  readonly owns: ReadonlySet<string>;
}

/** Raises the places of one event for everybody who is protected in it. */
export class Raiser {
  readonly #policy: Policy;
  readonly #protections: readonly OwnedProtection[];
  readonly #everything: Raise | undefined;
  readonly #byMask = new Map<string, Raise | undefined>();

  constructor(policy: Policy, data: JsonObject, protections: readonly Protection[]) {
    this.#policy = policy;
    const defendants = defendantsOf(data);
    this.#protections = protections.map((one) => ({ ...one, owns: entriesOf(one, defendants) }));
    this.#everything = joinRaises(policy, protections.map(asRaise));
  }

  raiseOf(slot: Slot): Raise | undefined {
    if (
      slot.isText ||
      slot.isUnlisted ||
      isOdd(slot.holder[slot.property] as Json, slot.property) ||
      this.#policy.document.portions[slot.portion]?.freeText === true
    )
      return this.#everything;
    // What carries the event's own label is raised with the event.
    if (this.#policy.portions.get(slot.portion) === undefined) return this.#everything;
    const texts = textsIn(slot.holder[slot.property] as Json);
    let mask = '';
    for (const protection of this.#protections) mask += identifies(protection, slot, texts) ? '1' : '0';
    if (!this.#byMask.has(mask))
      this.#byMask.set(mask, joinRaises(this.#policy, this.#protections.filter((_, n) => mask[n] === '1').map(asRaise)));
    return this.#byMask.get(mask);
  }
}

/** What no name and no address holds: then it is text that somebody put there, and can say anything. */
const ODD: Readonly<Record<string, RegExp>> = { name: /[@\d]/, aliases: /[@\d]/, address: /@/, emails: /\s/, phones: /\p{L}{4}/u };

function isOdd(value: Json, property: string, odd = ODD[property]): boolean {
  if (typeof value === 'string') return odd?.test(value) === true;
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((item) => isOdd(item as Json, property, odd));
  return Object.entries(value).some(([name, own]) => isOdd(own as Json, name, ODD[name] ?? odd));
}

const asRaise = (protection: Protection): Raise => ({ label: protection.raise, by: [raisedBy(protection, protection.reason)] });

/** The pointers of the defendants that describe a protected person. */
function entriesOf({ matcher, kind }: Protection, defendants: readonly Defendant[]): ReadonlySet<string> {
  const people = defendants.flatMap(({ person }) => (person === undefined ? [] : [person]));
  return new Set(people.filter((one) => matcher.is(one) || (kind !== 'victim' && matcher.canBe(one))).map(({ pointer }) => pointer));
}

/** Whether a place that holds no free text can identify a protected person. `texts` are those in it. */
function identifies(
  { matcher, portions, owns }: OwnedProtection,
  { holder, property, portion, pointer, within }: Slot,
  texts: readonly SearchedText[],
): boolean {
  if (portions.has(portion)) {
    if (property === 'victims') {
      if (victimsIn(holder[property] as Json, pointer).some((victim) => matcher.canBe(victim) || matcher.is(victim))) return true;
    } else if (within.some((place) => place.component === 'defendant' && owns.has(place.pointer))) return true;
  }
  return texts.some((text) => matcher.isIn(text));
}

const victimsIn = (value: Json, pointer: string): readonly Person[] =>
  Array.isArray(value)
    ? value.flatMap((one, n) =>
        typeof one === 'object' && one !== null && !Array.isArray(one) ? [victimOf(one as JsonObject, `${pointer}/${n}`)] : [],
      )
    : [];
