/** Mutual TLS: whose a request is, by its client certificate. */
import { rmSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../../gateway/main.ts';
import { isOfClient } from '../../../gateway/transports/soap/authentication.ts';
import { type Certificate, openAuthority } from '../../support/client-certificates.ts';
import { caseOf, configFor, openGateway, type TestGateway, temporary } from '../../support/gateway.ts';
import { ACTIONS, checkSoapAnswer, envelope11, submitBody, textIn } from '../../support/soap.ts';

const CLIENT = 'wessex.police.records';
const folder = temporary();
const MOST_CONNECTIONS = 6;
const authority = openAuthority(folder);
const another = openAuthority(folder, 'another');
const server = authority.issue('server', '/CN=localhost', 365);
const client = authority.issue('client', '/O=Wessex Police/CN=records');
const colleague = authority.issue('colleague', '/O=Wessex Police/CN=custody');
const stranger = another.issue('stranger', '/O=Wessex Police/CN=records');
let gateway: TestGateway;

const tls = { certificateFile: server.certificateFile, keyFile: server.keyFile, clientCaFile: authority.root.certificateFile };
const transport = (name: string, more: object) => ({
  name,
  kind: 'soap',
  client: CLIENT,
  settings: { port: 0, services: { cjse: '/cjse' }, tls: { ...tls, ...more } },
});

beforeAll(async () => {
  gateway = await openGateway({
    limits: { connectionsPerAddress: MOST_CONNECTIONS },
    config: {
      transports: [
        transport('fingerprint', { clientFingerprints: [client.fingerprint] }),
        transport('subject', { clientSubject: { O: 'Wessex Police', CN: 'records' } }),
      ],
    },
  });
}, 60_000);
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

interface TlsAnswer {
  readonly status: number;
  readonly text: string;
  readonly fault: string | undefined;
}

function send(name: string, certificate?: Certificate, headers: Record<string, string> = {}): Promise<TlsAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<TlsAnswer>();
  const url = gateway.gateway.transports.get(name)?.transport.addresses[0] ?? '';
  const request = httpsRequest(
    url,
    {
      method: 'POST',
      agent: false,
      ca: authority.root.certificate,
      ...(certificate === undefined ? {} : { cert: certificate.certificate, key: certificate.key }),
      headers: { 'Content-Type': 'text/xml', SOAPAction: ACTIONS.submit, ...headers },
    },
    async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      const status = response.statusCode ?? 0;
      resolve({ status, text, fault: checkSoapAnswer('cjse', status, text) });
    },
  );
  request.on('error', reject);
  request.end(envelope11(submitBody(caseOf(1))));
  return promise;
}

describe.each(['fingerprint', 'subject'])('T62 a client identified by the %s of its certificate', (name) => {
  it('is recognised', async () => {
    const { status, text } = await send(name, client);
    expect([status, textIn(text, 'ResponseCode')]).toEqual([200, '202']);
  });
  it.each([
    ['without a certificate', undefined, 'not-authenticated', 401],
    ['with a certificate of another authority', stranger, 'not-authenticated', 401],
    ['with the certificate of another client', colleague, 'not-allowed', 403],
  ] as const)('is not recognised %s', async (_, certificate, fault, status) => {
    expect(await send(name, certificate)).toMatchObject({ fault, status });
  });
  it('cannot use a token instead of the certificate', async () => {
    const headers = { Authorization: `Bearer ${await gateway.token('force')}` };
    expect(await send(name, undefined, headers)).toMatchObject({ fault: 'not-authenticated' });
  });
});

