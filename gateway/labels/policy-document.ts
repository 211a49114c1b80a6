/** A label policy as its document states it: `schemas/labels/policy.json` describes it to everybody. */
import type { Clearance, Label } from './label.ts';

/** RESTRICTIVE: a recipient must hold every value; PERMISSIVE: at least one; INFORMATIVE: no effect (X.841). */
export type CategoryKind = 'restrictive' | 'permissive' | 'informative';

/** Values of which a label must or must not hold some: a category's, or those of it that are named. */
export interface Reference {
  readonly category: string;
  readonly values?: readonly string[];
}

/** What a value or a classification requires (XML SPIF, `requiredCategory`). */
export interface Requirement {
  readonly operation: 'onlyOne' | 'oneOrMore' | 'all';
  readonly of: readonly Reference[];
}

export interface ValueDocument {
  readonly id: string;
  readonly title?: string;
  readonly law?: string;
  readonly ends?: string;
  /** The number by which other systems name it (X.841's label and cert value). */
  readonly lacv?: string;
  readonly onlyWith?: readonly string[];
  readonly requires?: readonly Requirement[];
  readonly excludes?: readonly Reference[];
  /** Not to be used in new labels. */
  readonly obsolete?: boolean;
  /** What people read instead of the id. */
  readonly phrase?: string;
}

export interface ClassificationDocument {
  readonly id: string;
  readonly rank: number;
  readonly topic: string;
  readonly lacv?: string;
  readonly phrase?: string;
  readonly requires?: readonly Requirement[];
}

export interface CategoryDocument {
  readonly id: string;
  /** The label's property that holds its values, `categories.<id>` for one of the policy's own. Two categories may share one, but never a value. */
  readonly property: string;
  /** As labels of other systems name it. */
  readonly name?: string;
  readonly kind: CategoryKind;
  /** How an informative category joins; the other kinds have one way. Default `union`. */
  readonly join?: 'union' | 'intersection';
  readonly onlyWith?: readonly string[];
  readonly values: readonly ValueDocument[];
  /** At most one value. */
  readonly single?: boolean;
  /** What stands around its values in a marking that people read. */
  readonly display?: { readonly prefix?: string; readonly suffix?: string; readonly separator?: string };
  readonly excludes?: readonly Reference[];
}

export interface RuleDocument {
  readonly id: string;
  readonly title: string;
  readonly law: string;
  /** The component (`offence`, `defendant`) that the rule looks at, and inside which it raises. */
  readonly of: string;
  /** `orNotIn`: a code that this list does not know counts as well, so that a mistyped one opens nothing. */
  readonly when: {
    readonly offenceCodeIn?: string;
    readonly orNotIn?: string;
    readonly ageAtHearingUnder?: number;
    readonly resultCodes?: readonly string[];
    readonly sources?: readonly string[];
  };
  /** `portions` and every portion of the `groups`: what identifies a person goes together. */
  readonly raise: {
    readonly portions?: readonly string[];
    readonly groups?: readonly string[];
    readonly with: Omit<Partial<Label>, 'policy'>;
  };
  /**
   * Whom the rule protects: then it raises every place of the event that can identify the person, and the register keeps it. Without it,
   * the rule raises portions inside the object alone.
   */
  readonly protects?: {
    /** The object itself; its victims, or where it names none all victims of the event; every victim; victims who are not certainly adult. */
    readonly who: 'self' | 'victims' | 'every-victim' | 'children';
    readonly reason: ProtectionReason;
    /** When it ends: on the person's 18th birthday, where that is known, or never. */
    readonly until: 'at 18' | 'never';
  };
  readonly examples?: readonly RuleExample[];
}

/** Why a person must not be identified. */
export const PROTECTION_REASONS = {
  'under-18': 'The person was under 18 at the hearing',
  'age-not-known': 'The age at the hearing is not known, so the person may be under 18',
  'child-in-proceedings': 'A child is concerned in youth proceedings',
  'sexual-offence': 'The person is, or may be, the complainant of a sexual offence',
  'offence-not-known': 'The offence code is in no list, so the offence may be a sexual one',
  order: 'The court restricted reporting',
  register: 'The register of protections holds it for this case',
} as const;
export type ProtectionReason = keyof typeof PROTECTION_REASONS;

/** A case in which a rule holds or does not: its own test. */
export interface RuleExample {
  readonly title: string;
  readonly given: {
    readonly offenceCodes?: readonly string[];
    readonly resultCodes?: readonly string[];
    readonly bornOn?: string;
    readonly birthYear?: string;
    readonly hearingOn?: string;
    readonly source?: string;
  };
  readonly raises: boolean;
}

/** A level of the bus that clients read directly. A clearance as configuration states it, without the policy, which is this one. */
export interface LevelDocument {
  readonly topic: string;
  readonly title: string;
  readonly audience: readonly Omit<Clearance, 'policy'>[];
}

/** `schemas/labels/policy.json` describes it. */
export interface PolicyDocument {
  readonly id: string;
  readonly version: string;
  /** Earlier versions of this policy whose labels say the same in this one: events that carry them can still be read. */
  readonly continues?: readonly string[];
  /** As labels of other systems name it. */
  readonly name?: string;
  readonly title?: string;
  readonly classifications: readonly ClassificationDocument[];
  readonly levels?: readonly LevelDocument[];
  readonly categories: readonly CategoryDocument[];
  readonly legacyMarkings: readonly string[];
  /** Markings that messages carry, to the letter, and what they mean. Any other marking waits for its owner. */
  readonly markings?: readonly { readonly text: string; readonly with: Omit<Partial<Label>, 'policy'> }[];
  /** Organisations that publish: their readers get no free text and nothing under a reporting restriction, whatever their clearance. */
  readonly publication?: { readonly recipients: readonly string[] };
  /** Portions that identify a person together: a restriction takes all of them. */
  readonly groups?: Readonly<Record<string, { readonly title: string; readonly portions: readonly string[] }>>;
  readonly portions: Readonly<
    Record<string, { readonly title: string; readonly freeText?: boolean; readonly label: 'event' | Omit<Label, 'policy'> }>
  >;
  readonly rules: readonly RuleDocument[];
}
