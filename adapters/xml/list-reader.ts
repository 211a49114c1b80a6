/** Reads a list in pieces. Each entry becomes an event at its end, with the values around it. Nothing else is kept. */
import type { DecodedEvent, JsonObject, Refusal } from '../adapter.ts';
import { failure, type Result, success } from '../result.ts';
import { pointersOf } from './decode.ts';
import { XmlRefused, type XmlTag } from './handler.ts';
import { type CompiledList, isEntry, type ListResidue, type ListSpec } from './list-spec.ts';
import { type Node, type Target, valueAt } from './nodes.ts';
import { UnitReader } from './reader.ts';
import { XmlStream } from './scan.ts';
import { merged, Surroundings } from './surroundings.ts';

/** The most characters, and the most tags and texts, of an entry and the text before it. They limit the memory. */
const LONGEST_ENTRY = 4 * 1024 * 1024;
const MOST_SAID = 200_000;

const TOO_LONG: Refusal = { code: 'xml-limit', reason: 'An entry, or the text between two entries, is too long' };
const TWO_LISTS: Refusal = { code: 'two-messages', reason: 'The envelope contains more than one message' };

type Said = { readonly tag: XmlTag; readonly isOpen: boolean; readonly end: number } | { readonly text: string };

/** The current entry: its scan events, with offsets from its start. */
interface Entry {
  readonly node: Node;
  readonly start: number;
  readonly said: Said[];
  depth: number;
}

/** How the bytes of a message were read. */
export type Head = Pick<ListResidue, 'charset' | 'bom'>;

export class ListReader {
  readonly #lists: readonly CompiledList[];
  readonly #head: () => Head;
  readonly #scan: XmlStream;
  readonly #facts: Target = {};
  #list: CompiledList | undefined;
  #around: Surroundings | undefined;
  /** The text that is not used yet, and its offset in the document. */
  #window = '';
  #base = 0;
  /** The offset of the end of the previous entry. */
  #from = 0;
  #entry: Entry | undefined;
  /** The names of the open elements of the envelope, and the text of the last one. */
  readonly #envelope: string[] = [];
  #text = '';
  #isForeign = false;
  #parts = 0;
  /** The last entry. It is returned when the next one, or the end, has arrived. */
  #last: DecodedEvent | undefined;
  #ready: DecodedEvent[] = [];

