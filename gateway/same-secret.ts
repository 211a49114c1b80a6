/** Compares secrets in constant time, so that the time does not reveal where they differ. Their length is not secret. */
import { timingSafeEqual } from 'node:crypto';

export function isSameSecret(one: string | Uint8Array, other: string | Uint8Array): boolean {
  const [a, b] = [Buffer.from(one as string), Buffer.from(other as string)];
  return a.length === b.length && timingSafeEqual(a, b);
}
