/** What a sample of fixed width shows: kinds of records by their first characters, and columns between positions that are blank in all of a kind. */
import type { Column, Total } from '../table/description.ts';
import { isSameNumber } from '../table/totals.ts';

/** A column of a kind of record, and its values without what fills it up. */
export interface FixedColumn {
  readonly column: Required<Pick<Column, 'name' | 'start' | 'length'>> & Pick<Column, 'align'>;
  readonly values: readonly string[];
}

/** One kind of record. */
export interface FixedKind {
  readonly role: 'header' | 'row' | 'trailer';
  /** The first characters by which it is known; undefined where there is one kind. */
  readonly known?: string;
  readonly columns: readonly FixedColumn[];
  readonly totals: readonly Total[];
  /** How many records of the sample are of it. */
  readonly count: number;
}

export interface FixedSample {
  readonly kinds: readonly FixedKind[];
  /** Whether all records are as long as the longest. */
  readonly isFilledUp: boolean;
}

const MOST_KINDS = 8;
const LONGEST_PREFIX = 3;
/** Without records that are filled up to one length, so many rows with blank positions in common are no chance. */
const FEWEST_UNFILLED = 5;
/** The name of the column by which kinds of records are known. */
export const KIND = 'record_type';

interface Split {
  readonly prefix: number;
  readonly header: string | undefined;
  readonly trailer: string | undefined;
  readonly rows: readonly string[];
}

/** Kinds by so many first characters, or undefined where these tell no kinds: rows of each kind come again, a header or trailer comes once. */
function splitBy(lines: readonly string[], prefix: number): Split | undefined {
  const known = lines.map((line) => line.slice(0, prefix));
  if (!known.every((text) => /^[A-Z0-9]+$/.test(text) && text.length === prefix)) return undefined;
  const isOnce = (prefixText: string): boolean => known.indexOf(prefixText) === known.lastIndexOf(prefixText);
  const [first = '', last = ''] = [known[0], known.at(-1)];
  const header = isOnce(first) ? first : undefined;
  const trailer = isOnce(last) ? last : undefined;
  const inside = known.filter((text) => text !== header && text !== trailer);
  const rows = [...new Set(inside)];
  const isOneKind = header === undefined && trailer === undefined && rows.length === 1;
  if (isOneKind || rows.length === 0 || rows.length > MOST_KINDS || rows.length === inside.length) return undefined;
  return { prefix, header, trailer, rows };
}

/** The shortest first characters that tell kinds; where these are digits, with the digits that go with them. */
function splitOf(lines: readonly string[]): Split | undefined {
  for (let prefix = 1; prefix <= LONGEST_PREFIX; prefix++) {
    let split = splitBy(lines, prefix);
    if (split === undefined) continue;
    for (let longer = prefix + 1; longer <= LONGEST_PREFIX; longer++) {
      const more = splitBy(lines, longer);
      if (more === undefined || more.rows.length !== split.rows.length || lines.some((line) => !/^\d+$/.test(line.slice(0, longer)))) break;
      split = more;
    }
    return split;
  }
  return undefined;
}

/** From and to of what stands between positions that are blank in all records, from 0. */
function runsOf(records: readonly string[], from: number): readonly (readonly [number, number])[] {
  const width = Math.max(...records.map(({ length }) => length));
  const runs: (readonly [number, number])[] = [];
  let start: number | undefined;
  for (let at = from; at <= width; at++) {
    const isBlank = records.every((record) => (record[at] ?? ' ') === ' ');
    if (!isBlank) start ??= at;
    else if (start !== undefined) {
      runs.push([start, at]);
      start = undefined;
    }
  }
  return runs;
}

/** Whether values are numbers that end at one place and begin at several. */
const isRightAligned = (records: readonly string[], [from, to]: readonly [number, number]): boolean => {
  const texts = records.map((record) => record.slice(from, to)).filter((text) => text.trim() !== '');
  return texts.every((text) => /^ *\d+(?:\.\d+)?$/.test(text) && text.length === to - from) && texts.some((text) => text.startsWith(' '));
};

/** Columns with the blanks that belong to them: behind a value, or before a number. */
function columnsOf(records: readonly string[], prefix: number, width: number): readonly FixedColumn[] {
  const runs = runsOf(records, prefix);
  const isRight = runs.map((run) => isRightAligned(records, run));
  const kind = { column: { name: KIND, start: 1, length: prefix }, values: records.map((record) => record.slice(0, prefix)) };
  let end = prefix;
  const columns = runs.map(([from, to], n): FixedColumn => {
    const start = isRight[n] === true ? end : from;
    const next = runs[n + 1]?.[0] ?? width;
    end = isRight[n] === true || isRight[n + 1] === true ? to : next;
    const values = records.map((record) => record.slice(start, end).trim());
    const column = { name: `column_${start + 1}`, start: start + 1, length: end - start };
    return { column: isRight[n] === true ? { ...column, align: 'right' } : column, values };
  });
  return prefix === 0 ? columns : [kind, ...columns];
}

/** The columns of a header or trailer that give numbers of records. */
function totalsOf(columns: readonly FixedColumn[], counts: ReadonlyMap<string, number>, records: number): readonly Total[] {
  const rows = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return columns.flatMap(({ column: { name }, values: [value = ''] }): readonly Total[] => {
    if (name === KIND || !/^\d{1,12}$/.test(value)) return [];
    if (isSameNumber(value, String(records))) return [{ column: name, of: 'records' }];
    if (isSameNumber(value, String(rows))) return [{ column: name, of: 'rows' }];
    const [type] = [...counts].find(([, count]) => isSameNumber(value, String(count))) ?? [];
    return type === undefined ? [] : [{ column: name, of: 'rows', types: [type] }];
  });
}

/** What the lines of a sample show, or undefined where they do not look like fixed width. */
export function fixedSample(lines: readonly string[]): FixedSample | undefined {
  if (lines.length < 2) return undefined;
  const width = Math.max(...lines.map(({ length }) => length));
  const isFilledUp = lines.every(({ length }) => length === width);
  const split = splitOf(lines);
  const prefix = split?.prefix ?? 0;
  const of = (known: string | undefined): readonly string[] => lines.filter((line) => known === undefined || line.startsWith(known));
  const known = split === undefined ? [undefined] : split.rows;
  const counts = new Map(known.map((text) => [text ?? '', of(text).length]));
  const rows = known.map((start): FixedKind => {
    const records = of(start);
    return {
      role: 'row',
      ...(start === undefined ? {} : { known: start }),
      columns: columnsOf(records, prefix, width),
      totals: [],
      count: records.length,
    };
  });
  const framed = (role: 'header' | 'trailer', start: string | undefined): readonly FixedKind[] => {
    if (start === undefined) return [];
    const columns = columnsOf(of(start), prefix, width);
    return [{ role, known: start, columns, totals: totalsOf(columns, counts, lines.length), count: 1 }];
  };
  if (!isFilledUp && lines.length < FEWEST_UNFILLED) return undefined;
  if (!rows.some(({ columns }) => columns.length > (prefix === 0 ? 1 : 2))) return undefined;
  return { kinds: [...framed('header', split?.header), ...rows, ...framed('trailer', split?.trailer)], isFilledUp };
}
