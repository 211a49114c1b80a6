/** The tables of the local view, and which record of the bus goes into which of them. */
import type { DatabaseSync } from 'node:sqlite';
import type { StoredRecord } from '../../bus/bus.ts';
import type { QuarantineStreamRecord } from '../../wire/quarantine-records.ts';
import {
  APPROVALS,
  type ApprovalStreamRecord,
  AUDIT,
  type AuditRecord,
  LEDGER,
  type LedgerRecord,
  MESSAGES,
  ORDER,
  type OrderRecord,
  PROTECTIONS,
  type ProtectionStreamRecord,
  QUARANTINE,
  RECEIPTS,
  type ReceiptRecord,
  SUBSCRIPTIONS,
  type SubscriptionStreamRecord,
} from '../../wire/streams.ts';
import { AboutTable } from './about-table.ts';
import { ApprovalsTable } from './approvals-table.ts';
import { DisclosureTable } from './disclosure-table.ts';
import { EventTable } from './event-table.ts';
import { JobTable } from './job-table.ts';
import { LiftRequestTable } from './lift-request-table.ts';
import { LinkedRegister } from './linked-register.ts';
import { MessageListTable } from './message-list-table.ts';
import { MessageTable } from './message-table.ts';
import { OrderTable } from './order-table.ts';
import { Outbox } from './outbox.ts';
import { QuarantineTable } from './quarantine-table.ts';
import { ReceiptTable } from './receipt-table.ts';
import { RuleTable } from './rule-table.ts';
import { Tally } from './tally.ts';
import { TrailTable } from './trail-table.ts';
import { WorkTable } from './work-table.ts';

/** A record from the bus and its value; no value where the record is not valid. */
export interface ReadRecord {
  readonly record: StoredRecord;
  readonly value: object | undefined;
}

export class RecordTables {
  readonly messages: MessageTable;
  readonly events: EventTable;
  readonly receipts: ReceiptTable;
  readonly order: OrderTable;
  readonly tally: Tally;
  readonly outbox: Outbox;
  readonly linked: LinkedRegister;
  readonly disclosures: DisclosureTable;
  readonly trail: TrailTable;
  readonly about: AboutTable;
  readonly approvals: ApprovalsTable;
  readonly liftRequests: LiftRequestTable;
  readonly work: WorkTable;
  readonly jobs: JobTable;
  readonly rules: RuleTable;
  readonly quarantine: QuarantineTable;
  readonly messageList: MessageListTable;

  /** Makes the tables that the database does not have. */
  constructor(db: DatabaseSync) {
    this.messages = new MessageTable(db);
    this.events = new EventTable(db);
    this.receipts = new ReceiptTable(db);
    this.order = new OrderTable(db);
    this.tally = new Tally(db);
    this.outbox = new Outbox(db);
    this.linked = new LinkedRegister(db);
    this.disclosures = new DisclosureTable(db);
    this.trail = new TrailTable(db);
    this.about = new AboutTable(db);
    this.approvals = new ApprovalsTable(db);
    this.liftRequests = new LiftRequestTable(db);
    this.work = new WorkTable(db);
    this.jobs = new JobTable(db);
    this.rules = new RuleTable(db);
    // It looks into the table of the work.
    this.quarantine = new QuarantineTable(db);
    this.messageList = new MessageListTable(db);
  }

  /** Writes the records of one batch. */
  take(records: readonly ReadRecord[]): void {
    const ordered = new Set(
      records.flatMap(({ record, value }) => (record.topic === ORDER && value ? [(value as OrderRecord).event] : [])),
    );
    for (const { record, value } of records) if (value !== undefined) this.#take(record, value, ordered);
  }

  #take(record: StoredRecord, value: object, ordered: ReadonlySet<string>): void {
    const { topic, offset, key, time } = record;
    if (topic === MESSAGES) this.messages.take(key, record);
    else if (topic === RECEIPTS) this.#receipt(value as ReceiptRecord, offset);
    else if (topic === AUDIT) this.#audit(value as AuditRecord, offset);
    else if (topic === LEDGER) this.tally.write(value as LedgerRecord);
    else if (topic === SUBSCRIPTIONS) this.outbox.take(value as SubscriptionStreamRecord, offset);
    else if (topic === PROTECTIONS) this.linked.take(value as ProtectionStreamRecord, offset, time);
    else if (topic === APPROVALS) this.#approval(value as ApprovalStreamRecord, offset);
    else if (topic === QUARANTINE) this.#work(value as QuarantineStreamRecord, offset);
    else if (topic === ORDER) this.order.take(value as OrderRecord, offset);
    else this.#event(record, ordered);
  }

  /** `ordered`: events whose place in the order is written in the same batch. */
  #event({ topic, partition, offset, headers, key, time }: StoredRecord, ordered: ReadonlySet<string>): void {
    const { ce_id: id = '', ce_rendition } = headers;
    const place = { topic, partition, offset };
    if (id !== '' && ce_rendition === undefined) {
      this.events.claim(id, place, key);
      this.linked.note(id, key, time);
    }
    if (!ordered.has(id)) this.order.saw(id, place, ce_rendition !== undefined, time);
  }

  #work(record: QuarantineStreamRecord, offset: number): void {
    if ('change' in record) this.work.take(record.change);
    else if ('job' in record) this.jobs.begin(record.job, offset);
    else if ('step' in record) this.jobs.step(record.step);
    else if ('result' in record) this.jobs.result(record.result);
    else if ('rule' in record) this.rules.begin(record.rule, offset);
    else if ('end' in record) this.rules.end(record.end);
    else this.rules.act(record.act);
  }

  #audit(entry: AuditRecord, offset: number): void {
    this.disclosures.take(entry);
    this.trail.take(entry, offset);
    this.messageList.takeAudit(entry);
    this.about.take(entry, offset);
  }

  #approval(record: ApprovalStreamRecord, offset: number): void {
    this.approvals.take(record, offset);
    this.liftRequests.take(record, offset);
  }

  #receipt(receipt: ReceiptRecord, offset: number): void {
    const { earlier, holds } = this.receipts.take(receipt);
    this.tally.receipt(receipt, earlier);
    if (!holds) return;
    this.quarantine.take(receipt, offset);
    this.messageList.take(receipt);
  }
}
