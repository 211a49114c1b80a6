/** `label explain` and `convert` accept events in JSON as well as legacy messages, so that people can try every rule. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { verb as convert } from '../../gateway/cli/convert.ts';
import { verb as label } from '../../gateway/cli/label.ts';
import { type ExitCode, runVerb, type Verb } from '../../gateway/cli/verb.ts';
import { HOME } from '../../gateway/config.ts';
import { makeIo } from '../support/io.ts';
import { sampleCase } from '../support/rules-in-force.ts';

const folder = mkdtempSync(join(tmpdir(), 'explain-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(verb: Verb, ...words: string[]): Promise<{ code: ExitCode; out: string; err: string }> {
  const said: { out: string[]; err: string[] } = { out: [], err: [] };
  const io = makeIo(
    {},
    (line) => said.out.push(line),
    (line) => said.err.push(line),
  );
  const code = await runVerb(verb, words, io);
  return { code, out: said.out.join('\n'), err: said.err.join('\n') };
}

const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const event = (dateOfBirth: string, label?: object) => ({
  specversion: '1.0',
  type: 'uk.justice.hearing.resulted.v1',
  data: {
    ...(label === undefined ? {} : { label }),
    case: { urn: '52WX1000555' },
    hearing: { date: '2026-11-16' },
    defendants: [{ person: { name: { givenNames: ['Rhodri'], familyName: 'Maddox' }, dateOfBirth } }],
  },
});

describe('label explain', () => {
  it('explains an event in JSON, with who must not be identified and why', async () => {
    const { code, out } = await run(label, 'explain', file('youth.json', JSON.stringify(event('2012-11-23'), undefined, 2)));
    expect(code).toBe(0);
    expect(out).toMatch(/Must not be identified: \/defendants\/0 \(CYPA1933_s49, until 2030-11-23\)\n\s+under-18: /);
    expect(out).toMatch(/\/defendants\/0\/person\/name\n\s+portion identity: OFFICIAL; restrictions: CYPA1933_s49\n\s+raised: .*s\.49/);
  });
  it('reports an unknown age, and does not report the person as under 18', async () => {
    const { out } = await run(label, 'explain', file('unknown.json', JSON.stringify(event('1900-01-01'))));
    expect(out).toContain('age-not-known: ');
    expect(out).not.toContain('under-18: ');
  });
  it('distinguishes a message in JSON from an event, and converts it to a suitable format', async () => {
    const message = join(HOME, 'adapters/common-platform/samples/several-cases.json');
    const { out } = await run(label, 'explain', message);
    expect(out).toMatch(/SOAA1992_s1[\s\S]*CYPA1933_s49/);
    expect((await run(convert, '--to', 'event', '--out', folder, message)).code).toBe(0);
    const events = join(folder, 'several-cases.events.ndjson');
    expect((await run(convert, '--to', 'message', '--out', folder, events)).err).toContain('cannot-hold');
    expect((await run(convert, '--to', 'message', '--lenient', '--out', folder, events)).code).toBe(0);
    expect(readFileSync(join(folder, 'several-cases.xml'), 'utf8').match(/<Case>/g)?.length).toBe(3);
  });
  it('explains each event of a file of lines, and ignores members that a gateway adds', async () => {
    const converted = await run(convert, '--to', 'event', '--out', folder, file('case.xml', sampleCase));
    expect(converted.code).toBe(0);
    const lines = readFileSync(join(folder, 'case.events.ndjson'), 'utf8');
    const { code, out } = await run(label, 'explain', '--json', file('two.ndjson', lines + lines));
    expect(code).toBe(0);
    const [first, second] = out.split('\n').map((line) => JSON.parse(line) as { type: string; portions: object[] });
    expect([first?.type, second?.portions]).toEqual(['uk.justice.case.registered.v1', first?.portions]);
  });
  it('explains that an unlisted code has the label of the event', async () => {
    const odd = event('1980-01-02');
    Object.assign(odd.data.defendants[0] as object, { bailStatus: 'see overleaf' });
    const { out } = await run(label, 'explain', file('odd.json', JSON.stringify(odd)));
    expect(out).toMatch(/\/defendants\/0\/bailStatus\n\s+A code that is not in its list or form can say anything/);
  });
  it('refuses other files, with place and reason', async () => {
    const { code, err } = await run(label, 'explain', file('bad.json', '{"specversion":"1.0","type":"uk.justice.nothing.v1","data":{}}'));
    expect([code, err]).toEqual([1, expect.stringContaining('standard-unknown: No published standard has this event type, at /type')]);
    expect((await run(label, 'explain', file('worse.json', '{"specversion":'))).err).toContain('json-malformed');
  });
});

describe('convert', () => {
  it('reads an event in JSON, labels it, and writes a message', async () => {
    const made = await run(convert, '--to', 'event', '--out', folder, file('plain.json', JSON.stringify(event('1980-01-02'))));
    expect(made.code).toBe(0);
    const [line = ''] = readFileSync(join(folder, 'plain.events.ndjson'), 'utf8').split('\n');
    expect(JSON.parse(line)).toMatchObject({ classification: 'OFFICIAL-SENSITIVE', data: { quality: { basis: 'fact' } } });
    const back = await run(convert, '--to', 'message', '--out', folder, join(folder, 'plain.events.ndjson'));
    expect(back.code).toBe(0);
    expect(readFileSync(join(folder, 'plain.xml'), 'utf8')).toContain('<PersonFamilyName>Maddox</PersonFamilyName>');
  });

  it('reads and writes with the adapter that is named', async () => {
    const list = join(HOME, 'adapters/hmcts-list/samples/magistrates-public-list.json');
    expect((await run(convert, '--to', 'event', '--adapter', 'hmcts-public-list', '--out', folder, list)).code).toBe(0);
    const events = join(folder, 'magistrates-public-list.events.ndjson');
    expect(readFileSync(events, 'utf8')).toContain('"hmcts-public-list":');
    const message = async (id: string) =>
      (await run(convert, '--to', 'message', '--lenient', '--adapter', id, '--out', folder, events)).code;
    expect(await message('hmcts-public-list')).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'magistrates-public-list.json'), 'utf8'))).toEqual(JSON.parse(readFileSync(list, 'utf8')));
    expect(await message('spi-new-case')).toBe(1);
    await expect(message('no-such-adapter')).rejects.toThrow('No adapter of that name is loaded');
    await expect(message('common-platform-hearing-resulted')).rejects.toThrow('The adapter of that name writes no messages');
  });
});
