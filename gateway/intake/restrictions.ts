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
import { type ReadVerifiedContext, readEventOf, readVerified } from './read-verified.ts';

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
/** How long an event waits that this gateway cannot judge yet. */
const JUDGE_MILLISECONDS = 60_000;
/** The most events that wait in this way. Where there are more, the others wait too. */
const MOST_WAITING = 10_000;

export class Restrictions {
  readonly #context: RestrictionsContext;
  #running: Promise<void> | undefined;
  #isAsked = false;
  /** Events that cannot be judged yet, with the reason to check them (`turn`): their policy, key or standard is not known here. */
  readonly #waiting = new Map<string, number>();
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

  /** Checks again what could not be judged: this gateway has other rules or keys now. */
  checkAgain(): void {
    this.#waiting.clear();
    this.check();
  }

  #checkLater(milliseconds = DELAY_MILLISECONDS): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.checkAgain(), milliseconds).unref();
  }

  #due(): readonly UncheckedEvent[] {
    const due = this.#context.view.register.unchecked(BATCH + this.#waiting.size);
    return due.filter(({ event, turn }) => this.#waiting.get(event) !== turn);
  }

  async #checkAll(): Promise<void> {
    const { view, holdsLease } = this.#context;
    while (!this.#closed) {
      const due = this.#due();
      if (this.#waiting.size >= MOST_WAITING || (due.length === 0 && this.#waiting.size > 0)) return this.#checkLater(JUDGE_MILLISECONDS);
      if (due.length === 0) return;
      // Check again later: the gateway that holds the lease may stop.
      if (!holdsLease()) return this.#checkLater();
      for (const event of due) {
        if (this.#closed) return;
        if (await this.#isChecked(event)) view.register.checked(event);
        else this.#waiting.set(event.event, event.turn);
      }
    }
  }

  /** Checks an event. An event that fails must not stop the others. Rejects where the bus is unavailable: then no event can be checked. */
  async #isChecked(event: UncheckedEvent): Promise<boolean> {
    try {
      return (await this.#check(event)) !== 'later';
    } catch (error) {
      if (error instanceof BusUnavailable) throw error;
      this.#context.onFault(kindOfFault(error));
      return false;
    }
  }

  /** `later`: this gateway cannot judge the event yet. */
  async #check({ event: id, subject }: UncheckedEvent): Promise<'later' | undefined> {
    const { view, events, now, labelling, known: knownOf, labelledHere, policy } = this.#context;
    const known = knownOf(subject);
    // Of several records of an event, readers get the first.
    if (known.isEmpty || labelledHere.covers(id, view.events.first(id), known.inForce.map(versionOf), policy())) return undefined;
    const orders = ordersOf(known, view.linked.of(subject)).map((order) => ({ ...order, correction: this.#correctionId(id, order) }));
    const received = await Promise.all(
      orders.map(async (order) => ({ ...order, isIssued: (await events.find(order.correction)) !== undefined })),
    );
    // An order that adds no restriction has no correction: the gateway checks it again whenever it checks the event.
    if (received.every(({ isIssued }) => isIssued)) return undefined;
    const verified = await readEventOf(this.#context, id);
    if (verified === 'later') return 'later';
    if (verified === undefined || verified.event.source === GATEWAY) return undefined;
    if (!labelling().plans.has(verified.event.type)) return 'later';
    const [issued, open] = [received.filter(({ isIssued }) => isIssued), received.filter(({ isIssued }) => !isIssued)];
    const announced = issued.flatMap((order) => order.known.inForce);
    const added = new AddedRestrictions(labelling(), verified, now(), { ...known, inForce: announced, isEmpty: announced.length === 0 });
    for (const { correction, known: inForce } of open)
      if (added.add(inForce)) await this.#issue(correction, verified, 'restricted', 'restrict an earlier event');
    await this.#notify(verified, known);
    return undefined;
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
