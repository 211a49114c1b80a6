/** Looks again and again whether the brokers are still as specified, and tells what changed. */
import { KafkaAdmin } from './admin.ts';
import type { KafkaAccess } from './kafka-client.ts';
import { type Difference, differences } from './topic-differences.ts';
import type { TopicSpecification } from './topic-specification.ts';

export interface TopicWatchOptions {
  readonly access: KafkaAccess;
  /** What holds now: a reload of the policy changes it. */
  readonly specification: () => TopicSpecification;
  /** Between two looks. */
  readonly seconds: number;
  /** What differs now and did not at the last look, and how many differences there are no more. */
  readonly onChange: (appeared: readonly Difference[], gone: number) => void;
  /** It cannot look any more, and could before. */
  readonly onBlind: (error: unknown) => void;
}

const keyOf = ({ kind, resource, principal, detail }: Difference): string => JSON.stringify([kind, resource, principal, detail]);

const keyed = (all: readonly Difference[]): ReadonlyMap<string, Difference> => new Map(all.map((one) => [keyOf(one), one]));

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

  /** Looks for the first time, and then again and again. While the brokers are away, what was last seen holds. */
  async start(): Promise<void> {
    await this.check();
    if (!this.#closed) this.#timer = setInterval(() => void this.check(), this.#options.seconds * 1000).unref();
  }

  /** Resolves when it has looked, or when the brokers could not be asked. */
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
      const appeared = [...now].filter(([key]) => !before.has(key)).map(([, one]) => one);
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

  /** What differed at the last look. */
  get differences(): readonly Difference[] {
    return this.#found ?? [];
  }

  /** `warn` for what breaks no promise, and while it cannot look: the bus's own check says whether the brokers are away. */
  get health(): 'pass' | 'warn' | 'fail' {
    if (this.#found?.some(({ severity }) => severity === 'serious') === true) return 'fail';
    return this.#found?.length === 0 && !this.#isBlind ? 'pass' : 'warn';
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    // A look that is under way while the brokers are away would keep the gateway from stopping: it closes what it has when it ends.
    await this.#admin?.close();
  }
}
