/** Finds whether the deployment with these keys wrote the records on a bus or in a spool. */
import type { Bus, BusRecord } from '../bus/bus.ts';
import type { Keys } from '../keys/keys.ts';
import type { TrustedKeys } from '../labels/verify.ts';
import { AUDIT, AUDIT_HEADS, AUDIT_KEY, type AuditRecord, parseRecord } from '../wire/streams.ts';
import { streamRecords } from './audit/audit.ts';
import { openHead } from './audit/audit-head.ts';

export interface Deployment {
  /** The name of the secret for pseudonyms. */
  readonly name: string;
  /** Every key that ever signed heads of the audit log, by `kid`. */
  readonly keys: TrustedKeys;
}

export const deploymentOf = ({ secretName: name, everSealed: keys }: Pick<Keys, 'secretName' | 'everSealed'>): Deployment => ({
  name,
  keys,
});

/** How many of the last heads are checked: one forged head says nothing about the others. */
const LOOKED_AT = 1000;

async function isOurs(jws: string, { name, keys }: Deployment): Promise<boolean> {
  const head = await openHead(jws, keys);
  return head !== undefined && (head.secret ?? name) === name;
}

/** `ours` where one of the last signed heads of the audit log verifies, `unsigned` where there are none, and `foreign` otherwise. */
export async function ownerOf(bus: Bus, deployment: Deployment): Promise<'ours' | 'unsigned' | 'foreign'> {
  const end = (await bus.ends(AUDIT_HEADS))[0] ?? 0;
  let owner: 'unsigned' | 'foreign' = 'unsigned';
  for await (const { value } of streamRecords(bus, AUDIT_HEADS, Math.max(0, end - LOOKED_AT))) {
    if (await isOurs(Buffer.from(value).toString(), deployment)) return 'ours';
    owner = 'foreign';
  }
  return owner;
}

/**
 * Whether spooled records belong to a bus. The first records of each run are on the bus with a signed head, so each spooled chain has a
 * head there that verifies.
 */
export async function areOfThisBus(records: readonly BusRecord[], bus: Bus, deployment: Deployment): Promise<boolean> {
  const audit = records.filter(({ topic }) => topic === AUDIT).map(({ value }) => parseRecord<AuditRecord>(value));
  const waiting = new Set(audit.map(({ chain = AUDIT_KEY }) => chain));
  if (waiting.size === 0) return false;
  for await (const { key, value } of streamRecords(bus, AUDIT_HEADS))
    if (waiting.has(key) && (await isOurs(Buffer.from(value).toString(), deployment))) waiting.delete(key);
  return waiting.size === 0;
}
