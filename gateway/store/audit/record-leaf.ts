/**
 * What stands for an audit record in the tree of its head: its salted digest, without the pseudonyms of persons, which are for the gateway
 * alone. So a record can be shown outside the gateway, and whoever sees it learns nothing of the other records.
 */
import { createHmac, createSecretKey, hash } from 'node:crypto';
import type { Json } from '../../../adapters/adapter.ts';
import { canonicalJson } from '../../../adapters/canonical-json.ts';
import type { AuditRecord } from '../../wire/streams.ts';
import { leafOf } from './merkle.ts';

/** An audit record as it may be shown: its `hash` is that of the complete record. */
export function shownRecord(record: AuditRecord): AuditRecord {
  if (record.events?.some(({ persons }) => persons !== undefined) !== true) return record;
  return { ...record, events: record.events.map(({ persons: _persons, ...event }) => event) };
}

/** The digest of an audit record as it may be shown. Base64url. */
export const digestOfShown = (shown: AuditRecord): string => hash('sha256', canonicalJson(shown as unknown as Json), 'base64url');

/** The salt of a record's leaf, by the record's hash. Base64url. */
export type LeafSalt = (recordHash: string) => string;

const SALT_BYTES = 16;

/** Salts under a secret: always the same for the same record, so that any gateway of the deployment can show it. */
export function leafSalts(secret: Uint8Array): LeafSalt {
  const key = createSecretKey(createHmac('sha256', secret).update('leaves of audit records').digest());
  return (recordHash) => createHmac('sha256', key).update(recordHash).digest().toString('base64url', 0, SALT_BYTES);
}

/** The leaf of a record, from its salt and the digest of what is shown of it. */
export const recordLeaf = (salt: string, digest: string): Buffer =>
  leafOf(Buffer.from(salt, 'base64url'), Buffer.from(digest, 'base64url'));

/** The leaf of a complete record. */
export const leafOfRecord = (record: AuditRecord, salt: LeafSalt): Buffer =>
  recordLeaf(salt(record.hash), digestOfShown(shownRecord(record)));
