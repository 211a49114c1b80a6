/** The files that a folder accepts, leaves alone and reports (T61). */
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BusUnavailable } from '../../../gateway/bus/bus.ts';
import { LocalFiles } from '../../../gateway/transports/folder/local-files.ts';
import { Inbox } from '../../../gateway/transports/inbox.ts';
import type { Arrival } from '../../../gateway/transports/transport.ts';
import type { ReceiptRecord } from '../../../gateway/wire/streams.ts';
import { caseOf, openGateway, type TestGateway, temporary } from '../../support/gateway.ts';

const CLIENT = 'wessex.police.records';
const WITHIN = { timeout: 15_000, interval: 20 };

const folder = temporary();
const inbox = join(folder, 'inbox');
let gateway: TestGateway;

const at = (name: string): string => join(inbox, name);
const put = (name: string, content: string | Uint8Array): void => {
  // As a careful system does it: it writes elsewhere, and moves the complete file.
  const elsewhere = join(folder, 'writing');
  writeFileSync(elsewhere, content);
  renameSync(elsewhere, at(name));
};
const isThere = (name: string) => expect.poll(() => existsSync(at(name)), WITHIN).toBe(true);
const reportOn = (name: string) => JSON.parse(readFileSync(at(`${name}.report.json`), 'utf8'));
const receiptsOf = async (persona = 'force') => (await gateway.events(persona)).length;

async function open(): Promise<TestGateway> {
  return openGateway({
    dataFolder: join(folder, 'data'),
    limits: { bodyBytes: 1_000_000 },
    config: {
      name: 'one',
      transports: [
        {
          name: 'records',
          kind: 'folder',
          client: CLIENT,
          settings: { inbox, pollSeconds: 0.02, stableSeconds: 0.1 },
        },
      ],
    },
  });
}

beforeAll(async () => {
  mkdirSync(inbox);
  mkdirSync(join(folder, 'data'));
  gateway = await open();
}, 60_000);
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a file', () => {
  it('is accepted once, and then moved to .done', async () => {
    put('case-1.xml', caseOf(1));
    await isThere('case-1.xml.done');
    expect(readFileSync(at('case-1.xml.done'), 'utf8')).toBe(caseOf(1));
    expect(existsSync(at('case-1.xml.report.json'))).toBe(false);
    expect((await gateway.audit()).filter(({ action, who }) => action === 'collection' && who === CLIENT)).toHaveLength(1);
  });
  it('that comes again has no second effect, and gets another name', async () => {
    const before = await receiptsOf();
    put('case-1.xml', caseOf(1));
    await isThere('case-1.xml.2.done');
    expect(await receiptsOf()).toBe(before);
  });
  it('with refused content is moved to .failed, with a report that names places and no value', async () => {
    put('wrong.xml', caseOf(2).slice(0, -40));
    await isThere('wrong.xml.failed');
    const report = reportOn('wrong.xml');
    expect(report).toMatchObject({ status: 'quarantined', receipt: expect.stringMatching(/^[\w-]{43}$/) });
    expect(report.reasons.length).toBeGreaterThan(0);
    const { status } = await gateway.call(`/v1/messages/${report.receipt}`, {}, 'force');
    expect(status).toBe(200);
  });
  it.each([
    ['empty', 'empty-message', ''],
    ['too large', 'message-too-large', 'x'.repeat(1_000_001)],
  ])('that is %s is moved to .failed, and nothing of it is stored', async (name, code, content) => {
    put(`${name}.xml`, content);
    await isThere(`${name}.xml.failed`);
    expect(reportOn(`${name}.xml`)).toMatchObject({ status: 'refused', reasons: [{ code }] });
  });
});

