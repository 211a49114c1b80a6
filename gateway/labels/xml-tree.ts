/** Small XML documents of other systems (policies, labels) as trees that know their lines. */
import type { RefusalCode } from '../../adapters/refusal.ts';
import { failure, type Result, success } from '../../adapters/result.ts';
import { XmlRefused } from '../../adapters/xml/handler.ts';
import { scanXml } from '../../adapters/xml/scan.ts';

export interface Node {
  readonly local: string;
  readonly uri: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Node[];
  readonly text: string;
  readonly line: number;
}

type Growing = { -readonly [Key in keyof Node]: Node[Key] } & { children: Growing[] };

/** A fault of a document, at a node's line. Thrown while reading, and given back as a refusal by {@link readTree}. */
export const refuseAt = (node: Pick<Node, 'line'>, code: RefusalCode, reason: string): XmlRefused =>
  new XmlRefused({ code, reason, line: node.line });

/** Parses a document and reads it. What `read` refuses with {@link refuseAt} comes back as a refusal with its line. */
export function readTree<T>(text: string, read: (root: Node) => T): Result<T> {
  const open: Growing[] = [];
  let root: Growing | undefined;
  let line = 1;
  let counted = 0;
  const refusal = scanXml(text, {
    open: ({ local, uri, attributes }, end) => {
      for (let at = text.indexOf('\n', counted); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) {
        line++;
        counted = at + 1;
      }
      const plainAttributes: Record<string, string> = Object.create(null) as Record<string, string>;
      for (const { name, value } of Object.values(attributes)) if (!name.startsWith('xmlns')) plainAttributes[name] = value;
      const node: Growing = { local, uri, attributes: plainAttributes, children: [], text: '', line };
      open.at(-1)?.children.push(node);
      root ??= node;
      open.push(node);
    },
    close: () => void open.pop(),
    text: (chunk) => {
      const node = open.at(-1);
      if (node !== undefined) node.text += chunk;
    },
  });
  if (refusal !== undefined) return failure(refusal);
  try {
    return success(read(root as Node));
  } catch (error) {
    if (error instanceof XmlRefused) return failure(error.refusal);
    throw error;
  }
}

export const childrenOf = (node: Node, local: string): readonly Node[] => node.children.filter((child) => child.local === local);

/** The only child of a name. Throws {@link XmlRefused} when there is none, or more than one. */
export function childOf(node: Node, local: string, code: RefusalCode): Node {
  const [found, second] = childrenOf(node, local);
  if (found === undefined) throw refuseAt(node, code, `${node.local} has no ${local}`);
  if (second !== undefined) throw refuseAt(second, code, `${node.local} has more than one ${local}`);
  return found;
}

/** An attribute that must be there. Throws {@link XmlRefused}. */
export function attributeOf(node: Node, name: string, code: RefusalCode): string {
  const value = node.attributes[name];
  if (value === undefined || value === '') throw refuseAt(node, code, `${node.local} has no ${name}`);
  return value;
}
