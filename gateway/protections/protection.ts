/** One person who must not be identified. */
import type { CompiledLabel } from '../labels/label.ts';
import type { ProtectionReason } from '../labels/policy-document.ts';
import type { Matcher } from './mentions.ts';
import type { Keys, PersonKind } from './people.ts';

/** One person who must not be identified, and why. */
export interface Protection {
  /** The id of the rule, or of the protection in the register. */
  readonly id: string;
  readonly title: string;
  readonly law: string;
  readonly reason: ProtectionReason;
  readonly restrictions: readonly string[];
  /** JSON Pointer of the person, if the event contains the person. */
  readonly at?: string;
  /** Undefined where the protected person can be anybody in the case. */
  readonly kind: PersonKind | undefined;
  /** The day on which it ends, `YYYY-MM-DD`; undefined where it never ends or the day is not known. */
  readonly until?: string;
  /** The day of the hearing that made an order, `YYYY-MM-DD`. An order of another hearing is another protection. */
  readonly made?: string;
  readonly raise: CompiledLabel;
  /** The portion classes to raise where they describe the person. */
  readonly portions: ReadonlySet<string>;
  /** What all entries of the event that may be this person say of it. */
  readonly keys: Keys;
  /** What the entry itself says, where the protection comes from this event: two entries that may be one person can be two. */
  readonly stated?: Keys;
  /** The keys of parents and guardians, who could identify the person. */
  readonly relatives: readonly Keys[];
  readonly matcher: Matcher;
  /**
   * The label, outside portions, of the event that the protection came from. Absent where that is this event; undefined where the policy
   * does not know the label.
   */
  readonly from?: CompiledLabel | undefined;
}
