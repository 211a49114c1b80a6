/** The keys of a deployment as people may see them: ids, use and age. */
import { join } from 'node:path';
import { type Keys, SEAL } from '../keys/keys.ts';
import { writtenAt } from '../keys/since.ts';

export interface ShownKey {
  readonly kid: string;
  readonly use: 'seal';
  readonly algorithm: string;
  readonly status: 'current' | 'retired' | 'revoked';
  /** ISO 8601. */
  readonly since?: string;
}

/** The keys that seal and that sealed, the current one first. */
export function shownKeys({ seal, sealKeys }: Pick<Keys, 'seal' | 'sealKeys'>, folder: string): readonly ShownKey[] {
  return sealKeys.map(({ kid, revoked, jwk }) => {
    const isCurrent = kid === seal.kid;
    const file = isCurrent ? join(folder, SEAL) : join(folder, 'retired', `${kid}.jwk.json`);
    const written = writtenAt(file);
    const since = revoked ?? (written === undefined ? undefined : new Date(written).toISOString());
    return {
      kid,
      use: 'seal',
      algorithm: jwk.alg ?? 'EdDSA',
      status: statusOf(isCurrent, revoked !== undefined),
      ...(since === undefined ? {} : { since }),
    };
  });
}

function statusOf(isCurrent: boolean, isRevoked: boolean): ShownKey['status'] {
  if (isRevoked) return 'revoked';
  return isCurrent ? 'current' : 'retired';
}
