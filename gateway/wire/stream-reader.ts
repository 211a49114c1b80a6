/** Reads records of the gateway's own streams. They are untrusted until they are checked. A bad record is put aside, and does not throw. */
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { BusUnavailable, type StoredRecord } from '../bus/bus.ts';
import { makeAjv } from '../rules/standards.ts';
import { isId } from './id-form.ts';
import { isDeeper } from './json-depth.ts';
import { type Authenticity, givesRights, type RecordAuthenticator } from './record-authenticator.ts';
import { STREAM_SCHEMAS } from './stream-schemas.ts';
import {
  APPROVALS,
  AUDIT,
  type AuditRecord,
  LEASES,
  LEDGER,
  MESSAGES,
  ORDER,
  PROTECTIONS,
  parseRecord,
  QUARANTINE,
  RECEIPTS,
  SUBSCRIPTIONS,
} from './streams.ts';
import { isEvents } from './topics.ts';

/** Why a record is put aside. */
export type BadRecordCode =
  | 'empty'
  | 'too-large'
  | 'not-json'
  | 'malformed'
  | 'wrong-key'
  | 'unauthenticated'
  | 'not-authentic'
  | 'unknown-version';

type Read<T> =
  /** `reported`: a fault of a record that is accepted all the same. */
  { readonly ok: true; readonly value: T; readonly reported?: BadRecordCode } | { readonly ok: false; readonly code: BadRecordCode };

/** Called for a record that is put aside, with its place and never its content. */
export type OnBadRecord = (record: Pick<StoredRecord, 'topic' | 'partition' | 'offset'>, code: BadRecordCode) => void;

export interface StreamReaderOptions {
  readonly authenticator: RecordAuthenticator;
  /** Called once for each record that is put aside. */
  readonly onBad: OnBadRecord;
}

const MEBIBYTE = 1024 * 1024;
/** Receipts and audit records name every event of a message or page; the others are small. */
const MOST_BYTES: Readonly<Record<string, number>> = { [RECEIPTS]: 32 * MEBIBYTE, [AUDIT]: 32 * MEBIBYTE };
/** The deepest value in a record is a label that a sender asserts. A value that is too deep to serialise would stop the view. */
const MOST_LEVELS = 128;

const refuse = (code: BadRecordCode) => ({ ok: false, code }) as const;

const ajv = makeAjv();
const validators = new Map<string, ValidateFunction>(Object.entries(STREAM_SCHEMAS).map(([topic, schema]) => [topic, ajv.compile(schema)]));

type Loose = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

/** The key that a record must have, where its value determines it. */
function keyOf(topic: string, value: object): unknown {
  const { subscription, delivery, protection, lift, link, unlink, request, liftRequest } = value as Loose;
  const { change, job, step, result, rule, end, act } = value as Loose;
  const { id, run } = value as Record<string, unknown>;
  if (topic === RECEIPTS) return id;
  if (topic === LEDGER) return run;
  if (topic === LEASES) return LEASES;
  if (topic === SUBSCRIPTIONS) return subscription?.id ?? delivery?.subscription;
  if (topic === PROTECTIONS) return (protection ?? lift ?? link ?? unlink)?.case;
  if (topic === APPROVALS) return request?.message ?? liftRequest?.case;
  if (topic === QUARANTINE) return change?.item ?? job?.id ?? step?.job ?? result?.job ?? rule?.id ?? end?.rule ?? act?.rule;
  return undefined;
}

/** Reads a value against the schema of its stream, whoever wrote it. */
function readValue<T extends object>(topic: string, value: Uint8Array): Read<T> {
  if (value.length === 0) return refuse('empty');
  if (value.length > (MOST_BYTES[topic] ?? MEBIBYTE)) return refuse('too-large');
  let parsed: T;
  try {
    parsed = parseRecord<T>(value);
  } catch {
    return refuse('not-json');
  }
  if (isDeeper(value, MOST_LEVELS)) return refuse('malformed');
  return validators.get(topic)?.(parsed) === true ? { ok: true, value: parsed } : refuse('malformed');
}

/** Whether a reader of a stream would accept a value, apart from its authenticity. */
export const isReadable = (topic: string, value: object): boolean => validators.get(topic)?.(value) === true;

/** An audit record, or undefined where the value is not one. The chain shows whether it was changed. */
export function readAudit(value: Uint8Array): AuditRecord | undefined {
  const read = readValue<AuditRecord>(AUDIT, value);
  return read.ok ? read.value : undefined;
}

const REFUSED: Readonly<Record<Exclude<Authenticity, 'authentic'>, BadRecordCode>> = {
  absent: 'unauthenticated',
  unknown: 'unknown-version',
  wrong: 'not-authentic',
};

/** Streams of which no record of an earlier version is taken: leases have expired, and the others were always authenticated. */
const ALWAYS_AUTHENTICATED: ReadonlySet<string> = new Set([LEASES, ORDER, QUARANTINE]);

export class StreamReader {
  readonly #options: StreamReaderOptions;
  /** By stream: records before this offset are from an earlier version, which did not authenticate them. */
  #before: ReadonlyMap<string, number> | undefined;

  constructor(options: StreamReaderOptions) {
    this.#options = options;
  }

  /** Sets where the records of earlier versions end, by stream. Before this call, records without a code cannot be read. */
  accept(before: ReadonlyMap<string, number>): void {
    this.#before = before;
  }

  /** The value of a record, or undefined where it is put aside. Throws BusUnavailable where it cannot be read yet. */
  read<T extends object>(record: StoredRecord): T | undefined {
    const read = this.#read<T>(record);
    const code = read.ok ? read.reported : read.code;
    if (code !== undefined) this.#options.onBad(record, code);
    return read.ok ? read.value : undefined;
  }

  /** Whether a record would be accepted. Does not report it where it would not. */
  isGood(record: StoredRecord): boolean {
    return this.#read(record).ok;
  }

  /** Reads a record of any topic. Events and messages are returned unread: the code that delivers them reads them. */
  readAny(record: StoredRecord): object | undefined {
    if (isEvents(record.topic)) return record;
    if (record.topic !== MESSAGES) return this.read(record);
    if (isId(record.key)) return record;
    this.#options.onBad(record, 'wrong-key');
    return undefined;
  }

  #read<T extends object>(record: StoredRecord): Read<T> {
    const { topic, key, value } = record;
    const read = readValue<T>(topic, value);
    if (!read.ok) return read;
    const named = keyOf(topic, read.value);
    if (named !== undefined && named !== key) return refuse('wrong-key');
    const refused = givesRights(topic) ? this.#unauthentic(record) : undefined;
    if (refused === undefined) return read;
    // A protection removes rights. So an unauthenticated one still protects, and is reported (design, "Labels": whatever is not known
    // protects).
    return topic === PROTECTIONS && 'protection' in read.value ? { ...read, reported: refused } : refuse(refused);
  }

  #unauthentic(record: StoredRecord): BadRecordCode | undefined {
    const found = this.#options.authenticator.check(record);
    if (found === 'authentic') return undefined;
    if (found !== 'absent' || ALWAYS_AUTHENTICATED.has(record.topic)) return REFUSED[found];
    if (this.#before === undefined) throw new BusUnavailable('The gateway does not know yet where authenticated records begin');
    return record.offset < (this.#before.get(record.topic) ?? 0) ? undefined : REFUSED[found];
  }
}
