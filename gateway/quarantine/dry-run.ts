/** Tries a resubmission without publishing anything: which events would come, as one person may read them, or why none would. */
import type { Json, JsonObject, Refusal, Warning } from '../../adapters/adapter.ts';
import { markingOf } from '../../contracts/client/label.ts';
import { type ProcessContext, processMessage } from '../intake/process-message.ts';
import { dominates } from '../labels/decision.ts';
import type { SealedEvent } from '../labels/event.ts';
import type { Identities } from '../pipeline/ids.ts';
import { aboutMessage } from '../pipeline/ingest.ts';
import { receiptLabel } from '../pipeline/quarantine-label.ts';
import type { Submission } from '../pipeline/submission.ts';
import { holdsRestrictionsOfDomain } from '../reading/cleared-for-domain.ts';
import type { DeliverToReader } from '../reading/deliver-to-reader.ts';
import { mustHaveRoom, type Room } from '../reading/unread.ts';
import { actorOf, type Client } from '../rules/clients.ts';
import type { Journal } from '../store/journal.ts';
import type { Processed, ReadyEvent } from '../workers/task.ts';
import { type Difference, differencesOf } from './differences.ts';
import type { Quarantine, QuarantineItem } from './quarantine.ts';
import type { Resubmission, Resubmitter } from './resubmitter.ts';

export interface DryRunContext extends ProcessContext {
  readonly quarantine: Pick<Quarantine, 'find'>;
  readonly resubmitter: Pick<Resubmitter, 'submissionOf'>;
  readonly journal: Journal;
  readonly identities: Pick<Identities, 'messageIdAside'>;
  readonly stamp: () => Submission['stamp'];
  readonly policy: () => string;
  readonly deliverToReader: DeliverToReader;
}

/** An event that would come. */
export interface TriedEvent {
  readonly verdict: 'permit' | 'redact' | 'deny';
  readonly type: string;
  readonly standard: string;
  /** What the person may read of it, and its marking; absent where that is nothing. */
  readonly classification?: string;
  readonly data?: JsonObject;
}

export interface Tried {
  readonly outcome: 'accepted' | 'refused';
  readonly adapter?: string;
  readonly reasons: readonly Refusal[];
  readonly warnings: readonly Warning[];
  /** The first events. They have no seal, so that none can pass for an event that was published. */
  readonly events: readonly TriedEvent[];
  /** How many events would come, and how many records would wait alone. */
  readonly count: number;
  readonly kept: number;
  /** Whether a second person must approve its label, or has. */
  readonly secondPerson: 'not-needed' | 'needed' | 'approved';
  /** Whether the adapter reads the original too: otherwise the differences are the fields of the new text. */
  readonly isCompared: boolean;
  readonly differences: readonly Difference[];
  readonly hasMoreDifferences: boolean;
}

const MOST_EVENTS = 20;
const MOST_SUBJECTS = 1000;
const MOST_DIFFERENCES = 500;
const LONGEST_VALUE = 500;
/** Refusals that only a person can decide about. */
const FOR_A_SECOND_PERSON: ReadonlySet<string> = new Set([
  'legacy-marking',
  'label-unreadable',
  'label-malformed',
  'label-unknown-policy',
  'label-unknown-classification',
  'label-unknown-category',
  'label-unknown-value',
  'label-invalid',
  'above-domain',
]);

const cut = (value: string): string => (value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value);

export class DryRun {
  readonly #context: DryRunContext;

  constructor(context: DryRunContext) {
    this.#context = context;
  }

  /**
   * Tries to resubmit an item, corrected or as it is. It is audited as a consultation, with the code of the reason. Undefined where the
   * client may not see the item. Rejects with TooMuchUnread, and with BusUnavailable.
   */
  async try(
    client: Client,
    id: string,
    corrected: Uint8Array | undefined,
    { hasRoom, reason }: { readonly hasRoom?: Room; readonly reason?: string | undefined } = {},
  ): Promise<Tried | undefined> {
    const { quarantine, resubmitter, journal, policy } = this.#context;
    const item = await quarantine.find(client, id);
    const submission = item && (await resubmitter.submissionOf(item, corrected));
    if (item === undefined || submission === undefined) return undefined;
    mustHaveRoom(hasRoom, submission.bytes.length);
    const processed = await this.#process(submission);
    const because = reason === undefined ? {} : { reasons: [reason] };
    // The answer tells of the cases that the text names, as the register has them: whoever asks leaves their pseudonyms behind.
    const about = subjectsOf(processed);
    await journal.commit(
      [],
      [
        {
          action: 'consultation',
          ...actorOf(client),
          decision: 'permit',
          messageId: id,
          policy: policy(),
          change: 'try a resubmission',
          ...(about.length === 0 ? {} : { events: about }),
          ...because,
        },
      ],
    );
    const before = corrected === undefined ? undefined : await this.#foundBefore(item);
    return this.#tried(client, submission, processed, before);
  }

