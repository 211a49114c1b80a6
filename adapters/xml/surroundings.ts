/** Reads the values around the entries of a list. A value applies to every entry inside the same element. */
import type { Warning } from '../adapter.ts';
import type { XmlTag } from './handler.ts';
import { canonicalOf, holderAt, isUnit, type Node, type Target } from './nodes.ts';

/** The values of one element around entries, and of the elements around that. */
interface Level {
  /** The number of open elements at its start. */
  readonly depth: number;
  readonly data: Target;
  /** JSON Pointers of values with a wrong type, and of different values for the same place. */
  readonly malformed: string[];
  readonly ambiguous: string[];
}

interface Open {
  readonly node: Node;
  readonly target: Target;
  readonly level: Level;
  /** JSON Pointer of the target. */
  readonly at: string;
}

interface Leaf {
  readonly node: Node;
  readonly isMarking: boolean;
  text: string;
  /** It holds elements. */
  isMixed: boolean;
  depth: number;
}

const XML = /^http:\/\/www\.w3\.org\/(?:2000\/xmlns\/|2001\/XMLSchema-instance$|XML\/1998\/namespace$)/;

const isObject = (value: unknown): value is Target => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy with the members of both objects. The second value replaces the first. */
export function merged(first: Target, second: Target): Target {
  const all: Target = { ...first };
  for (const [name, value] of Object.entries(second)) {
    const existing = all[name];
    if (isObject(existing) && isObject(value)) all[name] = merged(existing, value);
    // Most values are texts, which need no copy.
    else all[name] = typeof value === 'object' ? structuredClone(value) : value;
  }
  return all;
}

/** Takes the elements of a list outside its entries, in order. */
export class Surroundings {
  readonly #marking: string | undefined;
  readonly #open: Open[] = [];
  readonly #levels: Level[] = [];
  #leaf: Leaf | undefined;
  #skipping = 0;
  #found: Warning[] = [];
  #said: string | undefined;

  constructor(root: Node, tag: XmlTag, marking: string | undefined) {
    this.#marking = marking;
    this.#structure(root, tag);
  }

  get isDone(): boolean {
    return this.#open.length === 0;
  }

  /** The protective marking of the list. */
  get marking(): string | undefined {
    return this.#said;
  }

  /** The values that apply to an entry that begins here. */
  data(): Target {
    return this.#levels.reduce((all: Target, { data }) => merged(all, data), {});
  }

  get malformed(): readonly string[] {
    return this.#levels.flatMap(({ malformed }) => malformed);
  }

  get ambiguous(): readonly string[] {
    return this.#levels.flatMap(({ ambiguous }) => ambiguous);
  }

