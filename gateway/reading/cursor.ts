/** Cursors: a reader's position, encrypted. A cursor reveals no offsets, and so no events that the reader may not see (T25). */
import { createHash } from 'node:crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';
import type { Offsets } from '../bus/bus.ts';

/** Next offset by topic and partition. */
export type Standing = Readonly<Record<string, Offsets>>;

/** The filters of the list when its cursor was made, by parameter name. A parameter that the client did not send is undefined. */
export type Filters = Readonly<Record<string, string | undefined>>;

/** Why a cursor cannot be used. */
export type CursorFault = 'unknown' | 'other-filters';

/**
 * A cursor is padded to a multiple of this length, so that its length does not show how much was skipped. A standing in the order of events
 * takes one step.
 */
const STEP = 192;

interface Sealed {
  /** What the cursor is bound to: the client, and the filters that it was made with. */
  readonly bound: string;
  readonly standing: Standing;
}

/** The content of cursors of earlier versions. */
interface SealedBefore {
  readonly client: string;
  readonly standing: Standing;
  /** Absent in the first ones: they are used with any filters, once, since the next cursor has them. */
  readonly filters?: Filters;
}

/** The same text for the same filters. */
const textOf = (filters: Filters): string =>
  JSON.stringify(
    Object.entries(filters)
      .filter(([, value]) => value !== undefined)
      .toSorted(),
  );

const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);

/** Client and filters in few characters, whatever their length. */
const boundTo = (client: string, filters: Filters): string => `${digestOf(client)}${digestOf(textOf(filters))}`;

/** Whether a cursor is of a client, and was made with these filters. */
function faultOf(read: Sealed | SealedBefore, client: string, filters: Filters): CursorFault | undefined {
  const isOfClient = 'bound' in read ? read.bound.startsWith(digestOf(client)) : read.client === client;
  if (!isOfClient) return 'unknown';
  const isOfFilters =
    'bound' in read ? read.bound === boundTo(client, filters) : read.filters === undefined || textOf(read.filters) === textOf(filters);
  return isOfFilters ? undefined : 'other-filters';
}

export class Cursors {
  readonly #key: Uint8Array;

  /** `key` is a secret of 32 bytes that all gateways of a deployment share. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  async write(client: string, standing: Standing, filters: Filters): Promise<string> {
    const text = JSON.stringify({ bound: boundTo(client, filters), standing } satisfies Sealed);
    const padded = text.padEnd(Math.ceil((text.length + 1) / STEP) * STEP);
    return new CompactEncrypt(Buffer.from(padded)).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(this.#key);
  }

  /** The position of a cursor, or why the gateway refuses it: it belongs to another client, or was made with other filters. */
  async read(client: string, cursor: string, filters: Filters): Promise<Standing | CursorFault> {
    let read: Sealed | SealedBefore;
    try {
      const { plaintext } = await compactDecrypt(cursor, this.#key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      read = JSON.parse(Buffer.from(plaintext).toString()) as Sealed | SealedBefore;
    } catch {
      return 'unknown';
    }
    return faultOf(read, client, filters) ?? read.standing;
  }
}
