/** Checks regularly whether the brokers still match the specification, and reports changes. */
import { KafkaAdmin } from './admin.ts';
import type { KafkaAccess } from './kafka-client.ts';
import { type Difference, differences } from './topic-differences.ts';
import type { TopicSpecification } from './topic-specification.ts';

export interface TopicWatchOptions {
  readonly access: KafkaAccess;
  /** The current specification: a reload of the policy changes it. */
  readonly specification: () => TopicSpecification;
  /** Seconds between two checks. */
  readonly seconds: number;
  /** Called with new differences since the last check, and the number of differences that are gone. */
  readonly onChange: (appeared: readonly Difference[], gone: number) => void;
  /** Called when a check fails for the first time after a success. */
  readonly onBlind: (error: unknown) => void;
}

const keyOf = ({ kind, resource, principal, detail }: Difference): string => JSON.stringify([kind, resource, principal, detail]);

const keyed = (differences: readonly Difference[]): ReadonlyMap<string, Difference> =>
  new Map(differences.map((difference) => [keyOf(difference), difference]));

export class TopicWatch {
  readonly #options: TopicWatchOptions;
  #found: readonly Difference[] | undefined;
  #isBlind = false;
  #admin: KafkaAdmin | undefined;
  #checking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: TopicWatchOptions) {
    this.#options = options;
  }

  /** Checks now, and then regularly. While the brokers are unavailable, the last result stays. */
  async start(): Promise<void> {
    await this.check();
    if (!this.#closed) this.#timer = setInterval(() => void this.check(), this.#options.seconds * 1000).unref();
  }

  /** Checks once. Resolves even when the brokers do not answer. */
  check(): Promise<void> {
    this.#checking ??= this.#check().finally(() => (this.#checking = undefined));
    return this.#checking;
  }

  async #check(): Promise<void> {
    const { access, specification, onChange, onBlind } = this.#options;
    try {
      this.#admin ??= await KafkaAdmin.open(access);
      const wanted = specification();
      const state = await this.#admin.state(wanted);
      if (this.#closed) return;
      const found = differences(wanted, state).filter(({ severity }) => severity !== 'accepted');
      const before = keyed(this.#found ?? []);
      const now = keyed(found);
      this.#found = found;
      const appeared = [...now].filter(([key]) => !before.has(key)).map(([, difference]) => difference);
      const gone = [...before.keys()].filter((key) => !now.has(key)).length;
      if (appeared.length > 0 || gone > 0) onChange(appeared, gone);
      this.#isBlind = false;
    } catch (error) {
      if (!this.#isBlind && !this.#closed) onBlind(error);
      this.#isBlind = true;
      const admin = this.#admin;
      this.#admin = undefined;
      await admin?.close();
    } finally {
      if (this.#closed) await this.#admin?.close();
    }
  }

  /** The differences at the last check. */
  get differences(): readonly Difference[] {
    return this.#found ?? [];
  }

  /**
   * `warn` for differences that break no promise, and while checks fail: the health of the bus shows whether the brokers are unavailable.
   */
  get health(): 'pass' | 'warn' | 'fail' {
    if (this.#found?.some(({ severity }) => severity === 'serious') === true) return 'fail';
    return this.#found?.length === 0 && !this.#isBlind ? 'pass' : 'warn';
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    // Do not wait for a running check, because unavailable brokers would delay the stop. The check closes its connections when it ends.
    await this.#admin?.close();
  }
}
