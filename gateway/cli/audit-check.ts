/** The audit log against the keys of its deployment and what a witness saw, as `audit verify` and `backup` check it. */
import type { Bus } from '../bus/bus.ts';
import type { Config } from '../config.ts';
import { hasKeys } from '../keys/key-files.ts';
import { openKeys } from '../keys/keys.ts';
import { type ChainReport, verifyAudit } from '../store/audit/audit-verify.ts';
import { openCertificates, openWitness } from '../store/audit/open-evidence.ts';
import { UsageError } from './verb.ts';

/** Throws UsageError where a folder has no keys: those that would be made now verify nothing. */
export function mustHaveKeys(folder: string): void {
  if (!hasKeys(folder)) throw new UsageError(`There are no keys in ${folder}: name their folder with INTERCHANGE_KEYS`);
}

export interface AuditEvidence {
  readonly keysFolder: string;
  readonly witness: Config['witness'] | { readonly file: string };
  /** The certificates of the authority whose timestamps are checked, where they are. */
  readonly certificatesFile?: string | undefined;
}

/** The report on the log of a bus, and how many heads the witness saw: undefined where there is none. */
export async function checkAudit(
  bus: Bus,
  { keysFolder, witness, certificatesFile }: AuditEvidence,
): Promise<{ readonly report: ChainReport; readonly witnessed: number | undefined }> {
  const { everSealed, secretName } = await openKeys(keysFolder);
  const witnessed = witness === undefined ? undefined : await openWitness(witness).seen();
  const report = await verifyAudit(bus, everSealed, {
    secret: secretName,
    ...(certificatesFile === undefined ? {} : { authorities: openCertificates(certificatesFile) }),
    ...(witnessed === undefined ? {} : { witnessed }),
  });
  return { report, witnessed: witnessed?.length };
}
