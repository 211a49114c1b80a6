/** Consumer groups of the embedded bus: each partition has one owner at a time, and moves on only when the handler has had its effect. */
import type { Bus, StoredRecord, SubscribeOptions, Subscription } from './bus.ts';

/** What a group keeps durable. */
export interface Commits {
  commit(group: string, topic: string, partition: number, next: number): void;
}

type Handler = (records: readonly StoredRecord[]) => Promise<void>;

const FIRST_BACKOFF = 10;
const LONGEST_BACKOFF = 5000;

class Member {
  readonly options: SubscribeOptions;
  readonly handler: Handler;
  readonly leaving = new AbortController();
  done: Promise<void> = Promise.resolve();
  readonly failure = Promise.withResolvers<never>();

  constructor(options: SubscribeOptions, handler: Handler) {
    this.options = options;
    this.handler = handler;
    this.failure.promise.catch(() => undefined);
  }
}

export class Groups {
  readonly #bus: Bus;
  readonly #commits: Commits;
  readonly #members = new Map<string, Member[]>();
  /** Partitions that a handler is at work on: a new owner waits for it. */
  readonly #busy = new Map<string, Promise<void>>();

  constructor(bus: Bus, commits: Commits) {
    this.#bus = bus;
    this.#commits = commits;
  }

  async join(options: SubscribeOptions, handler: Handler): Promise<Subscription> {
    const member = new Member(options, handler);
    if (options.from === 'latest') await this.#startAtEnd(options);
    const members = this.#members.get(options.group) ?? [];
    this.#members.set(options.group, [...members, member]);
    member.done = this.#run(member).catch((error: unknown) => member.failure.reject(error));
    const close = async () => {
      member.leaving.abort();
      this.#members.set(
        options.group,
        (this.#members.get(options.group) ?? []).filter((other) => other !== member),
      );
      await member.done;
    };
    return { close, failed: member.failure.promise };
  }

  async close(): Promise<void> {
    const all = [...this.#members.values()].flat();
    for (const { leaving } of all) leaving.abort();
    await Promise.all(all.map(({ done }) => done));
  }

  async #startAtEnd({ group, topics }: SubscribeOptions): Promise<void> {
    for (const topic of topics) {
      const known = await this.#bus.committed(group, topic);
      for (const [partition, end] of Object.entries(await this.#bus.ends(topic)))
        if (known[Number(partition)] === undefined) this.#commits.commit(group, topic, Number(partition), end);
    }
  }

  /** The partitions that are this member's now: dealt out in turn among the members of the group. */
  async #owned(member: Member): Promise<readonly { readonly topic: string; readonly partition: number }[]> {
    const members = this.#members.get(member.options.group) ?? [];
    const place = members.indexOf(member);
    if (place < 0) return [];
    const all: { topic: string; partition: number }[] = [];
    for (const topic of member.options.topics)
      for (let partition = 0; partition < (await this.#bus.partitions(topic)); partition++) all.push({ topic, partition });
    return all.filter((_, n) => n % members.length === place);
  }

  async #run(member: Member): Promise<void> {
    const { signal } = member.leaving;
    const { topics, group } = member.options;
    while (!signal.aborted) {
      let progressed = false;
      for (const { topic, partition } of await this.#owned(member)) progressed = (await this.#turn(member, topic, partition)) || progressed;
      if (progressed || signal.aborted) continue;
      const ends: Record<string, Record<number, number>> = {};
      for (const topic of topics) {
        const committed = await this.#bus.committed(group, topic);
        const all = await this.#bus.ends(topic);
        // Partitions of other members do not wake this one before they grow.
        ends[topic] = Object.fromEntries(
          Object.entries(all).map(([partition, end]) => [partition, Math.max(end, committed[Number(partition)] ?? 0)]),
        );
      }
      await this.#bus.grown(ends, 1000, signal);
    }
  }

  /** One batch of one partition. Returns whether there was one. */
  async #turn(member: Member, topic: string, partition: number): Promise<boolean> {
    const { group, batch = 100 } = member.options;
    const key = `${group} ${topic} ${partition}`;
    await this.#busy.get(key);
    if (member.leaving.signal.aborted || this.#busy.has(key)) return false;
    const next = (await this.#bus.committed(group, topic))[partition] ?? 0;
    const records = await this.#bus.read(topic, partition, next, batch);
    if (records.length === 0 || this.#busy.has(key)) return false;
    const work = this.#handle(member, topic, partition, records);
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    this.#busy.set(key, settled);
    try {
      await work;
    } finally {
      this.#busy.delete(key);
    }
    return true;
  }

  /** Calls the handler until it resolves, then commits. Gives up only when the member leaves: the batch then comes again. */
  async #handle(member: Member, topic: string, partition: number, records: readonly StoredRecord[]): Promise<void> {
    const { signal } = member.leaving;
    for (let backoff = FIRST_BACKOFF; ; backoff = Math.min(backoff * 2, LONGEST_BACKOFF)) {
      try {
        await member.handler(records);
        break;
      } catch {
        if (signal.aborted) return;
        await this.#pause(backoff, signal);
        if (signal.aborted) return;
      }
    }
    this.#commits.commit(member.options.group, topic, partition, (records[records.length - 1]?.offset ?? 0) + 1);
  }

  #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => resolve(), { once: true });
    return promise.finally(() => clearTimeout(timer));
  }
}
