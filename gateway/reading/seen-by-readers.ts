/**
 * How each client would be given an event: complete, redacted or not at all. Only for an operator who may read all of the event: what others
 * would be given then is less than the operator may read.
 */
import { setImmediate } from 'node:timers/promises';
import { at } from '../../adapters/json.ts';
import type { SealedEvent, VerifiedEvent } from '../labels/event.ts';
import type { Labelling } from '../labels/label-event.ts';
import type { Profile } from '../labels/profile.ts';
import { type Decision, decide } from '../labels/redact.ts';
import type { RecordVerifier } from '../pipeline/record-verifier.ts';
import type { KnownProtections } from '../protections/protect.ts';
import { actorOf, type Client } from '../rules/clients.ts';
import type { Journal } from '../store/journal.ts';
import type { Barrier } from '../store/view/barrier.ts';
import type { EventIndex } from '../store/view/event-index.ts';
import type { View } from '../store/view/view.ts';
import { mustHaveRoom, type Room } from './unread.ts';
import type { Volume } from './volume.ts';

export interface SeenByReadersContext {
  readonly view: View;
  readonly events: Pick<EventIndex, 'record'>;
  readonly records: RecordVerifier;
  readonly labelling: () => Labelling;
  readonly known: (subject: string | undefined) => KnownProtections;
  readonly now: () => number;
  readonly journal: Pick<Journal, 'commit'>;
  readonly volume: Volume;
  readonly protections: Barrier;
  readonly clients: () => ReadonlyMap<string, Client>;
  readonly profiles: ReadonlyMap<string, Profile>;
  /** The policy in force, for the audit log. */
  readonly policy: () => string;
}

export interface SeenBy {
  readonly client: string;
  readonly title: string;
  /** The task that the client must name. */
  readonly task?: string;
  readonly verdict: Decision['verdict'];
  readonly reasons: readonly string[];
}

/** What one of the clients would be given. */
export interface Rendition extends SeenBy {
  readonly event?: SealedEvent;
  /** JSON pointers of what is withheld in the data. */
  readonly withheld: readonly string[];
}

export interface SeenByReaders {
  readonly readers: readonly SeenBy[];
  readonly shown?: Rendition;
}

export interface SeenByQuery {
  /** The client whose rendition is shown. */
  readonly as?: string | undefined;
  /** The code of the reason. */
  readonly reason?: string | undefined;
  readonly hasRoom?: Room;
}

/** How many clients are listed. */
const MOST_READERS = 500;

export class SeenByReadersOf {
  readonly #context: SeenByReadersContext;

  constructor(context: SeenByReadersContext) {
    this.#context = context;
  }

  /**
   * What the clients would be given of an event; undefined where it is absent, or the operator may not read all of it. In the audit log it
   * is a consultation. Rejects with UnderReview where the operator has read as much as it may, and with TooMuchUnread without room.
   */
  async of(operator: Client, id: string, { as, reason, hasRoom }: SeenByQuery = {}): Promise<SeenByReaders | undefined> {
    const { view, volume, protections } = this.#context;
    await Promise.all([view.caughtUp('events'), protections.pass()]);
    const verified = await this.#verified(id);
    if (verified === undefined || !operator.operator || this.#decide(verified, operator).verdict !== 'permit') {
      await this.#audit(operator, 'deny', id, as, reason);
      return undefined;
    }
    const readers: SeenBy[] = [];
    for (const client of [...this.#context.clients().values()].slice(0, MOST_READERS)) {
      if (!client.scopes.has('events:read')) continue;
      readers.push(seenBy(client, this.#decide(verified, client)));
      await setImmediate();
    }
    const chosen = as === undefined ? undefined : this.#context.clients().get(as);
    const shown = chosen?.scopes.has('events:read') === true ? this.#rendition(verified, chosen) : undefined;
    mustHaveRoom(hasRoom, JSON.stringify(shown ?? {}).length);
    if (shown?.event !== undefined) volume.take(operator, 1);
    await this.#audit(operator, 'permit', id, as, reason);
    return { readers, ...(shown === undefined ? {} : { shown }) };
  }

  async #verified(id: string): Promise<VerifiedEvent | undefined> {
    const record = await this.#context.events.record(id);
    const verified = record === undefined ? undefined : await this.#context.records.verify(record);
    return verified?.ok === true && verified.value.event.id === id ? verified.value : undefined;
  }

  #decide(verified: VerifiedEvent, client: Client): Decision {
    const { labelling, now, known, profiles } = this.#context;
    const [task] = client.tasks ?? [];
    const profile = task === undefined ? undefined : profiles.get(task);
    if (task !== undefined && profile === undefined) return { verdict: 'deny', reasons: ['task'] };
    const terms = { known: known(verified.event.subject), ...(profile === undefined ? {} : { profile }) };
    return decide(labelling(), verified, client.clearance, now(), terms);
  }

  #rendition(verified: VerifiedEvent, client: Client): Rendition {
    const decision = this.#decide(verified, client);
    const seen = seenBy(client, decision);
    if (decision.verdict === 'deny') return { ...seen, withheld: [] };
    const { event } = decision;
    const withheld = verified.portions.flatMap(({ pointer }) =>
      at(verified.event.data, pointer) !== undefined && at(event.data, pointer) === undefined ? [pointer] : [],
    );
    return { ...seen, event, withheld };
  }

  async #audit(
    operator: Client,
    decision: 'permit' | 'deny',
    id: string,
    as: string | undefined,
    reason: string | undefined,
  ): Promise<void> {
    const { journal, policy, clients } = this.#context;
    const because = reason === undefined ? {} : { reasons: [reason] };
    // The audit log has no text of the request: only the id of a client that exists.
    const change = as !== undefined && clients().has(as) ? `see as ${as}` : 'see readers';
    const about = { decision, events: [{ id }], change, policy: policy() };
    await journal.commit([], [{ action: 'consultation', ...actorOf(operator), ...about, ...because }]);
  }
}

function seenBy({ id, title, tasks }: Client, decision: Decision): SeenBy {
  const [task] = tasks ?? [];
  return {
    client: id,
    title,
    ...(task === undefined ? {} : { task }),
    verdict: decision.verdict,
    reasons: decision.verdict === 'permit' ? [] : decision.reasons,
  };
}
