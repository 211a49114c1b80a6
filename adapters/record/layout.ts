/** The layout of a new message of nested records: two spaces for each level, without empty values. */
import { parseStrict } from '../json.ts';
import type { RecordContext } from '../table/read.ts';
import { escapeAttribute, escapeText, isWritable } from '../xml/characters.ts';
import type { CompiledRecords } from './description.ts';
import type { PathNode } from './paths.ts';

const INDENT = '  ';

const indentOf = ({ format, steps }: CompiledRecords): string => INDENT.repeat(format === 'xml' ? steps.length - 1 : steps.length + 1);

/** The text between two records. */
export const plainGap = (source: CompiledRecords): string => `${source.format === 'xml' ? '' : ','}\n${indentOf(source)}`;

/** Whether what stands between two records says more than that: in JSON there is nothing else. */
export const isMoreThanLayout = ({ format }: CompiledRecords, gap: string): boolean => format === 'xml' && gap.trim() !== '';

/** The text before the first record, and after the last. */
export function plainSurroundings(source: CompiledRecords): { readonly head: string; readonly tail: string } {
  const { before, after } = source.format === 'xml' ? xmlSurroundings(source) : jsonSurroundings(source);
  return { head: before + indentOf(source), tail: `\n${after}` };
}

const declaration = (source: CompiledRecords): string => (source.namespace === '' ? '' : ` xmlns="${escapeAttribute(source.namespace)}"`);

function xmlSurroundings(source: CompiledRecords): RecordContext {
  const around = source.steps.slice(0, -1);
  const open = around.map((name, n) => `${INDENT.repeat(n)}<${name}${n === 0 ? declaration(source) : ''}>\n`);
  const close = around.map((name, n) => `${INDENT.repeat(n)}</${name}>\n`).toReversed();
  return { before: `<?xml version="1.0" encoding="UTF-8"?>\n${open.join('')}`, after: close.join('') };
}

function jsonSurroundings({ steps }: CompiledRecords): RecordContext {
  const open = steps.map((name, n) => `{\n${INDENT.repeat(n + 1)}${JSON.stringify(name)}: `);
  const close = steps.map((_, n) => `${INDENT.repeat(n)}}\n`).toReversed();
  return { before: `${open.join('')}[\n`, after: `${INDENT.repeat(steps.length)}]\n${close.join('')}` };
}

/** Writes a record from its values, or returns the column whose value the format cannot hold. */
export function writeNested(source: CompiledRecords, values: readonly string[]): string | { readonly column: number } {
  const wrong = values.findIndex((value, column) => value !== '' && !canHold(source, column, value));
  if (wrong >= 0) return { column: wrong };
  const { root } = source;
  if (source.format === 'json') return writeJson(source, root, values, indentOf(source)) ?? '{}';
  const name = source.steps.at(-1) as string;
  const written = writeXml(root, values, name, indentOf(source), source.steps.length === 1 ? declaration(source) : '');
  return written ?? `<${name}${source.steps.length === 1 ? declaration(source) : ''}/>`;
}

function canHold({ format, table }: CompiledRecords, column: number, value: string): boolean {
  if (format === 'xml') return isWritable(value);
  const { datatype = 'string' } = table.columns[column] ?? {};
  if (datatype === 'string') return value.isWellFormed();
  if (datatype === 'boolean') return value === 'true' || value === 'false';
  return /^[-\d]/.test(value) && value.trim() === value && parseStrict(value).ok;
}

/** The children of a node to write. Of children with a position in a list, all up to the last one with a value. */
function writtenChildren<T>(node: PathNode, write: (child: PathNode) => T | undefined, empty: (child: PathNode) => T): readonly T[] {
  const written = node.children.map((child) => ({ child, text: write(child) }));
  const lastOf = new Map<string, number>();
  for (const [n, { child, text }] of written.entries()) if (text !== undefined) lastOf.set(child.name, n);
  return written.flatMap(({ child, text }, n) => {
    if (text !== undefined) return [text];
    const isBefore = (child.kind === 'element' || child.kind === 'entry') && n < (lastOf.get(child.name) ?? -1);
    return isBefore ? [empty(child)] : [];
  });
}

function writeXml(node: PathNode, values: readonly string[], name: string, indent: string, namespaceDeclaration = ''): string | undefined {
  const attributes = node.children
    .filter(({ kind, column }) => kind === 'attribute' && values[column as number] !== '')
    .map((child) => ` ${child.name}="${escapeAttribute(values[child.column as number] as string)}"`)
    .join('');
  const open = `<${name}${namespaceDeclaration}${attributes}`;
  if (node.column !== undefined) {
    const text = values[node.column] as string;
    return text === '' ? (attributes === '' ? undefined : `${open}/>`) : `${open}>${escapeText(text)}</${name}>`;
  }
  const inner = indent + INDENT;
  const children = writtenChildren(
    node,
    (child) => (child.kind === 'attribute' ? undefined : writeXml(child, values, child.name, inner)),
    (child) => `<${child.name}/>`,
  );
  if (children.length === 0) return attributes === '' ? undefined : `${open}/>`;
  return `${open}>${children.map((child) => `\n${inner}${child}`).join('')}\n${indent}</${name}>`;
}

function writeJson(source: CompiledRecords, node: PathNode, values: readonly string[], indent: string): string | undefined {
  if (node.column !== undefined) {
    const text = values[node.column] as string;
    const isText = (source.table.columns[node.column]?.datatype ?? 'string') === 'string';
    return text === '' ? undefined : isText ? JSON.stringify(text) : text;
  }
  const inner = indent + INDENT;
  const children = writtenChildren(
    node,
    (child) => {
      const text = writeJson(source, child, values, inner);
      return text === undefined || child.kind === 'entry' ? text : `${JSON.stringify(child.name)}: ${text}`;
    },
    () => 'null',
  );
  if (children.length === 0) return undefined;
  const [open, close] = node.children[0]?.kind === 'entry' ? '[]' : '{}';
  return `${open}${children.map((child) => `\n${inner}${child}`).join(',')}\n${indent}${close}`;
}
