/** Learns how a message is laid out while it goes by, so that only what breaks the habit needs to be kept. */
import type { XmlTag } from '../xml.ts';

export class LayoutReader {
  readonly indents: string[] = [];
  readonly namespaces: Record<string, { prefix: string; declaration: string }> = {};

  /** Whether this is what stands before every tag of this depth. The first one seen sets it, if it is only white space. */
  isHabit(depth: number, gap: string): boolean {
    const known = this.indents[depth];
    if (known !== undefined) return known === gap;
    if (gap.trim() !== '') return false;
    this.indents[depth] = gap;
    return true;
  }

  /** The root's way of writing names holds for its namespace; its own attributes are no habit. */
  root(tag: XmlTag): void {
    this.namespaces[tag.uri] = { prefix: tag.prefix, declaration: '' };
  }

  /** The start tag that the habit predicts. `rest` is what follows the name in this one, and sets the habit for a namespace seen first. */
  startTag(tag: XmlTag, rest: () => string): string {
    let known = this.namespaces[tag.uri];
    if (known === undefined) {
      known = { prefix: tag.prefix, declaration: rest() };
      this.namespaces[tag.uri] = known;
    }
    return known.prefix === '' ? `<${tag.local}${known.declaration}>` : `<${known.prefix}:${tag.local}${known.declaration}>`;
  }
}
