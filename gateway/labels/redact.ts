/** Removes the portions that a recipient may not read, and every trace of them. What is left verifies under the same seal. */

import { markingOf } from '../../contracts/client/label.ts';
import { dominates, reasonsAgainst } from './decision.ts';
import type { Content, PortionGroup, SealedEvent, VerifiedEvent } from './event.ts';
import { join } from './join.ts';
import type { CompiledClearance, CompiledLabel } from './label.ts';
import type { Labelling } from './label-event.ts';
import { without } from './places.ts';
import { classesOf, type PortionPlan } from './portions.ts';
import { fieldOf, type Profile } from './profile.ts';
import { hasEnded, type Known, type Today, today } from './today.ts';

/** The decision of a boundary. The reasons go to the audit log, never to the reader. */
export type Decision =
  | { readonly verdict: 'permit'; readonly event: SealedEvent }
  | { readonly verdict: 'redact'; readonly event: SealedEvent; readonly withheld: number; readonly reasons: readonly string[] }
  | { readonly verdict: 'deny'; readonly reasons: readonly string[] };

/** The label of everything that a standard can hold at all, whatever an event of it does hold. */
function ceilingOf({ policy, protect }: Labelling, plan: PortionPlan): CompiledLabel {
  const classes = classesOf(plan);
  let ceiling = policy.lowest;
  for (const name of classes) ceiling = join(policy, ceiling, policy.portions.get(name) ?? ceiling);
  for (const { portions, label } of protect.raises)
    if ([...portions].some((name) => classes.has(name))) ceiling = join(policy, ceiling, label);
  return ceiling;
}

/** Pointers of the portions that can hold anything of the event (`extensions`, quality issues). They stand outside arrays. */
function wholePointers(plan: PortionPlan, policy: Labelling['policy'], pointer = ''): readonly string[] {
  const pointers = plan.portions
    .filter(({ portion }) => policy.portions.get(portion) === undefined)
    .map(({ property }) => `${pointer}/${property}`);
  return [...pointers, ...plan.objects.flatMap(([property, below]) => wholePointers(below, policy, `${pointer}/${property}`))];
}

interface Standard {
  readonly ceiling: CompiledLabel;
  /** Pointers of the portions that carry the label of the event. */
  readonly withEventLabel: ReadonlySet<string>;
  /** The version that is in force. */
  readonly schemaId: string | undefined;
}

const standards = new WeakMap<Labelling, Map<string, Standard>>();

function standardOf(labelling: Labelling, type: string): Standard | undefined {
  let known = standards.get(labelling);
  if (known === undefined) standards.set(labelling, (known = new Map()));
  let standard = known.get(type);
  const plan = labelling.plans.get(type);
  if (standard === undefined && plan !== undefined) {
    standard = {
      ceiling: ceilingOf(labelling, plan),
      withEventLabel: new Set(wholePointers(plan, labelling.policy)),
      schemaId: plan.schemaId,
    };
    known.set(type, standard);
  }
  return standard;
}

/**
 * Decides what of a verified event a clearance may read. What can hold anything of the event passes only to a reader of everything
 * that the standard can hold: whether it is there then says nothing about one event's hidden parts.
 */
export const decide = (
  labelling: Labelling,
  verified: VerifiedEvent,
  clearance: CompiledClearance,
  now: number,
  terms: Terms = {},
): Decision => decideFor(labelling, verified, [clearance], now, terms);

/** Further limits of a decision besides labels. */
export interface Terms {
  /** Of the topic that a rendition is for: disclosed, it says that the rendition belongs there. */
  readonly topicSalt?: string;
  /** Of the task that the reader named. */
  readonly profile?: Profile;
  /** What the register of protections holds of the event's case. */
  readonly known?: Known;
}

const allDominate = (policy: Labelling['policy'], audience: readonly CompiledClearance[], label: CompiledLabel): boolean => {
  for (const clearance of audience) if (!dominates(policy, clearance, label)) return false;
  return true;
};

function allReasons(policy: Labelling['policy'], audience: readonly CompiledClearance[], label: CompiledLabel): readonly string[] {
  const [only, second] = audience;
  if (only !== undefined && second === undefined) return reasonsAgainst(policy, only, label);
  return [...new Set(audience.flatMap((clearance) => reasonsAgainst(policy, clearance, label)))];
}

