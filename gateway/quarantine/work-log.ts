/** Writes changes of the work on messages in quarantine. Of two changes at once, the second applies to the result of the first. */
import { randomBytes } from 'node:crypto';
import { BusUnavailable } from '../bus/bus.ts';
import type { Identities } from '../pipeline/ids.ts';
import { actorOf } from '../rules/clients.ts';
import { personOfToken, type Requester } from '../rules/requester.ts';
import type { Journal } from '../store/journal.ts';
import type { View } from '../store/view/view.ts';
import { type ItemState, lockAt, type WorkLock } from '../store/view/work-table.ts';
import type { RuleAct, WorkChange } from '../wire/quarantine-records.ts';
import { type AuditEntry, QUARANTINE, record } from '../wire/streams.ts';

export interface WorkLogContext {
  readonly view: View;
  readonly journal: Journal;
  readonly identities: Pick<Identities, 'pseudonym'>;
  readonly now: () => number;
  readonly policy: () => string;
  /** Whether other gateways are on the bus. */
  readonly isShared: boolean;
}

/** What a change does, besides who made it and when. */
export type WorkToDo = Pick<WorkChange, 'close' | 'reopen' | 'note' | 'assignee' | 'due' | 'lock' | 'unlock'>;

/** What is to be changed, or why nothing is. */
export type Decided<Fault extends string> = WorkToDo | { readonly fault: Fault };

const ATTEMPTS = 20;

export class WorkLog {
  readonly #context: WorkLogContext;
  /** Changes that this gateway makes, by item: one after the other. */
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(context: WorkLogContext) {
    this.#context = context;
  }

  /** The state of the work on an item now, whichever gateway changed it. */
  async latest(item: string): Promise<ItemState> {
    await this.#context.view.caughtUp('quarantine');
    return this.#context.view.work.get(item);
  }

  /** The lock of somebody else that holds now. */
  lockOfOther(state: ItemState, requester: Requester): WorkLock | undefined {
    const lock = lockAt(state, this.#context.now());
    const isOwn = lock?.by === requester.client.id && lock.person === personOfToken(this.#context.identities, requester.subject);
    return isOwn ? undefined : lock;
  }

  /**
   * Makes a change. `decide` gets the latest state, and is asked again when another change was first. Resolves to the new state, or to the
   * fault that `decide` gave. Rejects with BusUnavailable.
   */
  async change<Fault extends string>(
    requester: Requester,
    item: string,
    name: string,
    decide: (state: ItemState) => Decided<Fault>,
    act?: RuleAct,
  ): Promise<ItemState | { readonly fault: Fault }> {
    const before = this.#underWay.get(item) ?? Promise.resolve();
    const change = before.catch(() => undefined).then(() => this.#change(requester, item, name, decide, act));
    this.#underWay.set(item, change);
    try {
      return await change;
    } finally {
      if (this.#underWay.get(item) === change) this.#underWay.delete(item);
    }
  }

  async #change<Fault extends string>(
    requester: Requester,
    item: string,
    name: string,
    decide: (state: ItemState) => Decided<Fault>,
    act: RuleAct | undefined,
  ): Promise<ItemState | { readonly fault: Fault }> {
    const { view, journal, now, policy, isShared } = this.#context;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const state = await this.latest(item);
      const decided = decide(state);
      if ('fault' in decided) return decided;
      const id = randomBytes(32).toString('base64url');
      const change: WorkChange = {
        id,
        item,
        version: state.version + 1,
        by: requester.client.id,
        person: personOfToken(this.#context.identities, requester.subject),
        time: new Date(now()).toISOString(),
        ...decided,
      };
      const audited: readonly AuditEntry[] = [
        {
          action: 'alteration',
          ...actorOf(requester.client),
          decision: 'none',
          policy: policy(),
          messageId: item,
          change: name,
          ...(act === undefined ? {} : { rule: act.rule }),
        },
      ];
      const records = [record(QUARANTINE, item, { change }), ...(act === undefined ? [] : [record(QUARANTINE, act.rule, { act })])];
      // A gateway alone cannot lose. Another gateway's change may come first: the audit log must not have a change that was not made.
      await journal.commit(records, isShared ? [] : audited);
      const after = await this.latest(item);
      if (!view.work.hasWon(change)) continue;
      if (isShared) await journal.commit([], audited);
      return after;
    }
    throw new BusUnavailable('The work on the message is being changed by others');
  }
}
