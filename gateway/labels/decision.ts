/**
 * Decides whether a clearance dominates a label. Deny by default; every denial has a reason code, for the audit log and never for the
 * reader.
 */
import { type CompiledClearance, type CompiledLabel, UNRESTRICTED } from './label.ts';
import type { Policy } from './policy.ts';

/**
 * Whether a clearance dominates a label: the classification is held explicitly, every restrictive value is held, and of every
 * permissive category that is present at least one value is. An absent permissive category shuts nobody out; an empty one everybody.
 * Allocates nothing. The rule is X.841's (ISO/IEC 15816) access control decision.
 */
export function dominates(policy: Policy, clearance: CompiledClearance, label: CompiledLabel): boolean {
  if ((clearance.classifications & (1 << label.classification)) === 0) return false;
  const { categories } = policy;
  for (let place = 0; place < categories.length; place++) {
    const bits = label.bits[place] as number;
    const held = clearance.bits[place] as number;
    const { kind, last } = categories[place] as (typeof categories)[number];
    if (kind === 'restrictive' && (bits & ~held) !== 0) return false;
    if (kind !== 'permissive' || bits === UNRESTRICTED) continue;
    // One value of any part is enough.
    if ((bits & held) !== 0) place = last;
    else if (place === last) return false;
  }
  return true;
}

/** Why a clearance does not dominate a label: `classification` and the ids of the categories that fail. Empty when it does. */
export function reasonsAgainst(policy: Policy, clearance: CompiledClearance, label: CompiledLabel): readonly string[] {
  const reasons: string[] = (clearance.classifications & (1 << label.classification)) === 0 ? ['classification'] : [];
  const { categories } = policy;
  for (let place = 0; place < categories.length; place++) {
    const { id, kind, last } = categories[place] as (typeof categories)[number];
    const bits = label.bits[place] as number;
    const held = clearance.bits[place] as number;
    const isMissing = kind === 'restrictive' && (bits & ~held) !== 0;
    const isOpen = kind !== 'permissive' || bits === UNRESTRICTED;
    // A restrictive category of several parts is one reason.
    if (isMissing && reasons.at(-1) !== id) reasons.push(id);
    if (isOpen) continue;
    if ((bits & held) !== 0) place = last;
    else if (place === last) reasons.push(id);
  }
  return reasons;
}
