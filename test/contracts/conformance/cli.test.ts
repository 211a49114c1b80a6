/** `interchange conformance` with a real gateway: its output, its files, and the statement. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../../contracts/conformance/report.ts';
import { verb } from '../../../gateway/cli/conformance.ts';
import { type ExitCode, runVerb } from '../../../gateway/cli/verb.ts';
import type { Environment } from '../../../gateway/environment.ts';
import { openKeys, revokeSealKey, rotateSealKey } from '../../../gateway/keys/keys.ts';
import { openGateway, type TestGateway, temporary } from '../../support/gateway.ts';
import { makeIo } from '../../support/io.ts';
import { deadUrl, openConsumer, openSubmitter, openTarget, type Target } from './targets.ts';

const SECRET = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
let gateway: TestGateway;
let careless: Target;
beforeAll(async () => {
  gateway = await openGateway();
  careless = await openTarget(() => ({ status: 200 }));
});
afterAll(async () => {
  await careless.close();
  await gateway.close();
});

interface Run {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

async function run(words: readonly string[], env: Environment = {}, interrupted = new AbortController().signal): Promise<Run> {
  const [out, err]: [string[], string[]] = [[], []];
  const io = makeIo(
    { INTERCHANGE_URL: gateway.url, INTERCHANGE_DATA: gateway.folder, ...env },
    (line) => out.push(line),
    (line) => err.push(line),
    interrupted,
  );
  return { code: await runVerb(verb, words, io), out: out.join('\n'), err: err.join('\n') };
}

const consumer = (target: string, ...more: readonly string[]) => ['--target', target, '--as', 'consumer', '--secret', SECRET, ...more];
const reportIn = (folder: string): Report => JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report;

describe('the check of a consumer', () => {
  it('uses invented events, and reports the level and each check', async () => {
    const target = await openConsumer(gateway.url, SECRET);
    const { code, out, err } = await run(consumer(target.url));
    await target.close();
    expect(code).toBe(0);
    expect(err).toContain('Invented events were sent');
    for (const line of ['Level 1: Receives', '  passed   Takes an event', 'Level 3 of 3: Trusts nobody'])
      expect(out.split('\n')).toContain(line);
    const folder = join(gateway.folder, 'conformance', 'consumer');
    expect(out).toContain(folder);
    expect(reportIn(folder)).toMatchObject({ level: 3, target: new URL(target.url).origin });
  });
  it('shows the reason for each failed check', async () => {
    const { code, out } = await run(consumer(careless.url, '--out', temporary()));
    expect(code).toBe(0);
    expect(out).toContain('  FAILED   Refuses an old delivery. It answered 200 to a delivery of 10 minutes ago.');
    expect(out).toContain('Level 1 of 3: Receives');
  });
  it('reports no level for an unreachable consumer, and fails', async () => {
    const { code, out } = await run(consumer(await deadUrl(), '--out', temporary()));
    expect(code).toBe(1);
    expect(out).toContain('  not run  Goes on after all that. The target does not answer.');
    expect(out).toContain('No level of 3 reached');
  });
  it('can use the events that a token may read, and then sends nothing to the gateway', async () => {
    const before = (await gateway.events('cps')).length;
    const { err, out } = await run(consumer(careless.url, '--out', temporary(), '--json'), {
      INTERCHANGE_TOKEN: await gateway.token('supplier'),
    });
    expect(err).toBe('');
    expect((JSON.parse(out) as Report).level).toBe(1);
    expect((await gateway.events('cps')).length).toBe(before);
  });
});

describe('the check of a submitter', () => {
  it('uses a gateway of the test suite', async () => {
    const target = await openSubmitter({ attempts: 1 });
    const folder = temporary();
    const before = (await gateway.events('cps')).length;
    const { code, out } = await run(['--target', target.url, '--as', 'submitter', '--out', folder]);
    await target.close();
    expect([code, reportIn(folder).level]).toEqual([0, 1]);
    expect(out).toContain('Level 1 of 3: Submits');
    expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain('| FAILED | Tries again when the gateway is unavailable');
    expect((await gateway.events('cps')).length).toBe(before);
  });
});

describe('a statement of conformance', () => {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = temporary();
    file = join(folder, 'statement.jws');
    await run(consumer(careless.url, '--out', folder));
  });
  const jwks = () => `${gateway.url}/.well-known/jwks.json`;

  it('verifies with the keys of this machine, with those of the gateway, and with those in a file', async () => {
    const keys = join(temporary(), 'jwks.json');
    writeFileSync(keys, await (await fetch(jwks())).text());
    for (const more of [[], ['--keys', jwks()], ['--keys', keys]]) {
      const { code, out } = await run(['verify', file, ...more]);
      expect([code, out]).toEqual([0, expect.stringContaining('reached level 1 of suite consumer 1.0.0')]);
    }
    const { out } = await run(['verify', file, '--json']);
    expect(JSON.parse(out)).toMatchObject({ verifies: true, statement: { level: 1, target: new URL(careless.url).origin } });
  });
  it('does not verify with the keys of another machine', async () => {
    const other = temporary();
    await openKeys(join(other, 'keys'));
    const { code, err } = await run(['verify', file], { INTERCHANGE_DATA: other });
    expect([code, err]).toEqual([1, 'Does not verify: It is signed with a key that is not among those given.']);
  });
  it('verifies after a rotation of the key, and not after its revocation', async () => {
    const dataFolder = temporary();
    const keysFolder = join(dataFolder, 'keys');
    const out = temporary();
    const env = { INTERCHANGE_DATA: dataFolder, INTERCHANGE_TOKEN: await gateway.token('cps') };
    await run(consumer(careless.url, '--out', out), env);
    const { kid } = (await openKeys(keysFolder)).seal;
    await rotateSealKey(keysFolder);
    expect((await run(['verify', join(out, 'statement.jws')], env)).code).toBe(0);
    await revokeSealKey(keysFolder, kid, '2026-11-01T09:00:00Z');
    expect((await run(['verify', join(out, 'statement.jws')], env)).code).toBe(1);
  });
  it('does not verify when the report was changed', async () => {
    const report = join(folder, 'report.json');
    writeFileSync(report, readFileSync(report, 'utf8').replace('"level": 1', '"level": 3'));
    const { code, err } = await run(['verify', file]);
    expect([code, err]).toEqual([1, 'Does not verify: The report is not the one that was signed.']);
    expect(JSON.parse((await run(['verify', file, '--json'])).out)).toMatchObject({ verifies: false });
  });
});

describe('an invalid call', () => {
  it.each([
    [[], /Say what the target is/],
    [['--as', 'gateway', '--target', 'http://127.0.0.1'], /Say what the target is/],
    [['--as', 'submitter'], /Say where the target is/],
    [['--as', 'submitter', '--target', 'file:///etc/passwd'], /Say where the target is/],
    [['--as', 'consumer', '--target', 'http://127.0.0.1'], /Give the secret/],
    [['--as', 'consumer', '--target', 'http://127.0.0.1', '--secret', 'letmein'], /Give the secret/],
    [['verify'], /conformance verify FILE/],
    [['verify', '/nowhere/statement.jws'], /has its report.json beside it/],
    [['judge', 'x'], /conformance verify FILE/],
  ])('%j is refused', async (words, reason) => {
    await expect(run(words)).rejects.toThrow(reason);
  });
  it('that is interrupted writes no report', async () => {
    const folder = temporary();
    const { code, err } = await run(consumer(careless.url, '--out', folder), {}, AbortSignal.abort());
    expect([code, err, existsSync(join(folder, 'report.json'))]).toEqual([1, expect.stringContaining('there is no report'), false]);
  });
  it('with invalid or unavailable keys names them', async () => {
    const folder = temporary();
    await run(consumer(careless.url, '--out', folder));
    const file = join(folder, 'statement.jws');
    await expect(run(['verify', file, '--keys', join(folder, 'report.md')])).rejects.toThrow('--keys is not a JWK set');
    await expect(run(['verify', file, '--keys', join(folder, 'report.json')])).rejects.toThrow('--keys is not a JWK set');
    await expect(run(['verify', file, '--keys', await deadUrl()])).rejects.toThrow('cannot be fetched');
    await expect(run(['verify', file], { INTERCHANGE_DATA: join(folder, 'none') })).rejects.toThrow(/no keys on this machine/);
  });
});
