import type { Refusal } from '../../adapters/adapter.ts';

/** Fails loudly instead of giving a refusal back. */
export function must<T>(value: T): Exclude<T, Refusal> {
  const { code, reason } = (value ?? {}) as Partial<Refusal>;
  if (code !== undefined && reason !== undefined) throw new Error(`${code}: ${reason}`);
  return value as Exclude<T, Refusal>;
}
