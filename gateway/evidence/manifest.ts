/** The manifest of an evidence package: what is in it, under which label, and who asked for it when. The gateway signs it. */
import type { Label } from '../labels/label.ts';
import type { SealKey } from '../labels/seal.ts';
import { isSignedText, signText } from '../labels/signed-text.ts';
import type { TrustedKeys } from '../labels/verify.ts';

export const MANIFEST = 'manifest.json';
/** The signature of the manifest: a compact JWS whose payload is left out (RFC 7515, appendix F). */
export const SIGNATURE = 'manifest.jws';
export const EVIDENCE_FORMAT = 'https://justice-interchange.example/evidence/1';
const TYPE = 'evidence-manifest+jws';

export interface ManifestFile {
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
}

export interface Manifest {
  readonly format: typeof EVIDENCE_FORMAT;
  /** The id of the message. */
  readonly message: string;
  /** The label of the package: that of its highest part. */
  readonly label: Label;
  /** The same for people. */
  readonly marking: string;
  readonly requested: {
    /** The client. */
    readonly by: string;
    /** A pseudonym of the person that the client acted for. */
    readonly onBehalfOf?: string;
    /** ISO 8601. */
    readonly time: string;
  };
  readonly gateway: { readonly name: string; readonly version: string };
  /** The policy that decided, with its version. */
  readonly policy: string;
  readonly files: readonly ManifestFile[];
}

/** Signs the text of a manifest. */
export const signManifest = (text: string, key: SealKey): string => signText(text, TYPE, key);

/** Whether a known key signed the text of a manifest, as a manifest. */
export const isSignedManifest = (text: string, jws: string, keys: TrustedKeys): Promise<boolean> => isSignedText(text, jws, TYPE, keys);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

const isFile = (value: unknown): value is ManifestFile => {
  if (!isObject(value)) return false;
  const { name, mediaType, size, sha256 } = value;
  return typeof name === 'string' && typeof mediaType === 'string' && Number.isSafeInteger(size) && typeof sha256 === 'string';
};

/** Reads the text of a manifest; undefined where it is not one of this format. */
export function readManifest(text: string): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || value.format !== EVIDENCE_FORMAT || typeof value.message !== 'string') return undefined;
    return Array.isArray(value.files) && value.files.every(isFile) ? (value as unknown as Manifest) : undefined;
  } catch {
    return undefined;
  }
}
