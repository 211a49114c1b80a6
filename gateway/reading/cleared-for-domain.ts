/** Whether a client may know of everything that a gateway holds. */
import type { CompiledClearance } from '../labels/label.ts';
import type { Policy } from '../labels/policy.ts';

const holdsAll = (clearance: CompiledClearance, domain: CompiledClearance, place: number): boolean =>
  ((domain.bits[place] ?? 0) & ~(clearance.bits[place] ?? 0)) === 0;

/**
 * Whether a clearance has all that the domain of the gateway has. What is about all messages together (the audit log, a shadow run) is only
 * for such a client: in a part of it, gaps, counts and order would say what the rest is.
 */
export const isClearedForDomain = (clearance: CompiledClearance, domain: CompiledClearance): boolean =>
  (domain.classifications & ~clearance.classifications) === 0 && domain.bits.every((_, place) => holdsAll(clearance, domain, place));

/** Whether a clearance has every restriction that the domain of the gateway has: nobody whom the law protects is hidden from it. */
export const holdsRestrictionsOfDomain = ({ categories }: Policy, clearance: CompiledClearance, domain: CompiledClearance): boolean =>
  categories.every(({ property }, place) => property !== 'restrictions' || holdsAll(clearance, domain, place));
