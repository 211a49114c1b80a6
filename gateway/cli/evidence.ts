/** `interchange evidence`: the package of one message, from a gateway; and whether such a package is as the gateway made it, offline. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { JSONWebKeySet } from 'jose';
import { readConfig } from '../config.ts';
import { type EvidenceReport, verifyEvidence } from '../evidence/verify-evidence.ts';
import { openKeys } from '../keys/keys.ts';
import { isId } from '../wire/id-form.ts';
import { mustHaveKeys } from './audit-check.ts';
import { type Remote, remoteOf } from './remote.ts';
import { type ExitCode, type Io, textOf, UsageError, type Values, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

/** Writes the answer of a gateway to a new file. An incomplete file is removed. */
async function save(file: string, response: Response): Promise<number> {
  const handle = await open(file, 'wx', 0o600);
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      await handle.writeFile(chunk);
      size += chunk.length;
    }
    await handle.sync();
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return size;
}

async function get(remote: Remote, id: string, values: Values, io: Io): Promise<ExitCode> {
  const file = textOf(values, 'out') ?? `evidence-${id}.zip`;
  if (existsSync(file)) throw new UsageError('The file of --out exists already');
  const response = await remote.fetch(`/v1/messages/${id}/evidence`);
  if (response.status !== 200) {
    const { title, detail } = (await response.json().catch(() => ({}))) as { readonly title?: string; readonly detail?: string };
    const reason = [title ?? `HTTP ${response.status}`, ...(detail === undefined ? [] : [detail])].join('. ');
    if (values.json === true) io.json({ id, status: response.status, reason });
    else io.err(`${reason}.`);
    return 1;
  }
  const size = await save(file, response);
  if (values.json === true) io.json({ id, file, size });
  else io.out(`${file}: ${size} bytes`);
  return 0;
}

/** The keys of a file with a JWK set, or those that this machine publishes. */
async function keySetOf(values: Values, io: Io): Promise<JSONWebKeySet> {
  const file = textOf(values, 'keys');
  if (file !== undefined) return readKeySet(file);
  const { keysFolder } = readConfig(io.env);
  mustHaveKeys(keysFolder);
  return { keys: (await openKeys(keysFolder)).trustedKeys.map(({ jwk }) => jwk) };
}

function readKeySet(file: string): JSONWebKeySet {
  const text = readFileSync(file, 'utf8');
  try {
    const set = JSON.parse(text) as JSONWebKeySet;
    if (Array.isArray(set.keys)) return set;
  } catch {
    // The error could quote the file.
  }
  throw new UsageError('The file of --keys is not a JWK set');
}

function tell(file: string, report: EvidenceReport, io: Io): void {
  for (const { file: name, check, reason } of report.faults) io.err(`${file}: ${name}: ${check}: ${reason}`);
  const { manifest, faults, events, records, unsigned } = report;
  if (manifest === undefined || faults.length > 0) {
    io.err(`${file}: does not verify`);
    return;
  }
  const { message, marking, requested } = manifest;
  io.out(
    `${file}: verifies: message ${message}, ${manifest.files.length} files, ${events} events, ${records} audit records`,
    `  ${marking}; made for ${requested.by} at ${requested.time}`,
  );
  if (unsigned > 0) io.out(`  Note: no signed head in the package names ${unsigned} of the audit records.`);
}

async function verify(files: readonly string[], values: Values, io: Io): Promise<ExitCode> {
  if (files.length === 0) throw new UsageError('Say which packages');
  const keySet = await keySetOf(values, io);
  let isGood = true;
  for (const file of files) {
    const report = await verifyEvidence(readFileSync(file), keySet);
    const verifies = report.manifest !== undefined && report.faults.length === 0;
    isGood &&= verifies;
    if (values.json === true) io.json({ file, verifies, ...report });
    else tell(file, report, io);
  }
  return isGood ? 0 : 1;
}

export const verb: Verb = {
  ...VERBS.evidence,
  run: async (values, [first, ...more], io) => {
    if (first === 'verify') return verify(more, values, io);
    if (first === undefined || more.length > 0 || !isId(first))
      throw new UsageError('Usage: interchange evidence ID, or evidence verify FILE. An id that begins with - comes after --');
    return get(await remoteOf(values, io), first, values, io);
  },
};
