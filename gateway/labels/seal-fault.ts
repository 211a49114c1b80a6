/** The faults of a seal as refusals of the gateway, and back. */
import type { Refusal } from '../../adapters/refusal.ts';
import { type Failure, failure } from '../../adapters/result.ts';
import { SEAL_FAULTS, type SealFault } from '../../contracts/client/seal-faults.ts';

export const broken = (fault: SealFault, at?: string): Failure =>
  failure({ code: 'seal-broken', reason: SEAL_FAULTS[fault], ...(at === undefined ? {} : { at }) });

const byReason = new Map(Object.entries(SEAL_FAULTS).map(([fault, reason]) => [reason, fault] as [string, SealFault]));

/** The fault that a refusal of a verifier states. A label that the policy does not know is refused in the policy's own words. */
export const faultOf = ({ reason }: Pick<Refusal, 'reason'>): SealFault => byReason.get(reason) ?? 'label';
