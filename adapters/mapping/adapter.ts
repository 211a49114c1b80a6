/** Makes an adapter from a compiled mapping. */
import type {
  Adapter,
  DecodedEvent,
  EncodableEvent,
  Encoded,
  EncodeOptions,
  JsonObject,
  MessageContext,
  RefusedRecord,
  Warning,
} from '../adapter.ts';
import { type AdapterCode, adapterCode, type Refusal, refusal } from '../refusal.ts';
import { failure, firstOf, success } from '../result.ts';
import type { Frame, ReadTable, RefusedRow, Row } from '../table/read.ts';
import type { WrittenRow } from '../table/write.ts';
import type { CompiledEvent, CompiledMapping } from './compile.ts';
import { beginsAs } from './detect.ts';
import { type Engine, engineOf, type LineAndColumn, type Surroundings } from './engine.ts';
import { Gaps } from './gaps.ts';
import { groupsOf, readGroup, WHY } from './groups.ts';
import { writeItems } from './items.ts';
import { sameJson } from './lenses.ts';
import { getAt, sameContent } from './pointer.ts';
import { type ReadRecord, readRecord, writeRecordOf } from './record.ts';
import { type FrameResidue, type Residue, residueOf } from './residue.ts';
import { decodeTable } from './stream.ts';

/** The most refusals of a message without any readable record. */
const MOST_STATED = 50;

export class MappingAdapter implements Adapter {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly mediaTypes: readonly string[];
  readonly standards: readonly string[];
  readonly carriesMarkings?: boolean;
  readonly fields: NonNullable<Adapter['fields']>;
  /** Tables only: a complete XML or JSON document is needed to know whether it is well-formed. */
  readonly decodeStream?: NonNullable<Adapter['decodeStream']>;
  readonly #mapping: CompiledMapping;
  readonly #engine: Engine;

