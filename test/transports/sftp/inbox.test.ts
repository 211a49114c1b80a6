/** The files that the gateway accepts from an OpenSSH server, leaves alone and reports (T61). */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../gateway/config.ts';
import { fingerprintOf } from '../../../gateway/transports/sftp/host-key.ts';
import { caseOf, openGateway, type TestGateway, temporary } from '../../support/gateway.ts';
import { HAS_SSHD, makeKey, makeSshd, type Sshd } from '../../support/sshd.ts';

const CLIENT = 'wessex.police.records';
const WITHIN = { timeout: 15_000, interval: 20 };
const folder = temporary();
const at = (...names: readonly string[]): string => join(folder, ...names);
const put = (path: string, content: string | Uint8Array): void => {
  writeFileSync(at('writing'), content);
  renameSync(at('writing'), path);
};
const isThere = (path: string) => expect.poll(() => existsSync(path), WITHIN).toBe(true);
const reportOn = (path: string) => JSON.parse(readFileSync(`${path}.report.json`, 'utf8'));
let sshd: Sshd;
let otherKey: string;
let gateway: TestGateway;

const server = () => ({
  host: '127.0.0.1',
  port: sshd.port,
  user: sshd.user,
  hostKeys: sshd.hostKeys.slice(0, 1),
  keyFile: relative(readConfig({}).transportsFolder, sshd.keyFile),
});
const transport = (name: string, change: object = {}) => ({
  name,
  kind: 'sftp',
  client: CLIENT,
  settings: { ...server(), inbox: at(name), pollSeconds: 0.05, stableSeconds: 0.15, ...change },
});

async function open(): Promise<TestGateway> {
  const [key] = sshd.hostKeys;
  const fingerprint = fingerprintOf(Buffer.from(key?.split(' ')[1] ?? '', 'base64'));
  return openGateway({
    dataFolder: at('data'),
    limits: { bodyBytes: 1_000_000 },
    config: {
      name: 'one',
      transports: [
        transport('records', { hostKeys: [fingerprint] }),
        transport('moved', { doneFolder: `${at('moved-done')}/` }),
        transport('deleted', { whenAccepted: 'delete' }),
        transport('another-key', { hostKeys: [otherKey] }),
        transport('another-fingerprint', { hostKeys: [`SHA256:${'A'.repeat(43)}`] }),
        transport('not-let-in', { keyFile: at('stranger') }),
      ],
    },
  });
}

