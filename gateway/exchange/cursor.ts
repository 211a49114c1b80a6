/** Where a reader stands, sealed: it says nothing of offsets, and so of events that the reader may not see (T25). */
import { CompactEncrypt, compactDecrypt } from 'jose';
import type { Offsets } from '../bus/bus.ts';

/** Next offset by topic and partition. */
export type Standing = Readonly<Record<string, Offsets>>;

/** Its length is padded in steps, so that it does not grow with what was skipped. */
const STEP = 2048;

export class Cursors {
  readonly #key: Uint8Array;

  /** `key` is 32 secret bytes that all gateways of a deployment share. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  async write(client: string, standing: Standing): Promise<string> {
    const text = JSON.stringify({ client, standing });
    const padded = text.padEnd(Math.ceil((text.length + 1) / STEP) * STEP);
    return new CompactEncrypt(Buffer.from(padded)).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(this.#key);
  }

  /** Undefined for a cursor that is not one of this client's. */
  async read(client: string, cursor: string): Promise<Standing | undefined> {
    try {
      const { plaintext } = await compactDecrypt(cursor, this.#key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      const read = JSON.parse(Buffer.from(plaintext).toString()) as { client: string; standing: Standing };
      return read.client === client ? read.standing : undefined;
    } catch {
      return undefined;
    }
  }
}
