/** Makes adapters for formats of lists, which read complete messages or pieces, and write. */
import type {
  Adapter,
  Decoded,
  DecodedEvent,
  DecodedPart,
  EncodableEvent,
  Encoded,
  EncodeOptions,
  FieldSource,
  JsonObject,
  MessageContext,
  Refusal,
} from '../adapter.ts';
import { type Charset, decodeText, encodeText, TextStream } from '../charset.ts';
import { adapterCode, MOST_REFUSALS, refusal } from '../refusal.ts';
import { failure, firstOf, success } from '../result.ts';
import { isWritable } from './characters.ts';
import { rootAttributes, Writer } from './encode.ts';
import { fieldsOf } from './fields.ts';
import { fitEvent, type Unheld } from './fit.ts';
import { ListReader } from './list-reader.ts';
import { type CompiledList, compileList, isEntry, type ListResidue, type ListSpec } from './list-spec.ts';
import type { Node, Target } from './nodes.ts';
import type { Layout, Marks } from './residue.ts';

/** The parts of an adapter of lists. */
export interface ListFormat {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly mediaTypes: readonly string[];
  readonly carriesMarkings: boolean;
  readonly specs: readonly ListSpec[];
}

/** How many characters are scanned at a time. */
const PIECE = 65_536;

function decode(lists: readonly CompiledList[], bytes: Uint8Array, charset?: string): Decoded {
  const decoded = decodeText(bytes, charset);
  if (!decoded.ok) return decoded;
  const { text, ...head } = decoded.value;
  const reader = new ListReader(lists, () => head);
  const events: DecodedEvent[] = [];
  for (let at = 0; at < text.length; at += PIECE) {
    const found = reader.write(text.slice(at, at + PIECE));
    if (!found.ok) return found;
    events.push(...found.value);
  }
  const found = reader.end();
  return found.ok ? success({ events: [...events, ...found.value] }) : found;
}

async function* decodeStream(
  lists: readonly CompiledList[],
  pieces: AsyncIterable<Uint8Array>,
  { charset }: MessageContext = {},
): AsyncGenerator<DecodedPart, readonly Refusal[]> {
  const text = new TextStream(charset);
  const reader = new ListReader(lists, () => ({ charset: text.charset, bom: text.bom }));
  for await (const piece of pieces) {
    const read = text.write(piece);
    if (!read.ok) return read.refusals;
    const found = reader.write(read.value);
    if (!found.ok) return found.refusals;
    if (found.value.length > 0) yield { events: found.value };
  }
  const rest = text.write(new Uint8Array(), true);
  if (!rest.ok) return rest.refusals;
  const last = reader.write(rest.value);
  if (!last.ok) return last.refusals;
  if (last.value.length > 0) yield { events: last.value };
  const found = reader.end();
  if (!found.ok) return found.refusals;
  if (found.value.length > 0) yield { events: found.value };
  return [];
}

const residueOf = ({ data }: EncodableEvent, id: string): ListResidue | undefined =>
  (data.extensions as JsonObject | undefined)?.[id] as unknown as ListResidue | undefined;

