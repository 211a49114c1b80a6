/** T51: a witness outside the data folder: which heads it accepts, and how a gateway works while it is unavailable. */
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verb as audit } from '../../../gateway/cli/audit.ts';
import { type ExitCode, runVerb } from '../../../gateway/cli/verb.ts';
import { checkConfig, HOME } from '../../../gateway/config.ts';
import { type Keys, openKeys } from '../../../gateway/keys/keys.ts';
import { hashOfHead, type LastHead, NO_HEAD, signHead } from '../../../gateway/store/audit/audit-head.ts';
import { type Witness, WitnessAway, WitnessRefusal } from '../../../gateway/store/audit/witness.ts';
import { WitnessFile } from '../../../gateway/store/audit/witness-file.ts';
import { RemoteWitness } from '../../../gateway/store/audit/witness-remote.ts';
import { caseOf, configFor, ON_KAFKA, openGateway, temporary } from '../../support/gateway.ts';
import { makeIo } from '../../support/io.ts';

let folder: string;
let file: string;
let keys: Keys;
beforeEach(async () => {
  folder = temporary();
  file = join(folder, 'heads');
  writeFileSync(file, '');
  keys = await openKeys(join(folder, 'keys'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Heads of one chain, as a gateway signs them. */
function headsOf(count: number, chain?: string): readonly string[] {
  const heads: string[] = [];
  let last: LastHead = NO_HEAD;
  for (let number = 0; number < count; number++) {
    const head = { seq: number * 3, hash: 'h'.repeat(43), time: '2026-01-01T00:00:00.000Z', ...(chain === undefined ? {} : { chain }) };
    const jws = signHead(head, last, { kid: keys.seal.kid, key: keys.seal.privateKey });
    last = { number, hash: hashOfHead(jws) };
    heads.push(jws);
  }
  return heads;
}

interface Command {
  readonly ready: Promise<string>;
  stop(): Promise<ExitCode>;
}

/** Runs `interchange audit witness`. */
function command(...words: string[]): Command {
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>();
  const stopping = new AbortController();
  const io = makeIo(
    {},
    (line) => resolve((JSON.parse(line) as { ready: string }).ready),
    () => undefined,
    stopping.signal,
  );
  const done = runVerb(audit, ['witness', '--json', ...words], io);
  done.catch(reject);
  ready.catch(() => undefined);
  return {
    ready,
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}

describe('T51 a witness', () => {
  const both = (name: string, test: (witness: Witness) => Promise<void>): void => {
    it(`${name}, as a file`, () => test(new WitnessFile(file)));
    it(`${name}, as a process`, async () => {
      const running = command('--listen', '127.0.0.1:0', '--file', file);
      await test(new RemoteWitness(await running.ready));
      expect(await running.stop()).toBe(0);
    });
  };

  both('keeps what it takes, of several chains, and takes nothing twice', async (witness) => {
    const [heads, others] = [headsOf(5), headsOf(3, 'other.run')];
    expect(await witness.seen()).toEqual([]);
    await witness.take(heads.slice(0, 3));
    await witness.take(others);
    await witness.take(heads);
    expect(await witness.seen()).toEqual([...heads.slice(0, 3), ...others, ...heads.slice(3)]);
    expect(await new WitnessFile(file).seen()).toHaveLength(8);
  });
  both('refuses a head that does not continue its chain, and names the record', async (witness) => {
    const heads = headsOf(5);
    await witness.take(heads.slice(0, 3));
    await expect(witness.take(heads.slice(4))).rejects.toThrow(/Head 3 is missing before head 4, which signs record 12/);
    const other = headsOf(1);
    const next = signHead(
      { seq: 9, hash: 'x'.repeat(43), time: 'now' },
      { number: 2, hash: hashOfHead(other[0] as string) },
      { kid: 'k', key: keys.seal.privateKey },
    );
    await expect(witness.take([next])).rejects.toThrow(/Head 3, which signs record 9, does not follow/);
    const forged = signHead(
      { seq: 3, hash: 'x'.repeat(43), time: 'now' },
      { number: 0, hash: hashOfHead(heads[0] as string) },
      { kid: 'k', key: keys.seal.privateKey },
    );
    await expect(witness.take([forged])).rejects.toThrow(WitnessRefusal);
    await expect(witness.take(['a.b.c'])).rejects.toThrow(/not a numbered head/);
    expect(await witness.seen()).toEqual(heads.slice(0, 3));
  });
  it('with a missing, shorter or changed file is refused', async () => {
    const witness = new WitnessFile(file);
    const heads = headsOf(4);
    await witness.take(heads.slice(0, 3));
    writeFileSync(file, `${heads[0]}\n`);
    await expect(witness.take(heads.slice(3))).rejects.toThrow(/shorter than it was/);
    writeFileSync(file, `${heads[0]}\n${heads[2]}\n`);
    await expect(new WitnessFile(file).seen()).rejects.toThrow(/Line 2 of the witness file/);
    rmSync(file);
    await expect(new WitnessFile(file).seen()).rejects.toThrow(WitnessAway);
  });
  it('ignores a line that a crash cut short', async () => {
    const heads = headsOf(4);
    await new WitnessFile(file).take(heads.slice(0, 2));
    appendFileSync(file, (heads[2] as string).slice(0, 50));
    const witness = new WitnessFile(file);
    expect(await witness.seen()).toHaveLength(2);
    await witness.take(heads.slice(2));
    expect(readFileSync(file, 'utf8')).toBe(heads.map((jws) => `${jws}\n`).join(''));
  });
  it('answers only requests with its token', async () => {
    const token = join(folder, 'token');
    writeFileSync(token, 'a secret of the test\n');
    const running = command('--listen', '127.0.0.1:0', '--file', file, '--token-file', token);
    const url = await running.ready;
    await expect(new RemoteWitness(url).seen()).rejects.toThrow(/answers 401/);
    expect(await new RemoteWitness(url, token).seen()).toEqual([]);
    expect((await fetch(`${url}/heads`, { method: 'POST', headers: { Authorization: 'Bearer x' } })).status).toBe(401);
    const headers = { Authorization: 'Bearer a secret of the test' };
    expect(
      (await fetch(`${url}/heads`, { method: 'POST', body: 'x'.repeat(2 ** 21), headers }).catch(() => ({ status: 413 }))).status,
    ).toBe(413);
    expect((await fetch(`${url}/other`, { headers })).status).toBe(404);
    expect((await fetch(`${url}/heads`, { method: 'DELETE', headers })).status).toBe(405);
    await running.stop();
    await expect(new RemoteWitness(url, token).seen()).rejects.toThrow(/does not answer/);
  });
  it('is configured as a file or as a process', () => {
    const base = JSON.parse(JSON.stringify({ ...configFor({}, folder), sandbox: undefined })) as object;
    const check = (witness: object, production = false) => checkConfig({ ...base, witness }, HOME, production).witness;
    expect(check({ file: '/mnt/heads' })).toEqual({ file: '/mnt/heads' });
    expect(check({ url: 'http://10.0.0.4:9000', tokenFile: 'token' })).toMatchObject({ tokenFile: join(HOME, 'token') });
    for (const wrong of [{}, { file: 'a', url: 'https://b' }, { file: 'a', tokenFile: 'b' }, { url: 'ftp://b' }, { files: 'a' }])
      expect(() => check(wrong)).toThrow(/\/witness/);
    const { auth, ...rest } = base as { auth: object };
    const config = { ...rest, auth: { ...auth, jwksUri: 'https://issuer.example/keys' }, witness: { url: 'http://10.0.0.4:9000' } };
    expect(() => checkConfig(config, HOME, true)).toThrow(/\/witness\/url must be https/);
  });
});

describe.skipIf(ON_KAFKA)('T51 a gateway with a witness', () => {
  it('reports every head, over restarts, and its log verifies against the witness', async () => {
    const dataFolder = join(folder, 'data');
    const config = { witness: { file } };
    for (let n = 0; n < 2; n++) {
      const gateway = await openGateway({ dataFolder, config });
      await gateway.post('/v1/messages', caseOf(n), 'force');
      expect((await gateway.call('/health')).body.checks).toMatchObject({ witness: 'pass' });
      await gateway.close();
    }
    const seen = await new WitnessFile(file).seen();
    expect(seen.length).toBeGreaterThanOrEqual(4);
    const out: string[] = [];
    const io = makeIo({ INTERCHANGE_DATA: dataFolder }, (line) => out.push(line));
    expect(await runVerb(audit, ['verify', '--witness', file], io)).toBe(0);
    expect(out).toContain(`The witness saw ${seen.length} heads, and they are in the log.`);
  });
  it('continues for a time while the witness is unavailable, reports it, stops accepting, and continues when the witness is back', async () => {
    const away = join(folder, 'away');
    let clock = Date.now();
    const gateway = await openGateway({ config: { witness: { file } }, limits: { auditSeconds: 60 }, now: () => clock });
    await gateway.post('/v1/messages', caseOf(1), 'force');
    renameSync(file, away);
    clock += 11_000;
    expect((await gateway.post('/v1/messages', caseOf(2), 'force')).status).toBe(202);
    await expect.poll(async () => (await gateway.call('/health')).body).toMatchObject({ status: 'pass', checks: { witness: 'warn' } });
    clock += 61_000;
    expect((await gateway.post('/v1/messages', caseOf(3), 'force')).status).toBe(503);
    expect((await gateway.call('/v1/events', {}, 'cps')).status).toBe(503);
    expect((await gateway.call('/health')).body).toMatchObject({ status: 'fail', checks: { witness: 'fail' } });
    expect(gateway.log()).toContain('the witness of the audit log does not take its heads');
    renameSync(away, file);
    await expect.poll(async () => (await gateway.call('/health')).status, { timeout: 10_000 }).toBe(200);
    expect((await gateway.post('/v1/messages', caseOf(3), 'force')).status).toBe(202);
    await gateway.close();
  });
  it('stops at once when the witness saw another log', async () => {
    let clock = Date.now();
    const gateway = await openGateway({ config: { witness: { file } }, now: () => clock });
    await gateway.post('/v1/messages', caseOf(1), 'force');
    const [first = ''] = await new WitnessFile(file).seen();
    // Somebody else, who has the key, has made the log again.
    writeFileSync(file, `${first}\n`);
    writeFileSync(
      file,
      `${first}\n${signHead({ seq: 5, hash: 'x'.repeat(43), time: 'now' }, { number: 0, hash: hashOfHead(first) }, { kid: 'k', key: keys.seal.privateKey })}\n`,
    );
    clock += 11_000;
    await gateway.post('/v1/messages', caseOf(2), 'force');
    await expect.poll(async () => (await gateway.call('/health')).body.checks).toMatchObject({ witness: 'fail' });
    expect((await gateway.post('/v1/messages', caseOf(3), 'force')).status).toBe(503);
    await gateway.close();
  });
  it('does not start while the witness is unavailable, and leaves nothing open', async () => {
    const dataFolder = join(folder, 'data');
    mkdirSync(dataFolder);
    const config = { witness: { file: join(folder, 'nowhere') } };
    await expect(openGateway({ dataFolder, config })).rejects.toThrow(/witness file .* cannot be used \(ENOENT\)/);
    await (await openGateway({ dataFolder })).close();
  });
});
