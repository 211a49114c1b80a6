/** From events back to the message: exactly the one that came in where the events still hold their residue, else a plain one. */
import type { EncodableEvent, Encoded, JsonObject, Refusal } from '../adapter.ts';
import { type Charset, encodeText } from '../charset.ts';
import { escapeText } from '../xml.ts';
import { escapeInner } from './escaping.ts';
import { type Node, type Slot, slotsOf, type Target } from './nodes.ts';
import type { Layout, Mark, Marks, Residue } from './residue.ts';
import { BS7666, LIBRA, type MessageSpec } from './spec.ts';

const PLAIN: Residue = {
  charset: 'utf-8',
  bom: false,
  layers: [{ before: '<?xml version="1.0" encoding="UTF-8"?>\n', after: '\n', escaping: 'none' }],
  layout: {
    indents: Array.from({ length: 16 }, (_, depth) => `\n${'\t'.repeat(depth)}`),
    namespaces: { [LIBRA]: { prefix: '', declaration: '' }, [BS7666]: { prefix: 'bs', declaration: '' } },
  },
  message: {},
  unit: {},
};

class Writer {
  #out = '';
  readonly #layout: Layout;
  /** The marks of each case, by its data. */
  readonly #units: ReadonlyMap<Target, Marks>;
  readonly #spec: MessageSpec;

  constructor(spec: MessageSpec, layout: Layout, units: ReadonlyMap<Target, Marks>) {
    this.#spec = spec;
    this.#layout = layout;
    this.#units = units;
  }

  write(root: Node, target: Target, marks: Marks): string {
    this.#element({ node: root, value: target }, 0, { marks, next: 0 });
    return this.#out;
  }

  #qname(node: Node): { name: string; declaration: string } {
    const known = this.#layout.namespaces[node.ns] ?? { prefix: '', declaration: ` xmlns="${node.ns}"` };
    return { name: known.prefix === '' ? node.name : `${known.prefix}:${node.name}`, declaration: known.declaration };
  }

  #element({ node, value }: Slot, depth: number, part: { readonly marks: Marks; next: number }): void {
    const mark: Mark = part.marks[part.next++] ?? {};
    const { name, declaration } = this.#qname(node);
    const indent = this.#layout.indents[depth] ?? '';
    if (depth > 0) this.#out += mark.gap ?? indent;
    this.#out += mark.start ?? `<${name}${depth === 0 ? this.#rootAttributes() : declaration}>`;
    const own = mark.start === undefined ? name : (/^<([^\s/>]+)/.exec(mark.start)?.[1] ?? name);
    if (node.type !== undefined) this.#out += mark.content ?? escapeText(typeof value === 'string' ? value : '');
    else {
      for (const slot of this.#slots(node, value as Target, mark)) {
        const unit = slot.node.name === this.#spec.unit ? this.#units.get(slot.value as Target) : undefined;
        this.#element(slot, depth + 1, unit === undefined ? part : { marks: unit, next: 0 });
      }
      this.#out += mark.last ?? indent;
    }
    this.#out += mark.end ?? `</${own}>`;
  }

  #slots(node: Node, target: Target, mark: Mark): readonly Slot[] {
    const predicted = slotsOf(node, target, [...this.#units.keys()]);
    if (mark.children === undefined) return predicted;
    const left = [...predicted];
    const slots: Slot[] = [];
    for (const name of mark.children) {
      const at = left.findIndex((slot) => slot.node.name === name);
      const [found] = at < 0 ? [] : left.splice(at, 1);
      const child = node.byName.get(name)?.node;
      if (found !== undefined) slots.push(found);
      else if (child !== undefined && name !== this.#spec.unit)
        slots.push({ node: child, value: child.type === undefined && child.path.length === 0 ? target : {} });
    }
    return slots;
  }

  #rootAttributes(): string {
    const fixed = Object.entries(this.#spec.attributes).map(([name, value]) => ` ${name}="${value}"`);
    return ` xmlns="${LIBRA}" xmlns:bs="${BS7666}"${fixed.join('')}`;
  }
}

const residueOf = (data: JsonObject, id: string): Residue | undefined =>
  (data.extensions as JsonObject | undefined)?.[id] as unknown as Residue | undefined;

const refuse = (code: string, reason: string): Encoded => ({ ok: false, refusals: [{ code, reason } satisfies Refusal] });

/**
 * The message that `events` (all of one message, in their order) came from, or a plain message where an event has no residue,
 * as a redacted or a natively made one has not.
 */
export function encodeSpi(spec: MessageSpec, root: Node, events: readonly EncodableEvent[]): Encoded {
  const [first] = events;
  if (first === undefined) return refuse('no-events', 'There is no event to encode');
  if (events.some((event) => event.standard !== spec.standard))
    return refuse('wrong-standard', `Only ${spec.standard} events can be written in this format`);
  const { charset, bom, layers, layout, message } = residueOf(first.data, spec.id) ?? PLAIN;
  const units = new Map(events.map(({ data }) => [data as unknown as Target, residueOf(data, spec.id)?.unit ?? {}]));
  let text = new Writer(spec, layout, units).write(root, first.data as unknown as Target, message);
  for (const { before, after, escaping } of layers.toReversed()) text = before + escapeInner(escaping, text) + after;
  try {
    return { ok: true, bytes: encodeText(text, charset as Charset, bom), mediaType: 'application/spi+xml' };
  } catch {
    return refuse('charset', 'A character of the event cannot be written in the charset of the message');
  }
}
