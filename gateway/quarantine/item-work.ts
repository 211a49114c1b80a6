/**
 * The work of people on a message in quarantine: closing and reopening it, notes, who is to work on it until when, and who is editing it.
 * Who may not see the message sees nothing of this.
 */
import { actorOf, type Client } from '../rules/clients.ts';
import type { Requester } from '../rules/requester.ts';
import type { ItemState, WorkLock } from '../store/view/work-table.ts';
import type { ClosingCode, RuleAct } from '../wire/quarantine-records.ts';
import type { Quarantine, QuarantineItem } from './quarantine.ts';
import type { Decided, WorkLog } from './work-log.ts';

/** How long one person can edit a message without a further request, in milliseconds: as long as a session lasts without one. */
export const LOCK_MILLISECONDS = 15 * 60_000;
const MOST_NOTES = 200;
/** How many people are named to choose from. */
const MOST_PEOPLE = 100;

export interface ItemWorkContext {
  readonly quarantine: Pick<Quarantine, 'find' | 'maySee'>;
  readonly log: WorkLog;
  readonly clients: () => ReadonlyMap<string, Client>;
  readonly now: () => number;
}

/**
 * `locked`: another person is editing the message. `not-open`: it was closed or resubmitted. `not-closed`: it is not closed. `changed`: the
 * caller knows an earlier version. `unknown-person`: no such person may see and repair the message. `too-many-notes`: it has as many notes
 * as it may.
 */
export type WorkFault = 'locked' | 'not-open' | 'not-closed' | 'changed' | 'unknown-person' | 'too-many-notes';

/** The work on an item as somebody sees it who may see the item. */
export interface SeenWork {
  readonly item: QuarantineItem;
  readonly state: ItemState;
  /** The lock that holds now, and whether it is the reader's own. */
  readonly lock?: WorkLock & { readonly isOwn: boolean };
  /** The people to whom it can be assigned. */
  readonly people: readonly Pick<Client, 'id' | 'title'>[];
}

export type WorkResult = SeenWork | 'not-found' | { readonly fault: WorkFault; readonly lock?: WorkLock };

/** What is changed about who works on an item. `null` takes away what is there. */
export interface Plan {
  readonly assignee?: string | null;
  readonly due?: string | null;
  /** Only where the item still has this version. */
  readonly version?: number;
}

export class ItemWork {
  readonly #context: ItemWorkContext;

  constructor(context: ItemWorkContext) {
    this.#context = context;
  }

  async read(requester: Requester, id: string): Promise<SeenWork | undefined> {
    const item = await this.#context.quarantine.find(requester.client, id);
    return item === undefined ? undefined : this.#seen(requester, item, await this.#context.log.latest(id));
  }

  /** Closes an item: nobody will resubmit it. It is kept, and can be reopened. */
  close(requester: Requester, id: string, close: { readonly code: ClosingCode; readonly text?: string }): Promise<WorkResult> {
    return this.#change(requester, id, 'close a message in quarantine', ({ status }, state) => {
      if (this.#context.log.lockOfOther(state, requester) !== undefined) return { fault: 'locked' };
      return status === 'open' && state.closed === undefined ? { close, unlock: true } : { fault: 'not-open' };
    });
  }

  reopen(requester: Requester, id: string): Promise<WorkResult> {
    return this.#change(requester, id, 'reopen a message in quarantine', ({ status }, state) =>
      status === 'resubmitted' || state.closed === undefined ? { fault: 'not-closed' } : { reopen: true },
    );
  }

  note(requester: Requester, id: string, text: string): Promise<WorkResult> {
    return this.#change(requester, id, 'add a note to a message in quarantine', (_item, { notes }) =>
      notes.length < MOST_NOTES ? { note: text } : { fault: 'too-many-notes' },
    );
  }

  plan(requester: Requester, id: string, { assignee, due, version }: Plan, act?: RuleAct): Promise<WorkResult> {
    const name = act === undefined ? 'plan the work on a message in quarantine' : 'apply a rule to a message in quarantine';
    return this.#change(
      requester,
      id,
      name,
      (item, state) => {
        if (version !== undefined && version !== state.version) return { fault: 'changed' };
        // A rule takes an item from nobody: it has acted, and changes nothing.
        if (act !== undefined && state.assignee !== undefined) return {};
        if (assignee && assignee !== state.assignee && !this.#isAssignable(this.#context.clients().get(assignee), item))
          return { fault: 'unknown-person' };
        return {
          ...(assignee === undefined ? {} : { assignee: assignee ?? '' }),
          ...(due === undefined ? {} : { due: due ?? '' }),
        };
      },
      act,
    );
  }

  /** Begins to edit an item, or goes on: nobody else can edit, resubmit or close it meanwhile. It ends by itself. */
  lock(requester: Requester, id: string): Promise<WorkResult> {
    return this.#change(requester, id, 'begin to edit a message in quarantine', ({ status }, state) => {
      if (this.#context.log.lockOfOther(state, requester) !== undefined) return { fault: 'locked' };
      if (status !== 'open') return { fault: 'not-open' };
      return { lock: { until: new Date(this.#context.now() + LOCK_MILLISECONDS).toISOString() } };
    });
  }

  /** Ends the reader's editing. The lock of another person stays. */
  async unlock(requester: Requester, id: string): Promise<WorkResult> {
    const found = await this.read(requester, id);
    if (found === undefined) return 'not-found';
    if (found.lock === undefined) return found;
    return this.#change(requester, id, 'end editing a message in quarantine', (_item, state) =>
      this.#context.log.lockOfOther(state, requester) === undefined ? { unlock: true } : { fault: 'locked' },
    );
  }

  async #change(
    requester: Requester,
    id: string,
    name: string,
    decide: (item: QuarantineItem, state: ItemState) => Decided<WorkFault>,
    act?: RuleAct,
  ): Promise<WorkResult> {
    const item = await this.#context.quarantine.find(requester.client, id);
    if (item === undefined) return 'not-found';
    const done = await this.#context.log.change(requester, id, name, (state) => decide(item, state), act);
    if (!('fault' in done)) {
      const now = await this.#context.quarantine.find(requester.client, id);
      return now === undefined ? 'not-found' : this.#seen(requester, now, done);
    }
    const lock = done.fault === 'locked' ? this.#context.log.lockOfOther(await this.#context.log.latest(id), requester) : undefined;
    return lock === undefined ? done : { ...done, lock };
  }

  #isAssignable(client: Client | undefined, { receipt }: QuarantineItem): client is Client {
    return client?.person === true && client.scopes.has('quarantine:write') && this.#context.quarantine.maySee(client, receipt);
  }

  #seen(requester: Requester, item: QuarantineItem, state: ItemState): SeenWork {
    const { lock } = item;
    const people = [...this.#context.clients().values()].filter((client) => this.#isAssignable(client, item)).slice(0, MOST_PEOPLE);
    return {
      item,
      state,
      ...(lock === undefined ? {} : { lock: { ...lock, isOwn: this.#context.log.lockOfOther(state, requester) === undefined } }),
      people: people.map(({ id, title }) => ({ id, title })),
    };
  }
}

/** A requester that acts for a client itself, as rules do. */
export const asItself = (client: Client): Requester => ({ client, subject: actorOf(client).who });