/** A new inbox whose clock does not move. */
const quiet = () => {
  const inboxFolder = join(folder, `quiet-${readdirSync(folder).length}`);
  mkdirSync(inboxFolder);
  let milliseconds = 0;
  const taken: string[] = [];
  const sender = { who: CLIENT, source: {} as Arrival['sender']['source'] };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const context = { sender: () => sender, log: log as never, mostBytes: 1000, gateway: 'one', now: () => 1_700_000_000_000 };
  const opened = new Inbox({ files: new LocalFiles(inboxFolder), stableMilliseconds: 1000, context, clock: () => milliseconds });
  const receipt = { id: 'an id', status: 'accepted', reasons: [] } as unknown as ReceiptRecord;
  let meanwhile: () => void = () => undefined;
  const look = (later: number) => {
    milliseconds += later;
    return opened.takeAll(async ({ bytes }, reply) => {
      meanwhile();
      taken.push(Buffer.from(bytes).toString());
      await reply({ kind: 'receipt', receipt, repeated: false, isSpooled: false });
    }, new AbortController().signal);
  };
  return {
    path: (name: string) => join(inboxFolder, name),
    names: () => readdirSync(inboxFolder).toSorted(),
    taken,
    look,
    during: (act: () => void) => (meanwhile = act),
  };
};

describe('T61 a file that is still being written', () => {
  it('is accepted when it has not changed for the configured time', async () => {
    const { path, names, taken, look } = quiet();
    for (const part of ['one ', 'two ', 'three']) {
      appendFileSync(path('slow.txt'), part);
      expect(await look(5000)).toBe(false);
      expect(await look(999)).toBe(false);
    }
    expect(await look(1)).toBe(true);
    expect([taken, names()]).toEqual([['one two three'], ['slow.txt.done']]);
  });
  it('is read again where it was written to while it was read', async () => {
    const { path, names, taken, look, during } = quiet();
    writeFileSync(path('late.txt'), 'one ');
    during(() => appendFileSync(path('late.txt.taking-one'), 'two'));
    await look(0);
    expect(await look(1000)).toBe(false);
    during(() => undefined);
    await look(0);
    expect(await look(1000)).toBe(true);
    expect([taken, names()]).toEqual([['one ', 'one two'], ['late.txt.done']]);
  });
  it('does not replace a file that arrived under the same name meanwhile', async () => {
    const { path, names, taken, look, during } = quiet();
    writeFileSync(path('same.txt'), 'first');
    during(() => writeFileSync(path('same.txt'), 'second'));
    await look(0);
    await look(1000);
    during(() => undefined);
    await look(0);
    await look(1000);
    expect([taken, names()]).toEqual([
      ['first', 'second'],
      ['same.txt.2.done', 'same.txt.done'],
    ]);
  });
  it('at which the gateway fails does not block later files, and is accepted when possible', async () => {
    const { path, names, taken, look, during } = quiet();
    for (const [n, name] of ['first.txt', 'second.txt'].entries()) {
      writeFileSync(path(name), name);
      utimesSync(path(name), n, n);
    }
    during(() => {
      if (taken.length === 0) {
        during(() => undefined);
        throw new RangeError('A fault of the gateway');
      }
    });
    await look(0);
    await expect(look(1000)).rejects.toThrow(RangeError);
    expect([taken, names()]).toEqual([['second.txt'], ['first.txt.taking-one', 'second.txt.done']]);
    await look(0);
    await look(1000);
    expect([taken, names()]).toEqual([
      ['second.txt', 'first.txt'],
      ['first.txt.done', 'second.txt.done'],
    ]);
  });
  it.each(['.hidden.xml', 'case.xml.part', 'case.xml.tmp', 'case.xml~', 'case.xml.filepart'])(
    'by its name %s is left alone',
    async (name) => {
      put(name, caseOf(4));
      put('after.xml', caseOf(5));
      await expect
        .poll(() => readdirSync(inbox).filter((entry) => /^after\.xml(\.\d+)?\.done$/.test(entry)).length, WITHIN)
        .toBeGreaterThan(0);
      expect(existsSync(at(name))).toBe(true);
      rmSync(at(name));
      for (const file of readdirSync(inbox).filter((entry) => entry.startsWith('after.xml'))) rmSync(at(file));
    },
  );
});

describe('T61 a file whose message is not stored', () => {
  it('stays in its place until it is, while stored files are finished', async () => {
    const { path, names, taken, look, during } = quiet();
    for (const name of ['a.txt', 'b.txt']) writeFileSync(path(name), name);
    await look(0);
    during(() => {
      if (taken.length === 1) throw new BusUnavailable();
    });
    await expect(look(1000)).rejects.toThrow(BusUnavailable);
    expect([taken, names()]).toEqual([['a.txt'], ['a.txt.done', 'b.txt.taking-one']]);
    during(() => undefined);
    await look(0);
    await look(1000);
    expect([taken, names()]).toEqual([
      ['a.txt', 'b.txt'],
      ['a.txt.done', 'b.txt.done'],
    ]);
  });
});

