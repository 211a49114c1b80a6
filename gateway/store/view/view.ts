/** A local view of the streams, for look-ups. It holds only data from the bus: if you delete it, the gateway rebuilds it. */
import type { DatabaseSync } from 'node:sqlite';
import { type Bus, BusUnavailable, type Follower, type StoredRecord } from '../../bus/bus.ts';
import type { StreamReader } from '../../wire/stream-reader.ts';
import {
  ORDER,
  type OrderRecord,
  PROTECTIONS,
  type ProtectionStreamRecord,
  QUARANTINE,
  RECEIPTS,
  type ReceiptRecord,
  SUBSCRIPTIONS,
} from '../../wire/streams.ts';
import { isEvents } from '../../wire/topics.ts';
import type { AboutTable } from './about-table.ts';
import type { ApprovalsTable } from './approvals-table.ts';
import type { EventTable } from './event-table.ts';
import { isFollowed, STREAMS } from './followed-topics.ts';
import type { JobTable } from './job-table.ts';
import type { LiftRequestTable } from './lift-request-table.ts';
import type { LinkedRegister } from './linked-register.ts';
import type { MessageListTable } from './message-list-table.ts';
import type { MessagePlace } from './message-table.ts';
import type { OrderTable } from './order-table.ts';
import { OrderWatch } from './order-watch.ts';
import type { Outbox } from './outbox.ts';
import type { QuarantineTable } from './quarantine-table.ts';
import type { FirstUse } from './receipt-table.ts';
import { type ReadRecord, RecordTables } from './record-tables.ts';
import type { RuleTable } from './rule-table.ts';
import type { LedgerQuery, LedgerRow } from './tally.ts';
import type { TrailTable } from './trail-table.ts';
import { openBound, type ViewBinding, type ViewOptions } from './view-binding.ts';
import type { WorkTable } from './work-table.ts';
import { WriteBehind } from './write-behind.ts';

const protectionPlace = ({ partition, offset }: StoredRecord): string => `${partition}/${offset}`;
const placeOf = (topic: string, partition: number): string => `${topic}/${partition}`;

const isQuarantined = (topic: string, value: object): boolean => topic === RECEIPTS && (value as ReceiptRecord).status === 'quarantined';

export class View {
  readonly #db: DatabaseSync;
  readonly #binding: ViewBinding;
  readonly #tables: RecordTables;
  readonly #watch = new OrderWatch();
  readonly #reader: StreamReader;
  readonly #bus: Bus;
  #follower: Follower | undefined;
  /** The next offset that is not taken yet, by topic and partition. */
  readonly #next = new Map<string, number>();
  /** Protections from the bus that are not in the tables yet. */
  readonly #unwritten = new Set<string>();
  /** This gateway's own protections that are in the tables and were not read from the bus yet. */
  readonly #added = new Set<string>();
  readonly #topics = new Set<string>();
  readonly #behind = new WriteBehind<ReadRecord>(this.#write.bind(this), this.#undo.bind(this));
  readonly #spooled = new Set<string>();
  #onSubscription: () => void = () => undefined;
  #onProtection: () => void = () => undefined;
  #onQuarantine: () => void = () => undefined;
  #looking: NodeJS.Immediate | undefined;

  private constructor(binding: ViewBinding, reader: StreamReader, bus: Bus) {
    this.#reader = reader;
    this.#bus = bus;
    this.#db = binding.db;
    this.#binding = binding;
    this.#tables = new RecordTables(this.#db);
    for (const { topic, part, next } of binding.followed()) {
      this.#next.set(placeOf(topic, part), next);
      this.#topics.add(topic);
    }
  }

  /**
   * Opens the view, or rebuilds it where it was made from another bus. Then it catches up with the bus and follows it. With `isLate` the
   * view follows the bus only from {@link View.followLate} on.
   */
  static async open(file: string, bus: Bus, reader: StreamReader, options: ViewOptions = {}): Promise<View> {
    const binding = await openBound(file, bus, options);
    const view = new View(binding, reader, bus);
    try {
      if (options.isLate !== true) await view.#follow();
    } catch (error) {
      view.#db.close();
      throw error;
    }
    return view;
  }

