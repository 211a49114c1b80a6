/** Certificates (X.509) in files, and when they end. */
import { X509Certificate } from 'node:crypto';

/** What a certificate is for. Those of authorities are the ones that others are checked by. */
export type CertificateUse = 'listener' | 'client' | 'client-authority' | 'broker-authority' | 'timestamp-authority' | 'issuer';

/** Uses in which expired certificates may stay with valid ones. */
const SEVERAL: ReadonlySet<CertificateUse> = new Set(['client-authority', 'broker-authority', 'timestamp-authority', 'issuer']);

/** A file of certificates that a configuration names. */
export interface CertificateFile {
  readonly use: CertificateUse;
  /** Its path; of a transport relative to `transportsFolder`. */
  readonly file: string;
  /** Whether the gateway goes on with what the file held at its start. Other files are read for each connection. */
  readonly isHeld: boolean;
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** When each certificate of a PEM text ends, in milliseconds since 1970. Throws an Error where there is none. */
export function endsIn(pem: string): readonly number[] {
  const ends = [...pem.matchAll(PEM)].map(([text]) => new X509Certificate(text).validToDate.getTime());
  if (ends.length === 0) throw new Error('there is no certificate');
  return ends;
}

/**
 * The one of several ends that somebody must act on, in milliseconds since 1970. A chain is worth nothing when a part of it has ended. Of
 * authorities and of the issuer, those that have ended may stay for what they signed before: the next to end counts, and where all have
 * ended the last.
 */
export function decisiveEnd(use: CertificateUse, ends: readonly number[], now: number): number {
  if (!SEVERAL.has(use)) return Math.min(...ends);
  const ahead = ends.filter((end) => end > now);
  return ahead.length === 0 ? Math.max(...ends) : Math.min(...ahead);
}

const DAY = 86_400_000;
/** How long before the end of a certificate or key an operator is told. */
export const WARN_DAYS = 30;

export type ExpiryStatus = 'pass' | 'warn' | 'fail';

/** `warn`: it ends within {@link WARN_DAYS} days. `fail`: it has ended. Times are milliseconds since 1970. */
export function expiryStatus(end: number, now: number): ExpiryStatus {
  if (end <= now) return 'fail';
  return end - now > WARN_DAYS * DAY ? 'pass' : 'warn';
}