it('a file with the longest name is accepted, even where it was claimed before', async () => {
  const { path, names, taken, look } = quiet();
  const name = `${'n'.repeat(176)}.txt`;
  writeFileSync(path(`${name}.taking-one`), 'claimed');
  await look(0);
  await look(1000);
  expect([taken, names()]).toEqual([['claimed'], [`${name}.done`]]);
});

it('files with numbers never get the name of another file that is processed at the same time', async () => {
  const { path, names, taken, look } = quiet();
  for (const name of ['a.txt', 'a.txt.2', 'a.txt.taking-one', 'a.txt.done']) writeFileSync(path(name), name);
  await look(0);
  await look(1000);
  expect(taken.toSorted()).toEqual(['a.txt', 'a.txt.2', 'a.txt.taking-one']);
  expect(names()).toHaveLength(4);
  expect(names().every((name) => name.endsWith('.done'))).toBe(true);
});

describe('T61 an entry that is not a plain file', () => {
  const secret = join(folder, 'secret.xml');
  it.each([
    ['a link to a file', 'link.xml', () => symlinkSync(secret, at('link.xml'))],
    ['a link that leads out of the folder', 'out.xml', () => symlinkSync('../secret.xml', at('out.xml'))],
    ['a second name of a file', 'hard.xml', () => linkSync(secret, at('hard.xml'))],
  ])('%s is left alone with a report', async (_, name, make) => {
    writeFileSync(secret, caseOf(6));
    make();
    await isThere(`${name}.report.json`);
    expect(reportOn(name)).toMatchObject({ status: 'refused', reasons: [{ code: 'not-plain-file' }] });
    expect(readdirSync(inbox)).toContain(name);
    // The report is there a moment before the gateway counts it.
    await expect.poll(async () => (await gateway.call('/health', {})).body.checks.transports, WITHIN).toBe('warn');
    rmSync(at(name));
  });
  it('a name with control characters is left alone, and the report does not repeat it', async () => {
    put('case\u001b[2J\u202e.xml', caseOf(6));
    const report = () => readdirSync(inbox).find((name) => name.startsWith('unsafe-name-'));
    await expect.poll(report, WITHIN).toBeDefined();
    expect(JSON.parse(readFileSync(at(report() ?? ''), 'utf8'))).toMatchObject({ reasons: [{ code: 'unsafe-name' }] });
    expect(gateway.log()).not.toContain('\u001b');
  });
});

it('T61 many files are accepted oldest first', async () => {
  const cases = [21, 22, 23, 24, 25, 26, 27, 28];
  const written = cases.toReversed();
  await gateway.close();
  for (const [n, number] of written.entries()) {
    put(`many-${n}.xml`, caseOf(number));
    utimesSync(at(`many-${n}.xml`), 1_700_000_000 + number, 1_700_000_000 + number);
  }
  gateway = await open();
  await isThere('many-0.xml.done');
  const events = await gateway.events('force');
  const numbers = events.flatMap(({ data }) => [...JSON.stringify(data).matchAll(/52WX20000(2\d)/g)].map(([, number]) => Number(number)));
  expect([...new Set(numbers)]).toEqual(cases);
}, 60_000);

it('a file that was claimed when the gateway stopped is accepted after the next start', async () => {
  await gateway.close();
  writeFileSync(at('claimed.xml.taking-one'), caseOf(31));
  gateway = await open();
  await isThere('claimed.xml.done');
}, 60_000);

it('the log has no file names and no values', () => {
  for (const word of ['case-1.xml', 'wrong.xml', 'Tremayne', 'TREMAYNE']) expect(gateway.log()).not.toContain(word);
});

it('the receipt names the transport of the message', async () => {
  const receipts = await gateway.onBus((bus) => bus.read('interchange.receipts', 0, 0, 1000));
  const names = receipts.map(({ value }) => JSON.parse(Buffer.from(value).toString()).transport);
  expect(new Set(names)).toEqual(new Set(['records']));
});
