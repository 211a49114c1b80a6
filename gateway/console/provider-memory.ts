/** What the development provider remembers: in memory, and no more than so many things of each kind. */
import type { Adapter, AdapterPayload } from 'oidc-provider';

const MOST = 1000;

interface Kept {
  readonly payload: AdapterPayload;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** Makes the adapter of oidc-provider for each kind of thing. */
export function openProviderMemory(now: () => number): (kind: string) => Adapter {
  const kinds = new Map<string, Map<string, Kept>>();
  return (kind) => {
    const kept = kinds.get(kind) ?? new Map<string, Kept>();
    kinds.set(kind, kept);
    const find = (matches: (payload: AdapterPayload, id: string) => boolean): AdapterPayload | undefined => {
      for (const [id, { payload, expires }] of kept) if (expires > now() && matches(payload, id)) return payload;
      return undefined;
    };
    return {
      upsert: async (id, payload, seconds = 3600) => {
        kept.delete(id);
        if (kept.size >= MOST) kept.delete(kept.keys().next().value as string);
        kept.set(id, { payload, expires: now() + seconds * 1000 });
      },
      find: async (id) => find((_payload, found) => found === id),
      findByUid: async (uid) => find((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => find((payload) => payload.userCode === userCode),
      consume: async (id) => {
        const found = kept.get(id);
        if (found !== undefined) kept.set(id, { ...found, payload: { ...found.payload, consumed: Math.floor(now() / 1000) } });
      },
      destroy: async (id) => void kept.delete(id),
      revokeByGrantId: async (grantId) => {
        for (const [id, { payload }] of kept) if (payload.grantId === grantId) kept.delete(id);
      },
    };
  };
}
