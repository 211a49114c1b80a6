/** The labels of messages in quarantine. An unreadable label or marking could have been any (design, "Labels"). */
import type { DecodedEvent, JsonObject, Refusal } from '../../adapters/adapter.ts';
import { at } from '../../adapters/json.ts';
import { MISSING_PROPERTY, MOST_REFUSALS } from '../../adapters/refusal.ts';
import { join, joinAll } from '../labels/join.ts';
import { type CompiledClearance, type CompiledLabel, type Label, UNRESTRICTED } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import { compileLabel, compileRaise, type Policy } from '../labels/policy.ts';
import { invalidities } from '../labels/validity.ts';
import { restrictionRaise } from '../protections/restriction-raise.ts';

/** The facts about a refused message that its label depends on. */
export interface Refusing {
  readonly floor: CompiledLabel;
  /** The label that the sender asserted, as received. */
  readonly assertion?: unknown;
  /** Markings that the message itself carries, as far as an adapter found them. */
  readonly markings?: readonly string[];
  /** The label of the message that it is a resubmission of. */
  readonly original?: CompiledLabel;
  /** Whether everything in the message that could be a label or a marking was read. */
  readonly isRead: boolean;
}

/** The labels of a message in quarantine. */
export interface QuarantineLabels {
  /** The label that a clearance must dominate to see the message. */
  readonly waiting: CompiledLabel;
  /** The label that is joined into the label of a resubmission. */
  readonly origin: CompiledLabel;
}

/** The raise of a marking in a message; undefined for a marking that the policy does not know exactly. */
export function raiseOf(policy: Policy, marking: string): CompiledLabel | undefined {
  const known = policy.document.markings?.find(({ text }) => text === marking);
  return known === undefined ? undefined : compileRaise(policy, known.with);
}

/** The highest label that a domain may hold: only a reader with the domain's full clearance may read it. */
export function highestOf(policy: Policy, { classifications, bits }: CompiledClearance): CompiledLabel {
  const highest = 31 - Math.clz32(classifications);
  const id = policy.document.classifications[highest]?.id ?? '';
  return {
    classification: Math.max(0, highest),
    bits: policy.categories.map(({ kind, onlyWith }, place) => {
      const held = bits[place] ?? 0;
      // A permissive category must not exclude a reader who holds everything that the domain holds.
      if (kind === 'permissive') return UNRESTRICTED;
      return kind === 'restrictive' && (onlyWith === undefined || onlyWith.includes(id) || held === 0) ? held : 0;
    }),
  };
}

/** Everything that any standard can hold, and everything that a rule can raise it with. */
export function contentCeilingOf(labelling: Labelling, base: CompiledLabel): CompiledLabel {
  const { policy, protect } = labelling;
  const portions = [...policy.portions.values()].filter((label) => label !== undefined);
  return joinAll(policy, [base, ...portions, ...protect.raises.map(({ label }) => label)]);
}

/** The labels of a message that is refused: the join of the floor and of every label and marking that was read, and, unless all were read, the highest label of the domain. */
export function quarantineLabels(labelling: Labelling, domain: CompiledClearance, message: Refusing): QuarantineLabels {
  const { policy } = labelling;
  const { floor, assertion, markings = [], original, isRead } = message;
  const asserted = assertion === undefined ? undefined : readable(policy, assertion);
  const raises = markings.map((marking) => raiseOf(policy, marking));
  const isAllRead = isRead && (assertion === undefined || asserted !== undefined) && !raises.includes(undefined);
  const read = [floor, asserted, original, ...raises].filter((label) => label !== undefined);
  const known = joinAll(policy, read);
  const origin = isAllRead ? known : join(policy, known, highestOf(policy, domain));
  return { origin, waiting: contentCeilingOf(labelling, origin) };
}

/** What a receipt says of a message in quarantine. */
export interface QuarantinedReceipt {
  readonly status: string;
  readonly label: Label;
  readonly origin?: Label;
  readonly assertion?: unknown;
}

/**
 * The labels of a message by its receipt; undefined where its label means nothing under the policy. A receipt of an earlier version has no
 * `origin`: that version did not look for what it could not read, so its message counts as not read.
 */
export function labelsOfReceipt(
  labelling: Labelling,
  domain: CompiledClearance,
  { status, label, origin, assertion }: QuarantinedReceipt,
): QuarantineLabels | undefined {
  const waiting = compileLabel(labelling.policy, label);
  const joins = compileLabel(labelling.policy, origin ?? label);
  if (!waiting.ok || !joins.ok) return undefined;
  if (status !== 'quarantined' || origin !== undefined) return { waiting: waiting.value, origin: joins.value };
  return quarantineLabels(labelling, domain, { floor: waiting.value, ...(assertion === undefined ? {} : { assertion }), isRead: false });
}

/**
 * The label that a clearance must dominate to see the receipt of somebody else's message; undefined where its label means nothing under the
 * policy. A receipt has reasons, places and whom the law protects: it counts as everything that its events can hold.
 */
export function receiptLabel(
  labelling: Labelling,
  domain: CompiledClearance,
  receipt: QuarantinedReceipt & { readonly protections?: readonly { readonly restrictions: readonly string[] }[] },
): CompiledLabel | undefined {
  const labels = labelsOfReceipt(labelling, domain, receipt);
  if (labels === undefined) return undefined;
  const { policy } = labelling;
  const restrictions = (receipt.protections ?? []).flatMap((protection) => protection.restrictions);
  return join(policy, contentCeilingOf(labelling, labels.waiting), restrictionRaise(policy, restrictions));
}

/** An asserted label that means something under the policy. An old marking in it has no meaning that a machine knows. */
function readable(policy: Policy, assertion: unknown): CompiledLabel | undefined {
  const compiled = compileLabel(policy, assertion);
  if (!compiled.ok || invalidities(policy, compiled.value).length > 0) return undefined;
  const { legacy } = assertion as { legacy?: unknown };
  return typeof legacy === 'string' && policy.document.legacyMarkings.includes(legacy) ? undefined : compiled.value;
}

/**
 * Whether a refused canonical event can contain a label that was not read. Only a missing value, or a wrong text, number or boolean, cannot
 * contain one. An unknown property, or an object or list in a wrong place, can.
 */
export const leavesLabelOpen = (refusals: readonly Refusal[], data: JsonObject | undefined): boolean =>
  refusals.length >= MOST_REFUSALS ||
  refusals.some(({ at: place, reason }) => !reason.startsWith(MISSING_PROPERTY) && !isScalar(data, place));

function isScalar(data: JsonObject | undefined, place: string | undefined): boolean {
  const value = data === undefined || place === undefined || place === '/' ? undefined : at(data, place);
  return value !== undefined && (value === null || typeof value !== 'object');
}

/** The markings that an adapter found in the events of a message. */
export const markingsOf = (events: readonly DecodedEvent[]): readonly string[] =>
  events.flatMap(({ marking }) => (marking === undefined ? [] : [marking]));
