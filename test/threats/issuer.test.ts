/**
 * T31, T53: the issuer of access tokens is another machine. Whatever it answers, valid tokens are never called invalid, and no others
 * are accepted.
 */
import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IssuerUnavailable, secondsAllowed } from '../../gateway/transports/http/fetch-keys.ts';
import { IssuerKeys } from '../../gateway/transports/http/issuer-keys.ts';
import { type Answer, openGateway, type Setup, type TestGateway } from '../support/gateway.ts';
import { type IssuerKey, keysOf, makeKey, openIssuer, signToken, type TestIssuer } from '../support/issuer.ts';

const AUTH = { issuer: 'https://issuer.wessex.example', audience: 'justice-interchange' };
let [key, other] = [] as unknown as [IssuerKey, IssuerKey];
let issuer: TestIssuer;
beforeAll(async () => {
  [key, other] = await Promise.all([makeKey('first'), makeKey('second')]);
  issuer = await openIssuer(keysOf([key.jwk]));
});
afterAll(() => issuer.close());

/** Keys hold for two seconds, so that a minute need not be waited for. */
const openWith = (setup: Setup = {}, keysSeconds = 2): Promise<TestGateway> =>
  openGateway({ ...setup, config: { auth: { ...AUTH, jwksUri: issuer.url, keysSeconds }, ...setup.config } });
const read = async (gateway: TestGateway, token: string | Promise<string>): Promise<Answer> =>
  gateway.call('/v1/events', { headers: { Authorization: `Bearer ${await token}` } });
