/** Counts the comparisons of many messages in bounded memory. The order of the messages does not matter. */
import type { Comparison, FieldChange, LabelChange, ProtectionChange } from './compare.ts';
import { opens } from './direction.ts';

/** How often something was found, and in which messages: some of them, by their ids. */
export interface Counted {
  /** How often, over all messages. */
  readonly count: number;
  readonly messages: number;
  readonly examples: readonly string[];
}

export interface Counts {
  readonly messages: {
    readonly compared: number;
    readonly same: number;
    readonly differ: number;
    readonly newlyRefused: number;
    readonly newlyAccepted: number;
  };
  readonly events: { readonly same: number; readonly differ: number; readonly added: number; readonly removed: number };
  readonly records: { readonly newlyRefused: number; readonly newlyAccepted: number };
}

export interface Findings extends Counts {
  /** Labels that fall, or of which a part falls: what they opened before is not opened to more readers. */
  readonly falls: readonly (LabelChange & Counted)[];
  readonly rises: readonly (LabelChange & Counted)[];
  readonly protections: readonly (ProtectionChange & Counted)[];
  readonly refusals: readonly (Comparison['refusals'][number] & Counted)[];
  readonly fields: readonly (Omit<FieldChange, 'before' | 'after'> & Counted)[];
  /** How many differences are in no list, because the lists are full. */
  readonly notListed: number;
}

const MOST_EXAMPLES = 5;
/** The most entries of one list. A list has one for each place of a standard: more than this are not for people. */
const MOST_ENTRIES = 2000;

interface Entry<T> {
  readonly about: T;
  count: number;
  messages: number;
  /** The smallest ids, so that the order of messages does not matter. */
  examples: string[];
}

class Entries<T extends object> {
  readonly #entries = new Map<string, Entry<T>>();
  notListed = 0;

  /** Adds everything that one message has. */
  add(id: string, found: readonly T[]): void {
    for (const [key, same] of Map.groupBy(found, (about) => JSON.stringify(about))) {
      let entry = this.#entries.get(key);
      if (entry === undefined && this.#entries.size >= MOST_ENTRIES) this.notListed += same.length;
      else {
        if (entry === undefined) this.#entries.set(key, (entry = { about: same[0] as T, count: 0, messages: 0, examples: [] }));
        entry.count += same.length;
        entry.messages++;
        entry.examples = [...entry.examples, id].toSorted().slice(0, MOST_EXAMPLES);
      }
    }
  }

  get list(): readonly (T & Counted)[] {
    const keys = [...this.#entries.keys()].toSorted();
    return keys.map((key) => {
      const { about, count, messages, examples } = this.#entries.get(key) as Entry<T>;
      return { ...about, count, messages, examples };
    });
  }
}

export class Tally {
  readonly #messages = { compared: 0, same: 0, differ: 0, newlyRefused: 0, newlyAccepted: 0 };
  readonly #events = { same: 0, differ: 0, added: 0, removed: 0 };
  readonly #records = { newlyRefused: 0, newlyAccepted: 0 };
  readonly #falls = new Entries<LabelChange>();
  readonly #rises = new Entries<LabelChange>();
  readonly #protections = new Entries<ProtectionChange>();
  readonly #refusals = new Entries<Comparison['refusals'][number]>();
  readonly #fields = new Entries<Omit<FieldChange, 'before' | 'after'>>();

  add(id: string, { outcome, events, records, labels, fields, protections, refusals }: Comparison): void {
    this.#messages.compared++;
    this.#messages[outcome === 'differs' ? 'differ' : outcome]++;
    for (const name of ['same', 'differ', 'added', 'removed'] as const) this.#events[name] += events[name];
    for (const name of ['newlyRefused', 'newlyAccepted'] as const) this.#records[name] += records[name];
    this.#falls.add(
      id,
      labels.filter(({ direction }) => opens(direction)),
    );
    this.#rises.add(
      id,
      labels.filter(({ direction }) => !opens(direction)),
    );
    this.#protections.add(id, protections);
    this.#refusals.add(id, refusals);
    this.#fields.add(
      id,
      // Values are content: no report has them.
      fields.map(({ standard, at, kind }) => ({ standard, at, kind })),
    );
  }

  get counts(): Counts {
    return { messages: { ...this.#messages }, events: { ...this.#events }, records: { ...this.#records } };
  }

  get findings(): Findings {
    const lists = [this.#falls, this.#rises, this.#protections, this.#refusals, this.#fields];
    return {
      ...this.counts,
      falls: this.#falls.list,
      rises: this.#rises.list,
      protections: this.#protections.list,
      refusals: this.#refusals.list,
      fields: this.#fields.list,
      notListed: lists.reduce((sum, { notListed }) => sum + notListed, 0),
    };
  }
}

/** Whether the candidate opens or loses something: a label falls, a protection goes, or a message or record is newly refused. */
export const isWorse = ({ falls, protections, messages, records, notListed }: Findings): boolean =>
  falls.length > 0 ||
  protections.some(({ change }) => change === 'goes') ||
  messages.newlyRefused > 0 ||
  records.newlyRefused > 0 ||
  // What is in no list could be a label that falls.
  notListed > 0;