/** The node of an event's entry, of one or two alternatives. */
function entryOf(spec: ListSpec, node: Node, data: Target): Node | undefined {
  if (node.when !== undefined && !node.when(data)) return undefined;
  if (isEntry(spec, node)) return node;
  for (const child of node.children) {
    const found = child.holdsUnits || isEntry(spec, child) ? entryOf(spec, child, data) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The outermost elements of a newly written list. */
const plainLayout = (namespaces: Readonly<Record<string, string>>): Layout => ({
  indents: Array.from({ length: 24 }, (_, depth) => `\n${'  '.repeat(depth)}`),
  namespaces: Object.fromEntries([['', ''], ...Object.entries(namespaces)].map(([prefix, uri]) => [uri, { prefix, declaration: '' }])),
});

/** Writes all events of one message byte for byte, in order. Undefined where they are not all the events of one message. */
function toTheLetter({ spec, root }: CompiledList, events: readonly EncodableEvent[]): string | undefined {
  const residues = events.map((event) => residueOf(event, spec.id));
  const isWhole = residues.every((residue, n) => residue?.part === n && (residue.after !== undefined) === (n === residues.length - 1));
  if (!isWhole) return undefined;
  const parts = events.map(({ data }, n) => {
    const { before, after = '', layout, marks } = residues[n] as ListResidue;
    const { extensions, ...rest } = data;
    const target = (spec.fromEvent?.(rest) ?? rest) as Target;
    const entry = entryOf(spec, root, target) as Node;
    const writing = { unit: spec.unit, rootAttributes: '', layout: layout as Layout, units: new Map<Target, Marks>() };
    return before + new Writer(writing).write(entry, target, marks as Marks) + after;
  });
  return parts.join('');
}

interface Written {
  readonly text: string;
  readonly unheld: readonly Unheld[];
}

/** Writes a list from the values of the events alone. */
function plain({ spec, root }: CompiledList, events: readonly EncodableEvent[]): Written {
  const fits = events.map(({ data }) => fitEvent(root, spec.fromEvent?.(data) ?? data, spec.id));
  const unheld = fits.flatMap((fitted, n) =>
    fitted.unheld.map(({ at, reason }) => ({ at: events.length === 1 ? at : `/events/${n}${at}`, reason })),
  );
  const units = new Map(fits.map(({ data }): [Target, Marks] => [data, {}]));
  const writing = { unit: spec.unit, rootAttributes: rootAttributes(spec.namespaces, {}), layout: plainLayout(spec.namespaces), units };
  const text = new Writer(writing).write(root, (fits[0] as (typeof fits)[number]).data, {});
  return { text: `<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`, unheld };
}

function encode(
  { id, mediaTypes }: ListFormat,
  lists: readonly CompiledList[],
  events: readonly EncodableEvent[],
  options: EncodeOptions = {},
): Encoded {
  const [first] = events;
  if (first === undefined) return failure(refusal('no-events'));
  const { standard } = (lists[0] as CompiledList).spec;
  if (events.some((event) => event.standard !== standard))
    return failure(refusal('wrong-standard', `Only ${standard} events can be written in this format`));
  const residue = residueOf(first, id);
  const list =
    lists.find(({ root }) => root.name === residue?.root) ??
    lists.find(({ spec }) => spec.isKindOf(first.data)) ??
    (lists[0] as CompiledList);
  const literal = toTheLetter(list, events);
  const { text, unheld } = literal === undefined ? plain(list, events) : { text: literal, unheld: [] };
  const code = adapterCode(id, 'cannot-hold');
  const [lost, ...others] = unheld.map(({ at, reason }) => ({ code, at, reason }));
  if (lost !== undefined && options.isLenient !== true) return failure(...firstOf([lost, ...others], MOST_REFUSALS));
  if (!isWritable(text)) return failure({ code, reason: 'A value of the event has a character that XML does not allow' });
  const keptResidue = literal === undefined ? undefined : residue;
  const bytes = encodeText(text, (keptResidue?.charset ?? 'utf-8') as Charset, keptResidue?.bom ?? false);
  if (!bytes.ok) return bytes;
  const leftOut = unheld.map(({ at }) => at);
  return success({ bytes: bytes.value, mediaType: mediaTypes[0] as string, ...(leftOut.length > 0 ? { leftOut } : {}) });
}

const fieldsIn = (specs: readonly ListSpec[]): readonly FieldSource[] => {
  const all = specs.flatMap((spec) => fieldsOf({ root: spec.root, standard: spec.standard, unit: spec.root.name }));
  return [...new Map(all.map((field) => [`${field.at} ${field.element}`, field])).values()];
};

/** Makes the adapter of a format of lists. */
export function listAdapter(format: ListFormat): Adapter {
  const { id, title, version, mediaTypes, carriesMarkings, specs } = format;
  const lists = specs.map(compileList);
  const names = new RegExp(`[<:](?:${specs.map(({ root }) => root.name).join('|')})[\\s>/]`);
  return {
    id,
    title,
    version,
    mediaTypes,
    carriesMarkings,
    standards: [...new Set(specs.map(({ standard }) => standard))],
    fields: fieldsIn(specs),
    detect: (head) => names.test(head),
    decode: (message, context) => decode(lists, message, context?.charset),
    decodeStream: (pieces, context) => decodeStream(lists, pieces, context),
    encode: (events, options) => encode(format, lists, events, options),
  };
}
