/** Decodes the bytes of a message, in any of its envelopes, to events. */
import type { Decoded, DecodedEvent, JsonObject } from '../adapter.ts';
import { decodeText } from '../charset.ts';
import { refusal } from '../refusal.ts';
import { type Failure, failure, mapRefusals, type Result, success } from '../result.ts';
import { unescapeText } from './characters.ts';
import { type Edit, type Escaping, writingOf } from './escaping.ts';
import { XmlRefused } from './handler.ts';
import { type Node, type Target, valueAt } from './nodes.ts';
import { type Placed, UnitReader } from './reader.ts';
import type { Layer, Residue } from './residue.ts';
import { scanXml } from './scan.ts';
import type { MessageSpec } from './table.ts';

/** The most layers. Real messages have four: SOAP, SubmitRequest, RouteData and doubly escaped content. */
const MOST_LAYERS = 6;

const layer = (before: string, after: string, escaping: Escaping, edits: readonly Edit[] = []): Layer => ({
  before,
  after,
  escaping,
  ...(edits.length > 0 ? { edits } : {}),
});

const wrongNamespace = ({ namespaces }: MessageSpec, what: string, at: string): Failure =>
  failure(refusal('wrong-namespace', `${what}, ${namespaces['']}. Declare it with xmlns`, at));

interface Found {
  readonly reader: UnitReader;
  readonly layers: readonly Layer[];
}

interface Carried {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const within = (outer: Layer, { reader, layers }: Found): Result<Found> => success({ reader, layers: [outer, ...layers] });

/** The content of one document: the message, or text that is another document. */
interface Scanned {
  readonly reader: UnitReader | undefined;
  readonly carried: Carried | undefined;
  /** Whether an element has the name of the message, and another namespace. */
  readonly isForeign: boolean;
}

const TWO_MESSAGES = refusal('two-messages', 'The envelope contains more than one message');
const HOLDS_DOCUMENT = /^\s*(?:<|&lt;)/;

class Search {
  readonly facts: Target = {};
  readonly #spec: MessageSpec;
  readonly #root: Node;

  constructor(spec: MessageSpec, root: Node) {
    this.#spec = spec;
    this.#root = root;
  }

