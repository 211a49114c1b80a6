/**
 * What happened to a message, from its receipt to its readers, as the streams of the gateway have it. Who was given its events, who opened it
 * and who approved what is for operators only: a sender is not told who its readers are, and evidence has the same rule.
 */
import { setImmediate } from 'node:timers/promises';
import type { Bus } from '../bus/bus.ts';
import { auditRecordAt } from '../evidence/audit-proofs.ts';
import type { Quarantine } from '../quarantine/quarantine.ts';
import { correctionsOfCase } from '../reading/corrections-of-case.ts';
import type { DeliverToReader } from '../reading/deliver-to-reader.ts';
import type { Client } from '../rules/clients.ts';
import { disclosedEvents, shortId } from '../store/outcomes.ts';
import type { Barrier } from '../store/view/barrier.ts';
import type { EventIndex } from '../store/view/event-index.ts';
import type { View } from '../store/view/view.ts';
import type { AuditRecord, ReceiptRecord } from '../wire/streams.ts';

export interface TimelineContext {
  readonly view: View;
  readonly bus: Pick<Bus, 'read' | 'offsetAt'>;
  readonly quarantine: Pick<Quarantine, 'mayReadReceipt'>;
  readonly events: Pick<EventIndex, 'record' | 'find'>;
  readonly deliverToReader: DeliverToReader;
  /** Passes when the view holds all protections that are on the bus now. */
  readonly protections: Barrier;
}

export type StepKind =
  | 'received'
  | 'published'
  | 'quarantined'
  | 'opened'
  | 'changed'
  | 'label-requested'
  | 'label-approved'
  | 'resubmitted'
  | 'evidence'
  | 'disclosed'
  | 'delivered'
  | 'delivery-failed'
  | 'delivery-withheld'
  | 'corrected';

export interface TimelineStep {
  /** ISO 8601, of the first time. */
  readonly time: string;
  readonly kind: StepKind;
  /** The client or person who did it, or who was given the events. */
  readonly who?: string;
  readonly task?: string;
  readonly decision?: 'permit' | 'redact';
  /** How many events of the message. */
  readonly events?: number;
  readonly reasons?: readonly string[];
  /** How often it happened, and the last time, where it happened more than once. */
  readonly times?: number;
  readonly last?: string;
  /** Another message: what it was resubmitted as, or what it corrects. */
  readonly message?: string;
  /** The correction, and its kind. */
  readonly event?: string;
  readonly change?: string;
  readonly subscription?: string;
}

export interface Timeline {
  readonly receipt: ReceiptRecord;
  readonly steps: readonly TimelineStep[];
  /** Whether there is more than one answer holds. Evidence and the export of the audit log have all. */
  readonly more: boolean;
}

/** How many events of a message, records of the audit log, attempts to deliver, and events of a case are looked at. */
const MOST_EVENTS = 500;
const MOST_RECORDS = 1000;
const MOST_ATTEMPTS = 2000;
const MOST_OF_CASE = 500;

/** Steps that are the same but for their time are one step. */
class Steps {
  readonly #steps = new Map<string, TimelineStep & { readonly times: number; readonly last: string }>();

