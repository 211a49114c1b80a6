/** Finds the restrictions that protections add to an event, beyond those of its seal and of other protections. */
import type { VerifiedEvent } from '../labels/event.ts';
import type { CompiledLabel } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import { type Today, today } from '../labels/today.ts';
import type { KnownProtections } from '../protections/protect.ts';
import type { RegisterEntry } from '../protections/register.ts';

/** Protections that began together: all those of one event, or one that a person imposed. */
export interface Order {
  /** The id of the event, or of the protection that a person imposed. */
  readonly id: string;
  readonly known: KnownProtections;
}

/** The protections in force for a case, grouped by the event that began them, oldest first. */
export function ordersOf(known: KnownProtections, entries: readonly RegisterEntry[]): readonly Order[] {
  const orderOf = new Map(entries.map(({ protection: { id, event = id } }) => [id, event]));
  const orders = Map.groupBy(known.inForce, ({ id }) => orderOf.get(id) ?? id);
  return [...orders].map(([id, inForce]) => ({ id, known: { ...known, inForce } }));
}

/** The restrictions at each place of an event. Protections are added one after another. */
export class AddedRestrictions {
  readonly #labelling: Labelling;
  readonly #verified: VerifiedEvent;
  readonly #now: number;
  readonly #places: readonly number[];
  /** The bits of each category of restrictions: for each portion, then for the part of the event outside portions. */
  readonly #found: number[][];

  /** Starts from the seal and from the protections that readers already know about. */
  constructor(labelling: Labelling, verified: VerifiedEvent, now: number, announced: KnownProtections) {
    this.#labelling = labelling;
    this.#verified = verified;
    this.#now = now;
    this.#places = labelling.policy.categories.flatMap(({ property }, place) => (property === 'restrictions' ? [place] : []));
    const stated = this.#bitsOf(this.#today(undefined).base);
    const base = this.#bitsOf(verified.base).map((bits, place) => bits | (stated[place] as number));
    this.#found = [...verified.portions.map(({ label }) => this.#bitsOf(label)), base];
    this.add(announced);
  }

  /** Adds the restrictions that protections require today. Returns whether any of them is new. */
  add(known: KnownProtections): boolean {
    const labels = this.#today(known);
    const current = [...this.#verified.portions.map(({ label }, n) => labels.labelOf(n, label)), labels.base];
    let isNew = false;
    for (const [n, label] of current.entries())
      for (const [place, bits] of this.#bitsOf(label).entries()) {
        const found = this.#found[n] as number[];
        if ((bits & ~(found[place] as number)) === 0) continue;
        isNew = true;
        found[place] = (found[place] as number) | bits;
      }
    return isNew;
  }

  #today(known: KnownProtections | undefined): Today {
    return today(this.#labelling, this.#verified, this.#now, known);
  }

  #bitsOf(label: CompiledLabel | undefined): number[] {
    return this.#places.map((place) => label?.bits[place] ?? 0);
  }
}
