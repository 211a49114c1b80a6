/** Fills the view of a gateway that is stopped with many messages, as if they had come: receipts, and collections of the audit log. */
import { randomBytes } from 'node:crypto';
import { RecordTables } from '../gateway/store/view/record-tables.ts';
import { openTables } from '../gateway/store/view/view-tables.ts';
import { AUDIT, type AuditRecord, RECEIPTS, type ReceiptRecord } from '../gateway/wire/streams.ts';

const BATCH = 5000;
const SOURCES = 40;
const ADAPTERS = ['spi-new-case', 'spi-resulted-case', 'libra-court-list', 'canonical'] as const;
const HANDLING = [undefined, 'POLICE USE ONLY', 'CPS USE ONLY', 'COURTS USE ONLY', 'HMG USE ONLY', 'EMBARGOED'] as const;
const RESTRICTIONS = [undefined, 'CYPA1933_s49', 'SOAA1992_s1'] as const;
/** Records that stand on no bus begin here. */
const BEGIN = 1_000_000_000;
const YEAR = 365 * 86_400_000;

/** What the messages are searched by. */
export interface Filled {
  readonly source: string;
  readonly adapter: string;
  /** A case of one message, and a case that many messages are about. */
  readonly rare: string;
  readonly frequent: string;
  /** A day in the middle, as people enter it. */
  readonly from: string;
  readonly to: string;
}

const random = (bytes: number): string => randomBytes(bytes).toString('base64url');
const sourceOf = (n: number): string => `example.source.${n % SOURCES}`;

/** `27/3/2026`. */
const dayOf = (time: string): string => time.slice(0, 10).split('-').toReversed().map(Number).join('/');

/** Writes messages like the given receipt into the view, in transactions of 5,000. */
export function fillView(file: string, count: number, like: ReceiptRecord): Filled {
  const db = openTables(file);
  const tables = new RecordTables(db);
  const end = Date.parse(like.received) - 60_000;
  const timeOf = (n: number): string => new Date(end - YEAR + Math.floor((n * YEAR) / count)).toISOString();
  const frequent = random(17).slice(0, 22);
  const rare = random(17).slice(0, 22);
  const [event] = like.events;
  const messageOf = (n: number): { readonly receipt: ReceiptRecord; readonly audit: AuditRecord } => {
    const id = random(32);
    const isRefused = n % 20 === 0;
    const handling = HANDLING[n % HANDLING.length];
    const restriction = RESTRICTIONS[n % RESTRICTIONS.length];
    const label = { ...like.label, ...(handling === undefined ? {} : { handling: [handling] }) };
    const events = isRefused || event === undefined ? [] : [{ ...event, id: random(32) }];
    const { adapterVersion: _version, protections: _protections, ...base } = like;
    const receipt: ReceiptRecord = {
      ...base,
      id,
      status: isRefused ? 'quarantined' : 'accepted',
      source: sourceOf(n),
      adapter: ADAPTERS[n % ADAPTERS.length] as string,
      received: timeOf(n),
      events,
      warnings: [],
      reasons: isRefused ? [{ code: 'schema-violation', at: '/defendants', reason: 'A required property is missing (defendants)' }] : [],
      label,
      ...(isRefused ? { origin: label } : {}),
      ...(restriction === undefined || isRefused ? {} : { protections: [{ restrictions: [restriction], reason: 'order' }] }),
    };
    let subject = n % 50 === 0 ? frequent : random(17).slice(0, 22);
    if (n === Math.floor(count / 2) + 1) subject = rare;
    const about = { subject, persons: [random(17).slice(0, 22), random(17).slice(0, 22)] };
    const audit = {
      seq: BEGIN + n,
      time: receipt.received,
      prev: '',
      hash: '',
      action: 'collection',
      who: receipt.source,
      policy: '',
      ...(isRefused
        ? { decision: 'deny', messageId: id }
        : { decision: 'permit', messageId: id, events: events.map((made) => ({ id: made.id, ...about })) }),
    } as AuditRecord;
    return { receipt, audit };
  };
  // Only while it is filled: a gateway has the cache of `openTables`.
  db.exec('PRAGMA cache_size = -3000000');
  for (let at = 0; at < count; at += BATCH) {
    db.exec('BEGIN');
    const messages = Array.from({ length: Math.min(BATCH, count - at) }, (_, n) => messageOf(at + n));
    const stored = (topic: string, n: number) => ({
      topic,
      partition: 0,
      offset: BEGIN + at + n,
      key: '',
      headers: {},
      value: new Uint8Array(),
      time: 0,
    });
    tables.take(messages.map(({ receipt }, n) => ({ record: stored(RECEIPTS, n), value: receipt })));
    tables.take(messages.map(({ audit }, n) => ({ record: stored(AUDIT, n), value: audit })));
    db.exec('COMMIT');
  }
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  const middle = dayOf(timeOf(Math.floor(count / 2)));
  return { source: sourceOf(1), adapter: ADAPTERS[1], rare, frequent, from: middle, to: middle };
}