  /** The elements without a place since the last call. */
  takeWarnings(): readonly Warning[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  /** The table's element for a tag; undefined where it has none. */
  childOf(tag: XmlTag): Node | undefined {
    if (this.#leaf !== undefined || this.#skipping > 0) return undefined;
    const child = this.#top().node.byName.get(tag.local)?.node;
    return child?.ns === tag.uri ? child : undefined;
  }

  open(tag: XmlTag): void {
    if (this.#leaf !== undefined) {
      this.#leaf.depth++;
      this.#leaf.isMixed = true;
      return;
    }
    if (this.#skipping > 0) {
      this.#skipping++;
      return;
    }
    const child = this.childOf(tag);
    if (child === undefined && tag.local === this.#marking && tag.uri === this.#top().node.ns) this.#begin(NO_PLACE, true);
    else if (child === undefined) {
      this.#skipping = 1;
      this.#warn('unmapped-element', 'An element with no place in the standard', `${this.#path()}/${tag.local}`);
    } else if (child.type === undefined) this.#structure(child, tag);
    else {
      this.#attributes(child, this.#top(), tag);
      this.#begin(child, false);
    }
  }

  #begin(node: Node, isMarking: boolean): void {
    this.#leaf = { node, isMarking, text: '', isMixed: false, depth: 0 };
  }

  text(text: string): void {
    if (this.#leaf !== undefined) this.#leaf.text += text;
    else if (this.#skipping === 0 && /\S/.test(text)) this.#warn('unmapped-text', 'Text between elements', this.#path());
  }

  close(): void {
    if (this.#skipping > 0) this.#skipping--;
    else if (this.#leaf === undefined) this.#end();
    else if (this.#leaf.depth > 0) this.#leaf.depth--;
    else this.#closeLeaf();
  }

  #closeLeaf(): void {
    const leaf = this.#leaf as Leaf;
    this.#leaf = undefined;
    const text = leaf.text.trim();
    if (leaf.isMarking) {
      if (text !== '') this.#said ??= text;
    } else if (leaf.isMixed) this.#warn('unmapped-element', 'An element inside a value', `${this.#path()}/${leaf.node.name}`);
    else this.#set(leaf.node, this.#top(), canonicalOf(leaf.node, leaf.text), text === '', leaf.node.name);
  }

  #end(): void {
    const closed = this.#open.pop() as Open;
    if (closed.level.depth === this.#open.length) this.#levels.pop();
  }

  #structure(node: Node, tag: XmlTag): void {
    const around = this.#open[this.#open.length - 1];
    const begins = around === undefined || isUnit(node);
    const level = begins ? { depth: this.#open.length, data: {}, malformed: [], ambiguous: [] } : around.level;
    if (begins) this.#levels.push(level);
    const open = { node, level, ...(begins ? { target: level.data, at: '' } : this.#placeOf(node, around)) };
    this.#attributes(node, open, tag);
    this.#open.push(open);
  }

  #placeOf({ path, many }: Node, { target, at }: Open): Pick<Open, 'target' | 'at'> {
    const last = path[path.length - 1];
    if (last === undefined) return { target, at };
    const holder = holderAt(target, path);
    const pointer = `${at}/${path.join('/')}`;
    if (!many) return { target: (holder[last] ??= {}) as Target, at: pointer };
    const list = (holder[last] ??= []) as Target[];
    list.push({});
    return { target: list[list.length - 1] as Target, at: `${pointer}/${list.length - 1}` };
  }

  #attributes(node: Node, open: Open, tag: XmlTag): void {
    for (const { uri, local, value } of Object.values(tag.attributes)) {
      if (XML.test(uri)) continue;
      const attributeNode = uri === '' ? node.attributes.find(({ name }) => name === local) : undefined;
      if (attributeNode !== undefined) this.#set(attributeNode, open, canonicalOf(attributeNode, value), value.trim() === '', `@${local}`);
      else this.#warn('unmapped-attribute', 'An attribute with no place in the standard', `${this.#path()}/${tag.local}/@${local}`);
    }
  }

  #set(node: Node, { target, level, at }: Open, value: string | undefined, isBlank: boolean, name: string): void {
    const pointer = `${at}/${node.path.join('/')}`;
    if (value === undefined) {
      if (isBlank) return;
      if (level.malformed.length < MOST) level.malformed.push(pointer);
      this.#warn('value-out-of-type', `Not a ${node.type}: kept as received in extensions`, `${this.#path()}/${name}`);
      return;
    }
    const holder = holderAt(target, node.path);
    const last = node.path[node.path.length - 1] as string;
    if (node.many) ((holder[last] ??= []) as string[]).push(value);
    else if (holder[last] === undefined) holder[last] = value;
    else if (holder[last] !== value && level.ambiguous.length < MOST) level.ambiguous.push(pointer);
  }

  #warn(code: string, reason: string, at: string): void {
    if (this.#found.length < MOST) this.#found.push({ code, at, reason });
    else if (this.#found.length === MOST) this.#found.push({ code: 'more-warnings', at: '/', reason: 'Further warnings are not listed' });
  }

  #top = (): Open => this.#open[this.#open.length - 1] as Open;
  #path = (): string => this.#open.map(({ node }) => `/${node.name}`).join('');
}

/** Enough to see what is wrong. */
const MOST = 100;

const NO_PLACE = { path: [], attributes: [] } as unknown as Node;
