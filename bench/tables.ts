/**
 * How fast are tables and records that nest read, compared with the bare reader of the same bytes, and in how much memory? TABLE_MB: megabytes of
 * the files that are read bit by bit, 20 unless it says otherwise.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse as parseWhole } from 'csv-parse/sync';
import { parseStrict } from '../adapters/json.ts';
import { mappingAdapter } from '../adapters/mapping/adapter.ts';
import { scanXml } from '../adapters/xml/scan.ts';
import { HOME } from '../gateway/config.ts';
import { standards } from '../test/support/rules-in-force.ts';
import { compare, perSecond, type Row } from './clock.ts';
import type { Reading } from './read-table.ts';
import { FILE_FORMATS, linesOf, mappingOf, slicesOf, TABLE_FORMATS, type TableFormat } from './table-formats.ts';

const FILE_MB = Number(process.env.TABLE_MB ?? 20);
const MEASURED = 2_000_000;

const rate = (bytes: number, events: number, seconds: number) =>
  `${(bytes / 1e6 / seconds).toFixed(1)} MB/s, ${perSecond(events, seconds)} events/s`;

async function inMemory(format: TableFormat): Promise<readonly Row[]> {
  const { id, eol, delimiter } = format;
  const mapping = mappingOf(id);
  const slices = slicesOf(mapping);
  const adapter = mappingAdapter(mapping);
  const bytes = Buffer.from([...linesOf(format, MEASURED)].join(''), 'latin1');
  let events = 0;
  const read = () => {
    const decoded = adapter.decode(bytes);
    if (!decoded.ok) throw new Error(`${id}: ${JSON.stringify(decoded.refusals)}`);
    events = decoded.value.events.length;
    for (const { standard, data } of decoded.value.events)
      if (standards.byName.get(standard)?.check(data).length !== 0) throw new Error(`${id}: not valid`);
  };
  const bareReader = () => (delimiter === undefined ? bytes.toString('latin1').split(eol).map(slices) : parseWhole(bytes, { delimiter }));
  const { bare = 1, decode = 1 } = await compare(7, { bare: bareReader, decode: read });
  return [
    { question: `${id}: ${delimiter === undefined ? 'slices' : 'csv-parse'}`, rate: rate(bytes.length, events, bare), ratio: '1.00' },
    {
      question: `${id}: decode + validate`,
      rate: rate(bytes.length, events, decode),
      ratio: (bare / decode).toFixed(2),
      target: '≥ 0.50 of the reader',
    },
  ];
}

/** A file that is read bit by bit, by separate processes: the time of the bare reader, ours, and the most memory that they have. */
async function ofFile(format: TableFormat): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tables-'));
  const file = join(folder, 'table');
  try {
    const out = openSync(file, 'w');
    let size = 0;
    for (const text of linesOf(format, FILE_MB * 1e6)) size += writeSync(out, text, null, 'latin1');
    closeSync(out);
    const words = [join(import.meta.dirname, 'read-table.ts'), format.id, file, format.delimiter ?? ''];
    const reading = (...more: string[]): Reading => JSON.parse(execFileSync(process.execPath, [...words, ...more], { encoding: 'utf8' }));
    const [bare, streamed] = [reading('bare'), reading()];
    const [title, least] = [
      `${format.id}, ${Math.round(size / 1e6)} MB`,
      format.delimiter === undefined ? 'lines and slices' : 'csv-parse stream',
    ];
    const rateOf = ({ events, seconds, megabytes }: Reading) => `${rate(size, events, seconds)}, ${megabytes} MB of memory`;
    return [
      { question: `${title}: ${least}`, rate: rateOf(bare), ratio: '1.00' },
      {
        question: `${title}: stream + validate`,
        rate: rateOf(streamed),
        ratio: (bare.seconds / streamed.seconds).toFixed(2),
        target: '≥ 0.50 of the reader',
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Rows for files of each kind that are read bit by bit. */
export async function tableFiles(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const format of FILE_FORMATS) rows.push(...(await ofFile(format)));
  return rows;
}

/** The records of a sample again and again to so many bytes, compared with the strict reader of the same text. */
async function nested(id: string, sample: string): Promise<readonly Row[]> {
  const adapter = mappingAdapter(mappingOf(id));
  const bytes = readFileSync(join(HOME, 'adapters', id, 'samples', sample));
  const decoded = adapter.decode(bytes);
  if (!decoded.ok) throw new Error(`${id}: ${JSON.stringify(decoded.refusals)}`);
  const once = decoded.value.events.map(({ standard, data: { extensions: _, ...data } }) => ({ standard, data }));
  const many = adapter.encode?.(Array.from({ length: Math.ceil(MEASURED / bytes.length) }, () => once).flat());
  if (many?.ok !== true) throw new Error(`${id}: ${JSON.stringify(many)}`);
  const message = many.value.bytes;
  const text = Buffer.from(message).toString();
  let events = 0;
  const read = () => {
    const result = adapter.decode(message);
    events = result.ok ? result.value.events.length : 0;
    for (const { standard, data } of result.ok ? result.value.events : [])
      if (standards.byName.get(standard)?.check(data).length !== 0) throw new Error(`${id}: not valid`);
  };
  const silent = { open: () => undefined, close: () => undefined, text: () => undefined };
  const strict = () => (text.startsWith('<') ? scanXml(text, silent) : parseStrict(text));
  const { bare = 1, decode = 1 } = await compare(7, { bare: strict, decode: read });
  return [
    { question: `${id}: strict reader`, rate: rate(message.length, events, bare), ratio: '1.00' },
    { question: `${id}: decode + validate`, rate: rate(message.length, events, decode), ratio: (bare / decode).toFixed(2) },
  ];
}

export async function tables(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const format of TABLE_FORMATS) rows.push(...(await inMemory(format)));
  rows.push(...(await nested('incident-export', 'incidents.xml')), ...(await nested('stop-feed', 'stops.json')));
  return [...rows, ...(await tableFiles())];
}
