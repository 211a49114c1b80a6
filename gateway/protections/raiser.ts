/** Raises every place of an event that can identify a protected person. */
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import { join } from '../labels/join.ts';
import { holdsAnything, type Raise, type Raised } from '../labels/label-event.ts';
import type { Policy } from '../labels/policy.ts';
import { PROTECTION_REASONS, type ProtectionReason } from '../labels/policy-document.ts';
import type { Slot } from '../labels/portions.ts';
import { Lookup } from './lookup.ts';
import { textsIn } from './mentions.ts';
import { defendantsOf, victimsOf } from './people.ts';
import type { Protection } from './protection.ts';
import { isMixed } from './words.ts';

export const raisedBy = ({ id, title, law }: Pick<Protection, 'id' | 'title' | 'law'>, reason?: ProtectionReason): Raised => ({
  id,
  title,
  law,
  ...(reason === undefined ? {} : { reason: PROTECTION_REASONS[reason] }),
});

/** Joins several raises; undefined where there is none. */
export function joinRaises(policy: Policy, raises: readonly Raise[]): Raise | undefined {
  if (raises.length < 2) return raises[0];
  return {
    label: raises.map(({ label }) => label).reduce((joined, label) => join(policy, joined, label)),
    by: raises.flatMap(({ by }) => by),
  };
}

/** Raises the places of one event for all protected persons. */
export class Raiser {
  readonly #policy: Policy;
  readonly #lookup: Lookup;
  readonly #raises: readonly Raise[];
  readonly #everything: Raise | undefined;
  /** By the pointer of a defendant: the groups that the defendant belongs to, or may belong to. */
  readonly #owners = new Map<string, ReadonlySet<number>>();
  readonly #byGroups = new Map<string, Raise | undefined>();

  constructor(policy: Policy, data: JsonObject, protections: readonly Protection[]) {
    this.#policy = policy;
    this.#lookup = new Lookup(protections);
    this.#raises = this.#lookup.groups.map(asRaise);
    this.#everything = joinRaises(policy, this.#raises);
    for (const { person } of defendantsOf(data)) {
      if (person === undefined) continue;
      const groups = new Set<number>();
      this.#lookup.addDescribed(person, groups, ({ matcher }) => matcher.is(person) || matcher.canBe(person));
      this.#owners.set(person.pointer, groups);
    }
  }

  raiseOf(slot: Slot): Raise | undefined {
    // A place with the label of the event itself is raised together with the event.
    if (holdsAnything(this.#policy, slot) || isOdd(slot.holder[slot.property] as Json, slot.property)) return this.#everything;
    const groups = [...this.#identifiedIn(slot)].toSorted((a, b) => a - b);
    const key = groups.join();
    if (!this.#byGroups.has(key))
      this.#byGroups.set(
        key,
        joinRaises(
          this.#policy,
          groups.map((group) => this.#raises[group] as Raise),
        ),
      );
    return this.#byGroups.get(key);
  }

  /** The groups of which a place that holds no free text can identify somebody. */
  #identifiedIn({ holder, property, portion, pointer, within }: Slot): ReadonlySet<number> {
    const found = new Set<number>();
    const raisesPortion = (group: number) => (this.#lookup.groups[group] as Protection).portions.has(portion);
    if (property === 'victims')
      for (const victim of victimsOf(holder[property], pointer))
        this.#lookup.addDescribed(
          victim,
          found,
          ({ matcher, portions }) => portions.has(portion) && (matcher.canBe(victim) || matcher.is(victim)),
        );
    else for (const place of within) for (const group of this.#owners.get(place.pointer) ?? []) if (raisesPortion(group)) found.add(group);
    for (const text of textsIn(holder[property] as Json)) {
      if (found.size === this.#raises.length) break;
      this.#lookup.addMentioned(text, found);
    }
    return found;
  }
}

/** The longest name, address or code, in characters. A longer value counts as free text. */
const LONGEST = 2_000;

/** Characters that do not occur in names and addresses. A value with one of them, or with a word in two alphabets, counts as free text. */
const ODD: Readonly<Record<string, RegExp>> = { name: /[@\d]/, aliases: /[@\d]/, address: /@/, emails: /\s/, phones: /\p{L}{4}/u };

function isOdd(value: Json, property: string, odd = ODD[property]): boolean {
  if (typeof value === 'string') return odd?.test(value) === true || value.length > LONGEST || isMixed(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, member]) => isOdd(member as Json, name, ODD[name] ?? odd));
}

const asRaise = (protection: Protection): Raise => ({ label: protection.raise, by: [raisedBy(protection, protection.reason)] });
