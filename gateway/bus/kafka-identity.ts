/** Whether Kafka is still the one that this bus was opened on: the same cluster, and each topic the one that it was. */
import { type BusIdentity, BusUnavailable } from './bus.ts';
import type { ClusterMetadata } from './kafka-metadata.ts';
import { isTopic } from './record.ts';

/** A broker that is behind does not know of a new topic yet: it takes so many looks in a row to say that one is gone. */
const LOOKS = 3;

export class KafkaIdentity {
  readonly #prefix: string;
  readonly #onReplaced: (reason: string) => void;
  #cluster: string | undefined;
  readonly #ids = new Map<string, string>();
  #replaced: string | undefined;
  #missing: string | undefined;
  /** How many looks in a row missed a topic. */
  #looks = 0;

  constructor(prefix: string, onReplaced: (reason: string) => void) {
    this.#prefix = prefix;
    this.#onReplaced = onReplaced;
  }

  /** Takes what a broker says. Returns how many partitions each topic has. */
  take({ cluster, topics }: ClusterMetadata): ReadonlyMap<string, number> {
    const own = topics
      .map((one) => ({ ...one, name: one.name.startsWith(this.#prefix) ? one.name.slice(this.#prefix.length) : '' }))
      .filter(({ name }) => isTopic(name));
    this.#cluster ??= cluster;
    if (cluster !== this.#cluster) this.#refuse('Kafka is another cluster than at the start of this gateway');
    else
      for (const { name, id } of own) {
        const known = this.#ids.get(name) ?? id;
        this.#ids.set(name, known);
        if (known !== id) this.#refuse(`The topic ${name} was deleted and made again: what it held is gone`);
      }
    const there = new Set(own.map(({ name }) => name));
    this.#missing = [...this.#ids.keys()].find((name) => !there.has(name));
    this.#looks = this.#missing === undefined ? 0 : this.#looks + 1;
    return new Map(own.map(({ name, partitions }) => [name, partitions]));
  }

  /** It stays so: only a start compares what this machine keeps with what is on Kafka now. */
  #refuse(reason: string): void {
    if (this.#replaced !== undefined) return;
    this.#replaced = reason;
    this.#onReplaced(reason);
  }

  /** Throws {@link BusUnavailable} when Kafka is another one, or a topic is gone. */
  check(): void {
    const isGone = this.#missing !== undefined && this.#looks >= LOOKS;
    const reason = this.#replaced ?? (isGone ? `The topic ${this.#missing} is not on Kafka any more` : undefined);
    if (reason !== undefined) throw new BusUnavailable(reason);
  }

  get identity(): BusIdentity {
    return { bus: `${this.#cluster ?? ''}/${this.#prefix}`, topics: Object.fromEntries(this.#ids) };
  }
}
