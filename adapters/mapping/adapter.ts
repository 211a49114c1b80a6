/** The adapter that a compiled mapping is. */
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
import { failure, firstOf, type Result, success } from '../result.ts';
import { encodeTableText } from '../table/charsets.ts';
import { writeDelimited } from '../table/delimited.ts';
import { type ReadOptions, type ReadTable, type Row, readTable } from '../table/read.ts';
import { isNormalRow, plainFrame, type WrittenRow, writeRecord, writeTable } from '../table/write.ts';
import type { CompiledEvent, CompiledMapping } from './compile.ts';
import { beginsAs } from './detect.ts';
import { columnOf, groupsOf, readGroup, WHY } from './groups.ts';
import { writeItems } from './items.ts';
import { sameJson } from './lenses.ts';
import { getAt, sameContent } from './pointer.ts';
import { type ReadRecord, readRecord, writeRecordOf } from './record.ts';
import { type FrameResidue, type Residue, residueOf } from './residue.ts';

/** Refusals of a message that could not be read at all are at most so many. */
const MOST_STATED = 50;

export class MappingAdapter implements Adapter {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly mediaTypes: readonly string[];
  readonly standards: readonly string[];
  readonly carriesMarkings?: boolean;
  readonly fields: NonNullable<Adapter['fields']>;
  readonly #mapping: CompiledMapping;