  /**
   * Catches up with a bus that was unavailable at the start, and follows it. Rejects with an Error when the view was made from another bus; the view then takes nothing from it. Rejects with BusUnavailable while the bus does not answer.
   */
  async followLate(): Promise<void> {
    if (this.#follower !== undefined) return;
    await this.#binding.mustBelong(this.#bus);
    await this.#follow();
    this.#onSubscription();
    this.#onQuarantine();
    this.#notifyProtections();
  }

  async #follow(): Promise<void> {
    this.#follower = await this.#bus.follow({
      matches: isFollowed,
      from: (topic, partition) => this.followed(topic, partition),
      take: (records) => this.#take(records),
    });
  }

  /** The next offset of a partition that this view has not read yet. */
  followed(topic: string, partition: number): number {
    return this.#next.get(placeOf(topic, partition)) ?? 0;
  }

  /** Why the bus cannot be followed at the moment, or undefined. */
  get failing(): string | undefined {
    return this.#follower === undefined ? 'not followed yet' : this.#follower.failing;
  }

  /** How many records on the bus are not in this view yet. */
  async lag(): Promise<number> {
    let lag = 0;
    for (const topic of this.#topics)
      for (const [partition, end] of Object.entries(await this.#bus.ends(topic)))
        lag += Math.max(0, end - this.followed(topic, Number(partition)));
    return lag;
  }

  /** Resolves when this view holds everything that is on the bus now. Another gateway may have written it. */
  async caughtUp(kind: keyof typeof STREAMS | 'events'): Promise<void> {
    if (kind !== 'events') return this.caughtUpWith(STREAMS[kind]);
    // An event may be on a new topic that another gateway made, and that only the order names yet.
    await this.caughtUpWith(STREAMS.order);
    await this.caughtUpWith([...new Set([...this.#topics, ...this.order.topics])].filter(isEvents));
  }

  /** Resolves when this view holds everything on some topics; they may be new. */
  async caughtUpWith(topics: readonly string[]): Promise<void> {
    const follower = this.#follower;
    if (follower === undefined) throw new BusUnavailable('The bus is not followed yet');
    await Promise.all(topics.map((topic) => follower.caughtUp(topic)));
  }

  /** Takes records from the bus. They are written together a little later, or before the next look-up. */
  #take(records: readonly StoredRecord[]): void {
    // All or none: records that cannot be read or stored now are read again later.
    this.#behind.mustHaveRoom();
    const read = records.map((record): ReadRecord => ({ record, value: this.#reader.readAny(record) }));
    for (const { record, value } of read) {
      this.#behind.add({ record, value }, record.value.length);
      this.#next.set(placeOf(record.topic, record.partition), record.offset + 1);
      if (!this.#topics.has(record.topic)) this.#binding.follow(this.#bus);
      this.#topics.add(record.topic);
      if (value === undefined) continue;
      if (record.topic === PROTECTIONS && !this.#added.delete(protectionPlace(record))) this.#unwritten.add(protectionPlace(record));
      if (record.topic === SUBSCRIPTIONS && 'subscription' in value) setImmediate(() => this.#onSubscription());
      if (record.topic === QUARANTINE || isQuarantined(record.topic, value)) setImmediate(() => this.#onQuarantine());
      if (record.topic === ORDER) this.#watch.tell((value as OrderRecord).topic);
      if (record.topic !== RECEIPTS) continue;
      this.#tables.receipts.expect(value as ReceiptRecord);
      this.#spooled.delete(record.key);
    }
    this.#behind.soon();
  }

  /** Adds this gateway's own durable receipts and protections before they come back from the bus. */
  add(records: readonly StoredRecord[]): void {
    for (const record of records) {
      const { topic, partition, offset, key, time } = record;
      if (topic === PROTECTIONS) {
        const protection = this.#reader.read<ProtectionStreamRecord>(record);
        if (protection !== undefined) this.#tables.linked.take(protection, offset, time);
        const place = protectionPlace(record);
        if (!this.#unwritten.delete(place) && offset >= this.followed(topic, partition)) this.#added.add(place);
        // An event that is not in the tables yet is marked, and this is called, when it is written.
        if (this.#tables.linked.register.hasNew()) this.#notifyProtections();
      }
      if (topic !== RECEIPTS || (offset >= 0 && offset < this.followed(topic, partition))) continue;
      const receipt = this.#reader.read<ReceiptRecord>(record);
      if (receipt !== undefined) this.#tables.receipts.expect(receipt);
      if (offset < 0) this.#spooled.add(key);
    }
  }

  /** Whether a receipt is durable on this machine and not on the bus yet. */
  isSpooled(id: string): boolean {
    return this.#spooled.has(id);
  }

  /** How many receipts are not on the bus yet. */
  get spooled(): number {
    return this.#spooled.size;
  }

  /** Throws BusUnavailable when the file of the view cannot be written now. */
  readonly check = (): void => this.#behind.check();

  /** Called when no record was written: keeps their receipts in memory. */
  #undo(records: readonly ReadRecord[]): void {
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    for (const { record, value } of records)
      if (record.topic === RECEIPTS && value !== undefined) this.#tables.receipts.expect(value as ReceiptRecord);
  }

  #write(records: readonly ReadRecord[]): void {
    this.#db.exec('BEGIN');
    this.#tables.take(records);
    const last = new Map<string, StoredRecord>();
    for (const { record } of records) last.set(placeOf(record.topic, record.partition), record);
    for (const record of last.values()) this.#binding.took(record);
    this.#db.exec('COMMIT');
    for (const { record } of records) if (record.topic === PROTECTIONS) this.#unwritten.delete(protectionPlace(record));
    if (this.#tables.linked.register.hasNew()) this.#notifyProtections();
  }

  receipt(id: string): ReceiptRecord | undefined {
    return this.#tables.receipts.get(id);
  }

  /** The places of events in this view. Only {@link EventIndex} checks that the record at a place is the event. */
  get events(): EventTable {
    this.#behind.drain();
    return this.#tables.events;
  }

  /** The one order of all events, as far as this view has read it. */
  get order(): OrderTable {
    this.#behind.drain();
    return this.#tables.order;
  }

  /** Resolves to `true` at the next event of a matching topic in the order, or to `false` after a time (milliseconds) or on abort. */
  grown(matches: (topic: string) => boolean, milliseconds: number, signal?: AbortSignal): Promise<boolean> {
    return this.#watch.next(matches, milliseconds, signal);
  }

  /** Where the bytes of a message are on their topic. */
  message(id: string): MessagePlace | undefined {
    this.#behind.drain();
    return this.#tables.messages.get(id);
  }

  idempotent(source: string, key: string): FirstUse | undefined {
    return this.#tables.receipts.firstUse(source, key);
  }

  /** Whether an event was disclosed to a client, complete or redacted. */
  wasDisclosed(client: string, event: string): boolean {
    this.#behind.drain();
    return this.#tables.disclosures.has(client, event);
  }

  /** Where the audit log names messages and events, as far as this view has read it. */
  get trail(): TrailTable {
    this.#behind.drain();
    return this.#tables.trail;
  }

  /** Which events are about a case or a person, as far as this view has read the audit log. */
  get about(): AboutTable {
    this.#behind.drain();
    return this.#tables.about;
  }

  /** Messages in quarantine, as far as this view has read them. */
  get quarantine(): QuarantineTable {
    this.#behind.drain();
    return this.#tables.quarantine;
  }

  /** The work on messages in quarantine, as far as this view has read it. */
  get work(): WorkTable {
    this.#behind.drain();
    return this.#tables.work;
  }

  /** Jobs that resubmit many messages, as far as this view has read them. */
  get jobs(): JobTable {
    this.#behind.drain();
    return this.#tables.jobs;
  }

  /** The rules of the quarantine, as far as this view has read them. */
  get quarantineRules(): RuleTable {
    this.#behind.drain();
    return this.#tables.rules;
  }

  /** Calls a listener now, and whenever a message comes into quarantine or the work on it changes, at this or another gateway. */
  onQuarantine(listener: () => void): void {
    this.#onQuarantine = () => {
      if (this.#follower !== undefined) listener();
    };
    listener();
  }

  /** Messages as they are searched for, as far as this view has read them. */
  get messageList(): MessageListTable {
    this.#behind.drain();
    return this.#tables.messageList;
  }

  /** The ledger by hour and source, as far as this view has read it. */
  ledger(query: LedgerQuery): readonly LedgerRow[] {
    this.#behind.drain();
    return this.#tables.tally.rows(query);
  }

  /** Calls a listener now, and whenever a subscription changes, at this or another gateway. */
  onSubscription(listener: () => void): void {
    this.#onSubscription = () => {
      if (this.#follower !== undefined) listener();
    };
    listener();
  }

  /** Protections, and the events that must be checked against them, as far as this view has read them. */
  get register(): LinkedRegister['register'] {
    this.#behind.drain();
    return this.#tables.linked.register;
  }

  /** Protections including those of linked cases, as far as this view has read them. */
  get linked(): LinkedRegister {
    // This gateway's own protections are written at once, so that a message of a case with a protection causes no write of its own.
    if (this.#unwritten.size > 0) this.#behind.drain();
    return this.#tables.linked;
  }

  /** Requests to lower the label of a message in quarantine, as far as this view has read them. */
  get approvals(): ApprovalsTable {
    this.#behind.drain();
    return this.#tables.approvals;
  }

  /** Requests to lift a protection, as far as this view has read them. */
  get liftRequests(): LiftRequestTable {
    this.#behind.drain();
    return this.#tables.liftRequests;
  }

  /** Calls a listener now, and whenever a protection or an event of a case arrives, at this or another gateway. */
  onProtection(listener: () => void): void {
    this.#onProtection = () => {
      if (this.#follower !== undefined) listener();
    };
    listener();
  }

  /** Calls the listener of protections, once for all records of one batch. */
  #notifyProtections(): void {
    this.#looking ??= setImmediate(() => {
      this.#looking = undefined;
      this.#onProtection();
    });
  }

  /** Subscriptions and their deliveries, as far as this view has read them. */
  get outbox(): Outbox {
    this.#behind.drain();
    return this.#tables.outbox;
  }

  async close(): Promise<void> {
    await this.#follower?.close();
    this.#follower = undefined;
    // Records that cannot be written now are read again after the next start.
    this.#behind.close();
    await this.#binding.close(this.#bus);
  }
}
