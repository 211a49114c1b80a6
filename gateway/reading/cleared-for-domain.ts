/** Whether a client may know of everything that a gateway holds. */
import type { CompiledClearance } from '../labels/label.ts';

/**
 * Whether a clearance has all that the domain of the gateway has. What is about all messages together (the audit log, a shadow run) is only
 * for such a client: in a part of it, gaps, counts and order would say what the rest is.
 */
export const isClearedForDomain = (clearance: CompiledClearance, domain: CompiledClearance): boolean =>
  (domain.classifications & ~clearance.classifications) === 0 &&
  domain.bits.every((held, place) => (held & ~(clearance.bits[place] ?? 0)) === 0);
