/** The report of a shadow run: which versions were compared, over what, and what differs. The gateway signs it. */
import type { Json } from '../../adapters/adapter.ts';
import { canonicalJson } from '../../adapters/canonical-json.ts';
import type { SealKey } from '../labels/seal.ts';
import { isSignedText, signText } from '../labels/signed-text.ts';
import type { TrustedKeys } from '../labels/verify.ts';
import type { ShadowScope } from './archive.ts';
import type { SideVersion } from './side.ts';
import type { Findings } from './tally.ts';

export const SHADOW_FORMAT = 'https://justice-interchange.example/shadow/1';
const TYPE = 'shadow-report+jws';

export interface ShadowReport {
  readonly format: typeof SHADOW_FORMAT;
  /** The version of the gateway that made it. */
  readonly gateway: string;
  readonly scope: {
    readonly messages: 'bus' | 'files';
    /** ISO 8601. */
    readonly from?: string;
    readonly to?: string;
    readonly source?: string;
    readonly limit?: number;
    readonly quarantined?: true;
  };
  /** Whether every message of the scope was compared: a run can be stopped. */
  readonly isComplete: boolean;
  readonly inForce: SideVersion;
  readonly candidate: SideVersion;
  readonly findings: Findings;
}

/** The scope of a run, as its report says it. */
export const scopeOfReport = (
  kind: ShadowReport['scope']['messages'],
  { from, to, source, limit, isQuarantined }: ShadowScope,
): ShadowReport['scope'] => ({
  messages: kind,
  ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
  ...(to === undefined ? {} : { to: new Date(to).toISOString() }),
  ...(source === undefined ? {} : { source }),
  ...(limit === undefined ? {} : { limit }),
  ...(isQuarantined === true ? { quarantined: true } : {}),
});

/** A report in its file. */
export interface SignedReport {
  readonly report: ShadowReport;
  /** A compact JWS over the canonical JSON of the report (RFC 8785), whose payload is left out (RFC 7515, appendix F). */
  readonly signature?: string;
}

const textOf = (report: ShadowReport): string => canonicalJson(report as unknown as Json);

/** A report with the signature of a gateway; without one where there is no key. */
export const signReport = (report: ShadowReport, key: SealKey | undefined): SignedReport => ({
  report,
  ...(key === undefined ? {} : { signature: signText(textOf(report), TYPE, key) }),
});

/** The text of a report as it is kept. */
export const fileOfReport = (signed: SignedReport): string => `${JSON.stringify(signed, null, 2)}\n`;

/** The report in a file, where a known key signed it; undefined where not. */
export async function verifiedReport(text: string, keys: TrustedKeys): Promise<ShadowReport | undefined> {
  let signed: Partial<SignedReport>;
  try {
    signed = JSON.parse(text) as Partial<SignedReport>;
  } catch {
    return undefined;
  }
  const { report, signature } = signed;
  if (report?.format !== SHADOW_FORMAT || typeof signature !== 'string') return undefined;
  return (await isSignedText(textOf(report), signature, TYPE, keys)) ? report : undefined;
}
