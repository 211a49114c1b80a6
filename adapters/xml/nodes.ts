/** The compiled element table: children by name, and the values of a structure in the order of the official schema. */
import type { ElementSpec, LeafType } from './table.ts';
import { canonical, written } from './values.ts';

/** A mutable object of the event that is being built or read. */
export type Target = Record<string, unknown>;

/** How to write the values of a node: each item of a group in turn, each item of a list, a text, or the content of a structure. */
export type NodeKind = 'group' | 'list' | 'leaf' | 'structure';

export interface Node {
  readonly kind: NodeKind;
  readonly name: string;
  readonly ns: string;
  readonly path: readonly string[];
  readonly type: LeafType | undefined;
  readonly many: boolean;
  readonly group: boolean;
  readonly most: number;
  readonly required: boolean;
  readonly always: boolean;
  /** The maximum length of a leaf in the official schema. */
  readonly longest: number;
  readonly when: ((target: Readonly<Target>) => boolean) | undefined;
  readonly children: readonly Node[];
  /** Children with their own elements, including the members of groups. */
  readonly byName: ReadonlyMap<string, Child>;
  readonly attributes: readonly Node[];
  /** The conversion of texts between the format and the standard. */
  readonly codes:
    | { readonly of: ReadonlyMap<string, string>; readonly back: ReadonlyMap<string, string>; readonly isClosed: boolean }
    | undefined;
  readonly json: ElementSpec['json'];
  /** Whether it contains units. */
  readonly holdsUnits: boolean;
}

export interface Child {
  readonly node: Node;
  /** The group of the child, and its position in the group. */
  readonly group: Node | undefined;
  readonly place: number;
}

/** `lengths`: the maximum lengths of elements in the official schema, by name. */
export function compile(spec: ElementSpec, lengths: Readonly<Record<string, number>>): Node {
  const children = (spec.children ?? []).map((child) => compile(child, lengths));
  const byName = new Map<string, Child>();
  for (const node of children) {
    if (!node.group) byName.set(node.name, { node, group: undefined, place: 0 });
    else for (const [place, member] of node.children.entries()) byName.set(member.name, { node: member, group: node, place });
  }
  const {
    name,
    ns,
    path,
    type,
    many = false,
    group = false,
    most = Number.POSITIVE_INFINITY,
    required = false,
    always = false,
    when,
  } = spec;
  const longest = lengths[name] ?? Number.POSITIVE_INFINITY;
  const kind: NodeKind = group ? 'group' : many ? 'list' : type === undefined ? 'structure' : 'leaf';
  const attributes = (spec.attributes ?? []).map((attribute) => compile(attribute, lengths));
  const codes = codesOf(spec);
  const holdsUnits = children.some((child) => isUnit(child) || child.holdsUnits);
  const properties = { kind, name, ns, path, type, many, group, most, required, always, longest, when };
  return { ...properties, children, byName, attributes, codes, json: spec.json, holdsUnits };
}

function codesOf({ codes, isClosed = false }: ElementSpec): Node['codes'] {
  if (codes === undefined) return undefined;
  const pairs = Object.entries(codes);
  // Write the first of several texts for one code.
  return { of: new Map(pairs), back: new Map(pairs.toReversed().map(([text, code]) => [code, text])), isClosed };
}

/** Whether an element repeats and its object is the event itself: a case, or the element around several cases. */
export const isUnit = ({ many, path, type }: Pick<Node, 'many' | 'path' | 'type'>): boolean =>
  many && path.length === 0 && type === undefined;

/** The canonical text of a leaf; undefined where the text has the wrong type. */
export function canonicalOf({ type = 'text', codes }: Node, text: string): string | undefined {
  const value = canonical(type, text);
  if (value === undefined || codes === undefined) return value;
  return codes.of.get(value) ?? (codes.isClosed ? undefined : value);
}

/** The format's text for the canonical text of a leaf. */
export const writtenOf = ({ type = 'text', codes }: Node, value: string): string => written(type, codes?.back.get(value) ?? value);

const isIndex = (segment: string): boolean => segment >= '0' && segment <= '9';

/** The value at a path, or undefined. */
export function valueAt(target: Readonly<Target>, path: readonly string[]): unknown {
  let value: unknown = target;
  for (const segment of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Target)[segment];
  }
  return value;
}

/** The object or array at the end of a path, without the last segment. Makes missing ones, and fills earlier positions of an array. */
export function holderAt(target: Target, path: readonly string[]): Target {
  let holder = target;
  for (let n = 0; n + 1 < path.length; n++) {
    const segment = path[n] as string;
    let next = holder[segment] as Target | undefined;
    if (next === undefined) {
      next = (isIndex(path[n + 1] as string) ? [] : {}) as Target;
      if (Array.isArray(holder)) while (holder.length < Number(segment)) holder.push({});
      holder[segment] = next;
    }
    holder = next;
  }
  const last = path[path.length - 1];
  if (Array.isArray(holder) && last !== undefined) while (holder.length < Number(last)) holder.push('');
  return holder;
}

