/** Binds a view to the bus that it was made from. */
import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { BINDING, type Binding, belongsElsewhere, readBinding } from '../../bus/binding.ts';
import type { Bus, StoredRecord } from '../../bus/bus.ts';
import { NamedValues } from '../../bus/named-values.ts';
import { AUDIT } from '../../wire/streams.ts';
import { emptyTables, naming, openTables } from './view-tables.ts';

export interface ViewOptions {
  /** The name of the deployment that the view belongs to. */
  readonly deployment?: string;
  /** Whether the bus answers later. {@link ViewBinding.mustBelong} then compares it with the view. */
  readonly isLate?: boolean;
  /** Called when the view was made from another bus, and is rebuilt. */
  readonly onRebuilt?: (madeFrom: string) => void;
}

/** The name of the entry with the last record of the audit log in the view. */
const LAST = 'last-audit-record';

/** How long a stop waits for the bus to name its topics. */
const CLOSE_MILLISECONDS = 2000;

interface Last {
  readonly offset: number;
  readonly sha256: string;
}

const digestOf = (value: Uint8Array): string => hash('sha256', value, 'base64url');

/** How far the view has read a partition. */
export interface Followed {
  readonly topic: string;
  readonly part: number;
  readonly next: number;
}

/** Opens the tables of a view, and empties them where they were made from another bus. */
export async function openBound(file: string, bus: Bus, { deployment = '', isLate = false, onRebuilt }: ViewOptions): Promise<ViewBinding> {
  const binding = naming(file, () => new ViewBinding(file, deployment));
  try {
    const elsewhere = isLate ? binding.elsewhereOffline() : await binding.elsewhere(bus);
    if (elsewhere !== undefined) {
      binding.empty();
      onRebuilt?.(elsewhere);
    }
    if (!isLate) await binding.mustBelong(bus);
    return binding;
  } catch (error) {
    binding.db.close();
    throw error;
  }
}

export class ViewBinding {
  readonly db: DatabaseSync;
  readonly #values: NamedValues;
  readonly #file: string;
  readonly #deployment: string;
  /** Whether the view was empty when it was opened. */
  #isNew: boolean;
  #isBound = false;
  /** Whether the view follows a topic that the binding may not name. */
  #hasUnnamed = false;
  /** Settles when the last topic to add to the binding is added, or cannot be. */
  #naming: Promise<void> = Promise.resolve();

  constructor(file: string, deployment: string) {
    this.db = openTables(file);
    this.#values = new NamedValues(this.db, 'bound');
    this.#file = file;
    this.#deployment = deployment;
    this.#isNew = this.followed().length === 0;
  }

  empty(): void {
    emptyTables(this.db);
    this.#isNew = true;
  }

  /** The next offset to read of each partition that the view has read. */
  followed(): readonly Followed[] {
    return this.db.prepare('SELECT topic, part, next FROM followed').all() as unknown as Followed[];
  }

  async #here(bus: Bus): Promise<Binding> {
    return { deployment: this.#deployment, bus: await bus.identity() };
  }

  /**
   * Describes the bus that the view was made from, where it is not this bus or not known; otherwise undefined. Undefined for an empty view.
   */
  async elsewhere(bus: Bus): Promise<string | undefined> {
    if (this.#isNew) return undefined;
    const bound = readBinding(this.#values.get(BINDING));
    if (bound?.bus === undefined) return 'a bus that it does not name';
    const here = await this.#here(bus);
    const reason = belongsElsewhere(bound, here);
    if (reason !== undefined) return reason;
    const known = bound.bus.topics;
    const unnamed = this.followed().find(({ topic }) => here.bus?.topics[topic] !== known[topic]);
    if (unnamed !== undefined) return `a topic ${unnamed.topic} that it does not name`;
    return (await this.#isAnotherLog(bus)) ? 'another copy of this bus, which went on by itself' : undefined;
  }

  /** Does the same while the bus does not answer. */
  elsewhereOffline(): string | undefined {
    if (this.#isNew) return undefined;
    const bound = readBinding(this.#values.get(BINDING));
    return bound?.bus === undefined ? 'a bus that it does not name' : belongsElsewhere(bound, { deployment: this.#deployment });
  }

  /** Whether the bus has another audit log: each record of the log contains a hash over all earlier ones. */
  async #isAnotherLog(bus: Bus): Promise<boolean> {
    const text = this.#values.get(LAST);
    if (text === undefined) return false;
    const { offset, sha256 } = JSON.parse(text) as Last;
    const [found] = await bus.read(AUDIT, 0, offset, 1);
    return found?.offset === offset && digestOf(found.value) !== sha256;
  }

  /** Records the bus that the view is made from, with its current topics. */
  async #bind(bus: Bus): Promise<void> {
    this.#hasUnnamed = false;
    try {
      this.#values.set(BINDING, JSON.stringify(await this.#here(bus)));
      this.#isBound = true;
    } catch (error) {
      this.#hasUnnamed = true;
      throw error;
    }
  }

  /**
   * Rejects with an Error when the view was made from another bus, or when this bus holds less than the view. Otherwise binds the view to
   * it.
   */
  async mustBelong(bus: Bus): Promise<void> {
    const elsewhere = await this.elsewhere(bus);
    if (elsewhere !== undefined) throw new Error(`The view ${this.#file} was made from ${elsewhere}: it is rebuilt at the next start`);
    // A bus that holds less is an older copy, or has lost records.
    for (const { topic, part, next } of this.followed())
      if (((await bus.ends(topic))[part] ?? 0) < next)
        throw new Error(
          `The view is ahead of the bus on ${topic}: the bus is an older copy, or lost records. If that is right, delete ${this.#file}: it is rebuilt`,
        );
    await this.#bind(bus);
  }

  /** Adds a topic to the binding: a view that follows a topic outside its binding is rebuilt at the next start. */
  follow(bus: Bus): void {
    this.#hasUnnamed = true;
    if (this.#isBound) this.#naming = this.#bind(bus).catch(() => undefined);
  }

  /** Adds missing topics to the binding, if the bus answers soon, and closes the file. */
  async close(bus: Bus): Promise<void> {
    if (this.#isBound) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, CLOSE_MILLISECONDS);
      await Promise.race([this.#nameAll(bus), promise]);
      clearTimeout(timer);
    }
    this.db.close();
  }

  async #nameAll(bus: Bus): Promise<void> {
    await this.#naming;
    if (this.#hasUnnamed) await this.#bind(bus).catch(() => undefined);
  }

  /** Records the last record taken from a partition. */
  took({ topic, partition, offset, value }: StoredRecord): void {
    this.db
      .prepare('INSERT INTO followed VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next')
      .run(topic, partition, offset + 1);
    if (topic === AUDIT) this.#values.set(LAST, JSON.stringify({ offset, sha256: digestOf(value) } satisfies Last));
  }
}
