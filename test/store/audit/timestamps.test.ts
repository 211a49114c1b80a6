/** T51: an authority’s timestamps (RFC 3161) of the heads of the audit log, with a real authority made with OpenSSL. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openEmbeddedBus } from '../../../gateway/bus/embedded/embedded-bus.ts';
import { verb as audit } from '../../../gateway/cli/audit.ts';
import { verb as doctor } from '../../../gateway/cli/doctor.ts';
import { type ExitCode, runVerb, type Verb } from '../../../gateway/cli/verb.ts';
import { checkConfig, HOME } from '../../../gateway/config.ts';
import { openKeys } from '../../../gateway/keys/keys.ts';
import { hashOfHead } from '../../../gateway/store/audit/audit-head.ts';
import { Journal } from '../../../gateway/store/journal.ts';
import { AUDIT_HEADS, type AuditEntry } from '../../../gateway/wire/streams.ts';
import { readLog, rehash, resign, signedBy, writeLog } from '../../support/forger.ts';
import { busEnvironment, caseOf, configFor, ON_KAFKA, openGateway, type TestGateway, temporary } from '../../support/gateway.ts';
import { makeIo } from '../../support/io.ts';
import { type Authority, AuthorityKeys, openAuthority } from '../../support/timestamp-authority.ts';

const place = temporary();
let wessex: AuthorityKeys;
let mercia: AuthorityKeys;
beforeAll(() => {
  wessex = new AuthorityKeys(join(place, 'wessex'), 'Wessex');
  mercia = new AuthorityKeys(join(place, 'mercia'), 'Mercia');
}, 60_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Runs a verb on a data folder. */
async function interchange(
  verb: Verb,
  words: readonly string[],
  dataFolder: string,
  env: object = {},
): Promise<{ code: ExitCode; text: string }> {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const io = makeIo({ INTERCHANGE_DATA: dataFolder, ...busEnvironment(dataFolder), ...env }, write);
  return { code: await runVerb(verb, words, io), text: lines.join('\n') };
}

