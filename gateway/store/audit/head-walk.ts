/** One walk over the signed heads of the audit log, and over the heads that a witness saw. */
import type { Bus } from '../../bus/bus.ts';
import type { TrustedKeys } from '../../labels/verify.ts';
import { EMPTY_CHAIN } from './audit.ts';
import { type AuditHead, type Ends, hashOfHead, isHeadText, type LastHead, NO_HEAD, openHead } from './audit-head.ts';

/** A fault of a chain. */
export interface ChainFault {
  /** The last record that is known to be unchanged: the fault comes after it. */
  readonly after: number;
  readonly reason: string;
}

/** What is kept of each head. */
export interface KnownHead {
  readonly hash: string;
  /** The last record that it signs. */
  readonly seq: number;
  /** Milliseconds since 1970, by the gateway's clock. */
  readonly time: number;
}

/** The heads of one chain. */
export class HeadsOfChain {
  readonly #known = new Map<number, KnownHead>();
  /** By number of record: the hash that a head states for it. */
  readonly stated = new Map<number, string>();
  last: LastHead = NO_HEAD;
  /** The last record that a head signs. */
  seq = EMPTY_CHAIN.seq;
  /** How many heads of an earlier version have no number. */
  unnumbered = 0;
  /** Records that only the next run signed. */
  readonly late: string[] = [];
  readonly #secret: string | undefined;
  #isFirst: boolean;

  /** @param isWhole whether the walk begins with the first head of the chain */
  constructor(isWhole: boolean, secret: string | undefined) {
    this.#isFirst = !isWhole;
    this.#secret = secret;
  }

  /** The lowest number that this walk has seen. */
  get first(): number | undefined {
    return this.#known.keys().next().value;
  }

  /** The head of a number, if this walk has seen it. */
  get(number: number): KnownHead | undefined {
    return this.#known.get(number);
  }

  /** The record that the previous head signs. A fault of the head with this number comes after it. */
  before(number: number): number {
    return this.#known.get(number - 1)?.seq ?? EMPTY_CHAIN.seq;
  }

  /** Checks the next head. Returns the fault, or undefined. */
  take(jws: string, head: AuditHead): string | undefined {
    const hash = hashOfHead(jws);
    // A bus that delivers at least once can hold a head twice.
    if (head.chain !== undefined && hash === this.last.hash) return undefined;
    const isNumbered = head.number !== undefined;
    if (!isNumbered && this.last.number >= this.unnumbered) return 'A signed head without a number follows one with a number';
    const number = head.number ?? this.last.number + 1;
    if (!this.#isFirst || !isNumbered) {
      if (number !== this.last.number + 1) return `A signed head is missing or out of order: ${number} follows ${this.last.number}`;
      if (isNumbered && head.prev !== this.last.hash) return `Signed head ${number} does not follow the one before it`;
    }
    if (this.#secret !== undefined && (head.secret ?? this.#secret) !== this.#secret)
      return `Signed head ${number} names another secret: the key file "secret" is not the one of this log`;
    if (head.seq < this.seq) return `Signed head ${number} signs an earlier record than the one before it`;
    if (isNumbered) this.#isFirst = false;
    else this.unnumbered++;
    const { unsigned = 0 } = head;
    if (unsigned > 0) this.late.push(`Records ${this.seq + 1} to ${this.seq + unsigned} were signed after a crash, by the next run`);
    this.last = { number, hash: hash };
    this.#known.set(number, { hash: hash, seq: head.seq, time: Date.parse(head.time) });
    this.seq = head.seq;
    this.stated.set(head.seq, head.hash);
    return undefined;
  }

  /** Compares a head that a witness saw with the head of the same number in this log. */
  compare(jws: string, head: AuditHead | undefined, number: number): ChainFault | undefined {
    const here = this.#known.get(number)?.hash;
    if (here === hashOfHead(jws)) return undefined;
    const after = this.before(number);
    if (head === undefined) return { after, reason: `The witness saw a head ${number} that no key of this deployment signed` };
    return here === undefined
      ? { after: this.seq, reason: `The log is shorter than what the witness saw: head ${number}, which signs record ${head.seq}` }
      : { after, reason: `Signed head ${number} is not the one that the witness saw` };
  }
}

export class HeadWalk {
  readonly chains = new Map<string, HeadsOfChain>();
  readonly faults = new Map<string, ChainFault>();
  readonly #keys: TrustedKeys;
  /** Whether the walk begins with the first head of the log. */
  readonly isWhole: boolean;
  readonly #secret: string | undefined;
  /** The furthest end that a head states, by topic and partition. */
  readonly #ends = new Map<string, Map<number, number>>();
  count = 0;
  /** Places on the stream of records that are not heads: others wrote them. A missing head shows in the numbers of the other heads. */
  readonly #foreign: number[] = [];
  #taken = 0;

  constructor(keys: TrustedKeys, isWhole: boolean, secret?: string) {
    this.#keys = keys;
    this.#secret = secret;
    this.isWhole = isWhole;
  }

  #chain(name: string): HeadsOfChain {
    const chain = this.chains.get(name) ?? new HeadsOfChain(this.isWhole, this.#secret);
    this.chains.set(name, chain);
    return chain;
  }

  /** Records a fault, unless the chain has an earlier one. */
  fault(name: string, fault: ChainFault): void {
    if ((this.faults.get(name)?.after ?? Number.POSITIVE_INFINITY) > fault.after) this.faults.set(name, fault);
  }

  async take(chain: string, jws: string): Promise<void> {
    const at = this.#taken++;
    if (!isHeadText(jws)) {
      this.#foreign.push(at);
      return;
    }
    const head = await openHead(jws, this.#keys);
    const heads = this.#chain(chain);
    const reason = head === undefined || (head.chain ?? '') !== chain ? `Signed head ${this.count} does not verify` : heads.take(jws, head);
    this.count++;
    if (reason !== undefined) this.fault(chain, { after: heads.seq, reason });
    else this.#state(head?.ends ?? {});
  }

  #state(stated: Ends): void {
    for (const [topic, ends] of Object.entries(stated)) {
      const known = this.#ends.get(topic) ?? new Map<number, number>();
      for (const [partition, end] of Object.entries(ends)) known.set(Number(partition), Math.max(known.get(Number(partition)) ?? 0, end));
      this.#ends.set(topic, known);
    }
  }

  /** Names a topic that ends before the end that a head states, or undefined. */
  async cut(bus: Bus): Promise<string | undefined> {
    for (const [topic, stated] of this.#ends) {
      const ends = await bus.ends(topic);
      const short = [...stated].find(([partition, end]) => (ends[partition] ?? 0) < end);
      if (short !== undefined)
        return `The bus is cut: ${topic} has ${ends[short[0]] ?? 0} records in partition ${short[0]}, and a signed head names ${short[1]}`;
    }
    return undefined;
  }

  /** What is not a fault, and should be known. */
  notes(): readonly string[] {
    return this.#foreign.map((at) => `Record ${at} on the stream of signed heads is not a signed head`);
  }

  /** Checks a head that a witness saw. A walk over the end of the log leaves out earlier heads. */
  async witnessed(chain: string, number: number, jws: string): Promise<void> {
    if (!this.isWhole && !this.chains.has(chain)) return;
    const heads = this.#chain(chain);
    if (!this.isWhole && number < (heads.first ?? 0)) return;
    const fault = heads.compare(jws, await openHead(jws, this.#keys), number);
    if (fault !== undefined) this.fault(chain, fault);
  }
}
