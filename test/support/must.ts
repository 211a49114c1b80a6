import type { Result } from '../../adapters/result.ts';

/** The value of a result that must have one. */
export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusals.map(({ code, reason }) => `${code}: ${reason}`).join('; '));
  return result.value;
}
