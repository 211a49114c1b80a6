/** Compares secrets in constant time, so that the time does not reveal where they differ. Their length is not secret. */
import { timingSafeEqual } from 'node:crypto';

export function isSameSecret(first: string | Uint8Array, second: string | Uint8Array): boolean {
  const [a, b] = [Buffer.from(first as string), Buffer.from(second as string)];
  return a.length === b.length && timingSafeEqual(a, b);
}
