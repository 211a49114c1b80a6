/** The identity of the cluster and its topics, and the check that they are still those that this bus was opened on. */
import { type BusIdentity, BusRefused, BusUnavailable } from '../bus.ts';
import { isTopic } from '../record.ts';
import type { KafkaMetadata } from './metadata.ts';

/** How many refreshes in a row must miss a topic before it counts as gone: a slow broker may not know a new topic yet. */
const MOST_MISSES = 3;

export class KafkaIdentity {
  readonly #metadata: KafkaMetadata;
  readonly #prefix: string;
  readonly #onReplaced: (reason: string) => void;
  #cluster: string | undefined;
  readonly #ids = new Map<string, string>();
  /** The number of partitions of each known topic. */
  readonly counts = new Map<string, number>();
  #replaced: string | undefined;
  #missing: string | undefined;
  /** How many refreshes in a row missed a topic. */
  #misses = 0;

  constructor(metadata: KafkaMetadata, prefix: string, onReplaced: (reason: string) => void) {
    this.#metadata = metadata;
    this.#prefix = prefix;
    this.#onReplaced = onReplaced;
  }

  /** Reads the list of topics from a broker. Rejects with BusUnavailable when earlier topics were replaced. */
  async refresh(): Promise<void> {
    const { cluster, topics } = await this.#metadata.read();
    const ofDeployment = topics
      .map((topic) => ({ ...topic, name: topic.name.startsWith(this.#prefix) ? topic.name.slice(this.#prefix.length) : '' }))
      .filter(({ name }) => isTopic(name));
    this.#cluster ??= cluster;
    if (cluster !== this.#cluster) this.#refuse('This is not the Kafka cluster that the gateway started with');
    else
      for (const { name, id } of ofDeployment) {
        const known = this.#ids.get(name) ?? id;
        this.#ids.set(name, known);
        if (known !== id) this.#refuse(`The topic ${name} was deleted and made again: its records are gone`);
      }
    const present = new Set(ofDeployment.map(({ name }) => name));
    this.#missing = [...this.#ids.keys()].find((name) => !present.has(name));
    this.#misses = this.#missing === undefined ? 0 : this.#misses + 1;
    for (const { name, partitions } of ofDeployment) this.counts.set(name, partitions);
    this.check();
  }

  /** The bus stays refused: only a start compares the local files with Kafka. */
  #refuse(reason: string): void {
    if (this.#replaced !== undefined) return;
    this.#replaced = reason;
    this.#onReplaced(reason);
  }

  /** Throws {@link BusUnavailable} when this is another cluster, or a topic is gone. */
  check(): void {
    const isGone = this.#missing !== undefined && this.#misses >= MOST_MISSES;
    const reason = this.#replaced ?? (isGone ? `The topic ${this.#missing} is not on Kafka any more` : undefined);
    if (reason !== undefined) throw new BusUnavailable(reason);
  }

  /** Throws BusRefused while a stream that must have one order has several partitions: some of its records would not be read. */
  mustBeOrdered(streams: readonly string[]): void {
    const split = streams.find((topic) => (this.counts.get(topic) ?? 1) !== 1);
    if (split !== undefined) throw new BusRefused(`${split} has ${this.counts.get(split)} partitions: its order needs exactly one`);
  }

  close(): Promise<void> {
    return this.#metadata.close();
  }

  get identity(): BusIdentity {
    return { bus: `${this.#cluster ?? ''}/${this.#prefix}`, topics: Object.fromEntries(this.#ids) };
  }
}
