/** The interface between the adapter of a mapping and the engine for its source: tables, or nested records. */
import type { CompiledRecords, CompiledSource } from '../record/description.ts';
import { isMoreThanLayout, plainGap, writeNested } from '../record/layout.ts';
import { placeIn, readRecords } from '../record/read.ts';
import { contextOf, plainRecordFrame, readKept, writeRecords } from '../record/write.ts';
import type { Result } from '../result.ts';
import { encodeTableText } from '../table/charsets.ts';
import { fieldStart, writeDelimited } from '../table/delimited.ts';
import type { CompiledDescription, CompiledTable } from '../table/description.ts';
import { type Frame, type ReadOptions, type ReadTable, type RecordContext, type Row, readTable } from '../table/read.ts';
import { isNormalRow, plainFrame, type WrittenRow, writeRecord, writeTable } from '../table/write.ts';

/** The parts of a message's frame that affect its records. */
export interface Surroundings {
  /** The titles of the columns, where they are not in the order of the description. */
  readonly titles?: readonly string[];
  readonly context?: RecordContext;
}

/** A place in a message, from 1. */
export interface LineAndColumn {
  readonly line: number;
  readonly column: number;
}

export interface Engine {
  /** The default text between two records. */
  readonly gap: string;
  /** Whether the text between two records has content besides layout. */
  isMoreThanLayout(gap: string): boolean;
  /** Whether a text may be written between two records. */
  isGap(text: string): boolean;
  read(bytes: Uint8Array, options: Omit<ReadOptions, 'adapter'>): Result<ReadTable>;
  /** What the head of a message says about its records. Undefined where the text is not a head of such a message. */
  surroundings(head: string): Surroundings | undefined;
  /** Reads the exact text of a kept record. */
  readKept(table: CompiledTable, record: string, around: Surroundings): ReadTable | undefined;
  /** Writes a record in normal form, or returns the column that cannot be written. */
  writeRecord(
    table: CompiledTable,
    values: readonly string[],
    around: Surroundings,
    extra?: Readonly<Record<string, string>>,
  ): string | { readonly column: number };
  /** Whether a record that has its normal form again can have what no column names in it. */
  readonly writesExtra: boolean;
  isNormalRow(row: Row, belonging: readonly Row[]): boolean;
  plainFrame(rows: readonly WrittenRow[]): Frame;
  write(rows: readonly WrittenRow[], frame: Frame | undefined): Result<Uint8Array>;
  /** The place of a column's value. */
  placeOf(row: Row, column: number): LineAndColumn;
}

function tableEngine(description: CompiledDescription, adapter: string, isGrouped: boolean): Engine {
  const { dialect } = description;
  const [eol = ''] = dialect.lineTerminators;
  const readAgain = (text: string, options: Omit<ReadOptions, 'adapter'>): ReadTable | undefined => {
    const bytes = encodeTableText(text, dialect.encoding, false);
    const table = bytes.ok ? readTable(description, bytes.value, { adapter, ...options }) : bytes;
    return table.ok ? table.value : undefined;
  };
  return {
    gap: '',
    isMoreThanLayout: () => false,
    // Only white space is allowed between records, so that nothing can be injected there.
    isGap: (text) => text.trim() === '',
    read: (bytes, options) => readTable(description, bytes, { adapter, isGrouped, ...options }),
    surroundings: (head) => {
      const titles = dialect.hasTitles ? readAgain(head, { titlesOnly: true })?.titles : undefined;
      return titles === undefined ? {} : { titles };
    },
    readKept: (table, record, { titles }) => {
      const head = dialect.hasTitles ? `${writeDelimited(titles ?? table.titles, dialect)}${eol}` : '';
      return readAgain(head + record, { isRecord: true, isGrouped });
    },
    writeRecord: (table, values, { titles }, extra) => writeRecord(description, table, values, titles, extra),
    writesExtra: true,
    isNormalRow: (row, belonging) => isNormalRow(description, row, belonging, eol),
    plainFrame: (rows) => plainFrame(description, rows),
    write: (rows, frame) => writeTable(description, rows, frame),
    placeOf: ({ line, titles, raw, table }, place) => {
      if (dialect.isFixed) return { line, column: table.columns[place]?.start ?? 1 };
      const index = titles?.indexOf(table.titles[place] as string) ?? place;
      return { line, column: 1 + fieldStart(raw, index, dialect) };
    },
  };
}

function recordEngine(source: CompiledRecords, adapter: string): Engine {
  return {
    gap: plainGap(source),
    isMoreThanLayout: (gap) => isMoreThanLayout(source, gap),
    // XML has comments and other elements there. What is written is read again: it holds no other records.
    isGap: (text) => source.format === 'xml' || /^\s*,\s*$/.test(text),
    read: (bytes, options) => readRecords(source, bytes, { adapter, ...options }),
    surroundings: (head) => {
      const context = contextOf(source, head);
      return context === undefined ? undefined : { context };
    },
    readKept: (_, record, { context }) => (context === undefined ? undefined : readKept(source, record, context, adapter)),
    writeRecord: (_, values) => writeNested(source, values),
    writesExtra: false,
    isNormalRow: ({ values, raw }) => writeNested(source, values) === raw,
    plainFrame: () => plainRecordFrame(source),
    write: (rows, frame) => writeRecords(source, rows, frame ?? plainRecordFrame(source), adapter),
    placeOf: ({ raw, line, column = 1, startOf }, place) => placeIn(raw, line, column, startOf?.(place) ?? 0),
  };
}

/** The engine of a source. */
export const engineOf = (source: CompiledSource, adapter: string, isGrouped: boolean): Engine =>
  source.records === undefined ? tableEngine(source, adapter, isGrouped) : recordEngine(source.records, adapter);