/** Asks until it holds: what must come to be within a time. */
async function within(milliseconds: number, holds: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + milliseconds;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`It did not come to be within ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const chunk = Buffer.alloc(1024 * 1024, ' ');
const endless: RequestListener = (_request, response) => {
  let left = 400;
  const more = () => {
    while (left-- > 0) if (!response.write(chunk)) return;
    response.end('{"keys":[]}');
  };
  response.on('drain', more);
  more();
};
const slow: RequestListener = (_request, response) => {
  response.write('{"keys":');
  const drip = setInterval(() => response.write(' '), 200);
  response.once('close', () => clearInterval(drip));
};

describe('T31 an issuer that', () => {
  const faults: readonly (readonly [string, RequestListener, RegExp])[] = [
    ['answers 500', (_, response) => void response.writeHead(500).end('broken'), /it answers 500/],
    ['answers slowly', slow, /did not answer within 5 seconds/],
    ['redirects', (request, response) => void response.writeHead(302, { Location: `${request.url}-elsewhere` }).end(), /a redirect/],
    ['answers 400 MB', endless, /larger than 262144 bytes/],
    ['answers with a page', (_, response) => void response.end('<html>'), /not JSON/],
    ['answers with something else', (_, response) => void response.end('[1]'), /not a JWK set/],
    ['answers with nothing', (_, response) => void response.end('null'), /not a JWK set/],
    ['answers with a thousand keys', keysOf(Array.from({ length: 1000 }, () => ({}))), /more than 100 keys/],
    ['breaks the connection', (request) => void request.socket.destroy(), /does not answer/],
  ];
  it.each(faults)(
    '%s: a token that may be valid gets 503, health and log say why, and it passes when the issuer is back',
    async (_, fault, reason) => {
      issuer.answer = fault;
      const [before, asked] = [issuer.written(), issuer.asked.length];
      const gateway = await openWith();
      try {
        const token = await signToken(key, AUTH);
        const refused = await read(gateway, token);
        expect(refused.status).toBe(503);
        expect(refused.headers.get('Retry-After')).toBe('5');
        expect(refused.body.detail).toBe('The issuer of access tokens cannot be asked now');
        expect((await gateway.call('/v1/events')).status).toBe(401);
        const { status, body } = await gateway.call('/health');
        expect([status, body.checks.issuer]).toEqual([503, 'fail']);
        expect(gateway.log()).toMatch(reason);
        issuer.answer = keysOf([key.jwk]);
        await within(8000, async () => (await read(gateway, token)).status === 200);
        expect((await gateway.call('/health')).body.checks.issuer).toBe('pass');
        // Nothing was followed, and nothing like all of it was read.
        expect(new Set(issuer.asked.slice(asked))).toEqual(new Set(['/keys']));
        expect(issuer.written() - before).toBeLessThan(100 * 1024 * 1024);
      } finally {
        await gateway.close();
      }
    },
  );

  it('goes away is not needed while its keys are valid; after that health fails, and its tokens get 503', async () => {
    issuer.answer = keysOf([key.jwk]);
    const gateway = await openWith({}, 8);
    const token = await signToken(key, AUTH);
    expect((await read(gateway, token)).status).toBe(200);
    issuer.answer = (_, response) => void response.writeHead(503).end();
    await within(8000, async () => (await gateway.call('/health')).body.checks.issuer === 'warn');
    expect((await read(gateway, token)).status).toBe(200);
    await within(12_000, async () => (await read(gateway, token)).status === 503);
    expect((await gateway.call('/health')).status).toBe(503);
    await gateway.close();
  });

  it('rotates its key is asked at once, but not for each token with an invented key', async () => {
    issuer.answer = keysOf([key.jwk]);
    const gateway = await openWith({}, 60);
    expect((await read(gateway, signToken(key, AUTH))).status).toBe(200);
    issuer.answer = keysOf([key.jwk, other.jwk]);
    const newest = await signToken(other, AUTH);
    await within(9000, async () => (await read(gateway, newest)).status === 200);
    const asked = issuer.asked.length;
    const invented = await makeKey('third');
    const answers = await Promise.all(Array.from({ length: 50 }, async () => (await read(gateway, signToken(invented, AUTH))).status));
    expect(new Set(answers)).toEqual(new Set([401]));
    expect(issuer.asked.length - asked).toBeLessThanOrEqual(1);
    await gateway.close();
  });
});

describe('T31 a set of keys', () => {
  let gateway: TestGateway;
  let [rsa, elliptic] = [] as unknown as [IssuerKey, IssuerKey];
  let [twin, leaked] = [] as unknown as [IssuerKey, IssuerKey];
  const secret = { kty: 'oct', kid: 'symmetric', alg: 'HS256', k: Buffer.alloc(32, 'k').toString('base64url') };
  beforeAll(async () => {
    [rsa, elliptic, twin, leaked] = await Promise.all([
      makeKey('rsa', 'RS256'),
      makeKey('ec', 'ES256'),
      makeKey('first'),
      makeKey('leaked'),
    ]);
    const { d } = (await crypto.subtle.exportKey('jwk', leaked.privateKey)) as { d?: string };
    const odd: unknown[] = [null, 1, 'key', {}, { kty: 'RSA', kid: 7 }, secret, { ...leaked.jwk, d }, { ...other.jwk, use: 'enc' }];
    issuer.answer = keysOf([...odd, key.jwk, twin.jwk, rsa.jwk, elliptic.jwk]);
    gateway = await openWith();
  });
  afterAll(() => gateway.close());
  it('may have several keys with one id, and each is tried', async () => {
    expect((await read(gateway, signToken(key, AUTH))).status).toBe(200);
    expect((await read(gateway, signToken(twin, AUTH))).status).toBe(200);
  });
  it('may have keys of several algorithms', async () => {
    expect((await read(gateway, signToken(rsa, AUTH))).status).toBe(200);
    expect((await read(gateway, signToken(elliptic, AUTH))).status).toBe(200);
  });
  it('gives no key from a secret, an encryption key, a visible private key, or another algorithm', async () => {
    const symmetric = await crypto.subtle.importKey('jwk', secret, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
    expect((await read(gateway, signToken({ jwk: secret, privateKey: symmetric }, AUTH))).status).toBe(401);
    expect((await read(gateway, signToken(other, AUTH))).status).toBe(401);
    expect((await read(gateway, signToken(leaked, AUTH))).status).toBe(401);
    expect(
      (await read(gateway, signToken({ jwk: { ...rsa.jwk, alg: 'RS384' }, privateKey: (await makeKey('rsa', 'RS384')).privateKey }, AUTH)))
        .status,
    ).toBe(401);
    expect((await read(gateway, signToken({ ...(await makeKey('first')) }, AUTH))).status).toBe(401);
  });
});

describe('T31 a token', () => {
  let gateway: TestGateway;
  const now = Math.floor(Date.now() / 1000);
  beforeAll(async () => {
    issuer.answer = keysOf([key.jwk]);
    gateway = await openWith();
  });
  afterAll(() => gateway.close());
  it.each([
    ['of an hour', { exp: now + 3590, iat: now - 10 }, 200],
    ['from a clock that is a little ahead', { iat: now + 3 }, 200],
    ['of more than an hour', { exp: now + 3595, iat: now - 10 }, 401],
    ['of a hundred years', { exp: now + 100 * 365 * 86_400 }, 401],
    ['that was issued next year', { iat: now + 365 * 86_400, exp: now + 365 * 86_400 + 60 }, 401],
    ['that was issued after it expires', { iat: now + 7200, exp: now + 60 }, 401],
    ['of today that says it is of 1970', { iat: 0 }, 401],
  ])('%s', async (_, claims, status) => expect((await read(gateway, signToken(key, AUTH, claims))).status).toBe(status));
  it.each(['1e999', '-1e999', 'null', '"0"'])('that was issued at %s is refused', async (iat) => {
    const [header = ''] = (await signToken(key, AUTH)).split('.');
    const payload = Buffer.from(
      JSON.stringify({
        iss: AUTH.issuer,
        aud: AUTH.audience,
        sub: 'x',
        client_id: 'wessex.cps.review',
        scope: 'events:read',
        jti: 'j',
        exp: now + 60,
        iat: 'IAT',
      }).replace('"IAT"', iat),
    ).toString('base64url');
    const signature = Buffer.from(await crypto.subtle.sign('Ed25519', key.privateKey, Buffer.from(`${header}.${payload}`))).toString(
      'base64url',
    );
    expect((await read(gateway, `${header}.${payload}.${signature}`)).status).toBe(401);
  });
});

describe('T53 rights end with their token', () => {
  /** Opens a stream; what is given back resolves when the gateway ends it. */
  const open = async (gateway: TestGateway, token: string): Promise<{ readonly ended: Promise<void> }> => {
    const response = await fetch(`${gateway.url}/v1/events/stream`, { headers: { Authorization: `Bearer ${token}` } });
    expect(response.status).toBe(200);
    return { ended: response.text().then(() => undefined) };
  };
  it('when the issuer removes a key, for requests and for an open stream', async () => {
    issuer.answer = keysOf([key.jwk, other.jwk], { 'Cache-Control': 'max-age=86400' });
    const gateway = await openWith();
    const token = await signToken(other, AUTH);
    expect((await read(gateway, token)).status).toBe(200);
    const { ended } = await open(gateway, token);
    issuer.answer = keysOf([key.jwk], { 'Cache-Control': 'max-age=86400' });
    await within(8000, async () => (await read(gateway, token)).status === 401);
    await ended;
    expect((await read(gateway, signToken(key, AUTH))).status).toBe(200);
    await gateway.close();
  });
  it('when the token of a stream or a waiting page expires', async () => {
    issuer.answer = keysOf([key.jwk]);
    const gateway = await openWith();
    const exp = Math.floor(Date.now() / 1000) + 2;
    const token = await signToken(key, AUTH, { exp });
    const started = performance.now();
    const waiting = gateway.call('/v1/events?wait=20', { headers: { Authorization: `Bearer ${token}` } });
    await (await open(gateway, token)).ended;
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(exp);
    expect((await waiting).body.events).toEqual([]);
    expect(performance.now() - started).toBeLessThan(5000);
    await gateway.close();
  });
  it('when the client of a stream is no longer configured', async () => {
    issuer.answer = keysOf([key.jwk]);
    const gateway = await openWith();
    const { ended } = await open(gateway, await signToken(key, AUTH));
    await gateway.gateway.reload({ ...gateway.config, clients: gateway.config.clients.filter(({ id }) => id !== 'wessex.cps.review') });
    await ended;
    await gateway.close();
  });
});

describe('T53 keys of an issuer are valid', () => {
  const quiet = { onFault: () => undefined, onRecovered: () => undefined };
  it.each([
    ['for a minute at the most, whatever the answer allows', { 'Cache-Control': 'max-age=86400' }, 59, 61],
    ['for a minute where the answer says nothing', {}, 59, 61],
    ['no longer than the answer allows', { 'Cache-Control': 'private, max-age=30', Age: '10' }, 19, 21],
    ['for five seconds where the answer may not be kept', { 'Cache-Control': 'no-store' }, 4, 6],
  ])('%s', async (_, headers, held, gone) => {
    let time = 0;
    issuer.answer = keysOf([key.jwk], headers as Record<string, string>);
    const keys = IssuerKeys.open({ url: issuer.url, elapsed: () => time, ...quiet });
    await keys.current();
    issuer.answer = (_request, response) => void response.writeHead(500).end();
    time = held * 1000;
    await keys.current();
    time = gone * 1000;
    await expect(keys.current()).rejects.toThrow(IssuerUnavailable);
    await keys.close();
  });
  it.each([
    [{}, undefined],
    [{ 'Cache-Control': 'max-age=60' }, 60],
    [{ 'Cache-Control': 'public, MAX-AGE="60"' }, 60],
    [{ 'Cache-Control': 'max-age=60, max-age=20' }, 20],
    [{ 'Cache-Control': 'max-age=60', Age: '70' }, 0],
    [{ 'Cache-Control': 'max-age=600, no-cache' }, 0],
    [{ 'Cache-Control': 's-maxage=600' }, undefined],
    [{ Expires: 'Thu, 01 Jan 2026 00:01:00 GMT', Date: 'Thu, 01 Jan 2026 00:00:00 GMT' }, 60],
    [{ Expires: '0' }, 0],
  ])('as long as %j says', (headers, seconds) => expect(secondsAllowed(new Headers(headers as Record<string, string>))).toBe(seconds));
});
