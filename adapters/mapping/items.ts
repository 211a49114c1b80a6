/** Reads and writes the items of an event's lists, which are separate records after the first record of the event. */
import type { Json, JsonObject } from '../adapter.ts';
import type { CompiledDescription } from '../table/description.ts';
import type { Row } from '../table/read.ts';
import type { CountedRow } from '../table/totals.ts';
import { writeRecord } from '../table/write.ts';
import type { CompiledEvent } from './compile.ts';
import { getAt, setAt } from './pointer.ts';
import { type ReadRecord, type RecordRefusal, readRecord, writeRecordOf } from './record.ts';

export interface ReadItems {
  /** JSON Pointers into the event, as {@link readRecord} gives them. The columns are those of the record that has them. */
  readonly malformed: ReadRecord['malformed'];
  /** Whether the records are in normal form and in the written order. */
  readonly isNormal: boolean;
  /** Puts the lists into the data of the event, in addition to what it already has there. */
  addTo(event: JsonObject): void;
}

/** Reads the records of an event in order. Leaves out each record for which `isRefused` returns true. */
export function readItems(
  { items }: CompiledEvent,
  rows: readonly Row[],
  isRefused: (row: Row, read: ReadRecord | RecordRefusal) => boolean,
): ReadItems {
  const lists = new Map<CompiledEvent['items'][number], JsonObject[]>();
  const malformed: ReadRecord['malformed'][number][] = [];
  let isNormal = true;
  let last = 0;
  for (const row of rows) {
    // Each table has an event or items of lists. Items of another event's lists do not belong to this event.
    const list = items.find(({ item }) => item.table === row.table);
    const read = list === undefined ? { column: 0, reason: 'no-parent' as const } : readRecord(list.item, row.values);
    if (isRefused(row, read) || list === undefined || 'reason' in read) continue;
    const place = items.indexOf(list);
    if (!read.isNormal || place < last) isNormal = false;
    last = place;
    const listItems = lists.get(list) ?? [];
    lists.set(list, listItems);
    malformed.push(...read.malformed.map(({ at, column }) => ({ at: `${list.pointer}/${listItems.length}${at}`, column })));
    listItems.push(read.data);
  }
  return {
    malformed,
    isNormal,
    addTo: (event) => {
      for (const [{ steps }, listItems] of lists) setAt(event as Record<string, Json>, steps, listItems);
    },
  };
}

export interface WrittenItems {
  readonly raws: readonly string[];
  readonly rows: readonly CountedRow[];
  /** JSON Pointers of values that the records cannot hold. */
  readonly lost: readonly string[];
}

const NOTHING: WrittenItems = { raws: [], rows: [], lost: [] };
const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The records of the items of an event, list by list. */
export function writeItems(description: CompiledDescription, event: CompiledEvent, data: JsonObject): WrittenItems {
  if (event.items.length === 0) return NOTHING;
  const raws: string[] = [];
  const rows: CountedRow[] = [];
  const lost: string[] = [];
  for (const { pointer, steps, item } of event.items) {
    const list = getAt(data, steps);
    if (list === undefined || list === null) continue;
    if (!Array.isArray(list)) {
      lost.push(pointer);
      continue;
    }
    for (const [n, value] of (list as readonly Json[]).entries()) {
      const at = `${pointer}/${n}`;
      if (!isObject(value)) {
        lost.push(at);
        continue;
      }
      const record = writeRecordOf(item, value, {});
      const raw = writeRecord(description, item.table, record.texts);
      lost.push(...record.lost.map((place) => at + place));
      if (typeof raw !== 'string') lost.push(at);
      else {
        raws.push(raw);
        rows.push({ table: item.table, values: record.texts });
      }
    }
  }
  return { raws, rows, lost };
}
