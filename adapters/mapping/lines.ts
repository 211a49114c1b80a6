/** Reads a document in JSON or YAML, with the line of everything in it. No tags, no anchors, no name twice. */
import { isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { stepsOf } from '../json.ts';
import type { MappingFault } from './document.ts';

/** Characters of a document. */
const MOST = 1_000_000;
/** A text that is neither JSON nor YAML has faults in many places. */
const MOST_STATED = 20;

export interface ReadDocument {
  readonly value: unknown;
  /** The line of a place, or of the nearest one around it. */
  lineOf(pointer: string): number;
}

/** The document, or everything that keeps it from being one. */
export function readDocument(text: string): ReadDocument | readonly MappingFault[] {
  if (text.length > MOST) return [{ at: '', line: 1, reason: 'The document is too long' }];
  const counter = new LineCounter();
  const lineAt = (offset: number): number => Math.max(1, counter.linePos(offset).line);
  try {
    const document = parseDocument(text, {
      lineCounter: counter,
      uniqueKeys: true,
      strict: true,
      prettyErrors: false,
      version: '1.2',
      schema: 'core',
    });
    if (document.errors.length > 0)
      return document.errors.slice(0, MOST_STATED).map(({ pos: [at], code }) => ({
        at: '',
        line: lineAt(at),
        reason: code === 'DUPLICATE_KEY' ? 'An object has the same name twice' : 'This is neither JSON nor YAML',
      }));
    const strange: MappingFault[] = [];
    visit(document, (_, node) => {
      if (!isNode(node)) return undefined;
      const isWritten = isAlias(node) || node.anchor !== undefined || node.tag !== undefined;
      if (isWritten) strange.push({ at: '', line: lineAt(node.range?.[0] ?? 0), reason: 'Tags, anchors and aliases are not read' });
      return undefined;
    });
    if (strange.length > 0) return strange;
    const lineOf = (pointer: string): number => {
      let node: unknown = document.contents;
      let offset = (node as Node | null)?.range?.[0] ?? 0;
      for (const step of stepsOf(pointer)) {
        if (isMap(node)) {
          const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === step);
          if (pair === undefined) break;
          offset = (pair.key as Node).range?.[0] ?? offset;
          node = pair.value;
        } else if (isSeq(node)) {
          node = node.items[Number(step)];
          if (!isNode(node)) break;
          offset = node.range?.[0] ?? offset;
        } else break;
      }
      return lineAt(offset);
    };
    return { value: document.toJS({ maxAliasCount: 0 }), lineOf };
  } catch {
    return [{ at: '', line: 1, reason: 'The document nests too deep, or is neither JSON nor YAML' }];
  }
}
