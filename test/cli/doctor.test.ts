/** `interchange doctor`, next to a running gateway and with faults. */
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verb as doctor } from '../../gateway/cli/doctor.ts';
import { rotateSealKey } from '../../gateway/keys/keys.ts';
import { type Certificate, openAuthority } from '../support/client-certificates.ts';
import { caseOf, openGateway, type TestGateway } from '../support/gateway.ts';
import { interchange } from '../support/interchange.ts';
import { keysOf, makeKey, openIssuer } from '../support/issuer.ts';

const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
let gateway: TestGateway;
let port = '';
let other: Server;
let otherPort = '';
beforeAll(async () => {
  gateway = await openGateway({ dataFolder: join(folder, 'data') });
  ({ port } = new URL(gateway.url));
  other = createServer((_request, response) => response.end('<p>Not a gateway</p>'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  otherPort = String((other.address() as AddressInfo).port);
});
afterAll(async () => {
  await gateway.close();
  other.close();
  rmSync(folder, { recursive: true });
});

const configured = (change: object): string => {
  const file = join(folder, 'changed.config.json');
  writeFileSync(file, JSON.stringify({ ...gateway.config, ...change }));
  return file;
};

describe('doctor, next to a running gateway', () => {
  it('reports no fault, and the gateway continues', async () => {
    const found = await interchange(doctor, [], gateway.folder, { INTERCHANGE_PORT: port });
    expect(found.text).toMatch(/ok {4}Gateway: http:\/\/127\.0\.0\.1:\d+ answers: version/);
    expect(found).toMatchObject({ code: 0, text: expect.stringContaining('the gateway has the keys of this folder') });
    expect((await gateway.post('/v1/messages', caseOf(1), 'force')).status).toBe(202);
  });
  it('checks the gateway that INTERCHANGE_URL names', async () => {
    expect(await interchange(doctor, [], join(folder, 'elsewhere'), { INTERCHANGE_URL: `${gateway.url}/` })).toMatchObject({
      code: 0,
      text: expect.stringContaining(`${gateway.url} answers`),
    });
    expect(await interchange(doctor, [], gateway.folder, { INTERCHANGE_URL: 'http://127.0.0.1:9' })).toMatchObject({
      code: 1,
      text: expect.stringContaining('FAIL  Gateway: There is no answer from http://127.0.0.1:9'),
    });
  });
  it('reports another program at the address', async () => {
    expect(await interchange(doctor, [], gateway.folder, { INTERCHANGE_URL: `http://127.0.0.1:${otherPort}` })).toMatchObject({
      code: 1,
      text: expect.stringMatching(/FAIL {2}Gateway: What answers at \S+ is not a gateway/),
    });
    expect(await interchange(doctor, [], gateway.folder, { INTERCHANGE_PORT: otherPort })).toMatchObject({
      code: 1,
      text: expect.stringContaining('in use, and not by a gateway'),
    });
  });
  it('reports a gateway with other keys than this folder', async () => {
    const kid = await rotateSealKey(join(gateway.folder, 'keys'));
    expect(await interchange(doctor, [], gateway.folder, { INTERCHANGE_PORT: port })).toMatchObject({
      code: 1,
      text: expect.stringMatching(/FAIL {2}Keys of the gateway: .*does not publish the key/),
    });
    await gateway.gateway.reloadKeys();
    expect(await interchange(doctor, [], gateway.folder, { INTERCHANGE_PORT: port })).toMatchObject({ code: 0 });
    expect(kid).not.toBe('');
  });
  it('reports which health check fails', async () => {
    const ill = createServer((request, response) => {
      const answers: Record<string, object> = {
        '/info': { name: 'justice-interchange', version: '1' },
        '/health': { status: 'fail', checks: { bus: 'fail', view: 'pass' } },
      };
      response.writeHead(503, { 'Content-Type': 'application/json' }).end(JSON.stringify(answers[request.url ?? ''] ?? {}));
    });
    await new Promise<void>((resolve) => ill.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(ill.address() as AddressInfo).port}`;
    expect(await interchange(doctor, ['--url', url], gateway.folder)).toMatchObject({
      code: 1,
      text: expect.stringContaining(`The gateway at ${url} answers, and fails: bus`),
    });
    ill.close();
  });
});

describe('doctor, for an installation', () => {
  it('fetches the keys of the issuer', async () => {
    const { jwk } = await makeKey('one');
    const issuer = await openIssuer(keysOf([jwk]));
    const auth = { ...gateway.config.auth, jwksUri: issuer.url };
    const ask = () =>
      interchange(doctor, [], gateway.folder, {
        INTERCHANGE_CONFIG: configured({ auth, console: undefined } as object),
        INTERCHANGE_PORT: '0',
      });
    try {
      expect(await ask()).toMatchObject({ code: 0, text: expect.stringContaining(`1 keys at ${issuer.url}`) });
      const x5c = [new X509Certificate(openAuthority(folder, 'issuer').root.certificate).raw.toString('base64')];
      issuer.answer = keysOf([{ ...jwk, x5c }]);
      expect(await ask()).toMatchObject({ code: 0, text: expect.stringContaining(', the certificates of their keys until 20') });
      issuer.answer = keysOf([]);
      expect(await ask()).toMatchObject({ code: 1, text: expect.stringContaining('FAIL  Issuer: The issuer publishes no key') });
      issuer.answer = (_request, response) => void response.writeHead(500).end();
      expect(await ask()).toMatchObject({ code: 1, text: expect.stringMatching(/FAIL {2}Issuer: .*it answers 500/) });
    } finally {
      await issuer.close();
    }
    expect(await ask()).toMatchObject({ code: 1, text: expect.stringMatching(/FAIL {2}Issuer: .*it does not answer/) });
  });
  it('says when certificates and keys end, and fails for one that has ended', async () => {
    const authority = openAuthority(folder);
    const settings = ({ certificateFile, keyFile }: Certificate) => ({
      port: 0,
      services: { cjse: '/cjse' },
      tls: { certificateFile, keyFile, clientCaFile: authority.root.certificateFile, clientSubject: { CN: 'records' } },
    });
    const ask = (certificate: Certificate) => {
      const transports = [{ name: 'endpoint', kind: 'soap', client: 'wessex.police.records', settings: settings(certificate) }];
      return interchange(doctor, [], gateway.folder, { INTERCHANGE_CONFIG: configured({ transports }), INTERCHANGE_PORT: '0' });
    };
    const found = await ask(authority.issue('holds', '/CN=holds', 90));
    expect(found.text).toMatch(/ok {4}Certificates and keys: Certificate of the listener \(endpoint\): until 20.*Key that seals: since 20/);
    expect(found.code).toBe(0);
    const ended = await ask(authority.issue('ended', '/CN=ended', 0));
    expect(ended.text).toMatch(/FAIL {2}Certificates and keys: Certificate of the listener \(endpoint\): ended 20\S+\n/);
    expect(ended.code).toBe(1);
  });
  it('reports an adapter for an unpublished standard', async () => {
    const file = join(folder, 'stranger.mjs');
    writeFileSync(
      file,
      `export default { id: 'stranger', version: '1.0.0', title: 'Stranger', mediaTypes: [], standards: ['case.registered', 'case.imagined'], detect: () => 0, decode: () => ({ ok: false, refusals: [] }) };`,
    );
    const env = { INTERCHANGE_CONFIG: configured({ adapters: [file] }), INTERCHANGE_PORT: '0' };
    const { code, text } = await interchange(doctor, [], gateway.folder, env);
    expect(text).toContain('FAIL  Adapters: stranger names case.imagined: no published standard has that name');
    expect(code).toBe(1);
  });
  it('makes no keys', async () => {
    const empty = join(folder, 'nothing');
    expect((await interchange(doctor, [], empty, { INTERCHANGE_PORT: '0' })).text).toContain('Keys: will be made at the first start');
    expect((await interchange(doctor, [], empty, { INTERCHANGE_PORT: '0' })).text).toContain('Keys: will be made at the first start');
  });
});
