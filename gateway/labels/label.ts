/** The security label as data, after STANAG 4774 / X.841: what it says about content, never about a person. */

export type { Label } from '../../contracts/client/label.ts';

/** Every value of a permissive category: the category is absent from the label, so nobody is shut out by it. */
export const UNRESTRICTED = -1;

/**
 * A label compiled against one policy: one number for each category, one bit for each value.
 * Made only by `policy.ts` and `join.ts`, so it is always of a known policy.
 */
export interface CompiledLabel {
  /** Place of the classification in the policy, lowest first. */
  readonly classification: number;
  /** By the place of the category, or of each part of a long one, in the policy. */
  readonly bits: readonly number[];
}

/** What a recipient may read, compiled against one policy. */
export interface CompiledClearance {
  /** The name of that policy. Under another policy, the bits mean something else. */
  readonly policy: string;
  /** One bit for each classification that is held explicitly: holding a higher one implies nothing. */
  readonly classifications: number;
  readonly bits: readonly number[];
}

/** A clearance as configuration states it. Categories that it does not name are not held. */
export interface Clearance {
  readonly policy: { readonly id: string; readonly version: string };
  readonly classifications: readonly string[];
  readonly sensitive?: boolean;
  readonly handling?: readonly string[];
  readonly caveats?: readonly string[];
  readonly codewords?: readonly string[];
  readonly categories?: Readonly<Record<string, readonly string[]>>;
  /** The organisations that the recipient belongs to. */
  readonly releasableTo?: readonly string[];
  readonly restrictions?: readonly string[];
}
