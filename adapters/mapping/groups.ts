/**
 * Records that belong together: one that begins an event, and those that follow it and are items of its lists. A group is read, refused and
 * written as one, so that no event ever lacks a part that could not be read.
 */
import type { AdapterCode, Refusal } from '../refusal.ts';
import type { Refusals } from '../result.ts';
import type { RefusedRow, Row } from '../table/read.ts';
import type { CompiledEvent, CompiledMapping } from './compile.ts';
import type { Engine, LineAndColumn } from './engine.ts';
import { readItems } from './items.ts';
import { type ReadRecord, type RecordRefusal, readRecord } from './record.ts';

/** The reason why a readable record has no event. */
export const WHY = {
  missing: 'A value that every record must have is missing',
  'unknown-code': 'The code is not in the list of the mapping',
  'no-parent': 'The record does not belong to the one before it',
} as const;

/** The rows of one event, or the reasons why it is refused. */
export interface Group {
  /** The first row, whether readable or not. */
  readonly raw: string;
  readonly eol: string;
  readonly line: number;
  readonly gap: string;
  readonly rows: readonly Row[];
  readonly refused: readonly RefusedRow[];
}

/** A record of an event whose first record is missing. */
export const ORPHAN = { reason: 'no-parent', why: 'The record belongs to another one, and there is none before it' } as const;

const isRow = (line: Row | RefusedRow): line is Row => 'values' in line;

/** Groups rows in order. An unreadable record belongs to the event before it, because it may be part of it. */
export function groupsOf(events: readonly CompiledEvent[], rows: readonly Row[], refused: readonly RefusedRow[]): readonly Group[] {
  const heads = new Set(events.map(({ table }) => table));
  const all = refused.length === 0 ? rows : [...rows, ...refused].toSorted((a, b) => a.line - b.line);
  const groups: (Row | RefusedRow)[][] = [];
  for (const record of all) {
    const open = groups.at(-1);
    if (open === undefined || (isRow(record) && heads.has(record.table))) groups.push([record]);
    else open.push(record);
  }
  return groups.map((records) => {
    const [first] = records as [Row | RefusedRow];
    const last = records.at(-1) as Row | RefusedRow;
    const raw = records
      .map((record, n) => `${n > 0 && isRow(record) ? record.gap : ''}${record.raw}${record === last ? '' : record.eol}`)
      .join('');
    const belongs = records.filter(isRow);
    const bad: RefusedRow[] = records.filter((line): line is RefusedRow => !isRow(line));
    const orphan = isRow(first) && !heads.has(first.table) ? [{ ...first, fault: { ...ORPHAN, column: 1 } }] : [];
    return { raw, eol: last.eol, line: first.line, gap: isRow(first) ? first.gap : '', rows: belongs, refused: [...bad, ...orphan] };
  });
}

const isSome = (refusals: readonly Refusal[]): refusals is Refusals => refusals.length > 0;

/** The event of a group of records, or all its refusals. */
export function readGroup(
  mapping: CompiledMapping,
  group: Group,
  codeOf: (reason: string) => AdapterCode,
  { placeOf }: Pick<Engine, 'placeOf'>,
): { readonly refusals: Refusals } | (ReadRecord & { readonly event: CompiledEvent; readonly row: Row }) {
  const refusalOf = (reason: string, why: string, place: LineAndColumn): Refusal => ({ code: codeOf(reason), reason: why, ...place });
  const refusals = group.refused.map(({ line: first, fault: { reason, why, column, line = first } }) =>
    refusalOf(reason, why, { line, column }),
  );
  const [row, ...belonging] = group.rows as [Row, ...Row[]];
  if (isSome(refusals)) return { refusals };
  const event = mapping.events.find((candidate) => candidate.table === row.table) as CompiledEvent;
  const isRefused = (record: Row, read: ReadRecord | RecordRefusal): read is RecordRefusal => {
    if (!('reason' in read)) return false;
    const why = `${WHY[read.reason]} (${record.table.titles[read.column]})`;
    refusals.push(refusalOf(read.reason, why, placeOf(record, read.column)));
    return true;
  };
  const read = readRecord(event, row.values);
  const items = readItems(event, belonging, isRefused);
  if (isRefused(row, read) || isSome(refusals)) return { refusals: refusals as [Refusal, ...Refusal[]] };
  items.addTo(read.data);
  return {
    event,
    row,
    data: read.data,
    malformed: [...read.malformed, ...items.malformed],
    isNormal: read.isNormal && items.isNormal,
  };
}
