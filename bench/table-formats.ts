/** The table formats that are measured, and what of them is repeated. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompiledMapping } from '../adapters/mapping/compile.ts';
import { HOME } from '../gateway/config.ts';
import { readMapping } from '../gateway/rules/mappings.ts';
import { standards } from '../test/support/rules-in-force.ts';

export interface TableFormat {
  readonly id: string;
  readonly sample: string;
  readonly eol: string;
  /** Absent where the columns are of fixed width. */
  readonly delimiter?: string;
}

const STOPS: TableFormat = { id: 'police-uk-stops', sample: 'stops.csv', eol: '\n', delimiter: ',' };
const EXTRACT: TableFormat = { id: 'custody-extract', sample: 'extract.txt', eol: '\r\n' };

export const TABLE_FORMATS: readonly TableFormat[] = [
  STOPS,
  { id: 'police-uk-street', sample: 'street.csv', eol: '\n', delimiter: ',' },
  { id: 'crime-report', sample: 'crimes.csv', eol: '\r\n', delimiter: ',' },
  { id: 'custody-record', sample: 'records.txt', eol: '\r\n', delimiter: '|' },
  EXTRACT,
];

/** Those of which a large file is read. */
export const FILE_FORMATS: readonly TableFormat[] = [STOPS, EXTRACT];

export function mappingOf(id: string): CompiledMapping {
  const read = readMapping(readFileSync(join(HOME, 'adapters', id, `${id}.mapping.json`), 'utf8'), standards);
  if ('length' in read) throw new Error(`${id} is not a mapping`);
  return read;
}

/** The first line of a sample, and its rows again and again to so many bytes; a trailer that adds up where the format has one. */
export function* linesOf({ id, sample, eol, delimiter }: TableFormat, bytes: number): Generator<string> {
  const lines = readFileSync(join(HOME, 'adapters', id, 'samples', sample), 'latin1')
    .split(eol)
    .slice(0, -1);
  const body = delimiter === undefined ? lines.slice(1, -1) : lines.slice(1);
  const text = body.join(eol) + eol;
  // The counts in a trailer have six digits.
  const most = delimiter === undefined ? Math.floor(999_990 / body.length) : Number.POSITIVE_INFINITY;
  const times = Math.min(most, Math.ceil(bytes / text.length));
  yield lines[0] + eol;
  for (let n = 0; n < times; n++) yield text;
  if (delimiter !== undefined) return;
  const events = times * body.filter((line) => line.startsWith('D')).length;
  const counts = [events, times * body.length + 2].map((count) => String(count).padStart(6, '0')).join('');
  yield `T${counts}`.padEnd(lines[0]?.length ?? 0) + eol;
}

/** How long the values of a line are: every column as a slice without the blanks behind it, the least that anybody does with fixed width. */
export function slicesOf({ description: { tables } }: CompiledMapping): (line: string) => number {
  return (line) => {
    let length = 0;
    for (const { start = 1, length: width = 0 } of tables.find(({ when }) => when?.equals === line[0])?.columns ?? [])
      length += line.slice(start - 1, start - 1 + width).trimEnd().length;
    return length;
  };
}
