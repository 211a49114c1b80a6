/** One person who must not be identified. */
import type { CompiledLabel } from '../labels/label.ts';
import type { ProtectionReason } from '../labels/policy-document.ts';
import type { Matcher } from './mentions.ts';
import type { Keys, PersonKind } from './people.ts';

/** One person who must not be identified, and why. */
export interface Protection {
  /** The rule's id, or the protection's in the register. */
  readonly id: string;
  readonly title: string;
  readonly law: string;
  readonly reason: ProtectionReason;
  readonly restrictions: readonly string[];
  /** JSON Pointer of the person in the event, where the event has the person. */
  readonly at?: string;
  /** Undefined where anybody of the case can be meant. */
  readonly kind: PersonKind | undefined;
  /** The day from which it does not hold any more, `YYYY-MM-DD`; undefined where it never ends or nobody knows when. */
  readonly until?: string;
  readonly raise: CompiledLabel;
  /** The portion classes that are raised where they describe the person. */
  readonly portions: ReadonlySet<string>;
  readonly keys: Keys;
  /** What parents and guardians are known by: they show who the person is. */
  readonly relatives: readonly Keys[];
  readonly matcher: Matcher;
  /**
   * The label of what is no portion of the event that it came with. Absent where it is found in this very event; undefined where the policy
   * does not know the label.
   */
  readonly from?: CompiledLabel | undefined;
}
