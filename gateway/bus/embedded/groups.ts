/** Consumer groups of the embedded bus: each partition has one owner at a time, and moves on only when the handler has had its effect. */
import { BusUnavailable, type Offsets, type StoredRecord, type SubscribeOptions, type Subscription } from '../bus.ts';
import { unavailable } from './log.ts';

/** What groups read from, and keep their place in. */
export interface GroupLog {
  partitions(topic: string): number;
  end(topic: string, partition: number): number;
  read(topic: string, partition: number, offset: number, limit: number): readonly StoredRecord[];
  committed(group: string, topic: string): Offsets;
  commit(group: string, topic: string, partition: number, next: number): void;
}

export type Handler = (records: readonly StoredRecord[]) => Promise<void>;

const BATCH = 100;
const FIRST_BACKOFF = 10;
const LONGEST_BACKOFF = 5000;

/** One partition as a group sees it. */
interface Share {
  readonly topic: string;
  readonly partition: number;
  next: number;
  /** A handler is at work on it: a new owner waits. */
  busy: boolean;
  /** The batch that was rejected: it comes again as it was. */
  batch: readonly StoredRecord[] | undefined;
  backoff: number;
  resting: NodeJS.Timeout | undefined;
}

interface Member {
  readonly options: SubscribeOptions;
  readonly handler: Handler;
  readonly failure: PromiseWithResolvers<never>;
  owned: Share[];
  leaving: boolean;
  wake: () => void;
}

export class Groups {
  readonly #log: GroupLog;
  readonly #groups = new Map<string, Group>();
  readonly #subscriptions = new Set<Subscription>();

  constructor(log: GroupLog) {
    this.#log = log;
  }

  join(options: SubscribeOptions, handler: Handler): Subscription {
    const name = options.group;
    const group = this.#groups.get(name) ?? new Group(name, this.#log);
    const member: Member = { options, handler, failure: Promise.withResolvers(), owned: [], leaving: false, wake: () => undefined };
    // Nobody has to watch `failed`.
    member.failure.promise.catch(() => undefined);
    group.add(member);
    this.#groups.set(name, group);
    const done = group
      .serve(member)
      .catch((error: unknown) => {
        group.remove(member);
        member.failure.reject(unavailable(error));
      })
      .finally(() => {
        this.#subscriptions.delete(subscription);
        // Not before: who joins while a last handler is at work must find its partition busy.
        if (group.idle) this.#groups.delete(name);
      });
    const close = () => {
      group.remove(member);
      return done;
    };
    const subscription: Subscription = { close, failed: member.failure.promise };
    this.#subscriptions.add(subscription);
    return subscription;
  }

  /** To be called whenever the log grew. */
  wake(): void {
    for (const group of this.#groups.values()) group.wake();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((one) => one.close()));
  }
}

class Group {
  readonly #name: string;
  readonly #log: GroupLog;
  readonly #shares = new Map<string, Share>();
  #members: readonly Member[] = [];
  #serving = 0;

  constructor(name: string, log: GroupLog) {
    this.#name = name;
    this.#log = log;
  }

  /** No member, and no handler of a former member. */
  get idle(): boolean {
    return this.#members.length === 0 && this.#serving === 0;
  }

  add(member: Member): void {
    for (const topic of member.options.topics) {
      const committed = this.#log.committed(this.#name, topic);
      for (let partition = 0; partition < this.#log.partitions(topic); partition++) {
        const key = `${topic} ${partition}`;
        if (this.#shares.has(key)) continue;
        let next = committed[partition];
        if (next === undefined && member.options.from === 'latest') {
          next = this.#log.end(topic, partition);
          // What comes from now on is owed, after a restart too.
          this.#log.commit(this.#name, topic, partition, next);
        }
        this.#shares.set(key, {
          topic,
          partition,
          next: next ?? 0,
          busy: false,
          batch: undefined,
          backoff: FIRST_BACKOFF,
          resting: undefined,
        });
      }
    }
    this.#members = [...this.#members, member];
    this.#deal();
  }

  remove(member: Member): void {
    member.leaving = true;
    member.wake();
    this.#members = this.#members.filter((other) => other !== member);
    this.#deal();
    if (this.#members.length > 0) return;
    for (const share of this.#shares.values()) {
      clearTimeout(share.resting);
      share.resting = undefined;
    }
  }

  /** Each partition to one of the members that asked for its topic, in turn. */
  #deal(): void {
    for (const member of this.#members) member.owned = [];
    let turn = 0;
    for (const share of this.#shares.values()) {
      const takers = this.#members.filter(({ options }) => options.topics.includes(share.topic));
      takers[turn++ % takers.length]?.owned.push(share);
    }
    this.wake();
  }

  wake(): void {
    for (const { wake } of this.#members) wake();
  }

  /** Runs until the member leaves. Rejects when the log cannot be read. */
  async serve(member: Member): Promise<void> {
    this.#serving++;
    try {
      while (!member.leaving) {
        const share = this.#due(member);
        if (share === undefined) {
          await new Promise<void>((resolve) => {
            member.wake = resolve;
          });
          continue;
        }
        await this.#deliver(member, share);
        // A handler that never waits for anything must not keep the process from its other work.
        await new Promise<void>((resolve) => {
          setImmediate(resolve);
        });
      }
    } finally {
      this.#serving--;
    }
  }

  #due({ owned }: Member): Share | undefined {
    const at = owned.findIndex((one) => !one.busy && one.resting === undefined && one.next < this.#log.end(one.topic, one.partition));
    const share = owned[at];
    // To the back of the queue, so that a partition with much to do does not starve the others.
    if (share !== undefined) owned.push(...owned.splice(at, 1));
    return share;
  }

  async #deliver({ options, handler }: Member, share: Share): Promise<void> {
    const { topic, partition } = share;
    share.busy = true;
    try {
      const batch = share.batch ?? this.#log.read(topic, partition, share.next, options.batch ?? BATCH);
      const last = batch.at(-1);
      if (last === undefined) throw new BusUnavailable(`The bus file has lost records of ${topic}`);
      share.batch = batch;
      try {
        await handler(batch);
        this.#log.commit(this.#name, topic, partition, last.offset + 1);
        share.next = last.offset + 1;
        share.batch = undefined;
        share.backoff = FIRST_BACKOFF;
      } catch {
        this.#rest(share);
      }
    } finally {
      share.busy = false;
      this.wake();
    }
  }

  #rest(share: Share): void {
    if (this.#members.length === 0) return;
    share.resting = setTimeout(() => {
      share.resting = undefined;
      this.wake();
    }, share.backoff);
    share.backoff = Math.min(share.backoff * 2, LONGEST_BACKOFF);
  }
}
