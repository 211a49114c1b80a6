/**
 * The only writer to Kafka. It has one request in flight, repeats it until it is acknowledged, and only then sends the next: with two requests
 * in flight, KafkaJS's idempotent producer can lose records without an error (docs/kafka.md). Records that arrive meanwhile share the next request.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { TopicMessages } from 'kafkajs';
import { BusUnavailable, type Position } from '../bus.ts';
import { type AcknowledgedPartition, isRetriable, kafkaReason, REFUSALS, type WritingProducer } from './kafka-client.ts';

/** A record whose partition is chosen. */
export interface PlacedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly value: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export interface KafkaWriterOptions {
  readonly makeProducer: () => WritingProducer;
  readonly now: () => number;
  /** Called for a fault that should never occur: a lost or contradictory acknowledgement, or a producer that was replaced. */
  readonly onAlarm: (reason: string) => void;
  /** Milliseconds from a request to its acknowledgement, and how many records it had. */
  readonly onProduced?: (milliseconds: number, records: number) => void;
}

interface Waiting {
  readonly records: readonly PlacedRecord[];
  readonly positions: (Position | undefined)[];
  readonly resolve: (positions: readonly Position[]) => void;
  readonly reject: (error: unknown) => void;
}

/** The most bytes for one partition in a request. A broker's default limit is a megabyte. */
const MOST_PARTITION_BYTES = 800_000;
const MOST_RECORDS = 2000;
const MOST_WAITING_BYTES = 64 * 1024 * 1024;
/** How many bytes to allow for the headers and framing of each record. */
const RECORD_BYTES = 500;
const ACK_MILLISECONDS = 10_000;
/** How long a disconnection may take at the end. */
const DISCONNECT_MILLISECONDS = 2000;
const FIRST_BACKOFF = 50;
const LONGEST_BACKOFF = 1000;
/** How long a request can wait for its acknowledgement before queued callers are rejected. */
const STALL_MILLISECONDS = 3000;

const placeOf = (topic: string, partition: number): string => `${topic}/${partition}`;
const sizeOf = ({ key, value }: PlacedRecord): number => value.length + key.length + RECORD_BYTES;

export class KafkaWriter {
  readonly #options: KafkaWriterOptions;
  #producer: Promise<WritingProducer> | undefined;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  #since: number | undefined;
  /** The last acknowledged offset of each partition. */
  readonly #last = new Map<string, number>();
  #closed = false;
  #refusal: string | undefined;
  readonly #stopping = Promise.withResolvers<void>();

  constructor(options: KafkaWriterOptions) {
    this.#options = options;
  }

  /** Since when the request in flight has been waiting for its acknowledgement (milliseconds since 1970), or undefined. */
  get stalledSince(): number | undefined {
    return this.#since !== undefined && this.#options.now() - this.#since >= STALL_MILLISECONDS ? this.#since : undefined;
  }

  /** Sends nothing more, and does not repeat the request in flight. */
  refuse(reason: string): void {
    this.#refusal = reason;
  }

