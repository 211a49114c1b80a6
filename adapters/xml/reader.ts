/** Builds the events of one message during the scan of its XML, without an intermediate tree. */
import type { Warning } from '../adapter.ts';
import { escapeText, NEEDS_ESCAPE, unescapeText } from './characters.ts';
import { NO_ATTRIBUTES, type XmlAttribute, type XmlTag } from './handler.ts';
import { LayoutReader } from './layout.ts';
import { XMLNS_NAMESPACE } from './limits.ts';
import { type Child, canonicalOf, compile, holderAt, type Node, slotsOf, type Target, valueAt, writtenOf } from './nodes.ts';
import type { Mark, Marks, Unmapped } from './residue.ts';
import type { MessageSpec } from './table.ts';

/** One case: its data without the values around it, and its marks. */
export interface ReadUnit {
  readonly data: Target;
  readonly marks: Marks;
  readonly warnings: Warning[];
  readonly unmapped: Unmapped[];
  /** Values that the message has more than once, with differences. */
  readonly ambiguous: Placed[];
  /** Values that are not of their type. */
  readonly malformed: Placed[];
}

/** The place of a value: an object of the event, and the path from there. */
export interface Placed {
  readonly target: Target;
  readonly path: readonly string[];
}

interface Part {
  readonly marks: Marks;
  next: number;
  readonly warnings: Warning[];
  readonly unmapped: Unmapped[];
  /** Values that the message has more than once, with differences. */
  readonly ambiguous: Placed[];
  /** Values that are not of their type. */
  readonly malformed: Placed[];
}

interface OpenLeaf {
  readonly child: Child;
  readonly ordinal: number;
  readonly qname: string;
  readonly start: number;
  text: string;
  /** The depth in elements without a place. */
  skipping: number;
  /** Whether it contains elements. It then has no canonical value, because no text has its meaning. */
  isMixed: boolean;
  readonly isNil: boolean;
}

interface Frame {
  readonly node: Node;
  readonly target: Target;
  readonly part: Part;
  readonly ordinal: number;
  readonly qname: string;
  readonly names: string[];
  /** How often each name is among them. */
  readonly counts: Map<string, number>;
  /** For each leaf: its place, and the start and end of its content. */
  readonly leaves: number[];
}

/** Enough to see what is wrong with a message. */
const MOST_MALFORMED = 100;

const isNil = ({ attributes }: XmlTag): boolean =>
  attributes !== NO_ATTRIBUTES &&
  Object.values(attributes).some(
    (attribute) => attribute.uri === XSI && attribute.local === 'nil' && /^\s*(?:true|1)\s*$/.test(attribute.value),
  );

const NOT_SPACE = /\S/;
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

/** Reads one message element of a document. Offsets are into `source`, so that text is kept exactly. */
export class UnitReader {
  readonly units: ReadUnit[] = [];
  readonly shared: Target = {};
  readonly layout = new LayoutReader();
  readonly message: Part = { marks: {}, next: 0, warnings: [], unmapped: [], ambiguous: [], malformed: [] };
  readonly start: number;
  end = 0;
  /** Whether an element has a name of the format in another namespace. */
  hasForeignNames = false;
  readonly #source: string;
  readonly #spec: MessageSpec;
  readonly #frames: Frame[] = [];
  #part = this.message;
  #from = 0;
  #skipping = 0;
  #skipStart = 0;
  /** A second element where only one is allowed. */
  #skipped: { readonly node: Node; readonly from: number } | undefined;
  #leaf: OpenLeaf | undefined;

  constructor(source: string, spec: MessageSpec, root: Node, tag: XmlTag, tagEnd: number) {
    this.#source = source;
    this.#spec = spec;
    this.start = source.lastIndexOf('<', tagEnd - 1);
    this.#from = this.start;
    this.layout.root(tag);
    this.#openStructure(root, this.shared, tag, tagEnd);
  }

  get done(): boolean {
    return this.#frames.length === 0;
  }

