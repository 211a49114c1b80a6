/** Makes adapters for formats of JSON lists, which read and write. */
import type { Adapter, Decoded, DecodedEvent, EncodableEvent, Encoded, EncodeOptions, FieldSource, Json, JsonObject } from '../adapter.ts';
import { canonicalJson } from '../canonical-json.ts';
import { decodeText } from '../charset.ts';
import { at, parseStrict } from '../json.ts';
import { adapterCode, MOST_REFUSALS, refusal } from '../refusal.ts';
import { failure, firstOf, mapRefusals, success } from '../result.ts';
import { fieldsOf } from '../xml/fields.ts';
import { fitEvent } from '../xml/fit.ts';
import { isUnit, type Node, type Target, valueAt } from '../xml/nodes.ts';
import { missingIn } from './differences.ts';
import { type CompiledJsonList, compileJsonList, type JsonListResidue, type JsonListSpec } from './list-spec.ts';
import { type ReadEntry, type ReadList, readList } from './read.ts';
import { countFrame, fillFrame, writeObject } from './write.ts';

/** The parts of an adapter of JSON lists. */
export interface JsonListFormat {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly mediaTypes: readonly string[];
  readonly carriesMarkings: boolean;
  /** The kinds of list. Of several that match a document, the first with a place for every value is used, otherwise the last. */
  readonly specs: readonly Omit<JsonListSpec, 'id'>[];
  /** The kind of list to write for an event of another kind. */
  readonly writtenAs?: Readonly<Record<string, string>>;
  /** Whether the beginning of a message has the format. */
  readonly detect: (head: string) => boolean;
}

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

function decode(format: JsonListFormat, lists: readonly CompiledJsonList[], bytes: Uint8Array, charset?: string): Decoded {
  const decoded = decodeText(bytes, charset);
  if (!decoded.ok) return decoded;
  const parsed = parseStrict(decoded.value.text);
  if (!parsed.ok) return mapRefusals(parsed, (fault) => ({ line: 1, ...fault }));
  const document = parsed.value;
  const fitting = isObject(document) ? lists.filter(({ spec }) => spec.isKindOf(document)) : [];
  let found: { readonly list: CompiledJsonList; readonly read: ReadList } | undefined;
  for (const list of fitting) {
    found = { list, read: readList(list.root, document as JsonObject) };
    if (found.read.warnings.length === 0) break;
  }
  if (found === undefined) return failure(refusal('wrong-format', `The message is no ${format.title}`, '/'));
  const { list, read } = found;
  if (read.entries.length === 0) return failure(refusal('no-case', undefined, '/'));
  const marking = list.spec.marking === undefined ? undefined : valueAt(document as Target, list.spec.marking);
  const marked = typeof marking === 'string' && marking.trim() !== '' ? { marking: marking.trim() } : {};
  const first = { kind: list.spec.kind, frame: read.frame };
  const events = read.entries.map(
    (entry, part): DecodedEvent => ({
      ...eventOf(list.spec, entry, { part, ...(part === 0 ? first : {}) }),
      warnings: part === 0 ? read.warnings : [],
      ...marked,
    }),
  );
  return success({ events });
}

function eventOf(spec: JsonListSpec, { node, raw, data, malformed }: ReadEntry, residue: JsonListResidue): Omit<DecodedEvent, 'warnings'> {
  const eventData = spec.toEvent(data as JsonObject);
  const written = writeObject(node, spec.fromEvent(eventData) as Target);
  const isSaid = canonicalJson(written) === canonicalJson(raw);
  const kept = { ...residue, ...(isSaid ? {} : { entry: raw }) };
  const reference = spec.caseReferences.map((path) => valueAt(eventData, path)).find((value) => typeof value === 'string' && value !== '');
  return {
    standard: spec.standard,
    data: { ...eventData, extensions: { [spec.id]: kept as unknown as JsonObject } },
    ...(typeof reference === 'string' ? { caseReference: reference } : {}),
    ...(malformed.length === 0 ? {} : { malformed: malformed.map((pointer) => spec.pointerOf?.(data as JsonObject, pointer) ?? pointer) }),
  };
}

const residueOf = ({ data }: EncodableEvent, id: string): JsonListResidue | undefined =>
  (data.extensions as JsonObject | undefined)?.[id] as unknown as JsonListResidue | undefined;