  add({ time, ...about }: TimelineStep): void {
    const key = JSON.stringify(about);
    const known = this.#steps.get(key);
    if (known === undefined) this.#steps.set(key, { time, ...about, times: 1, last: time });
    else
      this.#steps.set(key, {
        ...known,
        time: time < known.time ? time : known.time,
        last: time > known.last ? time : known.last,
        times: known.times + 1,
      });
  }

  get list(): readonly TimelineStep[] {
    return [...this.#steps.values()]
      .map(({ times, last, ...step }) => (times === 1 ? step : { ...step, times, last }))
      .toSorted((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
  }
}

export class Timelines {
  readonly #context: TimelineContext;

  constructor(context: TimelineContext) {
    this.#context = context;
  }

  /** The timeline of a message; undefined where it is absent, or the client may not read its receipt: both look the same. */
  async of(client: Client, id: string): Promise<Timeline | undefined> {
    const { view, quarantine, protections } = this.#context;
    await Promise.all([
      ...(['receipts', 'disclosures', 'approvals', 'subscriptions', 'events'] as const).map((kind) => view.caughtUp(kind)),
      protections.pass(),
    ]);
    const receipt = view.receipt(id);
    if (receipt === undefined || !quarantine.mayReadReceipt(client, receipt)) return undefined;
    const steps = new Steps();
    this.#ownSteps(client, receipt, steps);
    if (!client.operator) return { receipt, steps: steps.list, more: false };
    const ids = receipt.events.slice(0, MOST_EVENTS).map((event) => event.id);
    this.#labelSteps(receipt, steps);
    const isMore = await this.#auditSteps(receipt, ids, steps);
    this.#deliverySteps(ids, steps);
    await this.#correctionSteps(client, ids, steps);
    return { receipt, steps: steps.list, more: isMore || ids.length < receipt.events.length };
  }

  /** What its sender may know too. */
  #ownSteps(client: Client, { id, received, status, events, reasons, resubmissionOf }: ReceiptRecord, steps: Steps): void {
    const { view, quarantine } = this.#context;
    steps.add({ time: received, kind: 'received', ...(resubmissionOf === undefined ? {} : { message: resubmissionOf }) });
    if (status === 'accepted') steps.add({ time: received, kind: 'published', events: events.length });
    else steps.add({ time: received, kind: 'quarantined', reasons: [...new Set(reasons.map(({ code }) => code))] });
    const resubmittedAs = view.quarantine.resubmittedAs(id);
    const again = resubmittedAs === undefined || resubmittedAs === id ? undefined : view.receipt(resubmittedAs);
    if (again !== undefined && quarantine.mayReadReceipt(client, again))
      steps.add({ time: again.received, kind: 'resubmitted', message: again.id });
  }

  #labelSteps({ id }: ReceiptRecord, steps: Steps): void {
    for (const { request, approval } of this.#context.view.approvals.of(id)) {
      steps.add({ time: request.time, kind: 'label-requested', who: request.by });
      if (approval !== undefined) steps.add({ time: approval.time, kind: 'label-approved', who: approval.by });
    }
  }

  /** What the audit log says of the message and its events. Resolves to whether it says more than is looked at. */
  async #auditSteps(receipt: ReceiptRecord, ids: readonly string[], steps: Steps): Promise<boolean> {
    const { view, bus } = this.#context;
    const offsets = view.trail.of([receipt.id, ...ids], MOST_RECORDS + 1);
    const events = new Set(ids.map(shortId));
    for (const [n, offset] of offsets.slice(0, MOST_RECORDS).entries()) {
      if (n % 50 === 49) await setImmediate();
      const record = (await auditRecordAt({ bus }, offset))?.record;
      if (record !== undefined) for (const step of stepsOf(record, receipt.id, events)) steps.add(step);
    }
    return offsets.length > MOST_RECORDS;
  }

  #deliverySteps(ids: readonly string[], steps: Steps): void {
    const { outbox } = this.#context.view;
    const clients = new Map<string, string>();
    for (const { subscription, time, outcome, reason } of outbox.attemptsOf(ids, MOST_ATTEMPTS)) {
      const who = clients.get(subscription) ?? outbox.get(subscription)?.client ?? '';
      clients.set(subscription, who);
      const kind = DELIVERIES[outcome];
      steps.add({ time, kind, who, subscription, ...(reason === undefined ? {} : { reasons: [reason] }) });
    }
  }

  /** Corrections of the events that the client may read: a correction can be of a higher label than what it corrects. */
  async #correctionSteps(client: Client, ids: readonly string[], steps: Steps): Promise<void> {
    const { events } = this.#context;
    const eventIds = new Set(ids);
    const keys = new Set<string>();
    for (const id of ids) {
      const record = await events.record(id);
      if (record !== undefined) keys.add(record.key);
    }
    for (const key of keys)
      for await (const { correction, corrects } of correctionsOfCase(this.#context, client, key, {
        limit: MOST_OF_CASE,
        turn: setImmediate,
      })) {
        if (!eventIds.has(corrects)) continue;
        const { id, recordedtime: time, data } = correction;
        steps.add({ time, kind: 'corrected', event: id, ...(typeof data.kind === 'string' ? { change: data.kind } : {}) });
      }
  }
}

const DELIVERIES = {
  delivered: 'delivered',
  failed: 'delivery-failed',
  withheld: 'delivery-withheld',
  unwritable: 'delivery-failed',
} as const satisfies Readonly<Record<string, StepKind>>;

/** Changes whose steps come from the stream of approvals. */
const OF_LABELS: ReadonlySet<string> = new Set(['request a lower label', 'approve a lower label']);

/** The steps that a record of the audit log says of a message: other messages that it names are left out. */
function stepsOf(record: AuditRecord, message: string, events: ReadonlySet<string>): readonly TimelineStep[] {
  const { action, who, time, decision, reasons, change, task, subscription } = record;
  if (action === 'consultation') {
    if (decision !== 'permit') return [];
    const isOfEvents = record.messageId === undefined;
    return [
      {
        time,
        kind: change === 'evidence' ? 'evidence' : 'opened',
        who,
        ...(reasons === undefined ? {} : { reasons }),
        ...(change === undefined || change === 'evidence' ? {} : { change }),
        ...(isOfEvents ? { events: (record.events ?? []).filter(({ id }) => events.has(shortId(id))).length } : {}),
      },
    ];
  }
  if (action === 'alteration' && record.messageId === message && change !== undefined && !OF_LABELS.has(change))
    return [{ time, kind: 'changed', who, change }];
  // What a webhook brings is in the log of deliveries, with its outcome.
  if (action !== 'disclosure' || subscription !== undefined || change === 'evidence' || record.messageId === message) return [];
  return (['permit', 'redact'] as const).flatMap((given): readonly TimelineStep[] => {
    const ids = new Set(
      disclosedEvents(record).flatMap(({ id, decision: eventDecision }) =>
        eventDecision === given && events.has(shortId(id)) ? [shortId(id)] : [],
      ),
    );
    if (ids.size === 0) return [];
    return [{ time, kind: 'disclosed', who, decision: given, events: ids.size, ...(task === undefined ? {} : { task }) }];
  });
}
