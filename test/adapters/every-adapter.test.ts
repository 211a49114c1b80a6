/**
 * What every adapter promises, tried with the samples of its folder and with what is made of them. A new folder of `adapters/` is tried
 * without being named here: see `test/support/adapter-folders.ts`.
 */
import { XmlDocument } from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import type { Adapter, Decoded, DecodedEvent, Json, Refusal } from '../../adapters/adapter.ts';
import { changedSamples } from '../../adapters/kit/changed.ts';
import { ADAPTER_CHECKS, type AdapterContext } from '../../adapters/kit/checks.ts';
import { isKnownCode, refusal } from '../../adapters/refusal.ts';
import { loadAdapters } from '../../gateway/adapters.ts';
import { openWorkbench } from '../../gateway/cli/workbench.ts';
import { readMapping } from '../../gateway/rules/mappings.ts';
import { adaptersWithSamples, type Sample, strays } from '../support/adapter-folders.ts';
import { source, standards, take, withAdapter } from '../support/rules-in-force.ts';
import { flipped, inWrongCharset, isXml, nested, others, padded, truncated, type Variant, withEntities } from './hostile-samples.ts';

/** No message may take this long, even on a busy machine. In milliseconds. */
const HANG = 10_000;
const LONG = 240_000;
const { isAboveFloor } = await openWorkbench({});

/** Texts of a value. */
function* textsIn(value: Json | undefined): Generator<string> {
  if (typeof value === 'string') yield value.trim();
  else if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) yield* textsIn(member as Json);
}

/** The values of a sample that can be recognised: no code or field name looks like them. */
function tellingValues(adapter: Adapter, { bytes }: Sample): readonly string[] {
  const decoded = adapter.decode(bytes);
  const events = decoded.ok ? decoded.value.events : [];
  const texts = events.flatMap(({ data: { extensions: _, ...data } }) => [...textsIn(data)]);
  return [...new Set(texts)].filter((text) => /^(?=.*[A-Z])(?=.*[a-z ])[^-]{6,}$|\d{4,}/.test(text));
}

const refusalsOf = (decoded: Decoded): readonly Refusal[] =>
  decoded.ok ? (decoded.value.refused ?? []).flatMap(({ refusals }) => refusals) : decoded.refusals;

/** What is wrong with how a message was handled, in one sentence, or undefined. */
function faultOf(adapter: Adapter, { bytes, charset, mustBeRefused = false }: Variant, values: readonly string[]): string | undefined {
  const began = performance.now();
  let decoded: Decoded;
  try {
    decoded = adapter.decode(bytes, charset === undefined ? {} : { charset });
    if (decoded.ok) for (const { record } of decoded.value.refused ?? []) record.bytes();
  } catch (error) {
    return `throws ${error instanceof Error ? error.stack?.split('\n').slice(0, 3).join(' ') : 'something'}`;
  }
  if (performance.now() - began > HANG) return `takes ${Math.round(performance.now() - began)} ms`;
  if (decoded.ok && decoded.value.events.length === 0) return 'gives no event and does not say why';
  if (decoded.ok && mustBeRefused) return 'is read';
  if (decoded.ok && isXml(bytes) && !isXmlForLibxml(bytes)) return 'is read, and libxml2 refuses it';
  const refusals = refusalsOf(decoded);
  if (!decoded.ok && refusals.length === 0) return 'is refused without a reason';
  for (const { code, reason, at, line } of refusals) {
    if (!isKnownCode(code) || reason === '') return `is refused as ${code}, which says nothing`;
    if (at === undefined && line === undefined) return `is refused as ${code}, without a place`;
    const told = values.find((value) => `${reason} ${at}`.includes(value));
    if (told !== undefined) return `is refused as ${code} with the value ${told}`;
  }
  return undefined;
}

function isXmlForLibxml(bytes: Uint8Array): boolean {
  try {
    using _document = XmlDocument.fromBuffer(bytes);
    return true;
  } catch {
    return false;
  }
}

const MOST_REPORTED = 5;

function faultsOf(adapter: Adapter, samples: readonly Sample[], make: (bytes: Uint8Array) => Iterable<Variant>): readonly string[] {
  const faults: string[] = [];
  for (const sample of samples) {
    const values = tellingValues(adapter, sample);
    for (const variant of make(sample.bytes)) {
      const fault = faultOf(adapter, variant, values);
      if (fault !== undefined) faults.push(`${sample.name} ${variant.what}: ${fault}`);
      if (faults.length === MOST_REPORTED) return faults;
    }
  }
  return faults;
}

describe('the adapter folders', () => {
  it('contain every adapter of the gateway', async () => {
    const inFolders = new Set(adaptersWithSamples.map(({ adapter }) => adapter.id));
    expect((await loadAdapters([], standards)).filter(({ id }) => !inFolders.has(id))).toEqual([]);
  });
  it('contain samples that exactly one adapter of the folder detects', () => expect(strays).toEqual([]));
  it('contain adapters with different ids', () =>
    expect(new Set(adaptersWithSamples.map(({ adapter }) => adapter.id)).size).toBe(adaptersWithSamples.length));
});