  /** `head` describes the encoding, after the first bytes. */
  constructor(lists: readonly CompiledList[], head: () => Head) {
    this.#lists = lists;
    this.#head = head;
    this.#scan = new XmlStream({
      open: (tag, end) => this.#open(tag, end),
      text: (text) => this.#said(text),
      close: (tag, end) => this.#close(tag, end),
    });
  }

  /** Reads the next piece. Returns the events that it completes, or the reasons why the list cannot be read. */
  write(text: string): Result<readonly DecodedEvent[]> {
    this.#window += text;
    const refusal = this.#scan.write(text);
    if (refusal !== undefined) return failure(refusal);
    if (this.#base + this.#window.length - this.#from > LONGEST_ENTRY) return failure({ ...TOO_LONG, line: this.#scan.line });
    this.#window = this.#window.slice(this.#from - this.#base);
    this.#base = this.#from;
    return success(this.#take());
  }

  /** Ends the list. */
  end(): Result<readonly DecodedEvent[]> {
    const refusal = this.#scan.close();
    if (refusal !== undefined) return failure(refusal);
    const { spec, root } = this.#list ?? (this.#lists[0] as CompiledList);
    if (this.#list === undefined) {
      const at = `/${root.name}`;
      if (this.#isForeign) return failure({ code: 'wrong-namespace', reason: `${root.name} is not in its namespace, ${root.ns}`, at });
      return failure({ code: 'wrong-format', reason: `No list of ${spec.format} in the message`, line: 1 });
    }
    if (this.#last === undefined) return failure({ code: 'no-case', reason: 'The list contains no case', at: `/${root.name}` });
    this.#ready.push(withResidue(this.#last, spec.id, { after: this.#window.slice(this.#from - this.#base) }));
    return success(this.#take());
  }

  #take(): readonly DecodedEvent[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  #open(tag: XmlTag, end: number): void {
    if (this.#entry !== undefined) {
      this.#entry.depth++;
      this.#tell(this.#entry, { tag, isOpen: true, end: end - this.#entry.start });
    } else if (this.#around !== undefined && !this.#around.isDone) this.#inList(this.#around, tag, end);
    else this.#inEnvelope(tag);
  }

  #inEnvelope(tag: XmlTag): void {
    const list = this.#lists.find(({ root }) => root.name === tag.local && root.ns === tag.uri);
    if (list === undefined) {
      if (this.#lists.some(({ root }) => root.name === tag.local)) this.#isForeign = true;
      this.#envelope.push(tag.local);
      this.#text = '';
      return;
    }
    if (this.#list !== undefined) throw new XmlRefused(TWO_LISTS);
    this.#list = list;
    this.#around = new Surroundings(list.root, tag, list.spec.marking);
  }

  #inList(around: Surroundings, tag: XmlTag, end: number): void {
    const node = around.childOf(tag);
    if (node === undefined || !isEntry((this.#list as CompiledList).spec, node)) {
      around.open(tag);
      return;
    }
    const start = this.#base + this.#window.lastIndexOf('<', end - 1 - this.#base);
    this.#entry = { node, start, said: [{ tag, isOpen: true, end: end - start }], depth: 0 };
  }

  #said(text: string): void {
    if (this.#entry !== undefined) this.#tell(this.#entry, { text });
    else if (this.#around !== undefined && !this.#around.isDone) this.#around.text(text);
    else if (this.#text.length < 1000) this.#text += text.slice(0, 1000);
  }

  #tell({ said }: Entry, piece: Said): void {
    if (said.push(piece) > MOST_SAID) throw new XmlRefused(TOO_LONG);
  }

  #close(tag: XmlTag, end: number): void {
    const entry = this.#entry;
    if (entry !== undefined) {
      this.#tell(entry, { tag, isOpen: false, end: end - entry.start });
      if (entry.depth-- === 0) this.#closeEntry(entry, end);
    } else if (this.#around !== undefined && !this.#around.isDone) this.#around.close();
    else {
      const name = this.#envelope.pop() ?? '';
      this.#lists[0]?.spec.noteFact(this.#facts, this.#envelope[this.#envelope.length - 1] ?? '', name, this.#text);
      this.#text = '';
    }
  }

  #closeEntry(entry: Entry, end: number): void {
    const { spec, root } = this.#list as CompiledList;
    const before = this.#window.slice(this.#from - this.#base, entry.start - this.#base);
    const reader = read(spec, entry, this.#window.slice(entry.start - this.#base, end - this.#base));
    this.#entry = undefined;
    this.#from = end;
    if (this.#last !== undefined) this.#ready.push(this.#last);
    const isFirst = this.#parts === 0;
    const residue: ListResidue = {
      part: this.#parts++,
      ...(isFirst ? { root: root.name, ...this.#head() } : {}),
      before,
      layout: reader.layout,
      marks: reader.message.marks,
      ...(reader.message.unmapped.length === 0 ? {} : { unmapped: reader.message.unmapped }),
    };
    this.#last = eventOf(spec, reader, this.#around as Surroundings, this.#facts, residue);
  }
}

/** The entry as the table reads it. */
function read(spec: ListSpec, { node, said }: Entry, text: string): UnitReader {
  const [first, ...rest] = said as [{ readonly tag: XmlTag; readonly end: number }, ...Said[]];
  const entrySpec = {
    ...spec,
    namespaces: { '': node.ns },
    attributes: {},
    envelopes: { carriers: NONE, noteFact: spec.noteFact },
    caseReference: [],
  };
  const reader = new UnitReader(text, entrySpec, node, first.tag, first.end);
  for (const piece of rest)
    if ('text' in piece) reader.text(piece.text);
    else if (piece.isOpen) reader.open(piece.tag, piece.end);
    else reader.close(piece.tag, piece.end);
  return reader;
}

const NONE: ReadonlySet<string> = new Set();

function eventOf(spec: ListSpec, reader: UnitReader, around: Surroundings, facts: Target, residue: ListResidue): DecodedEvent {
  const { shared, message, layout } = reader;
  const named = Object.keys(facts).length === 0 ? {} : { message: facts };
  const read = merged(merged(named, around.data()), shared) as JsonObject;
  const data = spec.toEvent?.(read) ?? read;
  const indents = Array.from(layout.indents, (indent) => indent ?? '');
  const kept = { ...residue, layout: { indents, namespaces: layout.namespaces } } as unknown as JsonObject;
  const ambiguous = [...around.ambiguous, ...pointersOf(shared as JsonObject, [shared], message.ambiguous)];
  const malformed = [...around.malformed, ...pointersOf(shared as JsonObject, [shared], message.malformed)];
  const reference = spec.caseReferences.map((path) => valueAt(data, path)).find((value) => typeof value === 'string' && value !== '');
  const { marking } = around;
  return {
    standard: spec.standard,
    data: { ...data, extensions: { [spec.id]: kept } },
    warnings: [...around.takeWarnings(), ...message.warnings],
    ...(marking === undefined ? {} : { marking }),
    ...(typeof reference === 'string' ? { caseReference: reference } : {}),
    ...(ambiguous.length > 0 ? { ambiguous } : {}),
    ...(malformed.length > 0 ? { malformed } : {}),
  };
}

function withResidue(event: DecodedEvent, id: string, more: Partial<ListResidue>): DecodedEvent {
  const { extensions, ...data } = event.data;
  const residue = (extensions as JsonObject)[id] as JsonObject;
  return { ...event, data: { ...data, extensions: { [id]: { ...residue, ...(more as JsonObject) } } } };
}
