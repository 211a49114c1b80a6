/** `interchange adapters`: from an export of ten columns to a lossless adapter in a running gateway, as documented and without code. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Adapter } from '../../adapters/adapter.ts';
import { ADAPTER_CHECKS } from '../../adapters/kit/checks.ts';
import type { MappingDocument } from '../../adapters/mapping/document.ts';
import { failure, success } from '../../adapters/result.ts';
import { verb } from '../../gateway/cli/adapters.ts';
import { type ExitCode, runVerb } from '../../gateway/cli/verb.ts';
import { HOME } from '../../gateway/config.ts';
import { openGateway } from '../support/gateway.ts';
import { makeIo } from '../support/io.ts';

const folder = mkdtempSync(join(tmpdir(), 'adapters-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...words: string[]): Promise<{ code: ExitCode; out: string; err: string }> {
  const said: { out: string[]; err: string[] } = { out: [], err: [] };
  const io = makeIo(
    { INTERCHANGE_DATA: join(folder, 'data') },
    (line) => said.out.push(line),
    (line) => said.err.push(line),
  );
  const code = await runVerb(verb, words, io);
  return { code, out: said.out.join('\n'), err: said.err.join('\n') };
}

const TITLES = 'Record Number,Stop Date,Stop Time,Surname,Forenames,DOB,Sex,Location,Outcome,Collar No';
const PEOPLE = ['TREMAYNE,Jory Mawgan,17/04/1991,M', 'PENROSE,Demelza,30/01/1988,F', 'NANCARROW,Ysella,03/12/2001,F'];
const ROWS = Array.from({ length: 12 }, (_, n) => {
  const day = String(n + 13).padStart(2, '0');
  return `WX-${n},${day}/11/2026,2${n % 4}:1${n % 6},${n === 5 ? 'N/K,,,' : PEOPLE[n % 3]},"Quay Street, Aberllyn",${n % 3 === 0 ? 'A' : 'NFA'},PC44${n}`;
});
const EXPORT = `${[TITLES, ...ROWS].join('\r\n')}\r\n`;

const NESTED_XML = `<x:Export xmlns:x="urn:wessex"><x:Stops>${['A', 'NFA']
  .map(
    (code, n) => `
  <x:Stop ref="WX-${n}"><x:Date>1${n}/11/2026</x:Date><x:Person><x:Surname>PENROSE</x:Surname></x:Person><x:Outcome>${code}</x:Outcome></x:Stop>`,
  )
  .join('')}
</x:Stops></x:Export>`;
const NESTED_JSON = JSON.stringify({
  sent: { by: 'app' },
  stops: ['A', 'NFA'].map((outcome, n) => ({
    ref: `WX-${n}`,
    date: `2026-11-1${n}`,
    person: { surname: 'PENROSE' },
    tags: [1, 2],
    outcome,
  })),
});

describe('an export of nested records', () => {
  it.each([
    ['XML', 'nested.xml', NESTED_XML, { format: 'xml', record: '/Export/Stops/Stop', namespace: 'urn:wessex' }, 'Person/Surname'],
    ['JSON', 'nested.json', NESTED_JSON, { format: 'json', record: '/stops' }, '/person/surname'],
  ] as const)(
    'in %s becomes a mapping that is lossless and conformant, and shows no value',
    async (_, name, text, source, personal) => {
      const file = join(folder, name);
      writeFileSync(file, text);
      const id = name.replace('.', '-');
      const made = await run('new', id, '--from', file, '--out', folder, '--json');
      expect(made.code).toBe(0);
      expect(JSON.parse(made.out).personal).toEqual([personal]);
      const mapping = readFileSync(join(folder, id, `${id}.mapping.json`), 'utf8');
      expect(mapping).not.toContain('PENROSE');
      const { source: found, events } = JSON.parse(mapping) as MappingDocument;
      expect(found).toMatchObject(source);
      expect(events[0]?.fields.map(({ to }) => to)).toEqual(
        expect.arrayContaining(['/stop/reference', '/stop/date', '/person/name/familyName', '/stop/outcome']),
      );
      const { code, out } = await run('test', join(folder, id), '--out', join(folder, `report-${id}`), '--json');
      expect([code, JSON.parse(out).level]).toEqual([0, 3]);
    },
    120_000,
  );
});

describe('an export of ten columns', () => {
  const sample = join(folder, 'export.csv');
  writeFileSync(sample, EXPORT);
  const adapterFolder = join(folder, 'wessex-stops');
  const mapping = join(adapterFolder, 'wessex-stops.mapping.json');

  it('is analysed without showing a value: delimiter, titles, dates, codes, people, and questions for a person', async () => {
    const { code, out } = await run('infer', sample, '--json');
    expect(code).toBe(0);
    const {
      mapping: found,
      undecided,
      personal,
    } = JSON.parse(out) as { mapping: MappingDocument; undecided: string[]; personal: string[] };
    const [event] = found.events;
    expect(found.source.dialect).toMatchObject({ delimiter: ',', header: true, lineTerminators: ['\r\n', '\n'] });
    expect(Object.fromEntries((event?.fields ?? []).map(({ to, lens }) => [to, lens?.as]))).toEqual({
      '/stop/kind': undefined,
      '/stop/reference': undefined,
      '/stop/date': 'date',
      '/stop/time': 'time',
      '/stop/location': undefined,
      '/person/name/familyName': undefined,
      '/person/name/givenNames': 'list',
      '/person/dateOfBirth': 'date',
      '/person/gender': 'code',
      '/stop/outcome': 'code',
      '/officer/number': undefined,
    });
    expect(personal).toEqual(['Surname', 'Forenames', 'DOB', 'Sex']);
    expect(undecided.some((line) => line.startsWith('Sex: say in codes'))).toBe(true);
    expect(undecided.join()).not.toMatch(/TREMAYNE|PENROSE/);
  });

  it('becomes a mapping that is lossless and conformant, without code', async () => {
    expect((await run('new', 'wessex-stops', '--from', sample, '--out', folder)).code).toBe(0);
    // What the proposal asks to decide: the meaning of the codes, and that no record carries a marking.
    const document = JSON.parse(readFileSync(mapping, 'utf8')) as MappingDocument;
    const codes: Record<string, object> = {
      '/person/gender': { M: '1', F: '2' },
      '/stop/outcome': { A: 'arrest', NFA: 'no-further-action' },
    };
    const fields = document.events[0]?.fields.map((field) => {
      const meaning = codes[String(field.to)];
      return meaning === undefined ? field : { ...field, lens: { as: 'code', codes: meaning } };
    });
    writeFileSync(mapping, JSON.stringify({ ...document, carriesMarkings: false, events: [{ ...document.events[0], fields }] }, null, 2));
    const { code, out } = await run('test', adapterFolder, '--out', join(folder, 'report'), '--json');
    const report = JSON.parse(out) as { level: number; checks: { id: string; status: string; detail: string }[] };
    expect(report.checks.filter(({ status }) => status !== 'passed')).toEqual([]);
    expect([code, report.level]).toEqual([0, 3]);
    expect(['report.json', 'report.md', 'statement.jws'].every((name) => existsSync(join(folder, 'report', name)))).toBe(true);
  }, 120_000);

  it('gets a test that passes', () => {
    const env = { ...process.env, INTERCHANGE_DATA: join(folder, 'data') };
    const { status, stdout } = spawnSync(process.execPath, ['--test', join(adapterFolder, 'wessex-stops.test.mjs')], {
      encoding: 'utf8',
      env,
    });
    expect([status, stdout]).toEqual([0, expect.stringContaining('pass 1')]);
  }, 120_000);

  it('is shown record by record, with the event, its labels and refusals', async () => {
    const bad = join(folder, 'bad.csv');
    writeFileSync(bad, `${TITLES}\n${ROWS[0]}\ntorn\n${ROWS[1]?.replace('14/11/2026', '')}\n`);
    const { code, out, err } = await run('try', adapterFolder, bad);
    expect(code).toBe(1);
    expect(out).toMatch(
      /record {2}line 2: WX-0,13\/11\/2026[\s\S]*uk\.justice\.person\.stopped\.v1[\s\S]*"familyName": "TREMAYNE"[\s\S]*label {3}OFFICIAL-SENSITIVE/,
    );
    expect(err).toContain('field-count: The record has fewer fields than the format, line 3, column 5');
    expect(err).toMatch(/schema-violation: .*\(date\), line 4/);
    expect(err).toContain('1 events, 2 records refused');
  });

  it('is used by a running gateway, changes with a reload, and stays unchanged after a faulty mapping', async () => {
    const gateway = await openGateway();
    try {
      const { config } = gateway;
      const clients = config.clients.map((client) =>
        client.persona === 'force' ? { ...client, submits: { floor: client.submits?.floor, standards: ['person.stopped'] } } : client,
      ) as typeof config.clients;
      const send = async (text: string) => gateway.post('/v1/messages', text, 'force', { 'Content-Type': 'text/csv' });
      const ids = async () =>
        ((await gateway.call('/info')).body.adapters as { id: string; version: string }[]).map(({ id, version }) => `${id} ${version}`);
      expect((await send(EXPORT)).body.reasons).toMatchObject([{ code: 'no-adapter' }]);
      await gateway.gateway.reload({ ...config, clients, adapters: [mapping] });
      expect((await ids())[0]).toBe('wessex-stops 0.1.0');
      expect((await send(EXPORT)).body).toMatchObject({ status: 'accepted', records: { received: 12, published: 12, quarantined: [] } });
      const good = readFileSync(mapping, 'utf8');
      writeFileSync(mapping, good.replace('/stop/date', '/stop/day').replace('"/person/gender"', '"/person/sex"'));
      const failed = gateway.gateway.reload({ ...config, clients, adapters: [mapping] });
      await expect(failed).rejects.toThrow(/no place \/stop\/day[\s\S]*no place \/person\/sex/);
      expect((await send(EXPORT.replaceAll('WX-', 'WY-'))).body.status).toBe('accepted');
      writeFileSync(mapping, good.replace('0.1.0', '0.2.0').replace('person-search', 'vehicle-stop'));
      await gateway.gateway.reload({ ...config, clients, adapters: [mapping] });
      const { body } = await send(EXPORT.replaceAll('WX-', 'WZ-'));
      expect((await ids())[0]).toBe('wessex-stops 0.2.0');
      const event = await gateway.call(`/v1/events/${body.events[0].id}`, {}, 'force');
      expect(event.body.data.stop.kind).toBe('vehicle-stop');
      writeFileSync(mapping, good);
    } finally {
      await gateway.close();
    }
  }, 60_000);
});

describe('the template and the sample format', () => {
  it.each([
    ['adapters/custody', join(HOME, 'adapters/custody')],
    ['a new adapter', join(folder, 'from-nothing')],
  ])(
    '%s reaches level 3',
    async (_, path) => {
      if (!existsSync(path)) expect((await run('new', 'from-nothing', '--out', folder)).code).toBe(0);
      const { code, out } = await run('test', path, '--out', join(folder, 'report'));
      expect([code, out]).toEqual([0, expect.stringContaining('Level 3 of 3: Both ways')]);
    },
    120_000,
  );
});

describe('the kit reports an adapter that', () => {
  const good: Adapter = {
    id: 'odd',
    title: 'Odd',
    version: '1.0.0',
    mediaTypes: ['text/plain'],
    standards: ['person.stopped'],
    detect: () => true,
    decode: (bytes) =>
      success({
        events: [
          {
            standard: 'person.stopped',
            warnings: [],
            data: { stop: { date: '2026-11-16', kind: 'person-search', location: Buffer.from(bytes).toString('latin1') } },
          },
        ],
      }),
    encode: ([event]) =>
      success({
        mediaType: 'text/plain',
        bytes: Buffer.from(String((event?.data.stop as { location?: string } | undefined)?.location), 'latin1'),
      }),
  };
  const samples = [Buffer.from('Quay Street, Aberllyn\nPC4417\n')];
  const find = async (id: string, adapter: Partial<Adapter>) => {
    const context = { adapter: { ...good, ...adapter }, samples, check: () => [], isAboveFloor: () => true, now: () => performance.now() };
    return (await ADAPTER_CHECKS[id]?.(context))?.status;
  };
  const told = (bytes: Uint8Array) => failure({ code: 'adapter.odd.said', reason: Buffer.from(bytes).toString() });
  let calls = 0;
  it.each<readonly [string, string, Partial<Adapter>]>([
    [
      'throws',
      'hostile',
      {
        decode: () => {
          throw new Error('failed');
        },
      },
    ],
    ['tells values in refusals', 'hostile', { decode: told }],
    ['gives nothing', 'hostile', { decode: () => success({ events: [] }) }],
    [
      'gives other events each time',
      'deterministic',
      { decode: () => success({ events: [{ standard: 'person.stopped', warnings: [], data: { n: calls++ } }] }) },
    ],
    [
      'sets a label',
      'label-floor',
      { decode: () => success({ events: [{ standard: 'person.stopped', warnings: [], data: { label: {} } }] }) },
    ],
    ['reads any charset', 'charsets', {}],
    ['loses bytes', 'lossless', { encode: () => success({ mediaType: 'text/plain', bytes: Buffer.from('x') }) }],
    ['drops in silence what it cannot hold', 'names-lost', {}],
    ['has no way back', 'lossless', { encode: undefined as never }],
  ])('%s', async (_, id, adapter) => expect(await find(id, adapter)).toBe('failed'));
  it('takes disproportionate time', async () => {
    const slow: Adapter['decode'] = (bytes) => {
      const until = performance.now() + (bytes.length / 1_000_000) ** 2 * 20;
      while (performance.now() < until);
      return good.decode(bytes);
    };
    expect(await find('limits', { decode: slow })).toBe('failed');
  }, 60_000);
  it('is correct as passing', async () => {
    for (const id of ['hostile', 'deterministic', 'label-floor', 'lossless']) expect([id, await find(id, {})]).toEqual([id, 'passed']);
  });
});