  async #tried(client: Client, submission: Resubmission, processed: Processed, before: Json | undefined): Promise<Tried> {
    const isAccepted = processed.kind === 'accepted';
    const differences = differencesOf(before, processed.found);
    const needsPerson = !isAccepted && processed.refusals.some(({ code }) => FOR_A_SECOND_PERSON.has(code));
    const events = isAccepted ? processed.events : [];
    return {
      outcome: isAccepted ? 'accepted' : 'refused',
      ...(processed.adapter === undefined ? {} : { adapter: processed.adapter }),
      reasons: isAccepted ? [] : processed.refusals,
      warnings: isAccepted && this.#maySeeReceipt(client, processed) ? processed.warnings : [],
      events: await Promise.all(events.slice(0, MOST_EVENTS).map((event) => this.#seen(client, event))),
      count: events.length,
      kept: isAccepted ? processed.kept.length : 0,
      secondPerson: secondPersonOf(submission.isApproved, needsPerson),
      isCompared: before !== undefined && processed.found !== undefined,
      differences: differences.slice(0, MOST_DIFFERENCES).map(({ at, before: old, after }) => ({
        at,
        ...(old === undefined ? {} : { before: cut(old) }),
        ...(after === undefined ? {} : { after: cut(after) }),
      })),
      hasMoreDifferences: differences.length > MOST_DIFFERENCES,
    };
  }

  /** Whether a client may see what the receipt of the new message would say. */
  #maySeeReceipt({ clearance }: Client, processed: Processed): boolean {
    const { labelling, domain } = this.#context;
    const { label, origin } = processed;
    const protections = processed.kind === 'accepted' ? processed.protections : [];
    const needed = receiptLabel(labelling(), domain(), { status: 'accepted', label, origin, protections });
    return needed !== undefined && dominates(labelling().policy, clearance, needed);
  }

  async #seen(client: Client, event: ReadyEvent): Promise<TriedEvent> {
    const { topic, partitionkey: key, value, type, standard } = event;
    const { labelling, domain } = this.#context;
    // The text of a trial can name any case: what would come could say whether the register protects somebody in it.
    const mayKnowOfAll = holdsRestrictionsOfDomain(labelling().policy, client.clearance, domain());
    if (event.subject !== undefined && !mayKnowOfAll) return { verdict: 'deny', type, standard };
    const headers = { ce_type: type };
    const delivery = await this.#context.deliverToReader({ topic, key, value, headers }, { client, form: 'event' });
    const denied = { verdict: 'deny', type, standard } as const;
    if (!delivery.ok || delivery.value.json === undefined) return denied;
    const { verdict } = delivery.value.decision;
    if (verdict === 'deny') return denied;
    const { data } = JSON.parse(delivery.value.json) as SealedEvent;
    const { portions: _portions, ...shown } = data as unknown as JsonObject;
    return { verdict, type, standard, classification: markingOf(data.label), data: shown };
  }

  /** What the adapter finds in the original; undefined where it cannot read it. */
  async #foundBefore(item: QuarantineItem): Promise<Json | undefined> {
    const original = await this.#context.resubmitter.submissionOf(item, undefined);
    return original === undefined ? undefined : (await this.#process(original)).found;
  }

  async #process({ isApproved: _, ...submission }: Resubmission): Promise<Processed> {
    const { identities, stamp } = this.#context;
    const messageId = await identities.messageIdAside(submission.source.id, submission.bytes, aboutMessage(submission));
    return processMessage(this.#context, { ...submission, messageId, stamp: stamp() }, true);
  }
}

/** One event of each case of a trial, for the audit log. */
function subjectsOf(processed: Processed): readonly { readonly id: string; readonly subject: string }[] {
  const events = processed.kind === 'accepted' ? processed.events : [];
  const first = new Map<string, string>();
  for (const { id, subject } of events) if (subject !== undefined && !first.has(subject)) first.set(subject, id);
  return [...first].slice(0, MOST_SUBJECTS).map(([subject, id]) => ({ id, subject }));
}

function secondPersonOf(isApproved: boolean, needsPerson: boolean): Tried['secondPerson'] {
  if (isApproved) return 'approved';
  return needsPerson ? 'needed' : 'not-needed';
}
