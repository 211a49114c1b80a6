/** Removes the portions that a recipient may not read, and every trace of them. What is left verifies under the same seal. */
import { without } from './canonical-json.ts';
import { dominates, reasonsAgainst } from './decision.ts';
import type { Content, PortionGroup, SealedEvent, VerifiedEvent } from './event.ts';
import { join } from './join.ts';
import type { CompiledClearance, CompiledLabel } from './label.ts';
import { type Labelling, spell } from './label-event.ts';
import { markingOf } from './policy.ts';
import { classesOf, type PortionPlan } from './portions.ts';

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
export const decide = (labelling: Labelling, verified: VerifiedEvent, clearance: CompiledClearance): Decision =>
  decideFor(labelling, verified, [clearance]);

const allDominate = (policy: Labelling['policy'], audience: readonly CompiledClearance[], label: CompiledLabel): boolean => {
  for (const clearance of audience) if (!dominates(policy, clearance, label)) return false;
  return true;
};

const allReasons = (policy: Labelling['policy'], audience: readonly CompiledClearance[], label: CompiledLabel): readonly string[] => [
  ...new Set(audience.flatMap((clearance) => reasonsAgainst(policy, clearance, label))),
];

/** Whether every clearance of an audience may read all of an event. */
export function readsAll(labelling: Labelling, { event, base, portions }: Content, audience: readonly CompiledClearance[]): boolean {
  const { policy } = labelling;
  const standard = standardOf(labelling, event.type);
  if (standard === undefined || audience.length === 0 || !allDominate(policy, audience, base)) return false;
  const readsCeiling = allDominate(policy, audience, standard.ceiling);
  return portions.every(({ pointer, label }) => allDominate(policy, audience, label) && (readsCeiling || !standard.whole.has(pointer)));
}

/** The same for several at once: what is left is what every one of them may read. `topicSalt` discloses the topic that it is for. */
export function decideFor(
  labelling: Labelling,
  { event, base, portions }: VerifiedEvent,
  audience: readonly CompiledClearance[],
  topicSalt = '',
): Decision {
  const { policy } = labelling;
  const standard = standardOf(labelling, event.type);
  if (standard === undefined) return { verdict: 'deny', reasons: ['unknown-standard'] };
  if (!allDominate(policy, audience, base)) return { verdict: 'deny', reasons: allReasons(policy, audience, base) };
  const readsCeiling = allDominate(policy, audience, standard.ceiling);
  const kept: VerifiedEvent['portions'][number][] = [];
  const withheld: string[] = [];
  const reasons = new Set<string>();
  for (const portion of portions) {
    const mayRead = allDominate(policy, audience, portion.label) && (readsCeiling || !standard.whole.has(portion.pointer));
    if (mayRead) kept.push(portion);
    else {
      withheld.push(portion.pointer);
      for (const reason of allReasons(policy, audience, portion.label)) reasons.add(reason);
    }
  }
  if (withheld.length === 0) return { verdict: 'permit', event };
  return {
    verdict: 'redact',
    event: rendition(labelling, event, base, kept, withheld, topicSalt),
    withheld: withheld.length,
    reasons: [...reasons],
  };
}

function rendition(
  labelling: Labelling,
  event: SealedEvent,
  base: CompiledLabel,
  kept: VerifiedEvent['portions'],
  withheld: readonly string[],
  topicSalt: string,
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
  // Where the whole event stands would say something of what is withheld.
  const [jws] = event.seal.split('~', 1);
  const data = { ...without(event.data, withheld), label, portions: groups } as unknown as SealedEvent['data'];
  return {
    ...event,
    data,
    classification: marking,
    rendition: marking,
    seal: [jws, topicSalt, ...kept.map(({ salt }) => salt)].join('~'),
  };
}
