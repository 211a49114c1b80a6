/** The bus port. Two implementations keep the same promises, shown by the same tests: `embedded.ts` and (later) `kafka.ts`. */

/** A record to publish. Records of one key stay in order: they share a partition. */
export interface BusRecord {
  readonly topic: string;
  /** Never a case reference, a name or an identifier: a keyed pseudonym, or a technical id. */
  readonly key: string;
  readonly value: Uint8Array;
  /** Header names and values are printable ASCII. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Position {
  readonly topic: string;
  readonly partition: number;
  /** 0-based, without gaps in a partition. */
  readonly offset: number;
}

export interface StoredRecord extends BusRecord, Position {
  /** Milliseconds since 1970, when the bus took the record. */
  readonly time: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where a reader stands: the next offset to read, by partition. A partition that is not named starts at 0. */
export type Offsets = Readonly<Record<number, number>>;

export interface Subscription {
  /** Resolves when no handler runs any more and the last commit is durable. */
  close(): Promise<void>;
  /** Settles (rejects) if the subscription dies by itself. Readiness follows it. */
  readonly failed: Promise<never>;
}

export interface SubscribeOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** Where a group without committed offsets begins. Default `earliest`. */
  readonly from?: 'earliest' | 'latest';
  readonly batch?: number;
}

/**
 * An append-only log of topics and partitions.
 * At-least-once: a subscriber sees every record of its topics, in order per partition, and again after a crash before its commit.
 */
export interface Bus {
  /**
   * Appends all records or none. Resolves with their positions, in the order given, only when they are durable (synced to disk, or
   * acknowledged by all in-sync replicas). Rejects with {@link BusUnavailable} otherwise.
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
  /** Calls the handler with batches of one partition at a time, and commits after it resolves. A handler that rejects is called again with the same batch. */
  subscribe(options: SubscribeOptions, handler: (records: readonly StoredRecord[]) => Promise<void>): Promise<Subscription>;
  /** Offsets that a group has committed for a topic. */
  committed(group: string, topic: string): Promise<Offsets>;
  /** Resolves `true` when any of the topics grew past the ends given, or `false` after `timeout` milliseconds or on abort. */
  grown(ends: Readonly<Record<string, Offsets>>, timeout: number, signal?: AbortSignal): Promise<boolean>;
  /** Throws {@link BusUnavailable} when the bus cannot take records now. */
  check(): Promise<void>;
  /** Waits for publications in flight, then releases everything. */
  close(): Promise<void>;
}

/** The bus cannot take or give records now. The caller answers 503; nothing was stored. */
export class BusUnavailable extends Error {
  override readonly name = 'BusUnavailable';
}