  /** Finds the message in a document, as an element or as escaped text in a carrier element. */
  inDocument(source: string, depth: number): Result<Found> {
    if (depth > MOST_LAYERS) return failure(refusal('too-many-layers', `More than ${MOST_LAYERS} envelopes around the message`));
    const lead = source.length - source.trimStart().length;
    if (source.startsWith('&lt;', lead)) return this.#within(source, { start: 0, end: source.length, text: unescapeText(source) }, depth);
    if (lead > 0) return this.#within(source, { start: lead, end: source.length, text: source.slice(lead) }, depth, 'none');
    const scanned = this.#scan(source);
    if (!scanned.ok) return scanned;
    const { reader, carried, isForeign } = scanned.value;
    if (reader !== undefined) {
      const before = source.slice(0, reader.start);
      const after = source.slice(reader.end);
      return success({ reader, layers: before === '' && after === '' ? [] : [layer(before, after, 'none')] });
    }
    if (carried !== undefined) return this.#within(source, carried, depth);
    const { name } = this.#root;
    if (isForeign) return wrongNamespace(this.#spec, `${name} is not in its namespace`, `/${name}`);
    return failure({ ...refusal('wrong-format', `No ${name} of ${this.#spec.format} in the message`), line: 1 });
  }

  /** Scans one document. The reader of the message gets everything inside the message; the rest is the envelope. */
  #scan(source: string): Result<Scanned> {
    const { namespaces, envelopes } = this.#spec;
    const { name } = this.#root;
    let reader: UnitReader | undefined;
    let carried: Carried | undefined;
    let isForeign = false;
    const path: string[] = [];
    let text = '';
    let from = 0;
    const mustBeFirst = (): void => {
      if (reader !== undefined || carried !== undefined) throw new XmlRefused(TWO_MESSAGES);
    };
    const refused = scanXml(source, {
      open: (tag, end) => {
        if (reader !== undefined && !reader.done) return reader.open(tag, end);
        if (tag.uri === namespaces[''] && tag.local === name) {
          mustBeFirst();
          reader = new UnitReader(source, this.#spec, this.#root, tag, end);
          return;
        }
        if (tag.local === name) isForeign = true;
        path.push(tag.local);
        text = '';
        from = end;
      },
      text: (chunk) => {
        if (reader !== undefined && !reader.done) reader.text(chunk);
        else text += chunk;
      },
      close: (tag, end) => {
        if (reader !== undefined && !reader.done) return reader.close(tag, end);
        const element = path.pop() ?? '';
        if (envelopes.carriers.has(element) && HOLDS_DOCUMENT.test(text)) {
          mustBeFirst();
          carried = { start: from, end: source.lastIndexOf('<', end - 1), text };
        } else envelopes.noteFact(this.facts, path[path.length - 1] ?? '', element, text);
        text = '';
      },
    });
    return refused === undefined ? success({ reader, carried, isForeign }) : failure(refused);
  }

  #within(source: string, { start, end, text }: Carried, depth: number, style?: Escaping): Result<Found> {
    const raw = source.slice(start, end);
    const section = /^(\s*<!\[CDATA\[)(.*)(\]\]>\s*)$/s.exec(raw);
    if (section?.[2] !== undefined && !section[2].includes(']]>')) {
      const inner = this.inDocument(section[2], depth + 1);
      return inner.ok ? within(layer(source.slice(0, start) + section[1], section[3] + source.slice(end), 'none'), inner.value) : inner;
    }
    const inner = this.inDocument(text, depth + 1);
    if (!inner.ok)
      return depth === 0 && style === undefined
        ? inner
        : mapRefusals(inner, (inside) => ({ ...inside, reason: `${inside.reason} (in the document inside its envelope)` }));
    const { escaping, edits } = style === undefined ? writingOf(raw, text) : { escaping: style, edits: [] };
    const outer = layer(source.slice(0, start), source.slice(end), escaping, edits);
    return within(outer, inner.value);
  }
}

/** JSON Pointers of places in the data of an event. `roots` are the objects that `data` was made of. */
export function pointersOf(data: JsonObject, roots: readonly Target[], found: readonly Placed[]): readonly string[] {
  if (found.length === 0) return [];
  const pointers = new Map<unknown, string>(roots.map((root) => [root, '']));
  const walk = (value: unknown, pointer: string): void => {
    if (typeof value !== 'object' || value === null) return;
    pointers.set(value, pointer);
    for (const [name, member] of Object.entries(value)) if (pointer !== '' || name !== 'extensions') walk(member, `${pointer}/${name}`);
  };
  walk(data, '');
  return found.map(({ target, path }) => `${pointers.get(target) ?? ''}/${path.join('/')}`);
}

/** Decodes a message of one format. `root` is the compiled table of `spec`. */
export function decodeXml(spec: MessageSpec, root: Node, bytes: Uint8Array, charset?: string): Decoded {
  const decoded = decodeText(bytes, charset);
  if (!decoded.ok) return decoded;
  const search = new Search(spec, root);
  const found = search.inDocument(decoded.value.text, 0);
  if (!found.ok) return found;
  const { reader, layers } = found.value;
  if (reader.units.length === 0 && reader.hasForeignNames)
    return wrongNamespace(spec, `The elements in ${root.name} are not in its namespace`, `/${root.name}`);
  if (reader.units.length === 0) return failure(refusal('no-case', undefined, `/${root.name}`));
  const facts = Object.keys(search.facts).length > 0 ? { message: search.facts } : {};
  const { indents, namespaces } = reader.layout;
  const layout = { indents: indents.every((indent) => !indent) ? [] : Array.from(indents, (indent) => indent ?? ''), namespaces };
  const events = reader.units.map((unit): DecodedEvent => {
    const unmapped = [...reader.message.unmapped, ...unit.unmapped];
    const residue: Residue = {
      charset: decoded.value.charset,
      bom: decoded.value.bom,
      layers,
      layout,
      message: reader.message.marks,
      unit: unit.marks,
      ...(unmapped.length > 0 ? { unmapped } : {}),
    };
    const data = { ...facts, ...reader.shared, ...unit.data, extensions: { [spec.id]: residue } } as unknown as JsonObject;
    const roots = [reader.shared, unit.data];
    const ambiguous = pointersOf(data, roots, [...reader.message.ambiguous, ...unit.ambiguous]);
    const malformed = pointersOf(data, roots, [...reader.message.malformed, ...unit.malformed]);
    const urn = valueAt(unit.data, spec.caseReference);
    return {
      standard: spec.standard,
      data,
      warnings: [...reader.message.warnings, ...unit.warnings],
      ...(typeof urn === 'string' && urn !== '' ? { caseReference: urn } : {}),
      ...(ambiguous.length > 0 ? { ambiguous } : {}),
      ...(malformed.length > 0 ? { malformed } : {}),
    };
  });
  return success({ events });
}
