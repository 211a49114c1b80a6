/** Analyses a sample in XML or JSON: finds its records, and their values. */
import type { Json, JsonObject } from '../adapter.ts';
import { escapeStep, parseStrict } from '../json.ts';
import { columnSteps } from '../record/paths.ts';
import type { Column, TableDescription } from '../table/description.ts';
import { scanXml } from '../xml/scan.ts';

/** A column with its path, its title, and its value in each record. */
export interface NestedColumn {
  readonly column: Pick<Column, 'path' | 'datatype'>;
  readonly title: string;
  readonly values: readonly string[];
}

export interface NestedSample {
  readonly source: Pick<TableDescription, 'format' | 'record' | 'namespace'>;
  readonly columns: readonly NestedColumn[];
}

const LOOKED_AT = 1000;
/** How many entries of a list, or elements of one name, become columns. */
const MOST_PLACES = 3;

interface Element {
  readonly local: string;
  readonly uri: string;
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly children: Element[];
  text: string;
}

function rootOf(text: string): Element | undefined {
  const open: Element[] = [];
  let root: Element | undefined;
  const refused = scanXml(text, {
    open: ({ local, uri, attributes }) => {
      const plain = Object.values(attributes).filter((attribute) => attribute.uri === '' && attribute.name !== 'xmlns');
      const element = { local, uri, attributes: plain.map(({ name, value }) => [name, value] as const), children: [], text: '' };
      root ??= element;
      open.at(-1)?.children.push(element);
      open.push(element);
    },
    text: (chunk) => {
      const element = open.at(-1);
      if (element !== undefined) element.text += chunk;
    },
    close: () => void open.pop(),
  });
  return refused === undefined ? root : undefined;
}

/** The elements at the shallowest path with more than one element; the root where there is no such path. */
function repeated(root: Element): { readonly path: string; readonly records: readonly Element[] } {
  let level = new Map([[`/${root.local}`, [root]]]);
  while (level.size > 0) {
    const [most] = [...level].toSorted(([, a], [, b]) => b.length - a.length);
    const isRecord = ([first]: readonly Element[]) => first !== undefined && first.children.length + first.attributes.length > 0;
    if (most !== undefined && most[1].length > 1 && isRecord(most[1])) return { path: most[0], records: most[1] };
    const next = new Map<string, Element[]>();
    for (const [path, elements] of level)
      for (const child of elements.flatMap(({ children }) => children)) {
        const childPath = `${path}/${child.local}`;
        next.set(childPath, [...(next.get(childPath) ?? []), child]);
      }
    level = next;
  }
  return { path: `/${root.local}`, records: [root] };
}

type Values = Map<string, string>;

function valuesOfElement({ attributes, children, text }: Element, path: string, values: Values): void {
  for (const [name, value] of attributes) values.set(path === '' ? `@${name}` : `${path}/@${name}`, value);
  if (children.length === 0 && path !== '') values.set(path, text);
  const counts = new Map<string, number>();
  for (const child of children) {
    const place = (counts.get(child.local) ?? 0) + 1;
    counts.set(child.local, place);
    if (place <= MOST_PLACES)
      valuesOfElement(child, `${path}${path === '' ? '' : '/'}${child.local}${place === 1 ? '' : `[${place}]`}`, values);
  }
}

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The longest of the shallowest lists of objects. */
function listIn(document: Json): { readonly pointer: string; readonly records: readonly JsonObject[] } | undefined {
  let level: (readonly [pointer: string, value: Json])[] = [['', document]];
  while (level.length > 0) {
    const lists = level.flatMap(([pointer, value]) =>
      Array.isArray(value) && value.length > 0 && value.every(isObject) ? [{ pointer, records: value as readonly JsonObject[] }] : [],
    );
    const [longest] = lists.toSorted((a, b) => b.records.length - a.records.length);
    if (longest !== undefined) return longest;
    level = level.flatMap(([pointer, value]) =>
      isObject(value) ? Object.entries(value).map(([name, member]) => [`${pointer}/${escapeStep(name)}`, member] as const) : [],
    );
  }
  return undefined;
}

function valuesOfJson(value: Json, path: string, values: Values, types: Map<string, Set<string>>): void {
  if (Array.isArray(value)) {
    for (const [n, item] of value.slice(0, MOST_PLACES).entries()) valuesOfJson(item as Json, `${path}/${n}`, values, types);
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) valuesOfJson(member, `${path}/${escapeStep(name)}`, values, types);
  } else if (value !== null) {
    values.set(path, String(value));
    types.set(path, (types.get(path) ?? new Set()).add(typeof value));
  }
}

/** The title for a path: the last name in it. */
const titleOf = (path: string): string =>
  path
    .split('/')
    .map((step) => step.replace(/\[\d+\]$|^@/g, ''))
    .findLast((step) => !/^\d*$/.test(step)) ?? path;

/** Columns by path, sorted so that a position in a list comes after the previous position. */
function columnsOf(
  format: 'xml' | 'json',
  records: readonly Values[],
  typeOf: (path: string) => Column['datatype'],
): readonly NestedColumn[] {
  const paths = [...new Set(records.flatMap((values) => [...values.keys()]))].filter(
    (path) => typeof columnSteps(format, path) !== 'string',
  );
  // A path with a value in one record and nested values in another is not a column.
  const leaves = paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`) && !other.startsWith(`${path}/@`)));
  return leaves.map((path) => {
    const datatype = typeOf(path);
    return {
      column: { path, ...(datatype === undefined || datatype === 'string' ? {} : { datatype }) },
      title: titleOf(path),
      values: records.map((values) => values.get(path) ?? ''),
    };
  });
}

/** Analyses a text in XML or JSON; undefined where it is neither. */
export function nestedSample(text: string): NestedSample | undefined {
  if (text.trimStart().startsWith('<')) {
    const root = rootOf(text);
    if (root === undefined) return undefined;
    const { path, records } = repeated(root);
    const values = records.slice(0, LOOKED_AT).map((record) => {
      const recordValues: Values = new Map();
      valuesOfElement(record, '', recordValues);
      return recordValues;
    });
    const namespace = root.uri === '' ? {} : { namespace: root.uri };
    return { source: { format: 'xml', record: path, ...namespace }, columns: columnsOf('xml', values, () => undefined) };
  }
  if (!/^\s*[[{]/.test(text)) return undefined;
  const parsed = parseStrict(text);
  const found = parsed.ok ? listIn(parsed.value) : undefined;
  if (found === undefined) return undefined;
  const types = new Map<string, Set<string>>();
  const values = found.records.slice(0, LOOKED_AT).map((record) => {
    const recordValues: Values = new Map();
    valuesOfJson(record, '', recordValues, types);
    return recordValues;
  });
  const typeOf = (path: string): Column['datatype'] => {
    const [only, ...others] = types.get(path) ?? [];
    return others.length > 0 ? 'string' : (only as Column['datatype']);
  };
  return { source: { format: 'json', record: found.pointer }, columns: columnsOf('json', values, typeOf) };
}