/** Whether every clearance of an audience may read all of an event. */
export function readsAll(labelling: Labelling, { event, base, portions }: Content, audience: readonly CompiledClearance[]): boolean {
  const { policy } = labelling;
  const standard = standardOf(labelling, event.type);
  if (standard === undefined || audience.length === 0 || !allDominate(policy, audience, base)) return false;
  const readsCeiling = allDominate(policy, audience, standard.ceiling);
  return portions.every(
    ({ pointer, label }) => allDominate(policy, audience, label) && (readsCeiling || !standard.withEventLabel.has(pointer)),
  );
}

/** The same for several at once: what is left is what every one of them may read. */
export function decideFor(
  labelling: Labelling,
  verified: VerifiedEvent,
  audience: readonly CompiledClearance[],
  now: number,
  { topicSalt = '', profile, known }: Terms = {},
): Decision {
  const { event, base, portions } = verified;
  const { policy } = labelling;
  const standard = standardOf(labelling, event.type);
  if (standard === undefined) return { verdict: 'deny', reasons: ['unknown-standard'] };
  if (!allDominate(policy, audience, base)) return { verdict: 'deny', reasons: allReasons(policy, audience, base) };
  const fields = profile?.fields.get(event.type);
  if (profile !== undefined && fields === undefined) return { verdict: 'deny', reasons: ['task'] };
  let state: Today | undefined;
  const current = () => (state ??= today(labelling, verified, now, known));
  let eases: boolean | undefined;
  const mayEase = () =>
    (eases ??= known?.lifted !== undefined || known?.ended !== undefined || event.dataschema !== standard.schemaId || hasEnded(event, now));
  const isChanged = known?.isEmpty === false || event.dataschema !== standard.schemaId;
  if (isChanged) {
    const { base: more } = current();
    if (more !== undefined && !allDominate(policy, audience, more)) return { verdict: 'deny', reasons: allReasons(policy, audience, more) };
  }
  const readsCeiling = allDominate(policy, audience, standard.ceiling);
  const gone: boolean[] = [];
  let isBeyondTask = false;
  const against = new Set<CompiledLabel>();
  let withheld = 0;
  let last: CompiledLabel | undefined;
  let reads = false;
  for (const [n, { pointer, label: sealed }] of portions.entries()) {
    const label = isChanged ? current().labelOf(n, sealed) : sealed;
    // Portions of one label stand together: it is decided on once.
    if (label !== last) reads = allDominate(policy, audience, label);
    last = label;
    const mayRead = reads || (mayEase() && allDominate(policy, audience, current().easedLabelOf(n, label)));
    const isHidden = !mayRead || (!readsCeiling && standard.withEventLabel.has(pointer));
    const isUnneeded = fields !== undefined && !fields.has(fieldOf(pointer));
    gone.push(isHidden || isUnneeded);
    if (isHidden) against.add(label);
    isBeyondTask ||= isUnneeded;
    if (isHidden || isUnneeded) withheld++;
  }
  if (withheld === 0) return { verdict: 'permit', event };
  const reasons = new Set<string>(isBeyondTask ? ['task'] : []);
  for (const label of against) for (const reason of allReasons(policy, audience, label)) reasons.add(reason);
  return { verdict: 'redact', event: rendition(labelling, verified, gone, topicSalt), withheld, reasons: [...reasons] };
}

function rendition(
  labelling: Labelling,
  { event, base, portions, places }: VerifiedEvent,
  gone: readonly boolean[],
  topicSalt: string,
): SealedEvent {
  const { policy } = labelling;
  let compiled = base;
  // The topic of the complete event would reveal something about the withheld portions.
  let seal = `${event.seal.slice(0, event.seal.indexOf('~'))}~${topicSalt}`;
  for (const [n, { label, salt }] of portions.entries()) {
    if (gone[n] === true) continue;
    compiled = join(policy, compiled, label);
    seal += `~${salt}`;
  }
  const label = labelling.spell(compiled);
  const marking = markingOf(label);
  const groups: PortionGroup[] = [];
  let first = 0;
  for (const { label: portionLabel, at } of event.data.portions) {
    const from = first;
    first += at.length;
    const left = at.filter((_, n) => gone[from + n] !== true);
    if (left.length > 0) groups.push({ label: portionLabel, at: left });
  }
  const data = { ...without(event.data, places, gone), label, portions: groups } as unknown as SealedEvent['data'];
  return { ...event, data, classification: marking, rendition: marking, seal };
}
