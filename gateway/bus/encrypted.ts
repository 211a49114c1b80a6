/**
 * Payload protection at rest: what is published is a JWE (RFC 7516, compact; `dir` with A256GCM) under a key of its level or stream,
 * so that whoever holds a broker's disk or a copy of a topic reads nothing. Topic and key are bound to it: it opens nowhere else.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { type Bus, type BusRecord, BusUnavailable, type StoredRecord } from './bus.ts';

/** A key that encrypts, or did. */
export interface AtRestKey {
  readonly kid: string;
  /** The level or stream that it is for. */
  readonly scope: string;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

/** Where such keys come from: files, or the key management service of a deployment. */
export interface KeyManagement {
  /** Every key that a record may be under; of each scope the last one encrypts. Makes a key for a scope that has none. */
  load(scopes: readonly string[]): Promise<readonly AtRestKey[]>;
}

const SEALED = 'application/jose';
const ALGORITHM = 'aes-256-gcm';
const NONCE = 12;
const TAG = 16;

/** Streams that can hold personal data, or an address with a password in it. */
const PERSONAL = new Set(['messages', 'receipts', 'subscriptions', 'protections', 'approvals'].map((name) => `interchange.${name}`));

/** What a record is encrypted for, or undefined: audit log, ledger and heads hold no personal data, and are verified by others. */
function scopeOf(topic: string): string | undefined {
  const [first, second = ''] = topic.split('.');
  if (first === 'justice') return second;
  return PERSONAL.has(topic) ? second : undefined;
}

interface Known {
  readonly kid: string;
  readonly key: KeyObject;
}

/** The keys as they were last loaded. */
export class KeyRing {
  readonly #management: KeyManagement;
  readonly #byKid = new Map<string, KeyObject>();
  readonly #current = new Map<string, Known>();
  readonly #scopes: Set<string>;

  private constructor(management: KeyManagement, scopes: readonly string[]) {
    this.#management = management;
    this.#scopes = new Set(scopes);
  }

  static async open(management: KeyManagement, scopes: readonly string[]): Promise<KeyRing> {
    const ring = new KeyRing(management, scopes);
    await ring.reload();
    return ring;
  }

  /** Loads the keys anew. Rejects, and keeps those it has, when they cannot be had. */
  async reload(): Promise<void> {
    for (const { kid, scope, secret } of await this.#management.load([...this.#scopes])) {
      if (secret.length !== 32) throw new Error(`The key ${kid} is not one of 256 bits`);
      const key = createSecretKey(secret);
      this.#byKid.set(kid, key);
      this.#current.set(scope, { kid, key });
    }
  }

  /** The key that encrypts for a scope. */
  async current(scope: string): Promise<Known> {
    const known = this.#current.get(scope);
    if (known !== undefined) return known;
    this.#scopes.add(scope);
    await this.reload();
    const made = this.#current.get(scope);
    if (made === undefined) throw new BusUnavailable(`There is no key for ${scope}`);
    return made;
  }

  find(kid: string): KeyObject | undefined {
    return this.#byKid.get(kid);
  }
}

const encoded = (value: object | Uint8Array): string =>
  (value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(JSON.stringify(value))).toString('base64url');

async function encrypt(ring: KeyRing, scopes: typeof scopeOf, record: BusRecord): Promise<BusRecord> {
  const { topic, key: name, value, headers = {} } = record;
  const scope = scopes(topic);
  if (scope === undefined) return record;
  const { kid, key } = await ring.current(scope);
  const cty = headers['content-type'];
  const header = encoded({ alg: 'dir', enc: 'A256GCM', kid, topic, key: name, ...(cty === undefined ? {} : { cty }) });
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG }).setAAD(Buffer.from(header));
  const text = Buffer.concat([cipher.update(value), cipher.final()]);
  const jwe = `${header}..${encoded(nonce)}.${encoded(text)}.${encoded(cipher.getAuthTag())}`;
  return { ...record, value: Buffer.from(jwe), headers: { ...headers, 'content-type': SEALED } };
}

/** A kid that no key is known for. It may have been made a moment ago. */
class UnknownKey extends BusUnavailable {}

interface Header {
  readonly kid?: unknown;
  readonly topic?: unknown;
  readonly key?: unknown;
  readonly cty?: unknown;
  readonly enc?: unknown;
}

function headerOf(text: string): Header {
  try {
    return (JSON.parse(Buffer.from(text, 'base64url').toString()) ?? {}) as Header;
  } catch {
    return {};
  }
}

/** A record as it was published. One that does not open stays as it is: it verifies nowhere, and is dealt with as broken. */
function decrypt(ring: KeyRing, record: StoredRecord): StoredRecord {
  const { topic, value, headers } = record;
  if (headers['content-type'] !== SEALED) return record;
  const [header = '', , nonce = '', text = '', tag = ''] = Buffer.from(value).toString('latin1').split('.');
  const { kid, cty, ...bound } = headerOf(header);
  if (typeof kid !== 'string' || bound.enc !== 'A256GCM' || bound.topic !== topic || bound.key !== record.key) return record;
  const key = ring.find(kid);
  if (key === undefined) throw new UnknownKey('The key of a record is not known');
  const { 'content-type': _, ...rest } = headers;
  try {
    const decipher = createDecipheriv(ALGORITHM, key, Buffer.from(nonce, 'base64url'), { authTagLength: TAG })
      .setAAD(Buffer.from(header))
      .setAuthTag(Buffer.from(tag, 'base64url'));
    const opened = Buffer.concat([decipher.update(Buffer.from(text, 'base64url')), decipher.final()]);
    return { ...record, value: opened, headers: typeof cty === 'string' ? { ...rest, 'content-type': cty } : rest };
  } catch {
    return record;
  }
}

/** Opens records; keys that are not known are looked for once. Rejects with {@link BusUnavailable} when one is still not known: nothing is passed over. */
async function decryptAll(ring: KeyRing, records: readonly StoredRecord[]): Promise<readonly StoredRecord[]> {
  try {
    return records.map((one) => decrypt(ring, one));
  } catch (error) {
    if (!(error instanceof UnknownKey)) throw error;
    await ring.reload();
    return records.map((one) => decrypt(ring, one));
  }
}

/** A bus whose records are encrypted on the bus behind it, and as they were to whoever asks it. */
export function encryptedBus(bus: Bus, ring: KeyRing, scopes = scopeOf): Bus {
  const underWay = new Set<Promise<unknown>>();
  return {
    publish: async (records) => {
      const encrypted = Promise.all(records.map((one) => encrypt(ring, scopes, one)));
      underWay.add(encrypted);
      try {
        return await bus.publish(await encrypted);
      } finally {
        underWay.delete(encrypted);
      }
    },
    read: async (topic, partition, offset, limit) => decryptAll(ring, await bus.read(topic, partition, offset, limit)),
    follow: (options) =>
      bus.follow({
        ...options,
        take: (records) => {
          try {
            options.take(records.map((one) => decrypt(ring, one)));
          } catch (error) {
            // The follower comes again with the same records; by then the key may be there.
            if (error instanceof UnknownKey) ring.reload().catch(() => undefined);
            throw error;
          }
        },
      }),
    partitions: (topic) => bus.partitions(topic),
    topics: () => bus.topics(),
    ends: (topic) => bus.ends(topic),
    offsetAt: (topic, partition, time) => bus.offsetAt(topic, partition, time),
    identity: () => bus.identity(),
    check: () => bus.check(),
    close: async () => {
      // What is being encrypted is published before the bus behind closes.
      await Promise.allSettled(underWay);
      await bus.close();
    },
  };
}
