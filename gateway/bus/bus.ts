/** The bus port. The same tests check its two implementations, `embedded/embedded-bus.ts` and `kafka/kafka-bus.ts`. */

/** A record to publish. Records of one key stay in order: they share a partition. */
export interface BusRecord {
  readonly topic: string;
  /** Never a case reference, a name or an identifier: a keyed pseudonym, or a technical id. */
  readonly key: string;
  readonly value: Uint8Array;
  /** Header names and values are printable ASCII. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The record depends on the others of its publication that are neither `after` nor `last`: it is never durable without them. */
  readonly after?: boolean;
  /** The record depends on all others of its publication: it is never durable without them. */
  readonly last?: boolean;
}

export interface Position {
  readonly topic: string;
  readonly partition: number;
  /** 0-based, without gaps in a partition. */
  readonly offset: number;
}

export interface StoredRecord extends BusRecord, Position {
  /** When the bus received the record, milliseconds since 1970. */
  readonly time: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** A reader's position: the next offset to read, by partition. A missing partition starts at 0. */
export type Offsets = Readonly<Record<number, number>>;

/** The options of a follower. Every follower gets every record, and stores its own position. */
export interface FollowOptions {
  readonly matches: (topic: string) => boolean;
  /** The next offset to take of a partition. */
  readonly from: (topic: string, partition: number) => number;
  /** Called with records of one partition, in order. */
  readonly take: (records: readonly StoredRecord[]) => void;
}

export interface Follower {
  /** Why the follower cannot read at the moment, or undefined. */
  readonly failing: string | undefined;
  /** Resolves when the follower has taken every record that is on a topic now. */
  caughtUp(topic: string): Promise<void>;
  close(): Promise<void>;
}

/** The identity of a bus. Files that were made from one bus are not valid for another. */
export interface BusIdentity {
  /** Embedded: an id that was made with its file. On Kafka: the cluster and the prefix. Empty for a file of an earlier version that is only read. */
  readonly bus: string;
  /** Ids of topics that can be deleted and made again one by one, as on Kafka. */
  readonly topics: Readonly<Record<string, string>>;
}

/**
 * An append-only log of topics and partitions.
 */
export interface Bus {
  /**
   * Appends records. Resolves with their positions, in the order given, only when all of them are durable (synced to disk, or
   * acknowledged by all in-sync replicas). Rejects with {@link BusUnavailable} otherwise. Then the embedded bus has none of them; on
   * Kafka some may be there, but none that is marked `after` without all others.
   */
  publish(records: readonly BusRecord[]): Promise<readonly Position[]>;
  /** How many partitions a topic has; a topic that has never been published to has the default number. */
  partitions(topic: string): Promise<number>;
  /** Topics that have at least one record. */
  topics(): Promise<readonly string[]>;
  /** The next offset to be written, by partition. */
  ends(topic: string): Promise<Offsets>;
  /** Up to `limit` records from `offset` (inclusive) on, in order; empty at the end. */
  read(topic: string, partition: number, offset: number, limit: number): Promise<readonly StoredRecord[]>;
  /** The first offset whose record was taken at or after `time` (milliseconds), or the end. */
  offsetAt(topic: string, partition: number, time: number): Promise<number>;
  /** Takes every record of the topics that match, as it becomes readable. Resolves when what was there at the call has been taken. */
  follow(options: FollowOptions): Promise<Follower>;
  /** Which bus this is. */
  identity(): Promise<BusIdentity>;
  /** Throws {@link BusUnavailable} when the bus cannot take records now. */
  check(): Promise<void>;
  /** Waits for publications in flight, then releases everything. */
  close(): Promise<void>;
}

/** The bus cannot take or give records now. The caller answers 503: nothing was acknowledged, and it is harmless to send it again. */
export class BusUnavailable extends Error {
  override readonly name = 'BusUnavailable';
}

/** Ignores {@link BusUnavailable}, and throws any other error. */
export function onlyUnavailable(error: unknown): undefined {
  if (!(error instanceof BusUnavailable)) throw error;
}

/** The bus is not what it must be, and asking again does not help: nothing is added until somebody has corrected it. */
export class BusRefused extends Error {
  override readonly name = 'BusRefused';
}
