/** Authenticates the records that give rights: whoever can write to the bus can still not give any (T67). */
import { createHmac } from 'node:crypto';
import type { BusRecord } from '../bus/bus.ts';
import { isSameSecret } from '../same-secret.ts';
import { APPROVALS, LEASES, ORDER, PROTECTIONS, SUBSCRIPTIONS } from './streams.ts';

/** Streams whose records give rights, or take them: a record of the order decides what a reader is given, and when. */
const RIGHTS: ReadonlySet<string> = new Set([SUBSCRIPTIONS, LEASES, PROTECTIONS, APPROVALS, ORDER]);

/** Whether the records of a stream are authenticated: also of the order of a level, by which a gateway knows how far it was written. */
export const givesRights = (topic: string): boolean => RIGHTS.has(topic) || topic.startsWith(`${ORDER}.`);

/** The header of a record that holds its version and its authentication code. */
const HEADER = 'interchange-auth';
const VERSION = '1';
const PURPOSE = 'justice-interchange stream records';

/** `absent`: the record has no code, as records of earlier versions. `unknown`: its code is of a version that is not known here. */
export type Authenticity = 'authentic' | 'absent' | 'unknown' | 'wrong';

export class RecordAuthenticator {
  readonly #key: Uint8Array;

  /** @param secret the secret of the deployment, from which a key of its own is derived */
  constructor(secret: Uint8Array) {
    this.#key = createHmac('sha256', secret).update(`${PURPOSE} ${VERSION}`).digest();
  }

  /** The code of a record: over its stream, its key and its exact bytes, each with its length. */
  #codeOf({ topic, key, value }: Pick<BusRecord, 'topic' | 'key' | 'value'>): Buffer {
    const bytes = Buffer.byteLength(key);
    return createHmac('sha256', this.#key).update(`${topic.length}:${topic}${bytes}:${key}${value.length}:`).update(value).digest();
  }

  /** A record as it is published: with its code where it gives rights, as it is otherwise. */
  sign(record: BusRecord): BusRecord {
    if (!givesRights(record.topic)) return record;
    return { ...record, headers: { ...record.headers, [HEADER]: `${VERSION}.${this.#codeOf(record).toString('base64url')}` } };
  }

  check(record: Pick<BusRecord, 'topic' | 'key' | 'value' | 'headers'>): Authenticity {
    const header = record.headers?.[HEADER];
    if (header === undefined) return 'absent';
    const [version, code = '', more] = header.split('.');
    if (version !== VERSION || more !== undefined) return 'unknown';
    return isSameSecret(Buffer.from(code, 'base64url'), this.#codeOf(record)) ? 'authentic' : 'wrong';
  }
}
