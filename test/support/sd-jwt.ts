/** A stock SD-JWT library, which checks only the signature of a seal. */
import { createHash } from 'node:crypto';
import { SDJwtInstance } from '@sd-jwt/core';

/** `verifySignature` rejects for a compact JWS that does not verify. */
export const stockSdJwt = (verifySignature: (jws: string) => Promise<unknown>) =>
  new SDJwtInstance({
    hasher: (data, algorithm) =>
      new Uint8Array(
        createHash(algorithm.replace('-', ''))
          .update(typeof data === 'string' ? data : new Uint8Array(data))
          .digest(),
      ),
    verifier: async (data, signature) => {
      await verifySignature(`${data}.${signature}`);
      return true;
    },
    hashAlg: 'sha-256',
  });
