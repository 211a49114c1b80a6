/** Encodes events as a message: the original message where the events still have their residue, otherwise a new one. */
import type { EncodableEvent, Encoded, EncodeOptions, JsonObject } from '../adapter.ts';
import { type Charset, encodeText } from '../charset.ts';
import { adapterCode, MOST_REFUSALS, refusal } from '../refusal.ts';
import { failure, firstOf, success } from '../result.ts';
import { escapeAttribute, escapeText, isWritable } from './characters.ts';
import { escapeInner } from './escaping.ts';
import { fitEvent, type Unheld } from './fit.ts';
import { type Node, type Slot, slotsOf, type Target, valueAt, writtenOf } from './nodes.ts';
import type { Layout, Mark, Marks, Residue } from './residue.ts';
import type { MessageSpec } from './table.ts';

/** How to write a new message of a format. */
const plain = ({ namespaces }: MessageSpec): Residue => ({
  charset: 'utf-8',
  bom: false,
  layers: [{ before: '<?xml version="1.0" encoding="UTF-8"?>\n', after: '\n', escaping: 'none' }],
  layout: {
    indents: Array.from({ length: 16 }, (_, depth) => `\n${'\t'.repeat(depth)}`),
    namespaces: Object.fromEntries(Object.entries(namespaces).map(([prefix, uri]) => [uri, { prefix, declaration: '' }])),
  },
  message: {},
  unit: {},
});

/** The facts about a format that a writer needs. */
export interface Writing {
  /** The name of the element that becomes one event each. */
  readonly unit: string;
  /** The attributes of the outermost element, as text. */
  readonly rootAttributes: string;
  readonly layout: Layout;
  /** The marks of each case, by its data. */
  readonly units: ReadonlyMap<Target, Marks>;
}

/** Writes data by the table of a format, and exact text where there are marks. */
export class Writer {
  #out = '';
  readonly #layout: Layout;
  readonly #units: ReadonlyMap<Target, Marks>;
  readonly #unit: string;
  readonly #rootAttributes: string;

  constructor({ unit, rootAttributes, layout, units }: Writing) {
    this.#unit = unit;
    this.#rootAttributes = rootAttributes;
    this.#layout = layout;
    this.#units = units;
  }

  write(root: Node, target: Target, marks: Marks): string {
    this.#element({ node: root, value: target, units: [...this.#units.keys()] }, 0, { marks, next: 0 });
    return this.#out;
  }

  #qname(node: Node): { name: string; declaration: string } {
    const known = this.#layout.namespaces[node.ns] ?? { prefix: '', declaration: ` xmlns="${node.ns}"` };
    return { name: known.prefix === '' ? node.name : `${known.prefix}:${node.name}`, declaration: known.declaration };
  }

  #element({ node, value, units = [], holder }: Placed, depth: number, part: { readonly marks: Marks; next: number }): void {
    const mark: Mark = part.marks[part.next++] ?? {};
    const { name, declaration } = this.#qname(node);
    const indent = this.#layout.indents[depth] ?? '';
    if (depth > 0) this.#out += mark.gap ?? indent;
    this.#out +=
      mark.start ??
      `<${name}${depth === 0 ? this.#rootAttributes : declaration}${attributesOf(node, node.type === undefined ? value : holder)}>`;
    const endName = mark.start === undefined ? name : (/^<([^\s/>]+)/.exec(mark.start)?.[1] ?? name);
    if (node.type !== undefined) this.#out += mark.content ?? escapeText(typeof value === 'string' ? writtenOf(node, value) : '');
    else {
      for (const slot of this.#slots(node, value as Target, mark, units)) {
        const unit = slot.node.name === this.#unit ? this.#units.get(slot.value as Target) : undefined;
        this.#element({ ...slot, holder: value as Target }, depth + 1, unit === undefined ? part : { marks: unit, next: 0 });
      }
      this.#out += mark.last ?? indent;
    }
    this.#out += mark.end ?? `</${endName}>`;
  }

  #slots(node: Node, target: Target, mark: Mark, units: readonly unknown[]): readonly Slot[] {
    const predicted = slotsOf(node, target, units);
    if (mark.children === undefined) return predicted;
    const left = [...predicted];
    const slots: Slot[] = [];
    for (const name of mark.children) {
      const at = left.findIndex((slot) => slot.node.name === name);
      const [found] = at < 0 ? [] : left.splice(at, 1);
      const child = node.byName.get(name)?.node;
      if (found !== undefined) slots.push(found);
      else if (child !== undefined && name !== this.#unit)
        slots.push({ node: child, value: child.type === undefined && child.path.length === 0 ? target : {} });
    }
    return slots;
  }
}

