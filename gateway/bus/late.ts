/** A bus that may answer only after the gateway has started. Until then it cannot be read, written or followed. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Bus,
  type BusIdentity,
  type BusRecord,
  BusRefused,
  BusUnavailable,
  type Follower,
  type FollowOptions,
  type Offsets,
  type Position,
  type StoredRecord,
} from './bus.ts';

const AGAIN_MILLISECONDS = 1000;

export class LateBus implements Bus {
  #bus: Bus | undefined;
  #isClosing = false;
  #refusal: string | undefined;
  /** Resolves when the bus has answered. */
  readonly opened: Promise<void>;
  readonly #onRefused: (reason: string) => void;

  /** Calls `open` until it succeeds, or until this bus is closed. Calls `onRefused` when the bus answers but is not usable. */
  constructor(open: () => Promise<Bus>, onRefused: (reason: string) => void = () => undefined) {
    this.#onRefused = onRefused;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.opened = promise;
    void this.#open(open, resolve);
  }

  async #open(open: () => Promise<Bus>, resolve: () => void): Promise<void> {
    while (this.#bus === undefined && !this.#isClosing) {
      this.#bus = await open().catch((error: unknown) => this.#failed(error));
      if (this.#bus === undefined) await delay(AGAIN_MILLISECONDS, undefined, { ref: false });
    }
    this.#refusal = undefined;
    if (this.#isClosing) await this.#bus?.close();
    else resolve();
  }

  #failed(error: unknown): undefined {
    const refusal = error instanceof BusRefused ? error.message : undefined;
    if (refusal !== undefined && refusal !== this.#refusal) this.#onRefused(refusal);
    this.#refusal = refusal;
  }

  /** Why the bus was refused, where it answered but is not usable. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** Whether the bus answers within a time (milliseconds) and is usable. */
  within(milliseconds: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), milliseconds);
    void this.opened.then(() => resolve(true));
    return promise.finally(() => clearTimeout(timer));
  }

  get #now(): Bus {
    if (this.#bus === undefined) throw new BusUnavailable(this.#refusal ?? 'The bus has not answered since the start');
    return this.#bus;
  }

  async publish(records: readonly BusRecord[]): Promise<readonly Position[]> {
    return this.#now.publish(records);
  }
  async partitions(topic: string): Promise<number> {
    return this.#now.partitions(topic);
  }
  async topics(): Promise<readonly string[]> {
    return this.#now.topics();
  }
  async ends(topic: string): Promise<Offsets> {
    return this.#now.ends(topic);
  }
  async read(topic: string, partition: number, offset: number, limit: number): Promise<readonly StoredRecord[]> {
    return this.#now.read(topic, partition, offset, limit);
  }
  async offsetAt(topic: string, partition: number, time: number): Promise<number> {
    return this.#now.offsetAt(topic, partition, time);
  }
  async follow(options: FollowOptions): Promise<Follower> {
    return this.#now.follow(options);
  }
  async identity(): Promise<BusIdentity> {
    return this.#now.identity();
  }
  async check(): Promise<void> {
    await this.#now.check();
  }
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#bus?.close();
  }
}