  /**
   * Resolves with the positions when all in-sync replicas have all records. Rejects with BusUnavailable when none was sent, or when the
   * writer closed before the answer: then it is not known.
   */
  send(records: readonly PlacedRecord[]): Promise<readonly Position[]> {
    if (this.#closed) return Promise.reject(new BusUnavailable('The bus is closed'));
    const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0);
    if (this.stalledSince !== undefined) return Promise.reject(new BusUnavailable('Kafka does not acknowledge'));
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > MOST_WAITING_BYTES)
      return Promise.reject(new BusUnavailable('Too many records are waiting for Kafka'));
    const { promise, resolve, reject } = Promise.withResolvers<readonly Position[]>();
    this.#waitingBytes += bytes;
    this.#waiting.push({ records, positions: records.map(() => undefined), resolve, reject });
    this.#running ??= this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    // Publications in one iteration of the event loop share one request.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#deliver(this.#take());
    this.#running = undefined;
  }

  #take(): readonly Waiting[] {
    const bytes = new Map<string, number>();
    let records = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      for (const record of waiting.records) {
        const place = placeOf(record.topic, record.partition);
        bytes.set(place, (bytes.get(place) ?? 0) + sizeOf(record));
      }
      records += waiting.records.length;
      if (count > 0 && (records > MOST_RECORDS || [...bytes.values()].some((sum) => sum > MOST_PARTITION_BYTES))) break;
      count++;
    }
    const taken = this.#waiting.splice(0, count);
    for (const waiting of taken) for (const record of waiting.records) this.#waitingBytes -= sizeOf(record);
    return taken;
  }

  async #deliver(batch: readonly Waiting[]): Promise<void> {
    if (this.#refusal !== undefined) {
      for (const { reject } of batch) reject(new BusUnavailable(this.#refusal));
      return;
    }
    this.#since = this.#options.now();
    const timer = setTimeout(() => this.#refuseWaiting(), STALL_MILLISECONDS);
    let backoff = FIRST_BACKOFF;
    try {
      for (let outcome = await this.#attempt(batch); outcome !== 'done'; outcome = await this.#attempt(batch)) {
        if (outcome === 'refused' && batch.length > 1) {
          // A publication that cannot be stored must not make the others fail.
          for (const publication of batch) await this.#deliver([publication]);
          return;
        }
        if (outcome === 'refused') throw new BusUnavailable('Kafka refuses a record: it is too large for its topic, or malformed');
        if (this.#closed) throw new BusUnavailable('The bus was closed before Kafka acknowledged');
        if (this.#refusal !== undefined) throw new BusUnavailable(this.#refusal);
        await this.#pause(backoff);
        backoff = Math.min(backoff * 2, LONGEST_BACKOFF);
      }
      for (const { resolve, positions } of batch) resolve(positions as readonly Position[]);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      clearTimeout(timer);
      this.#since = undefined;
    }
  }

  #pause(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    return Promise.race([promise, this.#stopping.promise]).finally(() => clearTimeout(timer));
  }

  #refuseWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { reject } of waiting) reject(new BusUnavailable('Kafka does not acknowledge'));
  }

  /** Sends what is not acknowledged yet. `refused` when the broker will never take it. */
  async #attempt(batch: readonly Waiting[]): Promise<'done' | 'again' | 'refused'> {
    const open = openOf(batch);
    const started = this.#options.now();
    try {
      const producer = await (this.#producer ??= this.#connect());
      const answer = await producer.sendBatch({ acks: -1, timeout: ACK_MILLISECONDS, topicMessages: messagesOf(open) });
      const isComplete = this.#settleAll(open, answer);
      if (isComplete)
        this.#options.onProduced?.(
          this.#options.now() - started,
          batch.reduce((sum, { records }) => sum + records.length, 0),
        );
      else await this.#discard('not every partition was acknowledged as it should be');
      return isComplete ? 'done' : 'again';
    } catch (error) {
      const { acknowledged = [] } = error as { acknowledged?: readonly AcknowledgedPartition[] };
      if (acknowledged.length > 0) this.#settleAll(open, acknowledged);
      const reason = kafkaReason(error);
      if (!isRetriable(error)) await this.#discard(reason);
      return REFUSALS.has(reason) ? 'refused' : 'again';
    }
  }

  /** Whether every partition is acknowledged now. */
  #settleAll(open: ReadonlyMap<string, readonly Slot[]>, answer: readonly AcknowledgedPartition[]): boolean {
    const offsets = new Map(
      answer.map(({ topicName, partition, baseOffset }) => [placeOf(topicName, partition), Number(baseOffset ?? -1)]),
    );
    let isComplete = true;
    for (const [place, slots] of open) isComplete = this.#settle(place, slots, offsets.get(place)) && isComplete;
    return isComplete;
  }

  /** Accepts an acknowledgement only if its offset is above all earlier ones: otherwise it is for another batch. */
  #settle(place: string, slots: readonly Slot[], base: number | undefined): boolean {
    if (base === undefined || base <= (this.#last.get(place) ?? -1)) return false;
    for (const [n, { waiting, index, record }] of slots.entries())
      waiting.positions[index] = { topic: record.topic, partition: record.partition, offset: base + n };
    this.#last.set(place, base + slots.length - 1);
    return true;
  }

  async #connect(): Promise<WritingProducer> {
    const producer = this.#options.makeProducer();
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      this.#producer = undefined;
      await producer.disconnect().catch(() => undefined);
      throw Object.assign(error as Error, { retriable: true });
    }
  }

  /** Replaces the producer after a final error, because its sequence numbers cannot be trusted. Readers recognise repeated records by their ids. */
  async #discard(reason: string): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    if (this.#closed) return;
    this.#options.onAlarm(reason);
    await producer?.then((connected) => connected.disconnect()).catch(() => undefined);
  }

  /** Waits a limited time for the request in flight. After that, its callers are rejected. */
  async close(milliseconds: number): Promise<void> {
    const timer = setTimeout(() => {
      this.#closed = true;
      this.#stopping.resolve();
    }, milliseconds);
    await Promise.race([this.#running, this.#stopping.promise]);
    clearTimeout(timer);
    this.#closed = true;
    // A request that is still in flight fails with its connection.
    const disconnected = this.#producer?.then((connected) => connected.disconnect()).catch(() => undefined);
    const over = new AbortController();
    const isLate = delay(DISCONNECT_MILLISECONDS, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([disconnected, isLate]);
    over.abort();
  }
}

interface Slot {
  readonly waiting: Waiting;
  readonly index: number;
  readonly record: PlacedRecord;
}

/** Records that are not acknowledged yet, by partition, in order. */
function openOf(batch: readonly Waiting[]): ReadonlyMap<string, readonly Slot[]> {
  const open = new Map<string, Slot[]>();
  for (const waiting of batch)
    for (const [index, record] of waiting.records.entries()) {
      if (waiting.positions[index] !== undefined) continue;
      const place = placeOf(record.topic, record.partition);
      const slots = open.get(place);
      if (slots === undefined) open.set(place, [{ waiting, index, record }]);
      else slots.push({ waiting, index, record });
    }
  return open;
}

function messagesOf(open: ReadonlyMap<string, readonly Slot[]>): TopicMessages[] {
  const topics = new Map<string, TopicMessages>();
  for (const slots of open.values())
    for (const { record } of slots) {
      const { topic, partition, key, value, headers } = record;
      const messages = topics.get(topic) ?? { topic, messages: [] };
      topics.set(topic, messages);
      messages.messages.push({ partition, key, value: Buffer.from(value.buffer, value.byteOffset, value.length), headers: { ...headers } });
    }
  return [...topics.values()];
}
