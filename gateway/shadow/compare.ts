/** Compares what two versions make of one message: that in force, and the candidate. Pure. */
import type { Json } from '../../adapters/adapter.ts';
import { at, type JsonPath, pointerOf, unescapeStep } from '../../adapters/json.ts';
import { markingOf } from '../../contracts/client/label.ts';
import type { Label } from '../labels/label.ts';
import { differences, type Kind } from './differences.ts';
import { type Direction, type DirectionOf, opens } from './direction.ts';
import type { EventVerdict, Verdict } from './verdict.ts';

export type Outcome = 'same' | 'differs' | 'newlyRefused' | 'newlyAccepted';

/** A label that is another one. `at`: `message`, `event`, `base`, or the place of a portion in the data. */
export interface LabelChange {
  readonly standard: string;
  readonly at: string;
  readonly direction: Exclude<Direction, 'same'>;
  readonly from: string;
  readonly to: string;
}

export interface FieldChange {
  readonly standard: string;
  /** A JSON Pointer from the event, in which `*` stands for any place in a list. */
  readonly at: string;
  readonly kind: Kind;
  readonly before?: Json;
  readonly after?: Json;
}

/** A protection that only one side finds. */
export interface ProtectionChange {
  readonly change: 'comes' | 'goes';
  readonly reason: string;
  readonly restrictions: readonly string[];
}

export interface Comparison {
  readonly outcome: Outcome;
  readonly events: { readonly same: number; readonly differ: number; readonly added: number; readonly removed: number };
  readonly records: { readonly newlyRefused: number; readonly newlyAccepted: number };
  readonly labels: readonly LabelChange[];
  readonly fields: readonly FieldChange[];
  readonly protections: readonly ProtectionChange[];
  /** Codes of refusal that only one side gives. */
  readonly refusals: readonly { readonly change: 'comes' | 'goes'; readonly code: string }[];
}

export interface CompareContext {
  readonly directionOf: DirectionOf;
  /** The place of a path in the data as a report may name it: names that no standard has can be content. */
  readonly place: (path: JsonPath) => string;
}

/** The text of a label for a report: the marking, and the other values of the label. */
export function textOfLabel(label: Label): string {
  const { policy: _policy, classification: _classification, sensitive: _sensitive, legacy: _legacy, categories = {}, ...lists } = label;
  const parts = Object.entries({ ...lists, ...categories }).map(([name, values]) => `${name}: ${values.toSorted().join(', ')}`);
  return [markingOf(label), ...parts.toSorted()].join('; ');
}

type Pair = readonly [before: EventVerdict, after: EventVerdict];

/** What two events are the same by. */
const contentOf = ({ standard, attributes, data, eventLabel, base, portions }: EventVerdict): string =>
  JSON.stringify([standard, attributes, data, withoutPolicy(eventLabel), withoutPolicy(base), portions.map(placeAndLabel)]);
const withoutPolicy = ({ policy: _, ...label }: Label): object => label;
const placeAndLabel = ({ pointer, label }: EventVerdict['portions'][number]): unknown => [pointer, withoutPolicy(label)];

/** Finds which event of one side is which of the other: first the equal ones, then those of one standard in their order. */
function paired(before: readonly EventVerdict[], after: readonly EventVerdict[]) {
  const equal = new Map<string, number>();
  for (const content of after.map(contentOf)) equal.set(content, (equal.get(content) ?? 0) + 1);
  const used = new Map<string, number>();
  const take = (counts: Map<string, number>, content: string): boolean => {
    const left = counts.get(content) ?? 0;
    if (left > 0) counts.set(content, left - 1);
    return left > 0;
  };
  const same: EventVerdict[] = [];
  const restBefore = before.filter((event) => {
    const content = contentOf(event);
    if (!take(equal, content)) return true;
    used.set(content, (used.get(content) ?? 0) + 1);
    same.push(event);
    return false;
  });
  const restAfter = after.filter((event) => !take(used, contentOf(event)));
  const pairs: Pair[] = [];
  const removed: EventVerdict[] = [];
  const waiting = Map.groupBy(restAfter, ({ standard }) => standard);
  for (const event of restBefore) {
    const other = waiting.get(event.standard)?.shift();
    if (other === undefined) removed.push(event);
    else pairs.push([event, other]);
  }
  const added = [...waiting.values()].flat();
  return { same, pairs, removed, added };
}

/** The label that holds at a place: of the nearest portion around it, or else of the part outside portions. */
function labelAt({ portions, base }: EventVerdict, pointer: string): Label {
  const around = portions.filter((portion) => portion.pointer === pointer || pointer.startsWith(`${portion.pointer}/`));
  return around.toSorted((one, other) => other.pointer.length - one.pointer.length)[0]?.label ?? base;
}

const pathOf = (pointer: string): JsonPath =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : unescapeStep(step)));

const pattern = (place: string): string => place.replaceAll(/\/\d+(?=\/|$)/g, '/*');

const dataPlace = ({ place }: CompareContext, path: JsonPath): string => pattern(path.length === 0 ? '/data' : `/data${place(path)}`);