/** The member of the table that an event is read from. */
function entryOf(node: Node, data: Target): Node | undefined {
  if (node.when !== undefined && !node.when(data)) return undefined;
  if (isUnit(node) && !node.holdsUnits) return node;
  for (const child of node.children) {
    const found = child.holdsUnits || isUnit(child) ? entryOf(child, data) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The original document of some events. Undefined where they are not all the events of one document. */
function originalDocument({ spec, root }: CompiledJsonList, events: readonly EncodableEvent[]): JsonObject | undefined {
  const residues = events.map((event) => residueOf(event, spec.id));
  const { frame } = residues[0] ?? {};
  if (frame === undefined || !residues.every((residue, n) => residue?.part === n) || countFrame(root, frame) !== events.length)
    return undefined;
  const entries = events.map(({ data }, n) => {
    const { extensions, ...rest } = data;
    const target = spec.fromEvent(rest) as Target;
    return residues[n]?.entry ?? writeObject(entryOf(root, target) as Node, target);
  });
  return fillFrame(root, frame, entries.values());
}

interface Written {
  readonly document: JsonObject;
  /** JSON Pointers of the values that the document does not contain. */
  readonly leftOut: readonly string[];
  /** The values among them that the kind of list does not deliberately leave out. */
  readonly unheld: readonly string[];
}

/** Writes a list from the values of the events alone. */
function plain({ spec, root }: CompiledJsonList, events: readonly EncodableEvent[]): Written {
  const fits = events.map(({ data }) => fitEvent(root, spec.fromEvent(data), spec.id));
  const targets = fits.map(({ data }) => data);
  const document = writeObject(root, targets[0] as Target, targets);
  // Read the result back: every value that is missing then was left out.
  const read = readList(root, document).entries.map(({ data }) => spec.toEvent(data as JsonObject));
  const missing = events.flatMap(({ data }, n) =>
    missingIn(data, read[n] ?? {}, spec.id).map((place) => ({
      isShown: spec.neverShown?.has(place.replaceAll(/\/\d+(?=\/|$)/g, '/*')) !== true,
      place: events.length === 1 ? place : `/events/${n}${place}`,
    })),
  );
  return {
    document,
    leftOut: missing.map(({ place }) => place),
    unheld: missing.filter(({ isShown }) => isShown).map(({ place }) => place),
  };
}

const NO_PLACE = 'The format has no place for this value';

function encode(
  format: JsonListFormat,
  lists: readonly CompiledJsonList[],
  events: readonly EncodableEvent[],
  options: EncodeOptions = {},
): Encoded {
  const { id, mediaTypes, writtenAs = {} } = format;
  const [first] = events;
  if (first === undefined) return failure(refusal('no-events'));
  const { standard } = (lists[0] as CompiledJsonList).spec;
  if (events.some((event) => event.standard !== standard))
    return failure(refusal('wrong-standard', `Only ${standard} events can be written in this format`));
  const stated = residueOf(first, id)?.kind ?? at(first.data, '/list/kind');
  const kind = writtenAs[String(stated)] ?? stated;
  const list = lists.find(({ spec }) => spec.kind === kind) ?? (lists[lists.length - 1] as CompiledJsonList);
  const document = originalDocument(list, events);
  const written = document === undefined ? plain(list, events) : { document, leftOut: [], unheld: [] };
  const code = adapterCode(id, 'cannot-hold');
  const [lost, ...others] = written.unheld.map((place) => ({ code, at: place, reason: NO_PLACE }));
  if (lost !== undefined && options.isLenient !== true) return failure(...firstOf([lost, ...others], MOST_REFUSALS));
  return success({
    bytes: Buffer.from(`${JSON.stringify(written.document, null, 2)}\n`),
    mediaType: mediaTypes[0] as string,
    ...(written.leftOut.length > 0 ? { leftOut: written.leftOut } : {}),
  });
}

const fieldsIn = (specs: JsonListFormat['specs']): readonly FieldSource[] => {
  const all = specs.flatMap(({ root, standard, placesOf }) =>
    fieldsOf({ root, standard, unit: root.name }).flatMap(({ element, at: place }) =>
      (placesOf?.(place) ?? [place]).map((eventPlace) => ({ standard, at: eventPlace, element: element.slice(root.name.length + 1) })),
    ),
  );
  return [...new Map(all.map((field) => [`${field.at} ${field.element}`, field])).values()];
};

/** Makes the adapter of a format of JSON lists. */
export function jsonListAdapter(format: JsonListFormat): Adapter {
  const { id, title, version, mediaTypes, carriesMarkings, specs, detect } = format;
  const lists = specs.map((spec) => compileJsonList({ ...spec, id }));
  return {
    id,
    title,
    version,
    mediaTypes,
    carriesMarkings,
    detect,
    standards: [...new Set(specs.map(({ standard }) => standard))],
    fields: fieldsIn(specs),
    decode: (message, context) => decode(format, lists, message, context?.charset),
    encode: (events, options) => encode(format, lists, events, options),
  };
}
