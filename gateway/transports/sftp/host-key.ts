/** The key of the server, as the settings pin it. There is no trust on first use. */
import { createHash } from 'node:crypto';

/** A fingerprint as `ssh-keygen -l` shows it, or a public key as it is in a file of `ssh-keygen` or `known_hosts`. */
export const HOST_KEY_PATTERN =
  '^(?:SHA256:[A-Za-z0-9+/]{43}|(?:ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)|ssh-rsa) [A-Za-z0-9+/]{32,2000}={0,2}(?: .*)?)$';

/** Signatures by SHA-1 are not taken, whatever the server offers. */
const RSA = ['rsa-sha2-512', 'rsa-sha2-256'] as const;
const ELLIPTIC = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'] as const;

export type HostKeyAlgorithm = (typeof RSA)[number] | (typeof ELLIPTIC)[number];

export const fingerprintOf = (key: Uint8Array): string => `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

const isFingerprint = (pinned: string): boolean => pinned.startsWith('SHA256:');

/** Whether a key that a server shows is one of those in the settings. */
export const isPinned = (hostKeys: readonly string[], key: Uint8Array): boolean =>
  hostKeys.some((pinned) => {
    if (isFingerprint(pinned)) return pinned === fingerprintOf(key);
    return Buffer.from(pinned.split(' ')[1] as string, 'base64').equals(key);
  });

/** The kinds of key to ask the server for. A fingerprint does not say which kind its key is. */
export function algorithmsFor(hostKeys: readonly string[]): HostKeyAlgorithm[] {
  if (hostKeys.some(isFingerprint)) return [...ELLIPTIC, ...RSA];
  const kinds = new Set(hostKeys.map((pinned) => pinned.split(' ')[0]));
  return [...ELLIPTIC.filter((kind) => kinds.has(kind)), ...(kinds.has('ssh-rsa') ? RSA : [])];
}