describe.runIf(HAS_SSHD)('a file on an SFTP server', () => {
  const inbox = at('records');
  beforeAll(async () => {
    sshd = await makeSshd(at('ssh'));
    await sshd.start();
    makeKey(at('stranger'));
    otherKey = makeKey(at('other-host'));
    for (const name of ['data', 'records', 'moved', 'moved-done', 'deleted', 'another-key', 'another-fingerprint', 'not-let-in'])
      mkdirSync(at(name));
    for (const name of ['another-key', 'another-fingerprint', 'not-let-in']) put(at(name, 'case.xml'), caseOf(90));
    gateway = await open();
  }, 60_000);
  afterAll(async () => {
    await gateway.close();
    await sshd.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it('T61 is accepted once, moved to .done, and has no second effect when it comes again', async () => {
    put(join(inbox, 'case-1.xml'), caseOf(1));
    await isThere(join(inbox, 'case-1.xml.done'));
    expect(readFileSync(join(inbox, 'case-1.xml.done'), 'utf8')).toBe(caseOf(1));
    const before = (await gateway.events('force')).length;
    put(join(inbox, 'case-1.xml'), caseOf(1));
    await isThere(join(inbox, 'case-1.xml.2.done'));
    expect((await gateway.events('force')).length).toBe(before);
    expect(readdirSync(inbox).toSorted()).toEqual(['case-1.xml.2.done', 'case-1.xml.done']);
  });
  it('with refused content is moved to .failed, with a report that names places and no value', async () => {
    put(join(inbox, 'wrong.xml'), caseOf(2).slice(0, -40));
    await isThere(join(inbox, 'wrong.xml.failed'));
    const report = reportOn(join(inbox, 'wrong.xml'));
    expect(report).toMatchObject({ status: 'quarantined', receipt: expect.stringMatching(/^[\w-]{43}$/) });
    expect((await gateway.call(`/v1/messages/${report.receipt}`, {}, 'force')).status).toBe(200);
  });
  it.each([
    ['empty', 'empty-message', ''],
    ['too large', 'message-too-large', 'x'.repeat(1_000_001)],
  ])('that is %s is moved to .failed, and nothing of it is stored', async (name, code, content) => {
    put(join(inbox, `${name}.xml`), content);
    await isThere(join(inbox, `${name}.xml.failed`));
    expect(reportOn(join(inbox, `${name}.xml`))).toMatchObject({ status: 'refused', reasons: [{ code }] });
  });
  it('is moved where the settings say so, whether accepted or not', async () => {
    put(at('moved', 'good.xml'), caseOf(3));
    put(at('moved', 'wrong.xml'), caseOf(4).slice(0, -40));
    await isThere(at('moved-done', 'good.xml.done'));
    await isThere(at('moved-done', 'wrong.xml.failed'));
    expect(reportOn(at('moved-done', 'wrong.xml'))).toMatchObject({ status: 'quarantined' });
    expect(readdirSync(at('moved'))).toEqual([]);
  });
  it('is deleted where the settings say so, and only when it was accepted', async () => {
    put(at('deleted', 'good.xml'), caseOf(5));
    put(at('deleted', 'empty.xml'), '');
    await isThere(at('deleted', 'empty.xml.failed'));
    await expect.poll(() => readdirSync(at('deleted')).toSorted(), WITHIN).toEqual(['empty.xml.failed', 'empty.xml.report.json']);
    expect(JSON.stringify(await gateway.events('force'))).toContain('52WX2000005');
  });
  it('T61 that grows is accepted when it has not changed for the configured time', async () => {
    const text = caseOf(6);
    const path = join(inbox, 'slow.xml');
    for (let from = 0; from < text.length; from += Math.ceil(text.length / 8)) {
      appendFileSync(path, text.slice(from, from + Math.ceil(text.length / 8)));
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await isThere(`${path}.done`);
    expect(readFileSync(`${path}.done`, 'utf8')).toBe(text);
    expect(readdirSync(inbox).filter((name) => name.startsWith('slow'))).toEqual(['slow.xml.done']);
  });
  it.each([
    ['a link to a file', 'link.xml', () => symlinkSync(at('secret.xml'), join(inbox, 'link.xml'))],
    ['a link that leads out of the folder', 'out.xml', () => symlinkSync('../secret.xml', join(inbox, 'out.xml'))],
    ['a pipe', 'pipe.xml', () => execFileSync('mkfifo', [join(inbox, 'pipe.xml')])],
  ])('T61 that is %s is left alone with a report', async (_, name, make) => {
    writeFileSync(at('secret.xml'), caseOf(7));
    make();
    await isThere(join(inbox, `${name}.report.json`));
    expect(reportOn(join(inbox, name))).toMatchObject({ status: 'refused', reasons: [{ code: 'not-plain-file' }] });
    expect(readdirSync(inbox)).toContain(name);
    rmSync(join(inbox, name));
  });
  it('T61 whose name has control characters is left alone, and the report does not repeat it', async () => {
    put(join(inbox, 'case\u001b[2J\u202e.xml'), caseOf(8));
    const report = () => readdirSync(inbox).find((name) => name.startsWith('unsafe-name-'));
    await expect.poll(report, WITHIN).toBeDefined();
    expect(JSON.parse(readFileSync(join(inbox, report() ?? ''), 'utf8'))).toMatchObject({ reasons: [{ code: 'unsafe-name' }] });
    expect(gateway.log()).not.toContain('\u001b');
  });
  it.each([
    ['another-key', /another host key/],
    ['another-fingerprint', /another host key/],
    ['not-let-in', /does not let the account of the gateway in/],
  ])('T61 is not accepted where the server and the settings differ: %s', async (name, reason) => {
    const reasons = () =>
      gateway
        .log()
        .split('\n')
        .filter((line) => line.includes(`"transport":"${name}"`))
        .map((line) => (JSON.parse(line) as { reason?: string }).reason ?? '');
    await expect.poll(() => reasons().some((text) => reason.test(text)), WITHIN).toBe(true);
    expect(readdirSync(at(name))).toEqual(['case.xml']);
    expect((await gateway.call('/health', {})).body.checks.transports).toBe('warn');
  });
  it('is accepted in order of its time, also when it was claimed before a restart', async () => {
    await gateway.close();
    const cases = [21, 22, 23, 24, 25, 26, 27, 28];
    for (const [n, number] of cases.toReversed().entries()) {
      // A claimed name is longer than a name may be before it is claimed.
      const path = join(inbox, n === 3 ? `${'n'.repeat(176)}.xml.taking-one` : `many-${n}.xml`);
      put(path, caseOf(number));
      utimesSync(path, 1_700_000_000 + number, 1_700_000_000 + number);
    }
    gateway = await open();
    await isThere(join(inbox, 'many-0.xml.done'));
    await isThere(join(inbox, `${'n'.repeat(176)}.xml.done`));
    const events = await gateway.events('force');
    const numbers = events.flatMap(({ data }) => [...JSON.stringify(data).matchAll(/52WX20000(2\d)/g)].map(([, number]) => Number(number)));
    expect([...new Set(numbers)]).toEqual(cases);
  }, 60_000);
  it('is not read where others can read the gateway’s key: the gateway does not start', async () => {
    await gateway.close();
    chmodSync(at('ssh', 'client'), 0o640);
    await expect(open()).rejects.toThrow(/The file of keyFile can be read by others/);
    chmodSync(at('ssh', 'client'), 0o600);
    gateway = await open();
  }, 60_000);
  it('is not in the log, with its content and the gateway’s credentials', () => {
    for (const word of ['case-1.xml', 'wrong.xml', 'Tremayne', 'TREMAYNE', at('records'), 'PRIVATE KEY', at('ssh')])
      expect(gateway.log()).not.toContain(word);
  });
});