describe('T50 a client that opens encrypted connections and sends nothing', () => {
  const port = () => Number(new URL(gateway.gateway.transports.get('subject')?.transport.addresses[0] ?? '').port);
  const idle = (): readonly Socket[] =>
    Array.from({ length: 3 * MOST_CONNECTIONS }, () => connect(port(), '127.0.0.1').on('error', () => undefined));

  it('blocks nobody, and ends no request in progress', async () => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const headers = { 'Content-Type': 'text/xml', SOAPAction: ACTIONS.submit };
    const call = httpsRequest(
      gateway.gateway.transports.get('subject')?.transport.addresses[0] ?? '',
      { method: 'POST', agent: false, ca: authority.root.certificate, cert: client.certificate, key: client.key, headers },
      (response) => resolve(response.resume().statusCode ?? 0),
    );
    call.on('error', reject);
    const request = envelope11(submitBody(caseOf(2)));
    call.write(request.slice(0, 100));
    await expect.poll(() => call.socket?.bytesWritten ?? 0).toBeGreaterThan(100);
    const sockets = idle();
    await expect.poll(() => sockets.filter(({ destroyed }) => destroyed).length).toBeGreaterThan(MOST_CONNECTIONS);
    expect(await send('subject', client)).toMatchObject({ status: 200 });
    call.end(request.slice(100));
    expect(await promise).toBe(200);
    for (const socket of sockets) socket.destroy();
  });
});

it('a certificate that ends soon gives a warning, and a file without one stops the start', async () => {
  const dataFolder = temporary();
  const soon = authority.issue('soon', '/CN=localhost', 20);
  const settings = (certificateFile: string) =>
    transport('soon', { certificateFile, keyFile: soon.keyFile, clientFingerprints: [client.fingerprint] });
  const another = await openGateway({ dataFolder, config: { transports: [settings(soon.certificateFile)] as never } });
  expect((await another.call('/health')).body.checks.transports).toBe('warn');
  await another.close();
  const wrong = openGateway({ dataFolder, config: { transports: [settings(soon.keyFile)] as never } });
  await expect(wrong).rejects.toThrow(/holds no certificate/);
  rmSync(dataFolder, { recursive: true, force: true });
});

describe('T62 a certificate', () => {
  const subject = { O: 'Wessex Police', CN: 'records' };
  const given = (holder: object) => ({ subject: holder, fingerprint256: client.fingerprint }) as never;
  it('belongs to the client where it has everything that the settings name', () => {
    const named = { clientFingerprints: [client.fingerprint.replaceAll(':', '').toLowerCase()], clientSubject: subject };
    expect(isOfClient(named, given({ ...subject, OU: 'more' }))).toBe(true);
    expect(isOfClient(named, given({ CN: 'records' }))).toBe(false);
    expect(isOfClient({ ...named, clientFingerprints: [server.fingerprint] }, given(subject))).toBe(false);
  });
  it('with a duplicate part in its subject belongs to nobody', () => {
    expect(isOfClient({ clientSubject: { CN: 'records' } }, given({ CN: ['custody', 'records'] }))).toBe(false);
  });
  it('belongs to nobody where the settings name none, or it is not a certificate', () => {
    expect(isOfClient({}, given(subject))).toBe(false);
    expect(isOfClient({ clientSubject: { CN: 'records' } }, {})).toBe(false);
    expect(isOfClient({ clientSubject: { constructor: 'x' } }, given({}))).toBe(false);
  });
});

describe('T62 an unencrypted listener', () => {
  const start = (settings: object, production: boolean) => {
    const dataFolder = temporary();
    const config = {
      ...configFor({}, dataFolder),
      transports: [
        { name: 'open', kind: 'soap', client: CLIENT, settings: { port: 0, services: { cjse: '/cjse' }, ...settings } as never },
      ],
      auth: { issuer: 'https://issuer.example', audience: 'x', jwksUri: 'https://127.0.0.1:1/jwks' },
    };
    return startGateway({ config, production, logTo: { write: () => undefined } }).finally(() =>
      rmSync(dataFolder, { recursive: true, force: true }),
    );
  };
  it('does not open in production', async () => {
    await expect(start({ host: '0.0.0.0' }, true)).rejects.toThrow(/needs tls/);
  });
  it('opens in development, and in production on an address of this machine', async () => {
    await (await start({ host: '0.0.0.0' }, false)).close();
    await (await start({ host: '127.0.0.1' }, true)).close();
  });
  it('does not open where certificates are required and none is configured', async () => {
    await expect(start({ tls }, false)).rejects.toThrow(/clientFingerprints|clientSubject|required|anyOf/);
  });
});