  constructor(mapping: CompiledMapping) {
    const { id, title, version, mediaTypes, carriesMarkings } = mapping.document;
    this.#mapping = mapping;
    this.id = id;
    this.title = title;
    this.version = version;
    this.mediaTypes = mediaTypes ?? [mapping.description.dialect.isFixed ? 'text/plain' : 'text/csv'];
    this.standards = [...new Set(mapping.events.map(({ standard }) => standard))];
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
    const read = readTable(this.#mapping.description, message, {
      adapter: this.id,
      ...(charset === undefined ? {} : { charset }),
      ...(isRecord === undefined ? {} : { isRecord }),
      isGrouped: this.#mapping.isGrouped,
    });
    if (!read.ok) return read;
    const table = read.value;
    const { events, refused, rows } = this.#read(table);
    if (isRecord === true && events.length + refused.length !== 1)
      return failure({ code: this.#code('one-record'), reason: 'A record from quarantine is sent again alone', line: 1 });
    const [first, ...rest] = events;
    if (first === undefined) {
      const [wrong, ...others] = refused.flatMap((one) => one.refusals);
      if (wrong === undefined) return failure({ code: this.#code('empty'), reason: 'There are no records', line: 1 });
      return failure(...firstOf([wrong, ...others], MOST_STATED));
    }
    const frame = this.#frameOf(table, rows);
    const framed = frame === undefined ? events : [withFrame(first, this.id, frame), ...rest];
    return success({ events: framed, ...(refused.length === 0 ? {} : { refused }) });
  }

  /** The events and refused records of a part of a file. */
  partOf(table: ReadTable): { readonly events: readonly DecodedEvent[]; readonly refused: readonly RefusedRecord[] } {
    return this.#read(table);
  }

  #read(table: ReadTable) {
    const events: DecodedEvent[] = [];
    const refused: RefusedRecord[] = [];
    const refuse = (record: { raw: string; eol: string; line: number }, reason: string, why: string, column: number): void => {
      const { refusals } = failure({ code: this.#code(reason), reason: why, line: record.line, column });
      refused.push({ record: { line: record.line, bytes: () => table.message(record) }, refusals });
    };
    const warned = new Set<string>();
    const rows: WrittenRow[] = [];
    if (!this.#mapping.isGrouped) {
      for (const record of table.refused) refuse(record, record.fault.reason, record.fault.why, record.fault.column);
      for (const row of table.rows) {
        const event = this.#mapping.events.find((one) => one.table === row.table) as CompiledEvent;
        const read = readRecord(event, row.values);
        if ('reason' in read)
          refuse(row, read.reason, `${WHY[read.reason]} (${row.table.titles[read.column]})`, columnOf(this.#mapping, row, read.column));
        else {
          events.push(this.#eventOf(event, row, read, table, warned));
          rows.push(row);
        }
      }
    } else {
      const groups = groupsOf(this.#mapping.events, table.rows, table.refused);
      for (const group of groups) {
        const read = readGroup(this.#mapping, group, this.#code);
        if ('refusals' in read) refused.push({ record: { line: group.line, bytes: () => table.message(group) }, refusals: read.refusals });
        else {
          events.push(this.#eventOf(read.event, { ...read.row, ...group }, read, table, warned, group.rows.slice(1)));
          rows.push({ ...read.row, ...group });
        }
      }
    }
    refused.sort((a, b) => a.record.line - b.record.line);
    return { events, refused, rows };
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
      reason: `The value is not of its type, line ${row.line}`,
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
    for (const one of belonging)
      for (const column of event.items.find(({ item }) => item.table === one.table)?.item.kept ?? []) {
        const title = one.table.titles[column] as string;
        if ((one.values[column] ?? '').trim() === '' || warned.has(title)) continue;
        warned.add(title);
        warnings.push({ code: 'unmapped-element', at: title, reason: 'The mapping has no place for this column' });
      }
    const extra: Record<string, string> = {};
    for (const [title, text] of Object.entries(row.extra)) {
      extra[title] = text;
      if (text.trim() === '' || warned.has(title)) continue;
      warned.add(title);
      warnings.push({ code: 'unmapped-element', at: title, reason: 'The format has no such column' });
    }
    const [eol = ''] = description.dialect.lineTerminators;
    const isSame = isNormal && isNormalRow(description, row, belonging, eol);
    const residue: Residue = {
      ...(Object.keys(kept).length === 0 ? {} : { columns: kept }),
      ...(Object.keys(extra).length === 0 ? {} : { extra }),
      ...(isSame ? {} : { record: row.raw }),
      ...(row.gap === '' ? {} : { gap: row.gap }),
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

  /** What surrounds the rows, where it is not what the description predicts. */
  #frameOf(table: ReadTable, rows: readonly WrittenRow[]): FrameResidue | undefined {
    const plain = plainFrame(this.#mapping.description, rows);
    const frame = {
      ...(table.bom ? { bom: true } : {}),
      ...(table.head === plain.head ? {} : { head: table.head }),
      ...(table.tail === plain.tail ? {} : { tail: table.tail }),
    };
    return Object.keys(frame).length === 0 ? undefined : frame;
  }

  encode(events: readonly EncodableEvent[], { isLenient = false }: EncodeOptions = {}): Encoded {
    if (events.length === 0) return failure(refusal('no-events'));
    const { description } = this.#mapping;
    const residues = events.map(({ data }) => residueOf(data, this.id));
    const own = residues.find(({ frame }) => frame !== undefined)?.frame;
    const refusals: Refusal[] = [];
    const leftOut: string[] = [];
    const rows: WrittenRow[] = [];
    const titles = own?.head === undefined ? undefined : this.#titlesOf(own.head);
    for (const [n, { standard, data }] of events.entries()) {
      const place = (at: string) => (events.length === 1 ? at : `/events/${n}${at}`);
      const { frame: _, ...residue } = residues[n] as Residue;
      const event = this.#eventFor(standard, data);
      if (event === undefined) {
        refusals.push(refusal('wrong-standard', undefined, place('')));
        continue;
      }
      const kept = residue.record === undefined ? undefined : this.#asKept(event, residue.record, data, titles);
      if (kept !== undefined) {
        rows.push({ table: event.table, values: [], raw: residue.record as string, rows: kept, ...frameOfRow(residue) });
        continue;
      }
      const { texts, lost } = writeRecordOf(event, data, residue.columns ?? {});
      const written = writeRecord(description, event.table, texts, titles, residue.extra);
      const items = writeItems(description, event, data);
      const unfit =
        typeof written === 'string'
          ? []
          : event.fields.filter(({ columns }) => columns.includes(written.column)).flatMap(({ to }) => to.map(({ pointer }) => pointer));
      const wrong = [
        ...new Set([...lost, ...items.lost, ...(typeof written === 'string' ? [] : unfit.length > 0 ? unfit : ['/extensions'])]),
      ];
      for (const at of wrong)
        isLenient && (lost.includes(at) || items.lost.includes(at)) ? leftOut.push(place(at)) : refusals.push(this.#cannotHold(place(at)));
      if (typeof written !== 'string') continue;
      const raw = [written, ...items.raws].join(description.dialect.lineTerminators[0] ?? '');
      rows.push({
        table: event.table,
        values: texts,
        raw,
        rows: [{ table: event.table, values: texts }, ...items.rows],
        ...frameOfRow(residue),
      });
    }
    const [wrong, ...others] = refusals;
    if (wrong !== undefined) return failure(...firstOf([wrong, ...others], MOST_STATED));
    const plain = plainFrame(description, rows);
    const frame = own === undefined ? undefined : { bom: own.bom ?? false, head: own.head ?? plain.head, tail: own.tail ?? plain.tail };
    const written = writeTable(description, rows, frame);
    if (!written.ok) return written;
    return success({ bytes: written.value, mediaType: this.mediaTypes[0] as string, ...(leftOut.length === 0 ? {} : { leftOut }) });
  }

  #cannotHold = (at: string): Refusal => ({ code: this.#code('cannot-hold'), reason: 'The format cannot hold the value', at });

  /** The event of the mapping that data of a standard is: of several, the one whose constants it has. */
  #eventFor(standard: string, data: JsonObject): CompiledEvent | undefined {
    const own = this.#mapping.events.filter((event) => event.standard === standard);
    return (
      own.find(({ fields }) =>
        fields.every(({ value, to: [place] }) => value === undefined || place === undefined || sameJson(getAt(data, place.steps), value)),
      ) ?? own[0]
    );
  }

  /** The titles of a message whose head is kept. */
  #titlesOf(head: string): readonly string[] | undefined {
    const { description } = this.#mapping;
    if (!description.dialect.hasTitles) return undefined;
    const table = this.#readAgain(head, { titlesOnly: true });
    return table.ok ? table.value.titles : undefined;
  }

  /** Reads what was kept of a message. */
  #readAgain(text: string, options: Pick<ReadOptions, 'isRecord' | 'isGrouped' | 'titlesOnly'>): Result<ReadTable> {
    const { description } = this.#mapping;
    const bytes = encodeTableText(text, description.dialect.encoding, false);
    return bytes.ok ? readTable(description, bytes.value, { adapter: this.id, ...options }) : bytes;
  }

  /** What a record that was kept says, if it still says the same as the event. */
  #asKept(event: CompiledEvent, record: string, data: JsonObject, titles: readonly string[] | undefined): readonly Row[] | undefined {
    const { description } = this.#mapping;
    const { dialect } = description;
    const [eol = ''] = dialect.lineTerminators;
    const head = !dialect.hasTitles ? '' : `${writeDelimited(titles ?? event.table.titles, dialect)}${eol}`;
    const { isGrouped } = this.#mapping;
    const table = this.#readAgain(head + record, { isRecord: true, isGrouped });
    const [group, second] = table.ok ? groupsOf(this.#mapping.events, table.value.rows, table.value.refused) : [];
    if (group === undefined || second !== undefined) return undefined;
    const read = readGroup(this.#mapping, group, this.#code);
    if ('refusals' in read || read.row.table !== event.table) return undefined;
    return sameContent(read.data, data) ? group.rows : undefined;
  }
}

const frameOfRow = ({ gap, eol }: Residue) => ({ ...(gap === undefined ? {} : { gap }), ...(eol === undefined ? {} : { eol }) });

function withFrame(event: DecodedEvent, id: string, frame: FrameResidue): DecodedEvent {
  const extensions = (event.data.extensions ?? {}) as JsonObject;
  const residue = (extensions[id] ?? {}) as JsonObject;
  return { ...event, data: { ...event.data, extensions: { ...extensions, [id]: { ...residue, frame: frame as unknown as JsonObject } } } };
}

/** The adapter of a mapping. */
export const mappingAdapter = (mapping: CompiledMapping): Adapter => new MappingAdapter(mapping);