/** One element to write for a structure. */
export interface Slot {
  readonly node: Node;
  /** A leaf's text, or a structure's own object. */
  readonly value: unknown;
  /** The units in it. */
  readonly units?: readonly unknown[];
}

/**
 * The elements to write for `target` inside `node`, in the order of the official schema.
 * `units` are the objects of the repeating element that becomes one event each (a case).
 */
export function slotsOf(node: Node, target: Readonly<Target>, units: readonly unknown[] = []): readonly Slot[] {
  const slots: Slot[] = [];
  addSlots(slots, node, target, units);
  return slots;
}

/** Adds to an existing list, for speed: this runs for each structure of a message. */
function addSlots(slots: Slot[], node: Node, target: Readonly<Target>, units: readonly unknown[]): void {
  for (const child of node.children)
    switch (child.kind) {
      case 'group':
        for (const item of itemsAt(target, child.path)) addSlots(slots, child, item as Target, NONE);
        break;
      case 'list':
        if (isUnit(child)) addUnits(slots, child, units);
        else for (const value of itemsAt(target, child.path)) slots.push({ node: child, value });
        break;
      case 'leaf': {
        const value = leafValue(child, target);
        if (value !== undefined) slots.push({ node: child, value });
        break;
      }
      case 'structure': {
        const childUnits = child.holdsUnits ? unitsIn(child, units) : NONE;
        if (childUnits.length > 0) slots.push({ node: child, value: target, units: childUnits });
        else if (!child.holdsUnits && isWritten(child, target)) slots.push({ node: child, value: ownTarget(child, target) });
        break;
      }
      default:
        throw child.kind satisfies never;
    }
}

/** The elements for each unit, or for several units together. */
function addUnits(slots: Slot[], node: Node, units: readonly unknown[]): void {
  const nodeUnits = unitsIn(node, units);
  if (!node.holdsUnits) for (const value of nodeUnits) slots.push({ node, value });
  else for (const alike of groupsOf(node, nodeUnits)) slots.push({ node, value: alike[0], units: alike });
}

/** Each unit is in one of the two alternatives. */
const unitsIn = ({ when }: Node, units: readonly unknown[]): readonly unknown[] =>
  when === undefined ? units : units.filter((unit) => when(unit as Target));

/** Groups adjacent units with the same surrounding values. */
function groupsOf(node: Node, units: readonly unknown[]): readonly (readonly unknown[])[] {
  const groups: unknown[][] = [];
  let last: string | undefined;
  for (const unit of units) {
    const key = JSON.stringify(ownValues(node, unit as Target));
    if (key === last) groups[groups.length - 1]?.push(unit);
    else groups.push([unit]);
    last = key;
  }
  return groups;
}

const ownValues = (node: Node, target: Readonly<Target>): readonly unknown[] => [
  ...node.attributes.map(({ path }) => valueAt(target, path)),
  ...node.children
    .filter((child) => !isUnit(child))
    .flatMap((child) => (child.path.length === 0 ? ownValues(child, target) : [valueAt(target, child.path)])),
];

const NONE: readonly unknown[] = [];

/** The items of a list; none where the value is not a list. */
function itemsAt(target: Readonly<Target>, path: readonly string[]): readonly unknown[] {
  const items = valueAt(target, path);
  return Array.isArray(items) ? items : NONE;
}

/** The text of a leaf, unless it belongs to an alternative that is not written. */
const leafValue = (leaf: Node, target: Readonly<Target>): unknown =>
  leaf.when === undefined || leaf.when(target) ? valueAt(target, leaf.path) : undefined;

/** The object of a structure: the parent's object, where the structure has no path. */
const ownTarget = (structure: Node, target: Readonly<Target>): unknown =>
  structure.path.length === 0 ? target : valueAt(target, structure.path);

function isWritten(structure: Node, target: Readonly<Target>): boolean {
  if (structure.when !== undefined && !structure.when(target)) return false;
  const object = ownTarget(structure, target) as Target | undefined;
  if (object === undefined) return false;
  // Write an empty element for an empty object.
  const isEmptyElement = structure.path.length > 0 && Object.keys(object).length === 0;
  return isEmptyElement || hasAny(structure, object);
}

const hasAny = ({ children, attributes }: Node, target: Readonly<Target>): boolean =>
  children.some((child) => hasContent(child, target)) || attributes.some((attribute) => hasContent(attribute, target));

function hasContent(child: Node, target: Readonly<Target>): boolean {
  switch (child.kind) {
    case 'group':
    case 'list':
      return child.path.length === 0 || itemsAt(target, child.path).length > 0;
    case 'leaf':
      return leafValue(child, target) !== undefined;
    case 'structure':
      return isWritten(child, target);
    default:
      throw child.kind satisfies never;
  }
}
