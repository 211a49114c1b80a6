/** Finds the records of an XML document by the path of their elements, with the strict scanner of all XML formats. */
import { type Refusal, refusal } from '../refusal.ts';
import { failure, type Result, success } from '../result.ts';
import type { TableLimits } from '../table/description.ts';
import type { RecordContext } from '../table/read.ts';
import { fault, type ScanFault } from '../table/scan.ts';
import { type XmlHandler, XmlRefused, type XmlTag } from '../xml/handler.ts';
import { scanXml, XmlStream } from '../xml/scan.ts';
import type { CompiledRecords } from './description.ts';
import { keyOf, type PathNode } from './paths.ts';
import { type FoundRecord, MOST_OUTSIDE, type ScannedRecords } from './scan.ts';

/** An open element outside a record. */
interface OpenElement {
  readonly name: string;
  readonly written: string;
}

const qualified = ({ prefix, local }: XmlTag): string => (prefix === '' ? local : `${prefix}:${local}`);
const isDeclaration = (name: string): boolean => name === 'xmlns' || name.startsWith('xmlns:');
/** The start of the tag that ends at a place. Attributes cannot contain `<`. */
const startOfTag = (text: string, end: number): number => text.lastIndexOf('<', end - 1);

const WRONG_ROOT = refusal('wrong-format', 'The root element does not belong to the format');
const WRONG_NAMESPACE = refusal('wrong-namespace');

/** Tracks the elements around records, to find those on the path to a record. */
class Surroundings {
  readonly outside = new Set<string>();
  readonly #text: string;
  readonly #source: CompiledRecords;
  readonly #open: OpenElement[] = [];
  /** How many of the open elements are on the path to a record. */
  #onWay = 0;
  #context: RecordContext | undefined;

  constructor(text: string, source: CompiledRecords) {
    this.#text = text;
    this.#source = source;
  }

  get context(): RecordContext {
    this.#context ??= {
      before: this.#open.map(({ written }) => written).join(''),
      after: this.#open
        .map(({ name }) => `</${name}>`)
        .toReversed()
        .join(''),
    };
    return this.#context;
  }

  /** Takes an element. Returns whether it is a record. */
  open(tag: XmlTag, end: number): 'record' | undefined {
    const { steps, namespace } = this.#source;
    const depth = this.#open.length;
    const isNext = this.#onWay === depth && tag.local === steps[depth];
    if (isNext && tag.uri !== namespace) throw new XmlRefused(WRONG_NAMESPACE);
    if (depth === 0 && !isNext) throw new XmlRefused(WRONG_ROOT);
    if (isNext && depth === steps.length - 1) return 'record';
    if (isNext) {
      for (const name of Object.keys(tag.attributes)) if (!isDeclaration(name)) this.#note(`${this.#path(depth + 1)}/@${name}`);
      this.#onWay++;
    } else if (this.#onWay === depth) this.#note(`${this.#path(depth)}/${tag.local}`);
    this.#open.push({ name: qualified(tag), written: this.#text.slice(startOfTag(this.#text, end), end) });
    this.#context = undefined;
    return undefined;
  }

  close(): void {
    this.#open.pop();
    this.#onWay = Math.min(this.#onWay, this.#open.length);
    this.#context = undefined;
  }

  text(chunk: string): void {
    if (this.#onWay === this.#open.length && chunk.trim() !== '') this.#note(`${this.#path(this.#onWay)}/text()`);
  }

  #path(depth: number): string {
    return this.#source.steps
      .slice(0, depth)
      .map((step) => `/${step}`)
      .join('');
  }

  #note(path: string): void {
    if (this.outside.size < MOST_OUTSIDE) this.outside.add(path);
  }
}

/** An element of a record. It has no node where the format does not have it. */
interface Level {
  readonly node: PathNode | undefined;
  readonly path: string;
  readonly counts: Map<string, number>;
  text: string;
}

const NOT_TEXT = 'An element stands in one that holds a text';

/** Takes the values of one record. */
class RecordReader {
  readonly start: number;
  readonly #context: RecordContext;
  readonly #namespace: string;
  readonly #limits: TableLimits;
  readonly #values: string[];
  readonly #starts: number[] = [];
  readonly #extra = new Map<string, string>();
  readonly #open: Level[] = [];
  #fault: ScanFault | undefined;

