/** Signatures that are kept apart from their text: a compact JWS whose payload is left out (RFC 7515, appendix F). */
import { compactVerify } from 'jose';
import { SEAL_ALGORITHM } from '../../contracts/client/seal-form.ts';
import { type SealKey, signCompact } from './seal.ts';
import type { TrustedKeys } from './verify.ts';

/** Signs a text as one of a type, such as `evidence-manifest+jws`. */
export function signText(text: string, type: string, key: SealKey): string {
  const [header, , signature] = signCompact(text, type, key).split('.');
  return `${header}..${signature}`;
}

/** Whether a known key signed a text as one of this type. */
export async function isSignedText(text: string, jws: string, type: string, keys: TrustedKeys): Promise<boolean> {
  const [header = '', payload, signature = '', ...more] = jws.split('.');
  // One signature has one spelling: base64url of a signature can have bits to spare.
  const isSpelled = Buffer.from(signature, 'base64url').toString('base64url') === signature;
  if (payload !== '' || more.length > 0 || !isSpelled) return false;
  try {
    const { protectedHeader } = await compactVerify(
      `${header}.${Buffer.from(text).toString('base64url')}.${signature}`,
      ({ kid }) => {
        const key = keys(kid ?? '');
        if (key === undefined) throw new Error('unknown key');
        return key;
      },
      { algorithms: [SEAL_ALGORITHM] },
    );
    return protectedHeader.typ === type;
  } catch {
    return false;
  }
}
