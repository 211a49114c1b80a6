/**
 * Verifies a package of evidence offline, with the published keys of the gateway. It names every file that is not as the gateway wrote it,
 * and the check that shows it.
 */
import { createHash } from 'node:crypto';
import { type CryptoKey, createLocalJWKSet, importJWK, type JSONWebKeySet } from 'jose';
import { sealFault } from '../../contracts/client/seal-check.ts';
import { readStoredArchive } from '../archive/stored-archive.ts';
import type { TrustedKeys } from '../labels/verify.ts';
import { readEvent } from '../pipeline/record-verifier.ts';
import { openHead } from '../store/audit/audit-head.ts';
import { rootFrom } from '../store/audit/merkle.ts';
import { digestOfShown, recordLeaf } from '../store/audit/record-leaf.ts';
import { isSignedManifest, MANIFEST, type Manifest, readManifest, SIGNATURE } from './manifest.ts';
import type { AuditFile, ShownAudit } from './shown-audit.ts';

/** What a package fails. */
export type EvidenceCheck = 'archive' | 'signature' | 'manifest' | 'digest' | 'seal' | 'receipt' | 'audit';

export interface EvidenceFault {
  readonly file: string;
  readonly check: EvidenceCheck;
  readonly reason: string;
}

export interface EvidenceReport {
  readonly faults: readonly EvidenceFault[];
  /** What the gateway signed; undefined where its signature does not verify. */
  readonly manifest: Manifest | undefined;
  readonly events: number;
  readonly records: number;
  /** How many audit records no signed head in the package names. */
  readonly unsigned: number;
}

type Files = ReadonlyMap<string, Buffer>;

const fault = (file: string, check: EvidenceCheck, reason: string): EvidenceFault => ({ file, check, reason });

/** The keys of a JWK set, by `kid`. */
async function keysOf({ keys }: JSONWebKeySet): Promise<TrustedKeys> {
  const known = new Map<string, CryptoKey>();
  for (const jwk of keys) known.set(jwk.kid ?? '', (await importJWK(jwk, 'EdDSA')) as CryptoKey);
  return (kid) => known.get(kid);
}

/** The files against the manifest: each is there, and no other. */
function* digestFaults(files: Files, { files: listed }: Manifest): Generator<EvidenceFault> {
  for (const { name, size, sha256 } of listed) {
    const content = files.get(name);
    if (content === undefined) yield fault(name, 'manifest', 'The manifest names this file, and it is missing');
    else if (content.length !== size || createHash('sha256').update(content).digest('hex') !== sha256)
      yield fault(name, 'digest', 'Its SHA-256 is not the one in the manifest');
  }
  const known = new Set([...listed.map(({ name }) => name), MANIFEST, SIGNATURE]);
  for (const name of files.keys()) if (!known.has(name)) yield fault(name, 'manifest', 'The manifest does not name this file');
}