  constructor({ root, table, namespace }: CompiledRecords, limits: TableLimits, context: RecordContext, tag: XmlTag, start: number) {
    this.start = start;
    this.#namespace = namespace;
    this.#limits = limits;
    this.#context = context;
    this.#values = table.columns.map(() => '');
    this.#enter(root, '', tag, start);
  }

  open(tag: XmlTag, start: number): void {
    const { node: parent, path, counts } = this.#open.at(-1) as Level;
    if (parent?.column !== undefined) this.#fault ??= fault('not-text', NOT_TEXT, start - this.start);
    const isKnown = parent !== undefined && tag.uri === this.#namespace;
    const place = counts.get(tag.local) ?? 0;
    if (isKnown) counts.set(tag.local, place + 1);
    const node = isKnown ? parent.byKey.get(keyOf('element', tag.local, place)) : undefined;
    this.#enter(node, `${path}${path === '' ? '' : '/'}${tag.local}`, tag, start);
  }

  #enter(node: PathNode | undefined, path: string, { attributes }: XmlTag, start: number): void {
    if (node?.column !== undefined) this.#starts[node.column] = start - this.start;
    for (const [name, { value, uri, local }] of Object.entries(attributes)) {
      if (isDeclaration(name)) continue;
      const column = uri === '' ? node?.byKey.get(keyOf('attribute', local, 0))?.column : undefined;
      if (column === undefined) this.#beyond(`${path}${path === '' ? '' : '/'}@${name}`, value);
      else {
        this.#values[column] = value;
        this.#starts[column] = start - this.start;
      }
    }
    this.#open.push({ node, path, counts: new Map(), text: '' });
  }

  text(chunk: string): void {
    (this.#open.at(-1) as Level).text += chunk;
  }

  /** Whether the element that ends is the record itself. */
  close(): boolean {
    const { node, path, text } = this.#open.pop() as Level;
    if (node?.column !== undefined) this.#values[node.column] = text;
    else if (node === undefined) this.#beyond(path, text);
    else if (text.trim() !== '') this.#beyond(`${path}${path === '' ? '' : '/'}text()`, text);
    return this.#open.length === 0;
  }

  #beyond(path: string, text: string): void {
    if (this.#extra.size >= this.#limits.columns && !this.#extra.has(path))
      this.#fault ??= fault('too-many-columns', 'The record holds too many elements', 0);
    else this.#extra.set(path, (this.#extra.get(path) ?? '') + text);
  }

  found(end: number): FoundRecord {
    const { start } = this;
    const starts = this.#starts;
    const wrong = end - start > this.#limits.recordLength ? fault('record-too-long', 'The record is too long', 0) : this.#fault;
    return {
      start,
      end,
      values: this.#values,
      extra: this.#extra,
      context: this.#context,
      ...(wrong === undefined ? {} : { fault: wrong }),
      startOf: (column) => starts[column] ?? 0,
    };
  }
}

/** The records of a document, or the reason why it does not have the format. */
export function scanXmlRecords(text: string, source: CompiledRecords, limits: TableLimits, tooMany: Refusal): Result<ScannedRecords> {
  const surroundings = new Surroundings(text, source);
  const records: FoundRecord[] = [];
  let reader: RecordReader | undefined;
  const handler: XmlHandler = {
    open: (tag, end) => {
      const start = startOfTag(text, end);
      if (reader !== undefined) return reader.open(tag, start);
      if (surroundings.open(tag, end) === undefined) return;
      if (records.length === limits.rows) throw new XmlRefused(tooMany);
      reader = new RecordReader(source, limits, surroundings.context, tag, start);
    },
    text: (chunk) => (reader ?? surroundings).text(chunk),
    close: (_, end) => {
      if (reader === undefined) return surroundings.close();
      if (!reader.close()) return;
      records.push(reader.found(end));
      reader = undefined;
    },
  };
  const refused = scanXml(text, handler);
  return refused === undefined ? success({ records, outside: [...surroundings.outside] }) : failure(refused);
}

/** The text around a record in a document that begins with `head`; undefined where `head` does not lead to a record. */
export function contextOfXml(head: string, source: CompiledRecords): RecordContext | undefined {
  const surroundings = new Surroundings(head, source);
  let isGood = true;
  const refused = new XmlStream({
    open: (tag, end) => {
      if (surroundings.open(tag, end) === 'record') isGood = false;
    },
    text: () => undefined,
    close: () => surroundings.close(),
    // The last tag has ended with what comes behind it.
  }).write(`${head}<!-- -->`);
  return refused === undefined && isGood ? surroundings.context : undefined;
}
