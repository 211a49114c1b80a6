/** Causes one random fault after another, from a seed. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Fault {
  readonly kind: string;
  /** Whether a delivery in progress can be repeated because of it. */
  readonly interrupts: boolean;
  readonly happens: () => Promise<void>;
}

/** What happens by chance: the same for the same seed. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** mulberry32, from 0 to 1. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(most: number): number {
    return this.#next() * most;
  }

  oneOf<T>(list: readonly T[]): T {
    return list[Math.floor(this.#next() * list.length)] as T;
  }

  shuffled<T>(list: readonly T[]): readonly T[] {
    const drawn = list.map((item) => ({ item, place: this.#next() }));
    return drawn.toSorted((one, other) => one.place - other.place).map(({ item }) => item);
  }
}

export class Chaos {
  readonly #faults: readonly Fault[];
  readonly #chance: Chance;
  readonly #recovered: () => Promise<void>;
  readonly counts: Record<string, number> = {};
  /** Faults that could have interrupted a delivery. */
  interruptions = 0;
  /** The kind of the fault that is there now. */
  now = 'none';

  /** `recovered` resolves when the next fault may come. */
  constructor(faults: readonly Fault[], chance: Chance, recovered: () => Promise<void>) {
    this.#faults = faults;
    this.#chance = chance;
    this.#recovered = recovered;
  }

  get count(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  /** Whether each kind of fault has happened so often, and is over. */
  hasHadEach(times: number): boolean {
    return this.#faults.every(({ kind }) => (this.counts[kind] ?? 0) >= times);
  }

  /** Causes each kind of fault in turn, in a random order, until it is stopped. */
  async rage(isEnough: () => boolean): Promise<void> {
    while (!isEnough())
      for (const { kind, interrupts, happens } of this.#chance.shuffled(this.#faults)) {
        await delay(1000 + this.#chance.below(3000));
        if (isEnough()) break;
        this.now = kind;
        if (interrupts) this.interruptions++;
        await happens();
        await this.#recovered();
        this.counts[kind] = (this.counts[kind] ?? 0) + 1;
        this.now = 'none';
      }
  }
}