interface Placed extends Slot {
  /** The object of the element around it. */
  readonly holder?: Target;
}

/** The attributes from an element's data, as text. */
const attributesOf = ({ attributes }: Node, from: unknown): string =>
  attributes
    .map((attribute) => {
      const value = valueAt((from ?? {}) as Target, attribute.path);
      return typeof value === 'string' ? ` ${attribute.name}="${escapeAttribute(writtenOf(attribute, value))}"` : '';
    })
    .join('');

/** The namespace declarations and fixed attributes of the outermost element, as text. */
export const rootAttributes = (namespaces: Readonly<Record<string, string>>, attributes: Readonly<Record<string, string>>): string =>
  [
    ...Object.entries(namespaces).map(([prefix, uri]) => ` xmlns${prefix === '' ? '' : `:${prefix}`}="${uri}"`),
    ...Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`),
  ].join('');

const residueOf = (data: JsonObject, id: string): Residue | undefined =>
  (data.extensions as JsonObject | undefined)?.[id] as unknown as Residue | undefined;

/** An event to write: with its residue, or only the values that fit into a new message. */
interface Written {
  readonly data: Target;
  readonly marks: Marks;
  readonly unheld: readonly Unheld[];
}

function writtenAs({ id }: MessageSpec, root: Node, { data }: EncodableEvent): Written {
  const residue = residueOf(data, id);
  if (residue !== undefined) return { data: data as unknown as Target, marks: residue.unit, unheld: [] };
  return { ...fitEvent(root, data, id), marks: {} };
}

/**
 * The original message of `events` (all events of one message, in order), or a new message where an event has no residue,
 * like a redacted event, or an event from elsewhere.
 */
export function encodeXml(spec: MessageSpec, root: Node, events: readonly EncodableEvent[], options: EncodeOptions = {}): Encoded {
  const [first] = events;
  if (first === undefined) return failure(refusal('no-events'));
  if (events.some((event) => event.standard !== spec.standard))
    return failure(refusal('wrong-standard', `Only ${spec.standard} events can be written in this format`));
  const written = events.map((event) => writtenAs(spec, root, event));
  const unheld = written.flatMap(({ unheld: unheldValues }, n) =>
    unheldValues.map((place) => (events.length === 1 ? place : { ...place, at: `/events/${n}${place.at}` })),
  );
  const code = adapterCode(spec.id, 'cannot-hold');
  const [lost, ...others] = unheld.map(({ at, reason }) => ({ code, at, reason }));
  if (lost !== undefined && options.isLenient !== true) return failure(...firstOf([lost, ...others], MOST_REFUSALS));
  const { charset, bom, layers, layout, message } = residueOf(first.data, spec.id) ?? plain(spec);
  const units = new Map(written.map(({ data, marks }) => [data, marks]));
  const writing = { unit: spec.unit, rootAttributes: rootAttributes(spec.namespaces, spec.attributes), layout, units };
  let text = new Writer(writing).write(root, written[0]?.data as Target, message);
  for (const { before, after, escaping, edits } of layers.toReversed()) text = before + escapeInner(escaping, text, edits) + after;
  if (!isWritable(text)) return failure({ code, reason: 'A value of the event has a character that XML does not allow' });
  const bytes = encodeText(text, charset as Charset, bom);
  if (!bytes.ok) return bytes;
  const leftOut = unheld.map(({ at }) => at);
  return success({ bytes: bytes.value, mediaType: 'application/spi+xml', ...(leftOut.length > 0 ? { leftOut } : {}) });
}
