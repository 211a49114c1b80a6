/** What people do about messages in quarantine, as the stream keeps it: work on an item, jobs that resubmit many, and rules. */

/** Why an item is closed. */
export const CLOSING_CODES = ['duplicate', 'sent-again', 'sent-in-error', 'not-for-us', 'test', 'other'] as const;
export type ClosingCode = (typeof CLOSING_CODES)[number];

/** What must become true before a rule resubmits an item. */
export const RULE_CONDITIONS = ['adapter-changed', 'policy-changed'] as const;
export type RuleCondition = (typeof RULE_CONDITIONS)[number];

export type QuarantineStreamRecord =
  | { readonly change: WorkChange }
  | { readonly job: JobRecord }
  | { readonly step: JobStep }
  | { readonly result: JobResult }
  | { readonly rule: RuleRecord }
  | { readonly end: RuleEnd }
  | { readonly act: RuleAct };

/** A change of the work on an item. */
export interface WorkChange {
  readonly id: string;
  /** The message in quarantine. */
  readonly item: string;
  /** One more than the version before. Of two changes with the same version, the first on the stream wins. */
  readonly version: number;
  /** The client, and a pseudonym of the person who used it. */
  readonly by: string;
  readonly person?: string;
  /** ISO 8601. */
  readonly time: string;
  readonly close?: { readonly code: ClosingCode; readonly text?: string };
  readonly reopen?: true;
  readonly note?: string;
  /** The person who is to work on the item; empty for nobody. */
  readonly assignee?: string;
  /** The day by which the work is to be done; empty for none. */
  readonly due?: string;
  /** The item is being edited until a time, ISO 8601. */
  readonly lock?: { readonly until: string };
  readonly unlock?: true;
}

/** Somebody resubmits many items. The set never changes. */
export interface JobRecord {
  readonly id: string;
  readonly by: string;
  readonly person?: string;
  readonly time: string;
  readonly items: readonly string[];
  /** The run of the gateway that does it. */
  readonly run: string;
}

/** A job is started again, stopped, or done. */
export interface JobStep {
  readonly job: string;
  /** One more than the version before; a new job has version 0. Of two steps with the same version, the first on the stream wins. */
  readonly version: number;
  readonly kind: 'start' | 'stop' | 'done';
  readonly by: string;
  readonly run: string;
  readonly time: string;
}

/** What happened to an item of a job. */
export interface JobResult {
  readonly job: string;
  readonly item: string;
  /**
   * `accepted` and `quarantined`: it was resubmitted. `locked`: somebody is editing it. `closed`: somebody has closed it. `gone`: the maker
   * of the job may not see it any more. `failed`: the gateway could not take it now.
   */
  readonly outcome: 'accepted' | 'quarantined' | 'locked' | 'closed' | 'gone' | 'failed';
  /** The message that took its place. */
  readonly message?: string;
  readonly time: string;
}

/** What is done by itself about items of a source with a reason code. */
export interface RuleRecord {
  readonly id: string;
  readonly source: string;
  /** The code of the first reason. */
  readonly code: string;
  /** The person to whom items are assigned. */
  readonly assign?: string;
  /** Items are resubmitted when this becomes true. */
  readonly resubmitWhen?: RuleCondition;
  /** The rule does what this client may do, and no more. */
  readonly by: string;
  readonly time: string;
}

export interface RuleEnd {
  readonly rule: string;
  readonly by: string;
  readonly time: string;
}

/** A rule acted on an item. It does so once. */
export interface RuleAct {
  readonly rule: string;
  readonly item: string;
  readonly time: string;
}
