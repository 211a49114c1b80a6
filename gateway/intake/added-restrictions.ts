/** Which restrictions protections add to an event beyond what its seal and other protections say. */
import type { VerifiedEvent } from '../labels/event.ts';
import type { CompiledLabel } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import { type Today, today } from '../labels/today.ts';
import type { KnownProtections } from '../protections/protect.ts';
import type { RegisterEntry } from '../protections/register.ts';

/** Protections that began together: those of one event, or one that somebody imposed. */
export interface Order {
  /** Of the event, or of the protection that somebody imposed. */
  readonly id: string;
  readonly known: KnownProtections;
}

/** The protections of a case that are in force, by what they came with, the oldest first. */
export function ordersOf(known: KnownProtections, entries: readonly RegisterEntry[]): readonly Order[] {
  const orderOf = new Map(entries.map(({ protection: { id, event = id } }) => [id, event]));
  const orders = Map.groupBy(known.inForce, ({ id }) => orderOf.get(id) ?? id);
  return [...orders].map(([id, inForce]) => ({ id, known: { ...known, inForce } }));
}

/** Restrictions of an event's places, as one protection after another adds to them. */
export class AddedRestrictions {
  readonly #labelling: Labelling;
  readonly #verified: VerifiedEvent;
  readonly #now: number;
  readonly #places: readonly number[];
  /** By portion, and last what is no portion: the bits of each category of restrictions. */
  readonly #found: number[][];

  /** Begins with what the seal says and with protections that the readers were told of. */
  constructor(labelling: Labelling, verified: VerifiedEvent, now: number, told: KnownProtections) {
    this.#labelling = labelling;
    this.#verified = verified;
    this.#now = now;
    this.#places = labelling.policy.categories.flatMap(({ property }, place) => (property === 'restrictions' ? [place] : []));
    const stated = this.#bitsOf(this.#today(undefined).base);
    const base = this.#bitsOf(verified.base).map((bits, place) => bits | (stated[place] as number));
    this.#found = [...verified.portions.map(({ label }) => this.#bitsOf(label)), base];
    this.add(told);
  }

  /** Adds what protections need today. Returns whether that is more than was there. */
  add(known: KnownProtections): boolean {
    const labels = this.#today(known);
    const own = [...this.#verified.portions.map(({ label }, n) => labels.labelOf(n, label)), labels.base];
    let isMore = false;
    for (const [n, label] of own.entries())
      for (const [place, bits] of this.#bitsOf(label).entries()) {
        const found = this.#found[n] as number[];
        if ((bits & ~(found[place] as number)) === 0) continue;
        isMore = true;
        found[place] = (found[place] as number) | bits;
      }
    return isMore;
  }

  #today(known: KnownProtections | undefined): Today {
    return today(this.#labelling, this.#verified, this.#now, known);
  }

  #bitsOf(label: CompiledLabel | undefined): number[] {
    return this.#places.map((place) => label?.bits[place] ?? 0);
  }
}
