/** Removes the portions that a recipient may not read, and every trace of them. What is left verifies under the same seal. */
import { without } from './canonical-json.ts';
import { dominates, reasonsAgainst } from './decision.ts';
import type { PortionGroup, SealedEvent } from './event.ts';
import { join } from './join.ts';
import type { CompiledClearance, CompiledLabel } from './label.ts';
import { type Labelling, spell } from './label-event.ts';
import { compileLabel, markingOf } from './policy.ts';
import { classesOf, type PortionPlan } from './portions.ts';
import type { VerifiedEvent } from './verify.ts';

/** What a boundary decided. The reasons go to the audit log, never to the one who asked. */
export type Decision =
  | { readonly verdict: 'permit'; readonly event: SealedEvent }
  | { readonly verdict: 'redact'; readonly event: SealedEvent; readonly withheld: number; readonly reasons: readonly string[] }
  | { readonly verdict: 'deny'; readonly reasons: readonly string[] };

/** The label of everything that a standard can hold at all, whatever an event of it does hold. */
function ceilingOf({ policy, rules }: Labelling, plan: PortionPlan): CompiledLabel {
  const classes = classesOf(plan);
  let ceiling = policy.lowest;
  for (const name of classes) ceiling = join(policy, ceiling, policy.portions.get(name) ?? ceiling);
  for (const { portions, raise } of rules) if ([...portions].some((name) => classes.has(name))) ceiling = join(policy, ceiling, raise);
  return ceiling;
}

/** Pointers of the portions that can hold anything of the event (`extensions`, quality issues). They stand outside arrays. */
function wholePointers(plan: PortionPlan, policy: Labelling['policy'], pointer = ''): readonly string[] {
  const own = plan.portions
    .filter(({ portion }) => policy.portions.get(portion) === undefined)
    .map(({ property }) => `${pointer}/${property}`);
  return [...own, ...plan.objects.flatMap(([property, below]) => wholePointers(below, policy, `${pointer}/${property}`))];
}

interface Standard {
  readonly ceiling: CompiledLabel;
  readonly whole: ReadonlySet<string>;
}

const standards = new WeakMap<Labelling, Map<string, Standard>>();

function standardOf(labelling: Labelling, type: string): Standard | undefined {
  let known = standards.get(labelling);
  if (known === undefined) standards.set(labelling, (known = new Map()));
  let standard = known.get(type);
  const plan = labelling.plans.get(type);
  if (standard === undefined && plan !== undefined) {
    standard = { ceiling: ceilingOf(labelling, plan), whole: new Set(wholePointers(plan, labelling.policy)) };
    known.set(type, standard);
  }
  return standard;
}

/**
 * Decides what of a verified event a clearance may read. What can hold anything of the event passes only to a reader of everything
 * that the standard can hold: whether it is there then says nothing about one event's hidden parts.
 */
export function decide(labelling: Labelling, { event, base, portions }: VerifiedEvent, clearance: CompiledClearance): Decision {
  const { policy } = labelling;
  const standard = standardOf(labelling, event.type);
  if (standard === undefined) return { verdict: 'deny', reasons: ['unknown-standard'] };
  if (!dominates(policy, clearance, base)) return { verdict: 'deny', reasons: reasonsAgainst(policy, clearance, base) };
  const readsAll = dominates(policy, clearance, standard.ceiling);
  const kept: VerifiedEvent['portions'][number][] = [];
  const withheld: string[] = [];
  const reasons = new Set<string>();
  for (const portion of portions) {
    const mayRead = dominates(policy, clearance, portion.label) && (readsAll || !standard.whole.has(portion.pointer));
    if (mayRead) kept.push(portion);
    else {
      withheld.push(portion.pointer);
      for (const reason of reasonsAgainst(policy, clearance, portion.label)) reasons.add(reason);
    }
  }
  if (withheld.length === 0) return { verdict: 'permit', event };
  return { verdict: 'redact', event: rendition(labelling, event, base, kept, withheld), withheld: withheld.length, reasons: [...reasons] };
}

function rendition(
  labelling: Labelling,
  event: SealedEvent,
  base: CompiledLabel,
  kept: VerifiedEvent['portions'],
  withheld: readonly string[],
): SealedEvent {
  const { policy } = labelling;
  let whole = base;
  for (const { label } of kept) whole = join(policy, whole, label);
  const label = spell(labelling, whole);
  const marking = markingOf(label);
  const gone = new Set(withheld);
  const groups: PortionGroup[] = [];
  for (const group of event.data.portions) {
    const left = group.at.filter((pointer) => !gone.has(pointer));
    if (left.length > 0) groups.push({ label: group.label, at: left });
  }
  const stated = compileLabel(policy, event.data.label);
  const sameTopic = !('code' in stated) && stated.classification === whole.classification;
  const [jws, topicSalt = ''] = event.seal.split('~', 2);
  const data = { ...without(event.data, withheld), label, portions: groups } as unknown as SealedEvent['data'];
  return {
    ...event,
    data,
    classification: marking,
    rendition: marking,
    seal: [jws, sameTopic ? topicSalt : '', ...kept.map(({ salt }) => salt)].join('~'),
  };
}
