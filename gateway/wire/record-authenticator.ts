/** Authenticates records that give rights, so that write access to the bus is not enough to give rights (T67). */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { BusRecord } from '../bus/bus.ts';
import { isSameSecret } from '../same-secret.ts';
import { APPROVALS, LEASES, ORDER, PROTECTIONS, QUARANTINE, SUBSCRIPTIONS } from './streams.ts';

/** Streams whose records give or remove rights. Records of the order decide which events a reader gets, and when. */
const RIGHTS: ReadonlySet<string> = new Set([SUBSCRIPTIONS, LEASES, PROTECTIONS, APPROVALS, ORDER, QUARANTINE]);

/**
 * Whether the records of a stream are authenticated. This includes the order of each level, from which a gateway reads how far it was
 * copied.
 */
export const givesRights = (topic: string): boolean => RIGHTS.has(topic) || topic.startsWith(`${ORDER}.`);

/** The header of a record that holds its version and its authentication code. */
const HEADER = 'interchange-auth';
const VERSION = '1';
const PURPOSE = 'justice-interchange stream records';

/** `absent`: the record has no code, like records of earlier versions. `unknown`: this version does not know the version of the code. */
export type Authenticity = 'authentic' | 'absent' | 'unknown' | 'wrong';

export class RecordAuthenticator {
  readonly #key: KeyObject;
  /** What this process signed, by the bytes of the record: its own records come back from the bus, and need no second code. */
  readonly #signed = new WeakMap<Uint8Array, Pick<BusRecord, 'topic' | 'key'> & { readonly header: string }>();

  /** @param secret the secret of the deployment, from which a separate key is derived */
  constructor(secret: Uint8Array) {
    this.#key = createSecretKey(createHmac('sha256', secret).update(`${PURPOSE} ${VERSION}`).digest());
  }

  /** The authentication code of a record: over its stream, key and exact bytes, each with its length. */
  #codeOf({ topic, key, value }: Pick<BusRecord, 'topic' | 'key' | 'value'>): Buffer {
    const bytes = Buffer.byteLength(key);
    return createHmac('sha256', this.#key).update(`${topic.length}:${topic}${bytes}:${key}${value.length}:`).update(value).digest();
  }

  /** Adds the authentication code to a record that gives rights. Returns other records unchanged. */
  sign(record: BusRecord): BusRecord {
    if (!givesRights(record.topic)) return record;
    const header = `${VERSION}.${this.#codeOf(record).toString('base64url')}`;
    this.#signed.set(record.value, { topic: record.topic, key: record.key, header });
    return { ...record, headers: { ...record.headers, [HEADER]: header } };
  }

  check(record: Pick<BusRecord, 'topic' | 'key' | 'value' | 'headers'>): Authenticity {
    const header = record.headers?.[HEADER];
    if (header === undefined) return 'absent';
    const signed = this.#signed.get(record.value);
    if (signed !== undefined && signed.header === header && signed.topic === record.topic && signed.key === record.key) return 'authentic';
    const [version, code = '', more] = header.split('.');
    if (version !== VERSION || more !== undefined) return 'unknown';
    return isSameSecret(Buffer.from(code, 'base64url'), this.#codeOf(record)) ? 'authentic' : 'wrong';
  }
}
