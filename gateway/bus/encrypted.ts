/**
 * Encrypts payloads at rest. Each published value is a JWE (RFC 7516, compact; `dir` with A256GCM) under a key of its level or stream, so that
 * a broker's disk or a copy of a topic reveals no payload. It is bound to its topic and key: it cannot be decrypted under another.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { type Bus, type BusRecord, BusUnavailable, type StoredRecord } from './bus.ts';

/** A key that encrypts now, or did so earlier. */
export interface AtRestKey {
  readonly kid: string;
  /** The level or stream that it is for. */
  readonly scope: string;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

/** The source of keys: files, or the key management service of a deployment. */
export interface KeyManagement {
  /** Loads every key that records may be encrypted with; the last key of each scope encrypts. Makes a key for a scope that has none. */
  load(scopes: readonly string[]): Promise<readonly AtRestKey[]>;
}

const SEALED = 'application/jose';
const ALGORITHM = 'aes-256-gcm';
const NONCE = 12;
const TAG = 16;

/** The scope of the key that encrypts the records of a topic. Undefined where they are not encrypted. */
export type ScopeOf = (topic: string) => string | undefined;

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

  /** Loads the keys again. Rejects, and keeps the current keys, when they cannot be loaded. */
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
    const current = this.#current.get(scope);
    if (current === undefined) throw new BusUnavailable(`There is no key for ${scope}`);
    return current;
  }

  find(kid: string): KeyObject | undefined {
    return this.#byKid.get(kid);
  }
}

const encoded = (value: object | Uint8Array): string =>
  (value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(JSON.stringify(value))).toString('base64url');

async function encrypt(ring: KeyRing, scopeOf: ScopeOf, record: BusRecord): Promise<BusRecord> {
  const { topic, key: name, value, headers = {} } = record;
  const scope = scopeOf(topic);
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

/** The key of a kid is unknown. It may have been made just before. */
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

/** Decrypts a record. A record that cannot be decrypted stays unchanged: its seal does not verify, so it is treated as broken. */
function decrypt(ring: KeyRing, record: StoredRecord): StoredRecord {
  const { topic, value, headers } = record;
  if (headers['content-type'] !== SEALED) return record;
  const [header = '', , nonce = '', text = '', tag = ''] = Buffer.from(value).toString('latin1').split('.');
  const { kid, cty, ...bound } = headerOf(header);
  if (typeof kid !== 'string' || bound.enc !== 'A256GCM' || bound.topic !== topic || bound.key !== record.key) return record;
  const key = ring.find(kid);
  if (key === undefined) throw new UnknownKey('A record is encrypted with an unknown key');
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

/**
 * Decrypts records. Loads unknown keys once. Rejects with {@link BusUnavailable} when a key is still unknown, so that no record is skipped.
 */
async function decryptAll(ring: KeyRing, records: readonly StoredRecord[]): Promise<readonly StoredRecord[]> {
  try {
    return records.map((record) => decrypt(ring, record));
  } catch (error) {
    if (!(error instanceof UnknownKey)) throw error;
    await ring.reload();
    return records.map((record) => decrypt(ring, record));
  }
}

/** A bus that encrypts records before it passes them to another bus, and decrypts them for its callers. */
export function encryptedBus(bus: Bus, ring: KeyRing, scopeOf: ScopeOf): Bus {
  const underWay = new Set<Promise<unknown>>();
  return {
    publish: async (records) => {
      const encrypted = Promise.all(records.map((record) => encrypt(ring, scopeOf, record)));
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
            options.take(records.map((record) => decrypt(ring, record)));
          } catch (error) {
            // The follower tries the same records again; the key may exist by then.
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
      // Publish records that are being encrypted before the other bus closes.
      await Promise.allSettled(underWay);
      await bus.close();
    },
  };
}