function* labelChanges(context: CompareContext, [before, after]: Pair): Generator<LabelChange> {
  const { standard } = before;
  const change = function* (where: string, from: Label, to: Label): Generator<LabelChange> {
    const direction = context.directionOf(from, to);
    if (direction !== 'same') yield { standard, at: where, direction, from: textOfLabel(from), to: textOfLabel(to) };
  };
  yield* change('event', before.eventLabel, after.eventLabel);
  yield* change('base', before.base, after.base);
  const pointers = new Set([...before.portions, ...after.portions].map(({ pointer }) => pointer));
  for (const pointer of pointers) {
    // What only one side has is below.
    if (at(before.data, pointer) === undefined || at(after.data, pointer) === undefined) continue;
    yield* change(dataPlace(context, pathOf(pointer)), labelAt(before, pointer), labelAt(after, pointer));
  }
  for (const { path, kind, before: value } of differences(before.data, after.data)) {
    const from = labelAt(before, pointerOf(path));
    const hasLeft = kind === 'removed' || (kind === 'changed' && isIn(after.data, value));
    // Nobody knows where what has left a portion is now: it may be outside portions.
    if (hasLeft && opens(context.directionOf(from, after.base)))
      yield { standard, at: dataPlace(context, path), direction: 'mixed', from: textOfLabel(from), to: textOfLabel(after.base) };
  }
}

/** Shorter text is in every event. */
const SHORTEST = 3;

/** Whether text is somewhere in the data of an event. */
const isIn = (data: Json, value: Json | undefined): boolean =>
  typeof value === 'string' && value.length >= SHORTEST && JSON.stringify(data).includes(JSON.stringify(value).slice(1, -1));

const NO_EVENT = 'no event';

/** Events that only one side has have no label to be compared with: what was in one can be in another one now, with a label that is lower. */
function* withoutPair(removed: readonly EventVerdict[], added: readonly EventVerdict[]): Generator<LabelChange> {
  const change = { at: 'event', direction: 'mixed' } as const;
  for (const { standard, eventLabel } of removed) yield { standard, ...change, from: textOfLabel(eventLabel), to: NO_EVENT };
  for (const { standard, eventLabel } of added) yield { standard, ...change, from: NO_EVENT, to: textOfLabel(eventLabel) };
}

function* fieldChanges(context: CompareContext, [before, after]: Pair): Generator<FieldChange> {
  const { standard } = before;
  for (const { path, ...change } of differences(before.attributes, after.attributes))
    yield { standard, at: `/${path.join('/')}`, ...change };
  for (const { path, ...change } of differences(before.data, after.data)) yield { standard, at: dataPlace(context, path), ...change };
}

/** What is in one list and not in the other, as often as it is there. */
function onlyIn<T>(list: readonly T[], other: readonly T[]): readonly T[] {
  const left = Map.groupBy(other, (value) => JSON.stringify(value));
  return list.filter((value) => left.get(JSON.stringify(value))?.pop() === undefined);
}

/** What one side has and the other has not. */
function* changesOf<T extends object>(before: readonly T[], after: readonly T[]): Generator<T & { readonly change: 'comes' | 'goes' }> {
  for (const value of onlyIn(after, before)) yield { change: 'comes', ...value };
  for (const value of onlyIn(before, after)) yield { change: 'goes', ...value };
}

const protectionsOf = (verdict: Verdict) =>
  verdict.kind === 'accepted'
    ? verdict.protections.map(({ reason, restrictions }) => ({ reason, restrictions: restrictions.toSorted() }))
    : [];
const eventsOf = (verdict: Verdict): readonly EventVerdict[] => (verdict.kind === 'accepted' ? verdict.events : []);
const codesOf = (verdict: Verdict) => (verdict.kind === 'refused' ? verdict.codes.map((code) => ({ code })) : []);
const refusedLinesOf = (verdict: Verdict): readonly number[] => (verdict.kind === 'accepted' ? verdict.refusedLines : []);

function outcomeOf(before: Verdict, after: Verdict, isSame: boolean): Outcome {
  if (before.kind !== after.kind) return after.kind === 'refused' ? 'newlyRefused' : 'newlyAccepted';
  return isSame ? 'same' : 'differs';
}

export function compare(context: CompareContext, before: Verdict, after: Verdict): Comparison {
  const isOfOneKind = before.kind === after.kind;
  const { same, pairs, removed, added } = paired(eventsOf(before), eventsOf(after));
  // A message that is accepted or refused now waits under another label: that is not a label of an event.
  const ofMessage = isOfOneKind && before.label !== undefined && after.label !== undefined ? [[before.label, after.label] as const] : [];
  const labels = [
    ...ofMessage.flatMap(([from, to]): LabelChange[] => {
      const direction = context.directionOf(from, to);
      return direction === 'same' ? [] : [{ standard: '', at: 'message', direction, from: textOfLabel(from), to: textOfLabel(to) }];
    }),
    // Labels that read the same can let other readers read under another policy.
    ...[...same.map((event): Pair => [event, event]), ...pairs].flatMap((pair) => [...labelChanges(context, pair)]),
    ...(isOfOneKind ? withoutPair(removed, added) : []),
  ];
  const fields = pairs.flatMap((pair) => [...fieldChanges(context, pair)]);
  const protections = isOfOneKind ? [...changesOf(protectionsOf(before), protectionsOf(after))] : [];
  const refusals = [...changesOf(codesOf(before), codesOf(after))];
  const records = isOfOneKind
    ? {
        newlyRefused: onlyIn(refusedLinesOf(after), refusedLinesOf(before)).length,
        newlyAccepted: onlyIn(refusedLinesOf(before), refusedLinesOf(after)).length,
      }
    : { newlyRefused: 0, newlyAccepted: 0 };
  const counts = [pairs, removed, added, labels, protections, refusals].map(({ length }) => length);
  const isSame = [...counts, records.newlyRefused, records.newlyAccepted].every((count) => count === 0);
  return {
    outcome: outcomeOf(before, after, isSame),
    events: { same: same.length, differ: pairs.length, added: added.length, removed: removed.length },
    records,
    labels,
    fields,
    protections,
    refusals,
  };
}
