/** Learns the layout of a message during the scan, so that only exceptions need to be kept. */
import type { XmlTag } from './handler.ts';

export class LayoutReader {
  readonly indents: string[] = [];
  readonly namespaces: Record<string, { prefix: string; declaration: string }> = {};

  /** Whether the text from `from` to `to` is the usual text before a tag of this depth. The first such text sets it, if it is white space. */
  isHabit(depth: number, source: string, from: number, to: number): boolean {
    const known = this.indents[depth];
    if (known !== undefined) return to - from === known.length && source.startsWith(known, from);
    const gap = source.slice(from, to);
    if (gap.trim() !== '') return false;
    this.indents[depth] = gap;
    return true;
  }

  /** The root sets the usual spelling of names in its namespace, but not the usual attributes. */
  root(tag: XmlTag): void {
    this.namespaces[tag.uri] = { prefix: tag.prefix, declaration: '' };
  }

  /** Whether a start tag has the usual spelling of its namespace: the prefix, and the text after the name. The first such tag sets it. */
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
