/**
 * How far each reader is behind, whichever way it reads: how many of the newest events that it may read it has not been given, by the audit
 * log. A reader that asks only for some events has not been given the others. Only for whoever is cleared for all that the gateway may hold.
 */
import type { Labelling } from '../labels/label-event.ts';
import { levelsOf } from '../labels/levels.ts';
import type { Profile } from '../labels/profile.ts';
import type { Client } from '../rules/clients.ts';
import type { Barrier } from '../store/view/barrier.ts';
import type { OrderedEvent } from '../store/view/order-table.ts';
import type { View } from '../store/view/view.ts';
import { ORDER } from '../wire/streams.ts';
import { ofLevels } from '../wire/topics.ts';
import { type MayReadContext, mayReadOf } from './may-read-event.ts';
import { type Slice, Slices } from './slices.ts';

export interface ReaderBacklogsContext extends MayReadContext {
  readonly view: View;
  readonly labelling: () => Labelling;
  readonly protections: Barrier;
  readonly clients: () => ReadonlyMap<string, Client>;
  readonly profiles: ReadonlyMap<string, Profile>;
}

/** What a reader has not been given. */
export interface ReaderBacklog {
  readonly client: string;
  readonly title: string;
  /** At most {@link MOST_COUNTED}. */
  readonly events: number;
  /** Whether there may be more. */
  readonly more: boolean;
  /** When the oldest of them was recorded, ISO 8601. */
  readonly oldest?: string;
  /** When the newest event that it was given was recorded, ISO 8601. */
  readonly given?: string;
}

/** The most events that are counted for a reader. */
export const MOST_COUNTED = 25;
/** How many of the newest places in the order are looked at. */
const MOST_PLACES = 200;
const STEP = 100;
const MOST_READERS = 500;

/** A system that reads events. People and operators look at single events. */
const isReader = ({ scopes, person, operator }: Client): boolean => scopes.has('events:read') && !person && !operator;

export class ReaderBacklogs {
  readonly #context: ReaderBacklogsContext;
  readonly #slices = new Slices();

  constructor(context: ReaderBacklogsContext) {
    this.#context = context;
  }

  /** The backlogs of the first {@link MOST_READERS} readers, in the order of the configuration. Rejects when `signal` aborts. */
  async all(asker: Pick<Client, 'id'>, signal: AbortSignal): Promise<readonly ReaderBacklog[]> {
    const { view, protections, clients } = this.#context;
    await Promise.all([view.caughtUp('order'), view.caughtUp('events'), view.caughtUp('disclosures'), protections.pass()]);
    const slice = this.#slices.begin(asker.id);
    const backlogs: ReaderBacklog[] = [];
    for (const reader of [...clients().values()].filter(isReader).slice(0, MOST_READERS)) {
      const found = await this.#backlog(reader, slice, signal);
      if (found !== undefined) backlogs.push({ client: reader.id, title: reader.title, ...found });
    }
    return backlogs;
  }

  /** Undefined for a client that can read nothing. */
  async #backlog(reader: Client, slice: Slice, signal: AbortSignal): Promise<Omit<ReaderBacklog, 'client' | 'title'> | undefined> {
    const { view, labelling, profiles } = this.#context;
    const levels = levelsOf(labelling().policy, reader.clearance);
    const [task] = reader.tasks ?? [];
    const profile = task === undefined ? undefined : profiles.get(task);
    if (levels.length === 0 || (task !== undefined && profile === undefined)) return undefined;
    const end = view.followed(ORDER, 0);
    const first = Math.max(0, end - MOST_PLACES);
    let waiting: { readonly events: number; readonly oldest?: string } = { events: 0 };
    for (const { id } of this.#newest(levels, first, end)) {
      signal.throwIfAborted();
      await slice.ifDue();
      const event = await mayReadOf(this.#context, reader, id, profile);
      if (event === undefined) continue;
      if (view.wasDisclosed(reader.id, id)) return { ...waiting, more: false, given: event.recordedtime };
      if (waiting.events === MOST_COUNTED) return { ...waiting, more: true };
      waiting = { events: waiting.events + 1, oldest: event.recordedtime };
    }
    return { ...waiting, more: first > 0 };
  }

  /** Events at some levels, the newest first. */
  *#newest(levels: readonly string[], first: number, end: number): Generator<OrderedEvent> {
    const { order } = this.#context.view;
    const matches = ofLevels(levels);
    for (let until = end; until > first; until -= STEP)
      yield* order.rows(Math.max(first, until - STEP), until, matches, STEP).rows.toReversed();
  }
}