describe.each(adaptersWithSamples.map((each) => [each.adapter.id, each] as const))('%s', (_, { adapter, samples, mapping }) => {
  const context: AdapterContext = {
    adapter,
    samples: samples.map(({ bytes }) => bytes),
    check: (standard, data) => standards.byName.get(standard)?.check(data) ?? [refusal('standard-unknown')],
    isAboveFloor,
    now: () => performance.now(),
  };
  const CHECKS = ['reads-samples', 'valid', 'deterministic', 'label-floor', 'hostile', 'charsets'];
  const CHECKS_OF_ENCODE = ['lossless', 'writes-plain', 'names-lost'];

  it('has samples', () => expect(samples.length).toBeGreaterThan(0));

  it.each([...CHECKS, ...(adapter.encode === undefined ? [] : CHECKS_OF_ENCODE)])(
    'passes the check %s of the suite for adapters',
    async (check) => expect(await ADAPTER_CHECKS[check]?.(context)).toMatchObject({ status: 'passed' }),
    LONG,
  );

  it.each([
    ['T43 a sample that was cut off', truncated],
    ['T43 a sample with a bit flipped', flipped],
    ['T43 what is not a message of the format', others],
    ['T47 a sample in a charset that it is not said to be in', inWrongCharset],
    ['T46 a sample with NUL or 5 MiB of padding', padded],
    ['T46 a sample that nests too deep', nested],
    ['T32 a sample with document types and entities', withEntities],
    ['T33 a sample that was changed at random', changedAtRandom],
  ] as const)(
    '%s is read, or refused with codes and places that repeat no value',
    (_what, make) => expect(faultsOf(adapter, samples, make)).toEqual([]),
    LONG,
  );

  it('T47 letters in another charset are read correctly, or refused', () => {
    for (const sample of samples) expect(mojibakeOf(adapter, sample)).toEqual([]);
  });

  it('T42 T43 the gateway quarantines a damaged sample once, with its reasons, at or above the floor of its source', () => {
    const floor = { classification: 'SECRET' };
    for (const { bytes } of samples)
      for (const damaged of changedSamples([bytes], 100, Buffer.from('\0'), 3)) {
        const [first, again] = [1, 2].map(() => take(damaged, { source: source(floor), adapter: adapter.id }, withAdapter(adapter)));
        expect(first?.label.classification).toBe('SECRET');
        expect(again).toMatchObject({ kind: first?.kind, messageId: first?.messageId });
        if (first?.kind === 'refused') expect(again).toEqual(first);
      }
  });

  it.runIf(mapping !== undefined)('T63 a damaged mapping document is compiled, or refused with a line', () => {
    for (const damaged of changedSamples([Buffer.from(mapping ?? '')], 200, Buffer.from('__proto__'))) {
      const read = readMapping(Buffer.from(damaged).toString(), standards);
      if ('document' in read) continue;
      expect(read.length).toBeGreaterThan(0);
      for (const { line, reason } of read) expect([line > 0, reason === '']).toEqual([true, false]);
    }
  });
});

function* changedAtRandom(bytes: Uint8Array): Generator<Variant> {
  let n = 0;
  for (const changed of changedSamples([bytes], 1000, Buffer.from(']]><!--&lt;"'), 4)) yield { what: `with change ${++n}`, bytes: changed };
}

const FOREIGN = 'é€';

/** The charsets in which a sample with letters outside ASCII is misread, each as a sentence. */
function mojibakeOf(adapter: Adapter, { bytes }: Sample): readonly string[] {
  const decoded = adapter.decode(bytes);
  const text = textOf(bytes);
  const values = decoded.ok ? decoded.value.events.flatMap(({ data: { extensions: _, ...data } }) => [...textsIn(data)]) : [];
  const value = values.find((word) => /^[A-Za-z]{5,}$/.test(word) && text.split(word).length === 2);
  if (value === undefined) return [];
  const changed = text.replace(value, value.slice(0, -2) + FOREIGN);
  const wanted = value.slice(0, -2) + FOREIGN;
  const singleByte = Buffer.from(changed.replaceAll('€', '\x80'), 'latin1');
  const written: readonly (readonly [string, Uint8Array, string?])[] = [
    ['UTF-8', Buffer.from(changed)],
    ['Windows-1252 that nobody declares', singleByte],
    ['Windows-1252, declared', singleByte, 'windows-1252'],
    ['Windows-1252 said to be UTF-8', singleByte, 'utf-8'],
    ['UTF-8 said to be Windows-1252', Buffer.from(changed), 'windows-1252'],
    ['UTF-16 with a mark', Buffer.from(`\ufeff${changed}`, 'utf16le')],
    ['UTF-16 said to be UTF-8', Buffer.from(changed, 'utf16le'), 'utf-8'],
  ];
  return written.flatMap(([what, bytes, charset]) => {
    const read = adapter.decode(bytes, charset === undefined ? {} : { charset });
    if (!read.ok) return [];
    const found = read.value.events.flatMap(({ data }: DecodedEvent) => [...textsIn(data)]);
    return found.some((word) => word.includes(wanted)) && !found.some((word) => word.includes('\ufffd')) ? [] : [`${what} is misread`];
  });
}

/** The text of a sample, in UTF-8 or in one byte for each character. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
