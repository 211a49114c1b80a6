/** The formats that are described by mappings: custody records, crime reports, the open data of data.police.uk. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Adapter, JsonObject } from '../../../adapters/adapter.ts';
import { ADAPTER_CHECKS, type AdapterContext } from '../../../adapters/kit/checks.ts';
import { mappingAdapter } from '../../../adapters/mapping/adapter.ts';
import type { MappingDocument } from '../../../adapters/mapping/document.ts';
import { HOME } from '../../../gateway/config.ts';
import { readMapping } from '../../../gateway/rules/mappings.ts';
import { loadStandards } from '../../../gateway/rules/standards.ts';
import { CORPUS, hasCorpus } from '../../support/corpus.ts';

const standards = loadStandards(join(HOME, 'schemas'));
const FOLDER = join(HOME, 'adapters');
const formats = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.mapping.json'))
  .sort();

function adapterOf(path: string): Adapter {
  const read = readMapping(readFileSync(join(FOLDER, path), 'utf8'), standards);
  if ('length' in read) throw new Error(`${path}: ${JSON.stringify(read)}`);
  return mappingAdapter(read);
}

const adapters = new Map(formats.map((path) => [path, adapterOf(path)]));
const named = (id: string): Adapter =>
  [...adapters.values()].find((adapter) => adapter.id === id) ?? expect.fail(`There is no mapping ${id}`);
const samplesOf = (path: string): readonly Uint8Array[] => {
  const folder = join(FOLDER, path, '..', 'samples');
  return readdirSync(folder).map((name) => readFileSync(join(folder, name)));
};
const sampleOf = (id: string): Buffer => readFileSync(join(FOLDER, id, 'samples', readdirSync(join(FOLDER, id, 'samples'))[0] as string));
const check = (standard: string, data: JsonObject) => standards.byName.get(standard)?.check(data) ?? [];
const context = (adapter: Adapter, samples: readonly Uint8Array[]): AdapterContext => ({
  adapter,
  samples,
  check,
  isAboveFloor: () => true,
  now: () => performance.now(),
});

describe.each(formats)('%s', (path) => {
  const adapter = adapters.get(path) as Adapter;
  const given = context(adapter, samplesOf(path));
  const kit = [
    'reads-samples',
    'valid',
    'deterministic',
    'lossless',
    'lossless-changed',
    'writes-plain',
    'names-lost',
    'hostile',
    'charsets',
  ];
  it.each(kit)('passes the check of the conformance kit: %s', async (id) => {
    const { status, detail } = (await ADAPTER_CHECKS[id]?.(given)) ?? expect.fail(`There is no check ${id}`);
    expect([status, detail]).toEqual(['passed', detail]);
  });
  it('has a documentation page that names every column and every place', () => {
    const mapping = JSON.parse(readFileSync(join(FOLDER, path), 'utf8')) as MappingDocument;
    const page = readFileSync(join(HOME, 'docs/adapters', `${adapter.id}.md`), 'utf8');
    for (const { element, at } of adapter.fields ?? []) {
      const named = element === 'constant' ? [] : element.split(', ').map((title) => `\`${title}\``);
      // A page writes a place with the number of the item, as the mapping does.
      const place = page.replaceAll(/\/\d+(?=[/`])/g, '/*');
      for (const text of named) expect([text, page.includes(text)]).toEqual([text, true]);
      expect([at, place.includes(`\`${at}\``)]).toEqual([at, true]);
    }
    expect(page).toContain(mapping.title);
  });
  it('is the only mapping that detects its samples, and reads them', () => {
    for (const sample of given.samples) {
      const head = Buffer.from(sample).toString('latin1');
      const reading = [...adapters.values()].filter((candidate) => candidate.detect(head) && candidate.decode(sample).ok);
      expect(reading.map(({ id }) => id)).toEqual([adapter.id]);
    }
  });
});

describe('a custody record that consists of several records', () => {
  const adapter = named('custody-extract');
  const sample = sampleOf('custody-extract').toString('latin1');
  const lines = sample.split('\r\n').slice(0, -1);
  const withLines = (...content: readonly string[]) => Buffer.from(`${content.join('\r\n')}\r\n`, 'latin1');
  const totals = (records: number) => `T${'3'.padStart(6, '0')}${String(records).padStart(6, '0')}`.padEnd(lines[0]?.length ?? 0);

  it('makes one event with its offences and reviews', () => {
    const decoded = adapter.decode(Buffer.from(sample, 'latin1'));
    if (!decoded.ok) expect.fail(JSON.stringify(decoded.refusals));
    expect(decoded.value.events.map(({ data }) => [(data.offences as unknown[] | undefined)?.length ?? 0, data.detention])).toEqual([
      [1, expect.objectContaining({ reviews: [expect.objectContaining({ kind: 'review', isContinued: true })] })],
      [
        2,
        expect.objectContaining({ reviews: [expect.objectContaining({ kind: 'review' }), expect.objectContaining({ kind: 'extension' })] }),
      ],
      [0, expect.not.objectContaining({ reviews: expect.anything() })],
    ]);
  });

  it('is quarantined as a whole when one of its records is refused, and can be corrected and sent again', () => {
    const bad = lines.map((line, n) => (n === 2 ? `${line}too long` : line));
    const decoded = adapter.decode(withLines(...bad));
    if (!decoded.ok) expect.fail(JSON.stringify(decoded.refusals));
    expect(decoded.value.events).toHaveLength(2);
    const [refused] = decoded.value.refused ?? [];
    expect(refused?.refusals).toEqual([expect.objectContaining({ code: 'adapter.custody-extract.record-length', line: 3 })]);
    const record = Buffer.from(refused?.record.bytes() ?? []).toString('latin1');
    expect(record.split('\r\n').slice(0, -1)).toEqual(bad.slice(1, 4));
    const corrected = adapter.decode(Buffer.from(record.replace('too long', ''), 'latin1'), { isRecord: true });
    expect(corrected.ok && corrected.value.events.length).toBe(1);
    expect(adapter.decode(withLines(...lines.slice(1, 8)), { isRecord: true }).ok).toBe(false);
  });

  it('is refused when a record belongs to no custody record', () => {
    const [header = '', first = '', offence = '', ...rest] = lines;
    const decoded = adapter.decode(withLines(header, offence, first, ...rest));
    expect(decoded.ok && decoded.value.refused?.map(({ refusals: [refusal] }) => [refusal?.code, refusal?.line])).toEqual([
      ['adapter.custody-extract.no-parent', 2],
    ]);
  });

  it('is written back byte for byte when offences and reviews are in another order', () => {
    const [header = '', first = '', offence = '', review = '', ...rest] = lines;
    const mixed = withLines(header, first, review, offence, ...rest);
    const decoded = adapter.decode(mixed);
    if (!decoded.ok) expect.fail(JSON.stringify(decoded.refusals));
    const encoded = adapter.encode?.(decoded.value.events);
    expect(encoded?.ok === true && Buffer.from(encoded.value.bytes).equals(mixed)).toBe(true);
  });

  it('is written with totals of all records', () => {
    const decoded = adapter.decode(Buffer.from(sample, 'latin1'));
    if (!decoded.ok) expect.fail(JSON.stringify(decoded.refusals));
    const events = decoded.value.events.map(({ standard, data: { extensions: _, ...data } }) => ({ standard, data }));
    const encoded = adapter.encode?.(events);
    if (encoded?.ok !== true) expect.fail(JSON.stringify(encoded));
    const written = Buffer.from(encoded.value.bytes).toString('latin1').split('\r\n').slice(0, -1);
    expect([written.length, written.at(-1)]).toEqual([lines.length, totals(lines.length)]);
  });
});

describe('the time of a stop and search', () => {
  it('keeps the time zone of its source', () => {
    const decoded = named('police-uk-stops').decode(sampleOf('police-uk-stops'));
    expect(decoded.ok && decoded.value.events.map(({ data }) => (data.stop as JsonObject).time)[0]).toBe('21:40:00+00:00');
  });
});

describe.runIf(hasCorpus)('the open data of data.police.uk', () => {
  it.each([
    ['2016-06-metropolitan-stop-and-search.csv', 'police-uk-stops'],
    ['2023-01-metropolitan-street-sample.csv', 'police-uk-street'],
  ])('%s is read completely, is valid, and is written back byte for byte', (name, id) => {
    const bytes = readFileSync(join(CORPUS, 'police-uk-open-data', name));
    const decoded = named(id).decode(bytes);
    if (!decoded.ok) expect.fail(JSON.stringify(decoded.refusals));
    expect([decoded.value.events.length, decoded.value.refused]).toEqual([149, undefined]);
    expect(decoded.value.events.flatMap(({ standard, data }) => check(standard, data))).toEqual([]);
    expect(decoded.value.events.flatMap(({ malformed = [] }) => malformed)).toEqual([]);
    const encoded = named(id).encode?.(decoded.value.events);
    expect(encoded?.ok === true && Buffer.from(encoded.value.bytes).equals(bytes)).toBe(true);
  });
});
