/** Learns how a message is laid out while it goes by, so that only what breaks the habit needs to be kept. */
import type { XmlTag } from './handler.ts';

export class LayoutReader {
  readonly indents: string[] = [];
  readonly namespaces: Record<string, { prefix: string; declaration: string }> = {};

  /** Whether what stands from `from` to `to` stands before every tag of this depth. The first one seen sets it, if it is only white space. */
  isHabit(depth: number, source: string, from: number, to: number): boolean {
    const known = this.indents[depth];
    if (known !== undefined) return to - from === known.length && source.startsWith(known, from);
    const gap = source.slice(from, to);
    if (gap.trim() !== '') return false;
    this.indents[depth] = gap;
    return true;
  }

  /** The root's way of writing names holds for its namespace; its own attributes are no habit. */
  root(tag: XmlTag): void {
    this.namespaces[tag.uri] = { prefix: tag.prefix, declaration: '' };
  }

  /** Whether a start tag is written as those of its namespace are: prefix, and what follows the name. The first one seen sets it. */
  isHabitualTag(tag: XmlTag, source: string, start: number, end: number): boolean {
    let known = this.namespaces[tag.uri];
    if (known === undefined) {
      known = { prefix: tag.prefix, declaration: tag.isSelfClosing ? '' : source.slice(start + 1 + tag.name.length, end - 1) };
      this.namespaces[tag.uri] = known;
    }
    const { prefix, declaration } = known;
    const length = tag.name.length + declaration.length + 2;
    return (
      prefix === tag.prefix && end - start === length && (declaration === '' || source.startsWith(declaration, start + 1 + tag.name.length))
    );
  }
}