describe('T51 a gateway with a timestamp authority', () => {
  let authority: Authority;
  let folder: string;
  beforeEach(async () => {
    authority = await openAuthority(wessex);
    folder = join(temporary(), 'data');
  });
  afterEach(async () => {
    await authority.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const open = (more: object = {}): Promise<TestGateway> =>
    openGateway({
      dataFolder: folder,
      config: { timestamps: { url: authority.url, certificatesFile: wessex.rootFile, seconds: 1, ...more } },
    });
  const timestampsOf = async (gateway: TestGateway) =>
    (await gateway.audit()).flatMap((record) => (record.timestamp === undefined ? [] : [{ ...record, ...record.timestamp }]));

  it('has timestamps in its audit log, which audit verify and OpenSSL check', async () => {
    for (let n = 0; n < 2; n++) {
      const gateway = await open();
      await gateway.post('/v1/messages', caseOf(n), 'force');
      await expect.poll(async () => (await timestampsOf(gateway)).length, { timeout: 10_000 }).toBeGreaterThan(n);
      expect((await gateway.call('/health')).body.checks).toMatchObject({ timestamps: 'pass' });
      await gateway.close();
    }
    const { code, text } = await interchange(audit, ['verify', '--authority', wessex.rootFile], folder);
    expect(text).toMatch(/^\d+ timestamps, from \S+Z to \S+Z: records up to \d+ were there at that time\.$/m);
    expect(code).toBe(0);
    const other = await interchange(audit, ['verify', '--authority', mercia.rootFile], folder);
    expect(other.text).toMatch(/no trusted authority signed it/);
    expect(other.code).toBe(1);
    const unchecked = await interchange(audit, ['verify'], folder);
    expect(unchecked.text).toMatch(/Who signed the \d+ timestamps was not checked/);
    expect(unchecked.code).toBe(0);
    if (ON_KAFKA) return;
    const { records, heads } = readLog(folder);
    const { timestamp } = records.find((record) => record.timestamp !== undefined) ?? {};
    writeFileSync(join(place, 'kept.der'), Buffer.from(timestamp?.token ?? '', 'base64'));
    const digest = Buffer.from(hashOfHead(heads[timestamp?.head ?? 0] ?? ''), 'base64url').toString('hex');
    const words = ['ts', '-verify', '-digest', digest, '-in', 'kept.der', '-token_in', '-CAfile', wessex.rootFile];
    expect(execFileSync('openssl', words, { cwd: place, stdio: ['ignore', 'pipe', 'ignore'] }).toString()).toContain('Verification: OK');
  }, 60_000);
  it('continues while the authority is unavailable, reports it, asks again, and stores the next timestamp', async () => {
    const give = authority.answer;
    authority.answer = (_, response) => response.destroy();
    const gateway = await open();
    await expect
      .poll(async () => (await gateway.call('/health')).body, { timeout: 10_000 })
      .toMatchObject({ status: 'pass', checks: { timestamps: 'warn' } });
    expect((await gateway.post('/v1/messages', caseOf(1), 'force')).status).toBe(202);
    expect((await gateway.call('/v1/events', {}, 'cps')).body.events).toHaveLength(1);
    expect(gateway.log()).toContain('the audit log gets no timestamp: the gateway goes on and asks again');
    const metrics = async () => (await gateway.call('/metrics', {}, 'monitoring')).text;
    expect(await metrics()).toMatch(/interchange_timestamps_failed [1-9]/);
    authority.answer = give;
    await expect.poll(async () => (await gateway.call('/health')).body.checks, { timeout: 10_000 }).toMatchObject({ timestamps: 'pass' });
    expect(await metrics()).toMatch(/interchange_timestamps_taken [1-9]/);
    expect((await timestampsOf(gateway)).length).toBeGreaterThan(0);
    await gateway.close();
  });
  it('stops at once while the authority does not answer', async () => {
    authority.answer = () => undefined;
    const gateway = await open();
    await expect.poll(() => authority.requests).toBe(1);
    const before = performance.now();
    await gateway.close();
    expect(performance.now() - before).toBeLessThan(5000);
    expect((await interchange(audit, ['verify', '--authority', wessex.rootFile], folder)).text).toContain('No signed head has a timestamp');
  });
  it('does not start without the certificates of the authority, and doctor reports it', async () => {
    await expect(open({ certificatesFile: join(place, 'nowhere.pem') })).rejects.toThrow(
      /certificates of the timestamp authority .*ENOENT/,
    );
    await expect(open({ certificatesFile: join(HOME, 'package.json') })).rejects.toThrow(/package\.json is not PEM/);
    const file = join(place, 'config.json');
    const base = JSON.parse(JSON.stringify({ ...configFor({}, folder), sandbox: undefined })) as object;
    const check = (timestamps: object) => checkConfig({ ...base, timestamps }, place, false).timestamps;
    expect(check({ url: 'http://tsa.example/tsr?x=1', certificatesFile: 'root.pem' })).toMatchObject({
      certificatesFile: join(place, 'root.pem'),
    });
    for (const wrong of [
      {},
      { url: 'ftp://tsa.example', certificatesFile: 'a' },
      { url: 'http://u@tsa.example', certificatesFile: 'a' },
      { url: 'http://tsa.example' },
    ])
      expect(() => check(wrong)).toThrow(/\/timestamps/);
    writeFileSync(file, JSON.stringify({ ...base, port: 0, timestamps: { url: authority.url, certificatesFile: 'nowhere.pem' } }));
    const found = await interchange(doctor, [], folder, { INTERCHANGE_CONFIG: file });
    expect(found.text).toMatch(/FAIL {2}Timestamps: .*nowhere\.pem/);
  });
});

/** Writes a log of which a test decides each record, timestamp and time. */
interface Writer {
  /** A record, and with it a signed head. */
  record(time: number): Promise<void>;
  /** A timestamp of a head. */
  timestamp(head: number, token: Buffer, time: number): Promise<void>;
  /** The digest of a head. */
  digest(head: number): Promise<Buffer>;
}

async function written(folder: string, write: (writer: Writer) => Promise<void>): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { seal, everSealed, secretName } = await openKeys(join(folder, 'keys'));
  const bus = openEmbeddedBus({ file: join(folder, 'bus.sqlite') });
  let clock = 0;
  const journal = await Journal.open({
    bus,
    keys: everSealed,
    secret: secretName,
    now: () => clock,
    onCommitted: () => undefined,
    key: () => ({ kid: seal.kid, key: seal.privateKey }),
  });
  const commit = async (time: number, entry: Pick<AuditEntry, 'action' | 'who' | 'timestamp'>) => {
    clock = time;
    await journal.commit([], [{ ...entry, decision: 'none', policy: 'p/1' }]);
  };
  await write({
    record: (time) => commit(time, { action: 'consultation', who: 'reader' }),
    timestamp: (head, token, time) =>
      commit(time, { action: 'timestamp', who: 'gateway', timestamp: { head, token: token.toString('base64') } }),
    digest: async (head) => {
      const [record] = await bus.read(AUDIT_HEADS, 0, head, 1);
      return Buffer.from(hashOfHead(Buffer.from(record?.value ?? '').toString()), 'base64url');
    },
  });
  await journal.close({ action: 'stop', who: 'gateway', decision: 'none', policy: 'p/1' });
  await bus.close();
}

describe.skipIf(ON_KAFKA)('T51 timestamps in the audit log', () => {
  const SECONDS_11 = 11_000;
  /** Eight records with a head each, and timestamps of the heads 2 and 5 in the records 3 and 7. */
  async function sound(writer: Writer, tokens: { readonly second?: (digest: Buffer) => Buffer } = {}): Promise<void> {
    let time = Date.now() - 100_000;
    for (let n = 0; n < 3; n++) await writer.record((time += SECONDS_11));
    await writer.timestamp(2, wessex.token(await writer.digest(2)), time + 1000);
    for (let n = 0; n < 3; n++) await writer.record((time += SECONDS_11));
    const digest = await writer.digest(5);
    await writer.timestamp(5, tokens.second?.(digest) ?? wessex.token(digest), time + 1000);
    await writer.record((time += SECONDS_11));
  }
  const verify = (folder: string) => interchange(audit, ['verify', '--authority', wessex.rootFile], folder);
  const started = (dataFolder: string): Promise<string> =>
    openGateway({ dataFolder, config: { timestamps: { url: 'http://127.0.0.1:1/', certificatesFile: wessex.rootFile } } }).then(
      async (gateway) => {
        await gateway.close();
        return 'started';
      },
      (error: Error) => error.message,
    );

  it('verify unchanged, and show which records existed at which time', async () => {
    const folder = join(temporary(), 'data');
    await written(folder, sound);
    const { code, text } = await verify(folder);
    expect(text).toMatch(/^2 timestamps, from \S+ to \S+: records up to 6 were there at that time\.$/m);
    expect(code).toBe(0);
    expect(await started(folder)).toBe('started');
  });

  /** What was done, what the reason says, and the first bad record. None of it needs a witness. */
  const attacks: readonly (readonly [string, (folder: string) => Promise<void>, RegExp, (folder: string) => number])[] = [
    [
      'everything is forged and signed again with the key of the deployment',
      async (folder) => {
        await written(folder, sound);
        const log = readLog(folder);
        const records = rehash(log.records.map((record) => (record.who === 'reader' ? { ...record, who: 'nobody' } : record)));
        writeLog(folder, { records, heads: await resign({ ...log, records }, join(folder, 'keys')) });
      },
      /Signed head 2 is not the one that an authority saw/,
      () => 2,
    ],
    [
      'the second half is forged and signed again with the key of the deployment',
      async (folder) => {
        await written(folder, sound);
        const log = readLog(folder);
        const records = rehash(
          log.records.map((record, n) => (n === 5 ? { ...record, who: 'nobody' } : record)),
          5,
        );
        writeLog(folder, { records, heads: await resign({ ...log, records }, join(folder, 'keys'), 4) });
      },
      /Signed head 5 is not the one that an authority saw/,
      (folder) => signedBy(readLog(folder).heads[4] as string) + 1,
    ],
    [
      'heads are deleted, one with a timestamp among them',
      async (folder) => {
        await written(folder, sound);
        const log = readLog(folder);
        writeLog(folder, { records: log.records.slice(0, -1), heads: log.heads.slice(0, 5) });
      },
      /The log is cut: an authority saw signed head 5/,
      (folder) => signedBy(readLog(folder).heads[4] as string) + 1,
    ],
    [
      'a token is of another authority',
      (folder) => written(folder, (writer) => sound(writer, { second: (digest) => mercia.token(digest) })),
      /timestamp of signed head 5 .* no trusted authority signed it/,
      () => 7,
    ],
    [
      'a token is of something else',
      (folder) => written(folder, (writer) => sound(writer, { second: () => wessex.token(digestOf('x')) })),
      /Signed head 5 is not the one/,
      () => 6,
    ],
    [
      'a token is none',
      (folder) => written(folder, (writer) => sound(writer, { second: () => Buffer.from('none') })),
      /timestamp of signed head 5 .* not a token of RFC 3161/,
      () => 7,
    ],
    [
      'a timestamp is of a head that is still to come',
      (folder) =>
        written(folder, async (writer) => {
          await writer.record(Date.now());
          await writer.timestamp(9, wessex.token(digestOf('x')), Date.now());
        }),
      /The log is cut: an authority saw signed head 9/,
      () => 1,
    ],
    [
      'records of an hour ago get a timestamp of today',
      (folder) =>
        written(folder, async (writer) => {
          const hourAgo = Date.now() - 3_600_000;
          await writer.record(hourAgo);
          await writer.timestamp(0, wessex.token(await writer.digest(0)), hourAgo + 1000);
        }),
      /timestamp of signed head 0 .* and its record of /,
      () => 1,
    ],
    [
      'a head says that it was signed after its timestamp',
      (folder) =>
        written(folder, async (writer) => {
          await writer.record(Date.now() + 600_000);
          await writer.timestamp(0, wessex.token(await writer.digest(0)), Date.now());
        }),
      /timestamp of signed head 0 .* the head says that it was signed at /,
      () => 1,
    ],
    [
      'a later head has an earlier timestamp',
      (folder) =>
        written(folder, async (writer) => {
          const time = Date.now();
          await writer.record(time);
          await writer.record(time + SECONDS_11);
          const later = wessex.token(await writer.digest(1));
          await writer.timestamp(0, wessex.token(await writer.digest(0)), time + 12_000);
          await writer.timestamp(1, later, time + 13_000);
        }),
      /timestamp of signed head 1 .* and the one before it of /,
      () => 3,
    ],
  ];
  it.each(attacks)('show, in audit verify and at the start, that %s', async (_, attack, reason, bad) => {
    const folder = join(temporary(), 'data');
    await attack(folder);
    const { code, text } = await verify(folder);
    expect(text).toMatch(reason);
    expect(text).toContain(`First bad record: ${bad(folder)}.`);
    expect(code).toBe(1);
    const message = await started(folder);
    expect(message).toMatch(reason);
    expect(message).toContain(`First bad record: ${bad(folder)}.`);
    rmSync(folder, { recursive: true });
  });
  it('that a holder of the key removed are not noticed without a witness, but their absence is reported', async () => {
    const folder = join(temporary(), 'data');
    await written(folder, sound);
    const log = readLog(folder);
    const records = rehash(
      log.records.map(({ timestamp, ...record }) =>
        timestamp === undefined ? record : { ...record, action: 'consultation', who: 'reader' },
      ),
    );
    writeLog(folder, { records, heads: await resign({ ...log, records }, join(folder, 'keys')) });
    const { code, text } = await verify(folder);
    expect(text).toContain('Note: No signed head has a timestamp.');
    expect(code).toBe(0);
    rmSync(folder, { recursive: true });
  });
});