async function* sealFaults(files: Files, keys: JSONWebKeySet): AsyncGenerator<EvidenceFault> {
  const set = createLocalJWKSet(keys);
  for (const [name, content] of files) {
    if (!/^(?:events|corrections)\//.test(name)) continue;
    const event = readEvent(content);
    const found = event.ok ? await sealFault(event.value, set) : 'not-an-event';
    if (found !== undefined) yield fault(name, 'seal', `Its seal does not verify: ${found}`);
  }
}

/** The JSON of a file; undefined where it is not JSON. */
function jsonOf(files: Files, name: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(files.get(name)?.toString() ?? '');
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** The message and the events against the receipt. */
function* receiptFaults(files: Files, manifest: Manifest): Generator<EvidenceFault> {
  const receipt = jsonOf(files, 'receipt.json');
  if (receipt === undefined) return;
  const message = files.get('message');
  if (receipt.id !== manifest.message) yield fault('receipt.json', 'receipt', 'It is the receipt of another message');
  else if (message !== undefined && createHash('sha256').update(message).digest('hex') !== receipt.sha256)
    yield fault('message', 'receipt', 'It is not the message of the receipt: its SHA-256 is another');
  const received = new Set((Array.isArray(receipt.events) ? receipt.events : []).map(({ id }: { id?: unknown }) => id));
  for (const name of files.keys())
    if (name.startsWith('events/') && !received.has(jsonOf(files, name)?.id))
      yield fault(name, 'receipt', 'The receipt does not name this event');
}

/** Whether a signed head names a record. */
async function isNamed({ digest, proof }: ShownAudit, heads: readonly string[], keys: TrustedKeys): Promise<boolean> {
  const jws = proof === undefined ? undefined : heads[proof.head];
  const head = jws === undefined ? undefined : await openHead(jws, keys);
  if (proof === undefined || head?.root === undefined || head.from === undefined) return false;
  const { salt, index, count, path } = proof;
  if (count !== head.seq - head.from + 1) return false;
  const nodes = path.map((node) => Buffer.from(node, 'base64url'));
  return rootFrom(recordLeaf(salt, digest), index, count, nodes)?.toString('base64url') === head.root;
}

async function auditFaults(files: Files, keys: TrustedKeys): Promise<{ faults: EvidenceFault[]; records: number; unsigned: number }> {
  const faults: EvidenceFault[] = [];
  const { records = [], heads = [] } = (jsonOf(files, 'audit.json') ?? {}) as Partial<AuditFile>;
  let unsigned = 0;
  for (const [n, shown] of records.entries()) {
    const wrong = (reason: string) => faults.push(fault('audit.json', 'audit', `Record ${n + 1}: ${reason}`));
    if (shown.record !== undefined && digestOfShown(shown.record) !== shown.digest) wrong('it is not the record of its digest');
    else if (shown.proof === undefined) unsigned++;
    else if (!(await isNamed(shown, heads, keys))) wrong('no signed head names it');
  }
  return { faults, records: records.length, unsigned };
}

/** Verifies the bytes of a package with a JWK set, as `/.well-known/jwks.json` gives it. Rejects where the set cannot be used. */
export async function verifyEvidence(bytes: Buffer, keySet: JSONWebKeySet): Promise<EvidenceReport> {
  const { files, faults: changed } = readStoredArchive(bytes);
  const faults = changed.map(({ file, reason }) => fault(file, 'archive', reason));
  const keys = await keysOf(keySet);
  const text = files.get(MANIFEST)?.toString();
  const jws = files.get(SIGNATURE)?.toString();
  const isSigned = text !== undefined && jws !== undefined && (await isSignedManifest(text, jws, keys));
  const manifest = isSigned ? readManifest(text) : undefined;
  if (files.size > 0 && !isSigned) faults.push(fault(SIGNATURE, 'signature', `It is not a signature of ${MANIFEST} by one of these keys`));
  if (isSigned && manifest === undefined) faults.push(fault(MANIFEST, 'manifest', 'It is not a manifest of this format'));
  // What nobody signed says nothing: it is compared all the same, to name what was changed.
  const stated = manifest ?? (text === undefined ? undefined : readManifest(text));
  if (stated !== undefined) faults.push(...digestFaults(files, stated));
  if (manifest === undefined) return { faults, manifest, events: 0, records: 0, unsigned: 0 };
  const bad = new Set(faults.map(({ file }) => file));
  // What the gateway wrote has the form that it writes.
  const sound = new Map([...files].filter(([name]) => !bad.has(name)));
  faults.push(...receiptFaults(sound, manifest));
  for await (const sealFault of sealFaults(sound, keySet)) faults.push(sealFault);
  const audit = await auditFaults(sound, keys);
  faults.push(...audit.faults);
  const events = [...files.keys()].filter((name) => name.startsWith('events/')).length;
  return { faults, manifest, events, records: audit.records, unsigned: audit.unsigned };
}
