/** The statement verifies only under the keys of the gateway that ran the suite, and only for its report. */
import { createLocalJWKSet, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { asFile, asMarkdown, levelText, type Report, reportOf } from '../../../contracts/conformance/report.ts';
import { type Statement, signStatement, verifyStatement } from '../../../contracts/conformance/statement.ts';
import { readSuite } from '../../../contracts/conformance/suite.ts';
import { type Keys, openKeys } from '../../../gateway/keys/keys.ts';
import { signCompact } from '../../../gateway/labels/seal.ts';
import { temporary } from '../../support/gateway.ts';

const suite = readSuite('consumer');
const NOW = Date.parse('2026-11-01T09:00:00Z');
const results = suite.checks.map(({ id, level, title }) => {
  const status = level < 3 ? ('passed' as const) : ('failed' as const);
  return { id, level, title, status, detail: 'It answered 200 to an event | without a seal.' };
});
const report = reportOf(suite, 'https://user:password@supplier.example/hook?key=1', new Date(NOW).toISOString(), results);
let keys: Keys;
let jws: string;
beforeAll(async () => {
  keys = await openKeys(temporary());
  jws = await signStatement(report, keys.seal, 'wessex', NOW);
});

const keySet = (of: Keys) => createLocalJWKSet({ keys: of.sealKeys.map(({ jwk }) => jwk) });
const verify = (text = asFile(report), of = keys, statement = jws) => verifyStatement(statement, keySet(of), text);

describe('the report', () => {
  it('names the level, and only the origin of the target', () => {
    expect(report).toMatchObject({ level: 2, name: 'Authenticates', target: 'https://supplier.example', as: 'consumer' });
    expect(levelText(report, suite)).toBe('Level 2 of 3: Authenticates');
    expect(asFile(report)).not.toMatch(/password|hook|key=1/);
  });
  it('is a table with one row for each check', () => {
    const text = asMarkdown(report, suite);
    expect(text.startsWith('# Level 2 of 3: Authenticates\n')).toBe(true);
    for (const { id, title, source } of suite.checks) {
      const row = text.split('\n').find((line) => line.includes(`(\`${id}\`)`)) ?? '';
      expect(row.replaceAll('\\|', '').split('|')).toEqual([
        '',
        expect.any(String),
        ` ${title} (\`${id}\`) `,
        expect.any(String),
        ` ${source} `,
        '',
      ]);
    }
  });
  it('says that no level was reached', () => {
    const none = reportOf(suite, 'http://127.0.0.1', '', []);
    expect([none.level, none.name, levelText(none, suite)]).toEqual([0, '', 'No level of 3 reached']);
    expect(asMarkdown(none, suite)).toMatch(/^# No level of 3 reached\n\nA consumer/);
  });
});

describe('the statement', () => {
  it('verifies, and says who ran which suite, when and against what, and the result', async () => {
    expect(await verify()).toEqual({
      iss: 'wessex',
      iat: NOW / 1000,
      target: 'https://supplier.example',
      as: 'consumer',
      suite: 'consumer',
      version: suite.version,
      level: 2,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    } satisfies Record<keyof Statement, unknown>);
  });
  it('does not verify for a changed report', async () => {
    const better: Report = { ...report, level: 3 };
    for (const text of [asFile(better), `${asFile(report)} `, ''])
      expect(await verify(text)).toEqual({ reason: 'The report is not the one that was signed' });
  });
  it('does not verify under the keys of another gateway', async () => {
    expect(await verify(asFile(report), await openKeys(temporary()))).toMatchObject({ reason: expect.stringContaining('not among those') });
  });
  it('does not verify after a changed character', async () => {
    const [header = '', payload = '', signature = ''] = jws.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const lied = Buffer.from(JSON.stringify({ ...claims, level: 3 })).toString('base64url');
    for (const forged of [`${header}.${lied}.${signature}`, `${header}.${payload}.`, `${header}.${payload}`, '', 'x.y.z'])
      expect([forged, await verify(asFile(report), keys, forged)]).toEqual([forged, { reason: expect.any(String) }]);
  });
  it('is not interchangeable with a seal or another token of the same key', async () => {
    const payload = Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString();
    const sealKey = { kid: keys.seal.kid, key: keys.seal.privateKey };
    for (const typ of ['seal+sd-jwt', 'at+jwt', 'JWT'])
      expect([typ, await verify(asFile(report), keys, signCompact(payload, typ, sealKey))]).toEqual([typ, { reason: expect.any(String) }]);
    expect(await verify(asFile(report), keys, signCompact(payload, 'conformance+jwt', sealKey))).toHaveProperty('level');
  });
  it('must be complete', async () => {
    const short = await new SignJWT({ target: 'https://supplier.example' })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'conformance+jwt', kid: keys.seal.kid })
      .sign(keys.seal.privateKey);
    expect(await verify(asFile(report), keys, short)).toEqual({ reason: expect.any(String) });
  });
});