  constructor(mapping: CompiledMapping) {
    const { id, title, version, mediaTypes, carriesMarkings } = mapping.document;
    this.#mapping = mapping;
    this.#engine = engineOf(mapping.description, id, mapping.isGrouped);
    this.id = id;
    this.title = title;
    this.version = version;
    const { records, dialect } = mapping.description;
    this.mediaTypes = mediaTypes ?? [records !== undefined ? `application/${records.format}` : dialect.isFixed ? 'text/plain' : 'text/csv'];
    this.standards = [...new Set(mapping.events.map(({ standard }) => standard))];
    if (mapping.description.records === undefined) {
      const { description } = mapping;
      this.decodeStream = (pieces, context) => {
        const warned = new Set<string>();
        return decodeTable(mapping, description, pieces, context?.charset, (table) => this.#read(table, warned));
      };
    }
    if (carriesMarkings !== undefined) this.carriesMarkings = carriesMarkings;
    const all = mapping.events.flatMap((event) => [
      { event, within: '' },
      ...event.items.map(({ pointer, item }) => ({ event: item, within: `${pointer}/*` })),
    ]);
    this.fields = all.flatMap(({ event: { standard, fields, table }, within }) =>
      fields.flatMap(({ to, columns }) =>
        to.map(({ pointer }) => ({
          standard,
          at: within + pointer.replaceAll(/\/\d+(?=\/|$)/g, '/*'),
          element: columns.map((column) => table.titles[column]).join(', ') || 'constant',
        })),
      ),
    );
  }

  detect(head: string): boolean {
    return beginsAs(this.#mapping, head);
  }

  readonly #code = (reason: string): AdapterCode => adapterCode(this.id, reason);

  decode(message: Uint8Array, { charset, isRecord }: MessageContext = {}): ReturnType<Adapter['decode']> {
    const read = this.#engine.read(message, {
      ...(charset === undefined ? {} : { charset }),
      ...(isRecord === undefined ? {} : { isRecord }),
    });
    if (!read.ok) return read;
    const table = read.value;
    const { events, refused, rows, gaps } = this.#read(table);
    if (isRecord === true && events.length + refused.length !== 1)
      return failure({ code: this.#code('one-record'), reason: 'Send a record from quarantine without other records', line: 1 });
    const [first, ...rest] = events;
    if (first === undefined) {
      const [wrong, ...others] = refused.flatMap((record) => record.refusals);
      if (wrong === undefined) return failure({ code: this.#code('empty'), reason: 'There are no records', line: 1 });
      return failure(...firstOf([wrong, ...others], MOST_STATED));
    }
    const frame = this.#frameOf({ ...table, head: table.head + gaps.head, tail: gaps.tail + table.tail }, rows);
    const framed = frame === undefined ? events : [withFrame(first, this.id, frame), ...rest];
    return success({ events: framed, ...(refused.length === 0 ? {} : { refused }) });
  }

  #read(table: ReadTable, warned = new Set<string>()) {
    const events: DecodedEvent[] = [];
    const refused: RefusedRecord[] = [];
    const refuse = (record: Row | RefusedRow, reason: string, why: string, place: LineAndColumn): void => {
      const { refusals } = failure({ code: this.#code(reason), reason: why, ...place });
      refused.push({ record: { line: record.line, bytes: () => table.message(record) }, refusals });
    };
    const rows: WrittenRow[] = [];
    const gaps = new Gaps(this.#engine);
    if (!this.#mapping.isGrouped) {
      for (const record of table.refused) {
        const { reason, why, column, line = record.line } = record.fault;
        refuse(record, reason, why, { line, column });
      }
      for (const row of table.rows) {
        const event = this.#mapping.events.find((candidate) => candidate.table === row.table) as CompiledEvent;
        const read = readRecord(event, row.values);
        if ('reason' in read) {
          gaps.leave(row);
          refuse(row, read.reason, `${WHY[read.reason]} (${row.table.titles[read.column]})`, this.#engine.placeOf(row, read.column));
        } else {
          const taken = gaps.take(row);
          events.push(this.#eventOf(event, taken, read, table, warned));
          rows.push(taken);
        }
      }
    } else {
      const groups = groupsOf(this.#mapping.events, table.rows, table.refused);
      for (const group of groups) {
        const read = readGroup(this.#mapping, group, this.#code, this.#engine);
        if ('refusals' in read) refused.push({ record: { line: group.line, bytes: () => table.message(group) }, refusals: read.refusals });
        else {
          events.push(this.#eventOf(read.event, { ...read.row, ...group }, read, table, warned, group.rows.slice(1)));
          rows.push({ ...read.row, ...group });
        }
      }
    }
    const [first] = events;
    if (first !== undefined && table.outside !== undefined && table.outside.length > 0)
      events[0] = { ...first, warnings: [...outsideWarnings(table.outside), ...first.warnings] };
    refused.sort((a, b) => a.record.line - b.record.line);
    return { events, refused, rows, gaps };
  }

  #eventOf(
    event: CompiledEvent,
    row: Row,
    { data, malformed, isNormal }: ReadRecord,
    table: ReadTable,
    warned: Set<string>,
    belonging: readonly Row[] = [],
  ): DecodedEvent {
    const { description } = this.#mapping;
    const { columns, titles } = event.table;
    const warnings: Warning[] = malformed.map(({ at: _, column }) => ({
      code: 'value-out-of-type',
      at: titles[column] as string,
      reason: `The value has the wrong type, line ${row.line}`,
    }));
    const kept: Record<string, string> = {};
    const keep = (name: string, title: string, text: string): void => {
      kept[name] = text;
      if (text.trim() === '' || warned.has(title)) return;
      warned.add(title);
      warnings.push({ code: 'unmapped-element', at: title, reason: 'The mapping has no place for this column' });
    };
    for (const column of event.kept) {
      const text = row.values[column] ?? '';
      if (text !== (event.nulls[column]?.[0] ?? '')) keep(columns[column]?.name as string, titles[column] as string, text);
    }
    for (const itemRow of belonging)
      for (const column of event.items.find(({ item }) => item.table === itemRow.table)?.item.kept ?? []) {
        const title = itemRow.table.titles[column] as string;
        if ((itemRow.values[column] ?? '').trim() === '' || warned.has(title)) continue;
        warned.add(title);
        warnings.push({ code: 'unmapped-element', at: title, reason: 'The mapping has no place for this column' });
      }
    const extra: Record<string, string> = {};
    for (const [title, text] of Object.entries(row.extra)) {
      // Events must not contain this name. Keep the record as text.
      if (title !== '__proto__') extra[title] = text;
      if (text.trim() === '' || warned.has(title)) continue;
      warned.add(title);
      warnings.push({ code: 'unmapped-element', at: title, reason: 'The format has no such column' });
    }
    const [eol = ''] = description.dialect.lineTerminators;
    const isSame = isNormal && this.#engine.isNormalRow(row, belonging);
    const residue: Residue = {
      ...(Object.keys(kept).length === 0 ? {} : { columns: kept }),
      ...(Object.keys(extra).length === 0 ? {} : { extra }),
      ...(isSame ? {} : { record: row.raw }),
      ...(row.gap === this.#engine.gap ? {} : { gap: row.gap }),
      ...(row.eol === eol ? {} : { eol: row.eol }),
    };
    const marking = event.marking === undefined ? undefined : row.values[event.marking]?.trim();
    const reference = event.caseReference === undefined ? undefined : getAt(data, event.caseReference);
    return {
      standard: event.standard,
      data: Object.keys(residue).length === 0 ? data : { ...data, extensions: { [this.id]: residue as unknown as JsonObject } },
      warnings,
      record: { line: row.line, bytes: () => table.message(row) },
      ...(marking === undefined || marking === '' ? {} : { marking }),
      ...(typeof reference === 'string' ? { caseReference: reference } : {}),
      ...(malformed.length === 0 ? {} : { malformed: malformed.map(({ at }) => at) }),
    };
  }

  /** The text around the rows, where it differs from the description. */
  #frameOf(table: Frame, rows: readonly WrittenRow[]): FrameResidue | undefined {
    const plain = this.#engine.plainFrame(rows);
    const frame = {
      ...(table.bom ? { bom: true } : {}),
      ...(table.charset === undefined ? {} : { charset: table.charset }),
      ...(table.head === plain.head ? {} : { head: table.head }),
      ...(table.tail === plain.tail ? {} : { tail: table.tail }),
    };
    return Object.keys(frame).length === 0 ? undefined : frame;
  }

  encode(events: readonly EncodableEvent[], { isLenient = false }: EncodeOptions = {}): Encoded {
    if (events.length === 0) return failure(refusal('no-events'));
    const residues = events.map(({ data }) => residueOf(data, this.id, this.#engine.isGap));
    const originalFrame = residues.find(({ frame }) => frame !== undefined)?.frame;
    const encoded = this.#encodeIn(originalFrame, events, residues, isLenient);
    // The kept text of a nested message fits only around its own records.
    if (encoded.ok || this.#mapping.description.records === undefined) return encoded;
    const withoutGaps = residues.map(({ gap: _, ...rest }) => rest);
    const plain = this.#encodeIn(undefined, events, withoutGaps, isLenient);
    return plain.ok ? plain : encoded;
  }

  /** Writes events in the frame of their original message, or in a new one. */
  #encodeIn(
    originalFrame: FrameResidue | undefined,
    events: readonly EncodableEvent[],
    residues: readonly Residue[],
    isLenient: boolean,
  ): Encoded {
    const { description } = this.#mapping;
    const refusals: Refusal[] = [];
    const leftOut: string[] = [];
    const rows: WrittenRow[] = [];
    const around = this.#engine.surroundings(originalFrame?.head ?? this.#engine.plainFrame([]).head);
    if (around === undefined) return failure(refusal('not-read-back', undefined, ''));
    for (const [n, { standard, data }] of events.entries()) {
      const place = (at: string) => (events.length === 1 ? at : `/events/${n}${at}`);
      const residue = residues[n] as Residue;
      const frame = frameOfRow(residue);
      const event = this.#eventFor(standard, data);
      if (event === undefined) {
        refusals.push(refusal('wrong-standard', undefined, place('')));
        continue;
      }
      const kept = residue.record === undefined ? undefined : this.#asKept(event, residue.record, data, around);
      if (kept !== undefined) {
        rows.push({ table: event.table, values: [], raw: residue.record as string, rows: kept, ...frame });
        continue;
      }
      const { texts, lost } = writeRecordOf(event, data, residue.columns ?? {});
      const written = this.#engine.writeRecord(event.table, texts, around, residue.extra);
      const items = writeItems(description, event, data);
      const unfit =
        typeof written === 'string'
          ? []
          : event.fields.filter(({ columns }) => columns.includes(written.column)).flatMap(({ to }) => to.map(({ pointer }) => pointer));
      const beyond = this.#engine.writesExtra || Object.keys(residue.extra ?? {}).length === 0 ? [] : [`/extensions/${this.id}/extra`];
      const optional = [...lost, ...items.lost, ...beyond];
      const wrong = [...new Set([...optional, ...(typeof written === 'string' ? [] : unfit.length > 0 ? unfit : ['/extensions'])])];
      for (const at of wrong) isLenient && optional.includes(at) ? leftOut.push(place(at)) : refusals.push(this.#cannotHold(place(at)));
      if (typeof written !== 'string') continue;
      const raw = [written, ...items.raws].join(description.dialect.lineTerminators[0] ?? '');
      rows.push({ table: event.table, values: texts, raw, rows: [{ table: event.table, values: texts }, ...items.rows], ...frame });
    }
    const [wrong, ...others] = refusals;
    if (wrong !== undefined) return failure(...firstOf([wrong, ...others], MOST_STATED));
    const plain = this.#engine.plainFrame(rows);
    const { bom = false, head = plain.head, tail = plain.tail, charset } = originalFrame ?? {};
    const frame = originalFrame === undefined ? undefined : { bom, head, tail, ...(charset === undefined ? {} : { charset }) };
    const written = this.#engine.write(rows, frame);
    if (!written.ok) return written;
    return success({ bytes: written.value, mediaType: this.mediaTypes[0] as string, ...(leftOut.length === 0 ? {} : { leftOut }) });
  }

  #cannotHold = (at: string): Refusal => ({ code: this.#code('cannot-hold'), reason: 'The format cannot hold the value', at });

  /** The mapping's event for data of a standard: of several, the one with the same constants. */
  #eventFor(standard: string, data: JsonObject): CompiledEvent | undefined {
    const candidates = this.#mapping.events.filter((event) => event.standard === standard);
    return (
      candidates.find(({ fields }) =>
        fields.every(({ value, to: [place] }) => value === undefined || place === undefined || sameJson(getAt(data, place.steps), value)),
      ) ?? candidates[0]
    );
  }

  /** The kept record, if it still has the same content as the event. */
  #asKept(event: CompiledEvent, record: string, data: JsonObject, around: Surroundings): readonly Row[] | undefined {
    const table = this.#engine.readKept(event.table, record, around);
    const [group, second] = table === undefined ? [] : groupsOf(this.#mapping.events, table.rows, table.refused);
    if (group === undefined || second !== undefined) return undefined;
    const read = readGroup(this.#mapping, group, this.#code, this.#engine);
    if ('refusals' in read || read.row.table !== event.table) return undefined;
    return sameContent(read.data, data) ? group.rows : undefined;
  }
}

const outsideWarnings = (paths: readonly string[]): readonly Warning[] =>
  paths.map((at) => ({ code: 'unmapped-element', at, reason: 'The format has no place for content outside the records' }));

const frameOfRow = ({ gap, eol }: Residue) => ({ ...(gap === undefined ? {} : { gap }), ...(eol === undefined ? {} : { eol }) });

function withFrame(event: DecodedEvent, id: string, frame: FrameResidue): DecodedEvent {
  const extensions = (event.data.extensions ?? {}) as JsonObject;
  const residue = (extensions[id] ?? {}) as JsonObject;
  return { ...event, data: { ...event.data, extensions: { ...extensions, [id]: { ...residue, frame: frame as unknown as JsonObject } } } };
}

/** The adapter of a mapping. */
export const mappingAdapter = (mapping: CompiledMapping): Adapter => new MappingAdapter(mapping);
