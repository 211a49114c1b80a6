/** How fast are tables and records that nest read, beside the bare reader of the same bytes, and in how much memory? TABLE_MB: megabytes of the file, 100 unless it says otherwise. */
import { closeSync, createReadStream, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import { parse as parseWhole } from 'csv-parse/sync';
import type { DecodedPart, Refusal } from '../adapters/adapter.ts';
import { parseStrict } from '../adapters/json.ts';
import { mappingAdapter } from '../adapters/mapping/adapter.ts';
import type { CompiledMapping } from '../adapters/mapping/compile.ts';
import { scanXml } from '../adapters/xml/scan.ts';
import { HOME } from '../gateway/config.ts';
import { readMapping } from '../gateway/rules/mappings.ts';
import { standards } from '../test/support/law.ts';
import { compare, perSecond, type Row } from './clock.ts';

const FILE_MB = Number(process.env.TABLE_MB ?? 100);
const MEASURED = 2_000_000;

interface Format {
  readonly id: string;
  readonly sample: string;
  readonly eol: string;
  readonly delimiter?: string;
}

const FORMATS: readonly Format[] = [
  { id: 'police-uk-stops', sample: 'stops.csv', eol: '\n', delimiter: ',' },
  { id: 'police-uk-street', sample: 'street.csv', eol: '\n', delimiter: ',' },
  { id: 'crime-report', sample: 'crimes.csv', eol: '\r\n', delimiter: ',' },
  { id: 'custody-record', sample: 'records.txt', eol: '\r\n', delimiter: '|' },
  { id: 'custody-extract', sample: 'extract.txt', eol: '\r\n' },
];

function mappingOf(id: string): CompiledMapping {
  const read = readMapping(readFileSync(join(HOME, 'adapters', id, `${id}.mapping.json`), 'utf8'), standards);
  if ('length' in read) throw new Error(`${id} is no mapping`);
  return read;
}

/** The first line of a sample, and its rows again and again to so many bytes; a trailer that adds up where the format has one. */
function* linesOf({ id, sample, eol, delimiter }: Format, bytes: number): Generator<string> {
  const lines = readFileSync(join(HOME, 'adapters', id, 'samples', sample), 'latin1')
    .split(eol)
    .slice(0, -1);
  const body = delimiter === undefined ? lines.slice(1, -1) : lines.slice(1);
  const text = body.join(eol) + eol;
  const times = Math.ceil(bytes / text.length);
  yield lines[0] + eol;
  for (let n = 0; n < times; n++) yield text;
  if (delimiter !== undefined) return;
  const events = times * body.filter((line) => line.startsWith('D')).length;
  const counts = [events, times * body.length + 2].map((count) => String(count).padStart(6, '0')).join('');
  yield `T${counts}`.padEnd(lines[0]?.length ?? 0) + eol;
}

/** Every column of every record as a slice without the blanks behind it: the least that anybody does with fixed width. */
function slices({ description: { tables } }: CompiledMapping, bytes: Buffer, eol: string): number {
  let length = 0;
  for (const line of bytes.toString('latin1').split(eol))
    for (const { start = 1, length: own = 0 } of tables.find(({ when }) => when?.equals === line[0])?.columns ?? [])
      length += line.slice(start - 1, start - 1 + own).trimEnd().length;
  return length;
}

const rate = (bytes: number, events: number, seconds: number) =>
  `${(bytes / 1e6 / seconds).toFixed(1)} MB/s, ${perSecond(events, seconds)} events/s`;

async function inMemory(format: Format): Promise<readonly Row[]> {
  const { id, eol, delimiter } = format;
  const mapping = mappingOf(id);
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
  const bareReader = () => (delimiter === undefined ? slices(mapping, bytes, eol) : parseWhole(bytes, { delimiter }));
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

/** A file that is read bit by bit: the time of the bare reader, the time of ours, and the most memory beyond what there was before. */
async function ofFile(format: Format): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tables-'));
  const file = join(folder, 'table');
  try {
    const out = openSync(file, 'w');
    let size = 0;
    for (const text of linesOf(format, FILE_MB * 1e6)) size += writeSync(out, text, null, 'latin1');
    closeSync(out);
    const mapping = mappingOf(format.id);
    let began = performance.now();
    let rows = 0;
    for await (const _ of createReadStream(file).pipe(parse({ delimiter: format.delimiter ?? ',' }))) rows++;
    const bare = (performance.now() - began) / 1000;
    const before = process.memoryUsage().rss;
    let most = 0;
    let events = 0;
    began = performance.now();
    const decoded = mappingAdapter(mapping).decodeStream?.(createReadStream(file)) as AsyncGenerator<DecodedPart, readonly Refusal[]>;
    let next = await decoded.next();
    for (; next.done !== true; next = await decoded.next()) {
      for (const { standard, data } of next.value.events)
        if (standards.byName.get(standard)?.check(data).length !== 0) throw new Error(`${format.id}: not valid`);
      events += next.value.events.length;
      most = Math.max(most, process.memoryUsage().rss - before);
    }
    if (next.value.length > 0) throw new Error(`${format.id}: ${JSON.stringify(next.value)}`);
    const own = (performance.now() - began) / 1000;
    const megabytes = Math.round(size / 1e6);
    return [
      { question: `${format.id}, ${megabytes} MB: csv-parse stream`, rate: rate(size, rows, bare), ratio: '1.00' },
      {
        question: `${format.id}, ${megabytes} MB: stream + validate`,
        rate: `${rate(size, events, own)}, ${Math.round(most / 1e6)} MB more memory`,
        ratio: (bare / own).toFixed(2),
        target: '≥ 0.50 of the reader',
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The records of a sample again and again to so many bytes, beside the strict reader of the same text. */
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
    const own = adapter.decode(message);
    events = own.ok ? own.value.events.length : 0;
    for (const { standard, data } of own.ok ? own.value.events : [])
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
  for (const format of FORMATS) rows.push(...(await inMemory(format)));
  rows.push(...(await nested('incident-export', 'incidents.xml')), ...(await nested('stop-feed', 'stops.json')));
  return [...rows, ...(await ofFile(FORMATS[0] as Format))];
}
