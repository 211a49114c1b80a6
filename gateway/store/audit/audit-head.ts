/** Signed heads of the audit log. Each head names the number and the hash of the previous head, so that heads form a chain. */
import { hash } from 'node:crypto';
import { compactVerify } from 'jose';
import { SEAL_ALGORITHM } from '../../../contracts/client/seal-form.ts';
import type { Offsets } from '../../bus/bus.ts';
import { type SealKey, signCompact } from '../../labels/seal.ts';
import type { TrustedKeys } from '../../labels/verify.ts';
import { type ChainHead, GENESIS } from './audit.ts';

const HEAD_TYPE = 'audit-head+jwt';

/** The last head of a chain: its number (-1 before the first) and the hash of its JWS. */
export interface LastHead {
  readonly number: number;
  readonly hash: string;
}

export const NO_HEAD: LastHead = { number: -1, hash: GENESIS };

/** The claims of a head: where the chain of records ended, and the previous head. */
export interface AuditHead extends ChainHead {
  readonly time: string;
  /** The chain of one run of one gateway, on a bus that several gateways write to. */
  readonly chain?: string;
  /** From 0. Heads of earlier versions have neither a number nor `prev`. */
  readonly number?: number;
  /** Hash of the JWS of the previous head. */
  readonly prev?: string;
  /** After a crash: how many records of the last run had no signed head. */
  readonly unsigned?: number;
  /** Names the secret that pseudonyms were made with. */
  readonly secret?: string;
  /** The root of the tree over the records from the number `from` up to the last one (`merkle.ts`). Heads of earlier versions have none. */
  readonly root?: string;
  readonly from?: number;
  /** The next offset, by topic and partition, that this run knew of. Only partitions that grew since the previous head. */
  readonly ends?: Ends;
}

/** The next offset, by topic and partition. */
export type Ends = Readonly<Record<string, Offsets>>;

export const hashOfHead = (jws: string): string => hash('sha256', jws, 'base64url');

/** Signs where a chain ends: records can be added after it, but none before it can be removed. */
export const signHead = (head: Omit<AuditHead, 'number' | 'prev'>, last: LastHead, key: SealKey): string =>
  signCompact(JSON.stringify({ ...head, number: last.number + 1, prev: last.hash }), HEAD_TYPE, key);

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isEnds = (value: unknown): value is Ends =>
  isObject(value) && Object.values(value).every((ends) => isObject(ends) && Object.values(ends).every((end) => Number.isSafeInteger(end)));

const isHead = (value: unknown): value is AuditHead => {
  const { seq, hash: recordHash, time, chain, number, prev, ends, root, from } = (value ?? {}) as Record<string, unknown>;
  if (ends !== undefined && !isEnds(ends)) return false;
  if (root !== undefined && (typeof root !== 'string' || !Number.isSafeInteger(from))) return false;
  if (!Number.isSafeInteger(seq) || typeof recordHash !== 'string' || typeof time !== 'string') return false;
  if (chain !== undefined && typeof chain !== 'string') return false;
  return number === undefined ? prev === undefined : Number.isSafeInteger(number) && typeof prev === 'string';
};

/** Returns the claims of a head, or undefined if no known key signed it. */
export async function openHead(jws: string, keys: TrustedKeys): Promise<AuditHead | undefined> {
  try {
    const { payload, protectedHeader } = await compactVerify(
      jws,
      ({ kid }) => {
        const key = keys(kid ?? '');
        if (key === undefined) throw new Error('unknown key');
        return key;
      },
      { algorithms: [SEAL_ALGORITHM] },
    );
    const head: unknown = JSON.parse(Buffer.from(payload).toString());
    return protectedHeader.typ === HEAD_TYPE && isHead(head) ? head : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a record of the stream has the form of a head, whoever signed it. */
export function isHeadText(text: string): boolean {
  try {
    return isHead(JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()));
  } catch {
    return false;
  }
}

/** Returns the claims of a head without a check of its signature, or undefined if it is not a numbered head. */
export function readHeadClaims(jws: string): (AuditHead & { readonly number: number; readonly prev: string }) | undefined {
  try {
    const head: unknown = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString());
    return isHead(head) && head.number !== undefined && head.prev !== undefined
      ? { ...head, number: head.number, prev: head.prev }
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The id of the key that a head names; undefined where the record is not a head. Nothing depends on it: verification finds out whether that
 * key signed the head.
 */
export function keyOfHead(jws: string): string | undefined {
  try {
    const { kid } = JSON.parse(Buffer.from(jws.slice(0, jws.indexOf('.')), 'base64url').toString());
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
}
