/** `convert --stream` makes the same events as `convert` from a file of any size, in bounded memory. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { verb as convert } from '../../gateway/cli/convert.ts';
import { makeOutput } from '../../gateway/cli/output.ts';
import { type ExitCode, runVerb, UsageError } from '../../gateway/cli/verb.ts';
import { HOME } from '../../gateway/config.ts';
import { makeIo } from '../support/io.ts';
import { longList } from '../support/long-list.ts';

/** Megabytes of the file that is read with little memory; `STREAM_MEGABYTES=100` for one that is larger than all of it. */
const MEGABYTES = Number(process.env.STREAM_MEGABYTES ?? 8);

const folder = mkdtempSync(join(tmpdir(), 'convert-stream-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mappingOf = (id: string): string => join(HOME, 'adapters', id, `${id}.mapping.json`);
const config = join(folder, 'config.json');
writeFileSync(
  config,
  JSON.stringify({
    ...JSON.parse(readFileSync(join(HOME, 'examples/development.config.json'), 'utf8')),
    policyFile: join(HOME, 'schemas/labels/uk-gsc.policy.json'),
    adapters: ['police-uk-street', 'crime-report', 'custody-extract'].map(mappingOf),
  }),
);
const env = { INTERCHANGE_CONFIG: config };

async function run(...words: string[]): Promise<{ code: ExitCode; out: string; err: string[] }> {
  let out = '';
  const err: string[] = [];
  const io = makeIo(
    env,
    (text) => void (out += `${text}\n`),
    (text) => void err.push(text),
  );
  const code = await runVerb(convert, ['--to', 'event', ...words], io);
  return { code, out, err };
}

const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const sample = (id: string, name: string): string => readFileSync(join(HOME, 'adapters', id, 'samples', name), 'latin1');

/** The events without the time at which they were made, and without what is kept only once for a message. */
function eventsOf(lines: string): readonly object[] {
  const events = lines.split('\n').filter(Boolean);
  return events.map((line) => {
    const { recordedtime: _, time, sequence, data, ...rest } = JSON.parse(line);
    const { extensions = {}, ...content } = data;
    const kept = Object.fromEntries(
      Object.entries(extensions as Record<string, { frame?: object }>).map(([id, { frame: _frame, ...residue }]) => [id, residue]),
    );
    return {
      ...rest,
      place: sequence.slice(16),
      data: content,
      kept: Object.entries(kept).filter(([, residue]) => Object.keys(residue).length > 0),
    };
  });
}

/** Two crimes of one case at the ends of a file of several parts, and between them crimes of no case that name the same person. */
function crimes(): Uint8Array {
  const [titles = '', theft = '', offence = ''] = sample('crime-report', 'crimes.csv').split('\r\n');
  const mention = theft.replace('A lock was cut', 'A lock of Si\xe2n Mair Prosser was cut');
  const ofCase = (row: string): string => row.replace(/,,A7$/, ',52WX1000555,A7');
  const between = Array.from({ length: 12_000 }, () => mention);
  return Buffer.from(`${[titles, ofCase(mention), ...between, ofCase(offence)].join('\r\n')}\r\n`, 'latin1');
}

describe('convert --stream', () => {
  it.each([
    [
      'a table with records that cannot pass',
      () => file('street.csv', sample('police-uk-street', 'street.csv').replace(/\n/, '\ntoo,few\n').replace(/$/, ',2026-99,x\n')),
    ],
    ['fixed width', () => file('extract.txt', Buffer.from(sample('custody-extract', 'extract.txt'), 'latin1'))],
    ['a court list', () => join(HOME, 'adapters/libra/samples/court-list.xml')],
  ])('makes the same events as from the file read at once: %s', async (_, make) => {
    const path = make();
    const [converted, streamed] = [await run(path), await run('--stream', path)];
    expect(eventsOf(streamed.out)).toEqual(eventsOf(converted.out));
    expect(eventsOf(streamed.out).length).toBeGreaterThan(0);
    expect(streamed.err).toEqual(converted.err);
  });

  it('T55 protects people who are mentioned in another part of the file, before or after', async () => {
    const path = file('crimes.csv', crimes());
    const [converted, streamed] = [await run(path), await run('--stream', path)];
    const labelOf = (event: object | undefined) => JSON.stringify((event as { data: { portions: object } }).data.portions);
    const events = eventsOf(streamed.out);
    expect(events.length).toBe(12_002);
    expect(labelOf(events[0])).toContain('SOAA1992_s1');
    expect(labelOf(events[1])).not.toContain('SOAA1992_s1');
    expect(events).toEqual(eventsOf(converted.out));
  });

  it('lists the records that cannot pass by line and column, and says by its exit code that there are any', async () => {
    const path = file('faulty.csv', `${sample('police-uk-street', 'street.csv')}too,few\n"open,2026-10\n`);
    const lines = sample('police-uk-street', 'street.csv').split('\n').length;
    const { code, out, err } = await run('--stream', path);
    expect(code).toBe(1);
    expect(eventsOf(out).length).toBe(lines - 2);
    expect(err).toEqual([
      expect.stringMatching(`record refused: adapter\\.police-uk-street\\.field-count: .*, line ${lines}, column 8$`),
      expect.stringMatching(`record refused: adapter\\.police-uk-street\\.open-quote: .*, line ${lines + 1}, column 1$`),
    ]);
    expect((await run('--stream', file('whole.csv', sample('police-uk-street', 'street.csv')))).code).toBe(0);
  });

  it('lists a thousand of them, and counts the others', async () => {
    const { err } = await run('--stream', file('wrong.csv', sample('police-uk-street', 'street.csv') + 'too,few\n'.repeat(1500)));
    expect([err.length, err.at(-1)]).toEqual([1001, expect.stringContaining('1500 records refused, of which the first 1000 are listed')]);
  });

  it.each([
    ['whose total is wrong', (text: string) => text.replace(/T00(\d)/, 'T01$1'), 'adapter.custody-extract.total'],
    ['that was cut short', (text: string) => text.slice(0, text.lastIndexOf('T00')), 'adapter.custody-extract.trailer'],
  ])('writes nothing of a file %s', async (_, change, reason) => {
    const path = file('cut.txt', Buffer.from(change(sample('custody-extract', 'extract.txt')), 'latin1'));
    const out = join(folder, 'cut');
    expect(await run('--stream', path)).toMatchObject({ code: 1, out: '', err: [expect.stringContaining(`refused: ${reason}`)] });
    expect((await run('--stream', '--out', out, path)).code).toBe(1);
    expect(readdirSync(out)).toEqual([]);
  });

  it('writes a file for each, which appears when it is complete, and counts', async () => {
    const path = file('street.csv', `${sample('police-uk-street', 'street.csv')}too,few\n`);
    const out = join(folder, 'out');
    const { code, out: said } = await run('--stream', '--json', '--out', out, path, path);
    expect(code).toBe(1);
    expect(readdirSync(out)).toEqual(['street.events.ndjson']);
    const events = readFileSync(join(out, 'street.events.ndjson'), 'utf8').split('\n').length - 1;
    const written = { file: path, ok: true, written: join(out, 'street.events.ndjson'), events, refused: 1 };
    expect(
      said
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([written, { file: path, ok: false, reasons: [expect.stringContaining('Another file')] }]);
  });

  it('refuses formats that are not read in pieces, what is not a file, and messages', async () => {
    const spi = await run('--stream', join(HOME, 'examples/messages/new-case.xml'));
    expect([spi.code, spi.err]).toEqual([1, [expect.stringContaining('Messages of this format are not read in pieces')]]);
    expect((await run('--stream', '/dev/null')).err).toEqual([expect.stringContaining('not a file that can be read twice')]);
    await expect(
      runVerb(
        convert,
        ['--to', 'message', '--stream', config],
        makeIo(env, () => undefined),
      ),
    ).rejects.toThrow(UsageError);
  });

  it(`reads ${MEGABYTES} MB with 96 MB of memory for objects`, async () => {
    const [titles, ...rows] = sample('police-uk-street', 'street.csv').trimEnd().split('\n');
    const path = join(folder, 'long.csv');
    const out = openSync(path, 'w');
    const block = Buffer.from(`${Array.from({ length: 200 }, () => rows.join('\n')).join('\n')}\n`, 'latin1');
    let size = writeSync(out, `${titles}\n`);
    let blocks = 0;
    for (; size < MEGABYTES * 1e6; blocks++) size += writeSync(out, block);
    closeSync(out);
    const list = join(folder, 'list.xml');
    const pieces: Buffer[] = [];
    for await (const piece of longList(MEGABYTES * 5e5)) pieces.push(piece);
    writeFileSync(list, Buffer.concat(pieces));
    const program = [
      '--max-old-space-size=96',
      join(HOME, 'gateway/cli/interchange.mjs'),
      'convert',
      '--to',
      'event',
      '--out',
      join(folder, 'long'),
    ];
    const count = (name: string) =>
      Number(
        execFileSync('wc', ['-l', join(folder, 'long', name)], { encoding: 'utf8' })
          .trim()
          .split(' ')[0],
      );
    const { status, stderr } = spawnSync(process.execPath, [...program, '--stream', path, list], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, expect.stringContaining('2 of 2 converted, 0 refused')]);
    expect(count('long.events.ndjson')).toBe(blocks * 200 * rows.length);
  }, 900_000);

  it('leaves nothing half written when it is interrupted', async () => {
    const path = file('interrupted.csv', sample('police-uk-street', 'street.csv'));
    const out = join(folder, 'interrupted');
    const interrupt = new AbortController();
    const io = makeIo(
      env,
      () => undefined,
      () => undefined,
      interrupt.signal,
    );
    const running = runVerb(convert, ['--to', 'event', '--stream', '--out', out, path, path], io);
    interrupt.abort();
    expect(await running).toBe(1);
    expect(readdirSync(out)).toEqual([]);
  });

  it('waits for a slow reader of its output', async () => {
    const taken: (() => void)[] = [];
    const slow = new Writable({ highWaterMark: 10, write: (_chunk, _encoding, done) => void taken.push(done) });
    const { dataPart } = makeOutput(slow, slow);
    let parts = 0;
    const writing = (async () => {
      for (; parts < 3; parts++) await dataPart(Buffer.alloc(20));
    })();
    for (let n = 0; n < 3; n++) {
      await setImmediate();
      expect([parts, taken.length]).toEqual([n, n + 1]);
      taken[n]?.();
    }
    await writing;
    expect(parts).toBe(3);
  });
});
