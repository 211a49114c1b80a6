/**
 * Restricts events that were published before a protection began: each gets a correction of kind `restricted`, so that its recipients learn
 * that they may no longer use it (DPA 2018 s.38(5)(c)). Clients that read the bus directly learn it in the same way.
 */
import type { JsonObject } from '../../adapters/adapter.ts';
import { BusUnavailable } from '../bus/bus.ts';
import { kindOfFault } from '../kind-of-fault.ts';
import type { VerifiedEvent } from '../labels/event.ts';
import { type Labelling, labelEvent } from '../labels/label-event.ts';
import { today } from '../labels/today.ts';
import type { Identities } from '../pipeline/ids.ts';
import { type IngestContext, place } from '../pipeline/ingest.ts';
import { noticeEvent, noticeId } from '../pipeline/notice.ts';
import type { RecordVerifier } from '../pipeline/record-verifier.ts';
import { CORRECTIONS } from '../pipeline/references.ts';
import type { Submission } from '../pipeline/submission.ts';
import type { KnownProtections } from '../protections/protect.ts';
import { versionOf } from '../protections/register.ts';
import { GATEWAY } from '../rules/clients.ts';
import type { Standards } from '../rules/standards.ts';
import type { Journal } from '../store/journal.ts';
import type { EventIndex } from '../store/view/event-index.ts';
import type { UncheckedEvent } from '../store/view/register-table.ts';
import { eventRecords } from '../wire/event-records.ts';
import { readyEvent } from '../workers/ready.ts';
import { AddedRestrictions, type Order, ordersOf } from './added-restrictions.ts';
import type { LabelledHere } from './labelled-here.ts';
import { type MissingPlacesContext, placesBefore } from './missing-places.ts';
import { type ReadVerifiedContext, readVerified } from './read-verified.ts';

export interface RestrictionsContext extends ReadVerifiedContext, MissingPlacesContext {
  readonly events: Pick<EventIndex, 'find' | 'record'>;
  readonly records: RecordVerifier;
  readonly journal: Journal;
  readonly labelling: () => Labelling;
  readonly standards: Standards;
  readonly identities: Identities;
  /** What sealing needs. */
  readonly sealing: () => Pick<IngestContext, 'sealKey' | 'identities' | 'renditions'>;
  readonly stamp: () => Submission['stamp'];
  readonly now: () => number;
  readonly known: (subject: string) => KnownProtections;
  /** Whether this gateway holds the lease: only one of several gateways does this work. */
  readonly holdsLease: () => boolean;
  /** The policy in force, for the audit log. */
  readonly policy: () => string;
  /** The protections that this gateway labelled its last events with. */
  readonly labelledHere: Pick<LabelledHere, 'covers'>;
  readonly onFault: (kind: string) => void;
}

const BATCH = 100;
const DELAY_MILLISECONDS = 1000;

export class Restrictions {
  readonly #context: RestrictionsContext;
  #running: Promise<void> | undefined;
  #isAsked = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(context: RestrictionsContext) {
    this.#context = context;
  }

  /** Whether there are events to look at. */
  get isWanted(): boolean {
    return this.#context.view.register.unchecked(1).length > 0;
  }

  /** Checks events that were published before a protection: now, or as soon as the running check has ended. */
  check(): void {
    if (this.#closed) return;
    this.#isAsked = true;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // Check the records of one batch together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#isAsked && !this.#closed) {
      this.#isAsked = false;
      try {
        await this.#checkAll();
      } catch (error) {
        this.#context.onFault(kindOfFault(error));
        this.#checkLater();
        if (!(error instanceof BusUnavailable)) break;
      }
    }
    // In the same tick as the last test of #isAsked, so that no request is lost.
    this.#running = undefined;
  }

  #checkLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.check(), DELAY_MILLISECONDS).unref();
  }

  async #checkAll(): Promise<void> {
    const { view, holdsLease } = this.#context;
    while (!this.#closed) {
      const due = view.register.unchecked(BATCH);
      if (due.length === 0) return;
      // Check again later: the gateway that holds the lease may stop.
      if (!holdsLease()) return this.#checkLater();
      for (const event of due) {
        if (this.#closed) return;
        await this.#check(event);
        view.register.checked(event);
      }
    }
  }

  async #check({ event: id, subject }: UncheckedEvent): Promise<void> {
    const { view, events, now, labelling, known: knownOf, labelledHere, policy } = this.#context;
    const known = knownOf(subject);
    // Of several records of an event, readers get the first.
    if (known.isEmpty || labelledHere.covers(id, view.events.first(id), known.inForce.map(versionOf), policy())) return;
    const orders = ordersOf(known, view.linked.of(subject)).map((order) => ({ ...order, correction: this.#correctionId(id, order) }));
    const received = await Promise.all(
      orders.map(async (order) => ({ ...order, isIssued: (await events.find(order.correction)) !== undefined })),
    );
    // An order that adds no restriction has no correction: the gateway checks it again whenever it checks the event.
    if (received.every(({ isIssued }) => isIssued)) return;
    const verified = await readVerified(this.#context, id);
    if (verified === undefined || verified.event.source === GATEWAY) return;
    const [issued, open] = [received.filter(({ isIssued }) => isIssued), received.filter(({ isIssued }) => !isIssued)];
    const announced = issued.flatMap((order) => order.known.inForce);
    const added = new AddedRestrictions(labelling(), verified, now(), { ...known, inForce: announced, isEmpty: announced.length === 0 });
    for (const { correction, known: inForce } of open)
      if (added.add(inForce)) await this.#issue(correction, verified, 'restricted', 'restrict an earlier event');
    await this.#notify(verified, known);
  }

  /**
   * A source's correction can itself be restricted later. Readers that received the event, and may no longer read the correction, get a
   * notice.
   */
  async #notify(correction: VerifiedEvent, known: KnownProtections): Promise<void> {
    const { labelling, now, identities, events } = this.#context;
    const { id, data } = correction.event;
    const { corrects, kind } = data as JsonObject;
    if (typeof corrects !== 'string' || typeof kind !== 'string') return;
    if (today(labelling(), correction, now(), known).base === undefined) return;
    const notice = noticeId(identities, id);
    const original = (await events.find(notice)) === undefined ? await readVerified(this.#context, corrects) : undefined;
    if (original !== undefined) await this.#issue(notice, original, kind, 'tell of a correction');
  }

  /** The id depends on the event and the order. So two gateways that correct at once make one event, and a new order makes another. */
  #correctionId(event: string, { id }: Order): string {
    return this.#context.identities.eventId(event, `restricted:${id}`, 0);
  }

  async #issue(id: string, { event: original, base }: VerifiedEvent, kind: string, change: string): Promise<void> {
    const { labelling, standards, stamp, journal, policy } = this.#context;
    const standard = standards.byName.get(CORRECTIONS);
    if (standard === undefined) return;
    const event = noticeEvent(standard, id, original, stamp(), { corrects: original.id, kind });
    const labelled = labelEvent(labelling(), event, base);
    const ready = readyEvent(place(this.#context.sealing(), labelling(), labelled, standard));
    const { subject, classification: marking } = ready;
    const about = { id, marking, ...(subject === undefined ? {} : { subject }) };
    const before = await placesBefore(this.#context, ready);
    await journal.commit(
      [...before, ...eventRecords(ready)],
      [
        {
          action: 'alteration',
          who: 'gateway',
          decision: 'permit',
          policy: policy(),
          change,
          events: [about],
        },
      ],
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }
}
