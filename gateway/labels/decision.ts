/** Who may read what. Deny by default; every no has a reason code, for the audit log and never for the one who asked. */
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
  const holdsOne = new Set<string>();
  for (const [place, { id, kind, last }] of policy.categories.entries()) {
    const bits = label.bits[place] ?? 0;
    const held = clearance.bits[place] ?? 0;
    if (kind === 'restrictive' && (bits & ~held) !== 0) reasons.push(id);
    if (kind !== 'permissive' || bits === UNRESTRICTED) continue;
    if ((bits & held) !== 0) holdsOne.add(id);
    if (place === last && !holdsOne.has(id)) reasons.push(id);
  }
  return [...new Set(reasons)];
}
