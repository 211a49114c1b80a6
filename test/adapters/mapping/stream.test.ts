/** A file that arrives bit by bit gives the same result as a complete file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DecodedEvent, DecodedPart, Refusal } from '../../../adapters/adapter.ts';
import { numbers } from '../../../adapters/kit/changed.ts';
import { mappingAdapter } from '../../../adapters/mapping/adapter.ts';
import type { CompiledMapping } from '../../../adapters/mapping/compile.ts';
import { HOME } from '../../../gateway/config.ts';
import { readMapping } from '../../../gateway/rules/mappings.ts';
import { loadStandards } from '../../../gateway/rules/standards.ts';

const standards = loadStandards(join(HOME, 'schemas'));
function mappingOf(id: string): CompiledMapping {
  const read = readMapping(readFileSync(join(HOME, 'adapters', id, `${id}.mapping.json`), 'utf8'), standards);
  if ('length' in read) throw new Error(`${id} is not a mapping`);
  return read;
}

/** Chunks of many sizes, the same for the same seed. */
async function* chunksOf(bytes: Buffer, seed = 1, most = 200_000): AsyncGenerator<Uint8Array> {
  const next = numbers(seed);
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + Math.floor(next() * most));
    yield bytes.subarray(at, end);
    at = end;
  }
}

async function streamed(mapping: CompiledMapping, bytes: Buffer, seed?: number, most?: number) {
  const events: DecodedEvent[] = [];
  const refused: unknown[] = [];
  let parts = 0;
  const decoded = mappingAdapter(mapping).decodeStream?.(chunksOf(bytes, seed, most)) as AsyncGenerator<DecodedPart, readonly Refusal[]>;
  let next = await decoded.next();
  for (; next.done !== true; next = await decoded.next()) {
    parts++;
    events.push(...next.value.events);
    for (const { record, refusals: why } of next.value.refused ?? [])
      refused.push([record.line, why, Buffer.from(record.bytes()).toString('latin1')]);
  }
  return { events, refused, refusals: next.value, parts };
}

const plain = (events: readonly DecodedEvent[], id: string) =>
  events.map(({ record, data, ...rest }) => {
    const { frame: _, ...residue } = ((data.extensions as Record<string, object> | undefined)?.[id] as { frame?: unknown }) ?? {};
    return { ...rest, warnings: [], line: record?.line, data: { ...data, extensions: residue } };
  });

/** A file of several megabytes: the rows of a sample repeated, with an occasional bad row. */
function large(id: string, times: number): Buffer {
  if (id === 'custody-extract') {
    const lines = readFileSync(join(HOME, 'adapters', id, 'samples/extract.txt'), 'latin1')
      .split('\r\n')
      .slice(0, -1);
    const bodyLines = Array.from({ length: times }, () => lines.slice(1, -1)).flat();
    const count = bodyLines.filter((line) => line.startsWith('D')).length;
    const trailer = `T${String(count).padStart(6, '0')}${String(bodyLines.length + 2).padStart(6, '0')}`.padEnd(lines[0]?.length ?? 0);
    return Buffer.from(`${[lines[0], ...bodyLines, trailer].join('\r\n')}\r\n`, 'latin1');
  }
  const name = id === 'crime-report' ? 'crimes.csv' : 'street.csv';
  const text = readFileSync(join(HOME, 'adapters', id, 'samples', name), 'latin1');
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const [titles, ...rows] = text.split(eol).slice(0, -1);
  const allRows = Array.from({ length: times }, (_, n) => (n % 997 === 5 ? [...rows, 'too,few', '"open,quote'] : rows)).flat();
  return Buffer.from(`${[titles, ...allRows].join(eol)}${eol}`, 'latin1');
}

describe('a file that arrives bit by bit', () => {
  it.each([
    ['crime-report', 4000],
    ['police-uk-street', 4000],
    ['custody-extract', 700],
  ])('gives the same result as a complete file: %s', async (id, times) => {
    const mapping = mappingOf(id);
    const bytes = large(id, times);
    const decoded = mappingAdapter(mapping).decode(bytes);
    if (!decoded.ok) expect.fail(JSON.stringify(decoded.refusals));
    const { events, refused, refusals, parts } = await streamed(mapping, bytes);
    expect([refusals, parts > 2]).toEqual([[], true]);
    expect(plain(events, id)).toEqual(plain(decoded.value.events, id));
    const expected = (decoded.value.refused ?? []).map(({ record, refusals: why }) => [
      record.line,
      why,
      Buffer.from(record.bytes()).toString('latin1'),
    ]);
    expect(refused).toEqual(expected);
  });

  it('can be divided anywhere, even inside a character', async () => {
    const mapping = mappingOf('police-uk-street');
    const text = readFileSync(join(HOME, 'adapters/police-uk-street/samples/street.csv'), 'utf8').replaceAll(
      'Cooper Lane',
      'Heol yr Ŵyn – 𐍈',
    );
    const bytes = Buffer.from(text);
    const decoded = mappingAdapter(mapping).decode(bytes);
    if (!decoded.ok) expect.fail(JSON.stringify(decoded.refusals));
    for (const most of [1, 2, 3, 7])
      expect(plain((await streamed(mapping, bytes, most, most)).events, 'police-uk-street')).toEqual(
        plain(decoded.value.events, 'police-uk-street'),
      );
  });

  it('is refused at its end where its totals are wrong, or its trailer is missing', async () => {
    const mapping = mappingOf('custody-extract');
    const text = large('custody-extract', 700).toString('latin1');
    const wrong = text.replace(/T00(\d)/, 'T01$1');
    const code = async (content: string) =>
      (await streamed(mapping, Buffer.from(content, 'latin1'))).refusals.map((refusal) => refusal.code);
    expect(await code(wrong)).toEqual(['adapter.custody-extract.total']);
    expect(await code(text.slice(0, text.lastIndexOf('T00')))).toEqual(['adapter.custody-extract.trailer']);
  });
});