  open(tag: XmlTag, end: number): void {
    if (this.#leaf !== undefined) {
      this.#leaf.isMixed = true;
      if (this.#leaf.skipping++ === 0) this.#unmapped(tag.local, end, 'An element inside a value');
      return;
    }
    if (this.#skipping > 0) {
      this.#skipping++;
      return;
    }
    const frame = this.#frame();
    const child = frame.node.byName.get(tag.local);
    if (child !== undefined && child.node.ns !== tag.uri) this.hasForeignNames = true;
    if (child === undefined || child.node.ns !== tag.uri || this.#isSecond(frame, child.node)) {
      this.#skipping = 1;
      this.#skipStart = this.#source.lastIndexOf('<', end - 1);
      this.#skipped = child?.node.type !== undefined && child.node.ns === tag.uri ? { node: child.node, from: end } : undefined;
      return;
    }
    frame.names.push(tag.local);
    frame.counts.set(tag.local, (frame.counts.get(tag.local) ?? 0) + 1);
    if (child.node.type !== undefined) this.#openLeaf(child, frame, tag, end);
    else this.#openStructure(child.node, this.#targetOf(child.node, frame), tag, end);
  }

  text(text: string): void {
    if (this.#leaf !== undefined) {
      if (this.#leaf.skipping === 0) this.#leaf.text += text;
    } else if (this.#skipping === 0 && NOT_SPACE.test(text))
      this.#warn(this.#frame().part, 'unmapped-text', 'Text between elements', this.#path());
  }

  close(tag: XmlTag, end: number): void {
    if (this.#skipping > 0) {
      if (--this.#skipping > 0) return;
      this.#unmapped(tag.local, end, 'An element with no place in the standard', this.#skipStart);
      if (this.#skipped !== undefined) this.#noteSecond(this.#skipped.node, this.#skipped.from, end);
      return;
    }
    if (this.#leaf === undefined) this.#closeStructure(end);
    else if (this.#leaf.skipping > 0) this.#leaf.skipping--;
    else this.#closeLeaf(end);
  }

  #noteSecond(node: Node, from: number, end: number): void {
    const { path } = node;
    const { target, part } = this.#frame();
    const first = valueAt(target, path);
    const second = canonicalOf(node, unescapeText(this.#source.slice(from, this.#source.lastIndexOf('<', end - 1))));
    if (first === undefined || first !== second) part.ambiguous.push({ target, path });
  }

  #frame(): Frame {
    return this.#frames[this.#frames.length - 1] as Frame;
  }

  #isSecond(frame: Frame, node: Node): boolean {
    return !node.many && frame.counts.has(node.name) && !frame.node.byName.get(node.name)?.group;
  }

  #targetOf(node: Node, frame: Frame): Target {
    if (node.path.length === 0) return frame.target;
    const holder = holderAt(frame.target, node.path);
    const last = node.path[node.path.length - 1] as string;
    if (!node.many) {
      holder[last] ??= {};
      return holder[last] as Target;
    }
    holder[last] ??= [];
    const item: Target = {};
    (holder[last] as Target[]).push(item);
    return item;
  }

  #mark(part: Part, ordinal: number): Mark {
    part.marks[ordinal] ??= {};
    return part.marks[ordinal];
  }

  #startTag(part: Part, { node, target }: Pick<Frame, 'node' | 'target'>, tag: XmlTag, end: number): number {
    const source = this.#source;
    const start = source.lastIndexOf('<', end - 1);
    const ordinal = part.next++;
    const depth = this.#frames.length;
    if (depth > 0 && !this.layout.isHabit(depth, source, this.#from, start))
      this.#mark(part, ordinal).gap = source.slice(this.#from, start);
    if (!this.layout.isHabitualTag(tag, source, start, end)) this.#mark(part, ordinal).start = source.slice(start, end);
    if (tag.attributes !== NO_ATTRIBUTES) this.#attributes(part, node, target, tag, depth === 0);
    this.#from = end;
    return ordinal;
  }

  #attributes(part: Part, node: Node, target: Target, tag: XmlTag, isRoot: boolean): void {
    const isLeaf = node.type !== undefined;
    for (const name in tag.attributes) {
      const attribute = tag.attributes[name] as XmlAttribute;
      if (attribute.uri === XMLNS_NAMESPACE || (attribute.uri === XSI && attribute.local.endsWith('chemaLocation'))) continue;
      if (isLeaf && attribute.uri === XSI && attribute.local === 'nil') continue;
      if (isRoot && attribute.uri === '' && this.#spec.attributes[name] === attribute.value) continue;
      const at = `${this.#path()}/${tag.local}/@${name}`;
      const leaf = attribute.uri === '' ? node.attributes.find((candidate) => candidate.name === attribute.local) : undefined;
      if (leaf !== undefined) {
        const value = canonicalOf(leaf, attribute.value);
        if (value !== undefined) holderAt(target, leaf.path)[leaf.path[leaf.path.length - 1] as string] ??= value;
        else if (attribute.value.trim() !== '') {
          if (part.malformed.length < MOST_MALFORMED) part.malformed.push({ target, path: leaf.path });
          this.#warn(part, 'value-out-of-type', `Not a ${leaf.type}: kept as received in extensions`, at);
        }
        continue;
      }
      const fixed = isRoot && attribute.uri === '' && name in this.#spec.attributes;
      this.#warn(
        part,
        fixed ? 'value-out-of-type' : 'unmapped-attribute',
        fixed ? 'Not the value that the official schema fixes' : 'An attribute with no place in the standard',
        at,
      );
    }
  }

  #openStructure(node: Node, target: Target, tag: XmlTag, end: number): void {
    const isUnit =
      node.name === this.#spec.unit && tag.uri === this.#spec.namespaces[''] && this.#part === this.message && this.#frames.length > 0;
    if (isUnit) {
      const unit: ReadUnit = { data: {}, marks: {}, warnings: [], unmapped: [], ambiguous: [], malformed: [] };
      this.units.push(unit);
      this.#part = { ...unit, next: 0 };
    }
    const data = isUnit ? (this.units[this.units.length - 1] as ReadUnit).data : target;
    const ordinal = this.#startTag(this.#part, { node, target: data }, tag, end);
    this.#frames.push({ node, target: data, part: this.#part, ordinal, qname: tag.name, names: [], counts: new Map(), leaves: [] });
  }

  #endTag(part: Part, ordinal: number, qname: string, end: number): number {
    const start = end === this.#from ? end : this.#source.lastIndexOf('<', end - 1);
    // The scan has checked the name, so an end tag of this length can only be the plain one.
    if (end - start !== qname.length + 3) this.#mark(part, ordinal).end = this.#source.slice(start, end);
    return start;
  }

  #closeStructure(end: number): void {
    const frame = this.#frame();
    const { part, ordinal, node } = frame;
    const start = this.#endTag(part, ordinal, frame.qname, end);
    if (!this.layout.isHabit(this.#frames.length - 1, this.#source, this.#from, start))
      this.#mark(part, ordinal).last = this.#source.slice(this.#from, start);
    const slots = slotsOf(node, frame.target, this.units);
    if (slots.length !== frame.names.length || slots.some((slot, n) => slot.node.name !== frame.names[n])) {
      this.#mark(part, ordinal).children = frame.names;
      for (let n = 0; n < frame.leaves.length; n += 3) {
        const [ordinal, from, to] = frame.leaves.slice(n, n + 3) as [number, number, number];
        this.#mark(part, ordinal).content = this.#source.slice(from, to);
      }
    }
    this.#frames.pop();
    this.#from = end;
    if (this.#frames.length === 0) this.end = end;
    else this.#part = this.#frame().part;
  }

  #openLeaf(child: Child, frame: Frame, tag: XmlTag, end: number): void {
    const ordinal = this.#startTag(frame.part, { node: child.node, target: frame.target }, tag, end);
    this.#leaf = { child, ordinal, qname: tag.name, text: '', start: end, skipping: 0, isMixed: false, isNil: isNil(tag) };
  }

  #closeLeaf(end: number): void {
    const leaf = this.#leaf as OpenLeaf;
    const frame = this.#frame();
    const { node, group, place } = leaf.child;
    const contentEnd = this.#endTag(frame.part, leaf.ordinal, leaf.qname, end);
    frame.leaves.push(leaf.ordinal, leaf.start, contentEnd);
    const isBlank = !leaf.isMixed && leaf.text.trim() === '';
    // An element that says it is nil, and is empty as it must be then, is absent (XML Schema Part 1, 2.6.2).
    const value = leaf.isMixed || (leaf.isNil && isBlank) ? undefined : canonicalOf(node, leaf.text);
    if (value !== undefined) this.#set(frame, node, group, place, value);
    // The case exists, although it has no reference.
    else if (isBlank && node.type === 'reference') holderAt(frame.target, node.path);
    else if (!isBlank) this.#outOfType(frame, node, group, this.#source.slice(leaf.start, contentEnd));
    if (value === undefined || !this.#isWrittenAs(writtenOf(node, value), leaf.start, contentEnd))
      this.#mark(frame.part, leaf.ordinal).content = this.#source.slice(leaf.start, contentEnd);
    this.#leaf = undefined;
    this.#from = end;
  }

  /** Whether encode would write a value exactly as in the source. */
  #isWrittenAs(value: string, start: number, end: number): boolean {
    if (value.length === end - start && !NEEDS_ESCAPE.test(value)) return this.#source.startsWith(value, start);
    return this.#source.slice(start, end) === escapeText(value);
  }

  #set({ target, part }: Frame, node: Node, group: Node | undefined, place: number, value: string): void {
    if (group !== undefined) {
      const holder = holderAt(target, group.path);
      const list = (holder[group.path[group.path.length - 1] as string] ??= []) as Target[];
      const last = list[list.length - 1];
      const isOpen = last !== undefined && !group.children.slice(place).some((member) => valueAt(last, member.path) !== undefined);
      const item = isOpen ? last : {};
      if (!isOpen) list.push(item);
      holderAt(item, node.path)[node.path[node.path.length - 1] as string] = value;
      return;
    }
    const holder = holderAt(target, node.path);
    const last = node.path[node.path.length - 1] as string;
    if (node.many) ((holder[last] ??= []) as string[]).push(value);
    else if (holder[last] === undefined) holder[last] = value;
    else if (holder[last] !== value) part.ambiguous.push({ target, path: node.path });
  }

  #outOfType({ part, target }: Frame, node: Node, group: Node | undefined, raw: string): void {
    const at = `${this.#path()}/${node.name}`;
    if (part.malformed.length < MOST_MALFORMED) part.malformed.push({ target, path: group === undefined ? node.path : group.path });
    part.unmapped.push({ at, xml: raw });
    this.#warn(part, 'value-out-of-type', `Not a ${node.type}: kept as received in extensions`, at);
  }

  #unmapped(local: string, end: number, reason: string, start = this.#source.lastIndexOf('<', end - 1)): void {
    const part = this.#frame().part;
    const at = `${this.#path()}/${local}`;
    part.unmapped.push({ at, xml: this.#source.slice(start, end) });
    this.#warn(part, 'unmapped-element', reason, at);
  }

  #warn(part: Part, code: string, reason: string, at: string): void {
    if (part.warnings.length < 1000) part.warnings.push({ code, at, reason });
    else if (part.warnings.length === 1000)
      part.warnings.push({ code: 'more-warnings', at: '/', reason: 'Further warnings are not listed' });
  }

  #path(): string {
    let path = '';
    for (let n = 0; n < this.#frames.length; n++) {
      const { node } = this.#frames[n] as Frame;
      const count = (node.many && this.#frames[n - 1]?.counts.get(node.name)) || 0;
      path += `/${node.name}${count > 0 ? `[${count}]` : ''}`;
    }
    return path;
  }
}

/** The compiled table of a message format. */
export const rootOf = (spec: MessageSpec): Node => compile(spec.root, spec.longest);
