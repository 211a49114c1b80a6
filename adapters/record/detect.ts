/** Detects whether the beginning of a message has a format of nested records. */
import type { CompiledRecords } from './description.ts';

/** The text that is allowed before the root element. */
const BEFORE_ROOT = /^\s*(?:<\?[^>]*\?>\s*|<!--(?:[^-]|-(?!-))*-->\s*)*/;
const ROOT = /^<(?:[^\s<>/:!?]+:)?([^\s<>/:!?]+)(?=[\s/>])/;

/** `head` is the beginning of the text, without a byte order mark. */
export function beginsWithRecords({ format, steps, namespace, table, root }: CompiledRecords, head: string): boolean {
  if (format === 'xml') {
    const rest = head.replace(BEFORE_ROOT, '');
    return ROOT.exec(rest)?.[1] === steps[0] && (namespace === '' || rest.includes(namespace));
  }
  const begin = head.trimStart();
  if (!begin.startsWith(steps.length === 0 ? '[' : '{')) return false;
  const required = root.children.filter(({ column }) => column !== undefined && table.columns[column]?.required === true);
  const names = [...steps, ...(required.length === 0 ? root.children.slice(0, 1) : required).map(({ name }) => name)];
  return names.every((name) => head.includes(JSON.stringify(name)));
}
