/**
 * Paths of records and of the values in them. XML: element names with `/` between them, `[2]` for the second of a name, and `@name` for an
 * attribute. JSON: JSON Pointers (RFC 6901), in which a number is a place in a list.
 */
import { unescapeStep } from '../json.ts';

export type RecordFormat = 'xml' | 'json';

/** A step from an element to a child, or from an object or list to a member. */
export interface PathStep {
  readonly name: string;
  /** The position among elements of this name, or among the entries of a list, from 0. */
  readonly place: number;
  readonly kind: 'element' | 'attribute' | 'member' | 'entry';
}

const MOST_STEPS = 20;
const ELEMENT =
  /^([A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff][\w.\-\u00b7\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff]*)(?:\[([1-9]\d?)\])?$/;
/** A name that would reach the prototype of a JavaScript object. Strict JSON never contains it. */
const FORBIDDEN = '__proto__';

const XML_FORM = 'Element names with / between them, such as Location/Street, Suspect[2]/Surname or Location/@grid';
const JSON_FORM = 'A JSON Pointer into the record, such as /location/street or /suspects/0/name';
const TOO_DEEP = `A path has at most ${MOST_STEPS} steps`;
const NO_NAME = 'No message can have this name';

function xmlSteps(path: string): readonly PathStep[] | string {
  const parts = path.split('/');
  const steps: PathStep[] = [];
  for (const [n, part] of parts.entries()) {
    const isAttribute = part.startsWith('@') && n === parts.length - 1;
    const [, name, place] = ELEMENT.exec(isAttribute ? part.slice(1) : part) ?? [];
    if (name === undefined || (isAttribute && place !== undefined)) return XML_FORM;
    if (name === FORBIDDEN) return NO_NAME;
    steps.push({ name, place: Number(place ?? 1) - 1, kind: isAttribute ? 'attribute' : 'element' });
  }
  return steps.length > MOST_STEPS ? TOO_DEEP : steps;
}

const pointerNames = (pointer: string): readonly string[] => pointer.split('/').slice(1).map(unescapeStep);

function jsonSteps(pointer: string): readonly PathStep[] | string {
  const names = pointerNames(pointer);
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer) || /^\d/.test(names[0] as string)) return JSON_FORM;
  if (names.length > MOST_STEPS) return TOO_DEEP;
  if (names.includes(FORBIDDEN)) return NO_NAME;
  return names.map((name) =>
    /^(?:0|[1-9]\d?)$/.test(name) ? { name: '', place: Number(name), kind: 'entry' } : { name, place: 0, kind: 'member' },
  );
}

/** The steps of a column's path, or the reason why it is not valid. */
export const columnSteps = (format: RecordFormat, path: string): readonly PathStep[] | string =>
  format === 'xml' ? xmlSteps(path) : jsonSteps(path);

/** The names on the path to the records, or the reason why the path is not valid. */
export function recordSteps(format: RecordFormat, path: string): readonly string[] | string {
  if (format === 'json') {
    const names = pointerNames(path);
    if ((path !== '' && !path.startsWith('/')) || /~(?![01])/.test(path))
      return 'A JSON Pointer to the list of records, such as /incidents';
    if (names.length > MOST_STEPS) return TOO_DEEP;
    return names.includes(FORBIDDEN) ? NO_NAME : names;
  }
  const steps = path.startsWith('/') ? xmlSteps(path.slice(1)) : XML_FORM;
  if (typeof steps === 'string' || /[@[]/.test(path)) return 'Element names from the root to a record, such as /Export/Incidents/Incident';
  return steps.map(({ name }) => name);
}

/** A place in a record, with the places inside it. The root is the record itself. */
export interface PathNode {
  readonly name: string;
  readonly kind: PathStep['kind'];
  /** The column that a value here belongs to. */
  readonly column: number | undefined;
  /** In the order of the columns. */
  readonly children: readonly PathNode[];
  readonly byKey: ReadonlyMap<string, PathNode>;
}

interface GrowingNode extends PathNode {
  column: number | undefined;
  readonly children: GrowingNode[];
  readonly byKey: Map<string, GrowingNode>;
}

/** The key of a node among the children of its parent. */
export const keyOf = (kind: PathStep['kind'], name: string, place: number): string =>
  kind === 'attribute' ? `@${name}` : kind === 'member' ? name : `${name}[${place}]`;

const nodeOf = ({ name, kind }: Pick<PathStep, 'name' | 'kind'>): GrowingNode => ({
  name,
  kind,
  column: undefined,
  children: [],
  byKey: new Map(),
});

/** A fault in the path of a column. */
export interface PathFault {
  readonly column: number;
  readonly reason: string;
}

/** The tree of all column paths, with their faults. */
export function treeOf(
  format: RecordFormat,
  paths: readonly (string | undefined)[],
): { readonly root: PathNode; readonly faults: readonly PathFault[] } {
  const root = nodeOf({ name: '', kind: format === 'xml' ? 'element' : 'member' });
  const faults: PathFault[] = [];
  for (const [column, path] of paths.entries()) {
    const report = (reason: string): void => void faults.push({ column, reason });
    const steps = path === undefined ? 'Say in path where the column is in a record' : columnSteps(format, path);
    if (typeof steps === 'string') report(steps);
    else {
      const reason = addTo(root, steps, column);
      if (reason !== undefined) report(reason);
    }
  }
  return { root, faults };
}

/** Adds the path of a column to the tree, or returns the reason why it cannot be added. */
function addTo(root: GrowingNode, steps: readonly PathStep[], column: number): string | undefined {
  let node = root;
  for (const step of steps) {
    const { kind, name, place } = step;
    if (node.column !== undefined && kind !== 'attribute') return 'Another column has the text that this one would stand in';
    if (node.children.some((other) => (other.kind === 'entry') !== (kind === 'entry') && kind !== 'attribute'))
      return 'Another column takes for an object what this one takes for a list';
    if (place > 0 && !node.byKey.has(keyOf(kind, name, place - 1))) return 'A column for the place before this one comes first';
    const known = node.byKey.get(keyOf(kind, name, place));
    const next = known ?? nodeOf(step);
    if (known === undefined) {
      node.children.push(next);
      node.byKey.set(keyOf(kind, name, place), next);
    }
    node = next;
  }
  if (node.column !== undefined) return 'Another column has this path';
  if (node.children.some(({ kind }) => kind !== 'attribute')) return 'Another column stands in the text that this one would have';
  node.column = column;
  return undefined;
}
