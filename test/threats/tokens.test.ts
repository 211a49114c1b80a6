/** T31: only a completely valid token is accepted. */
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let hits = 0;
const server = createServer((_request, response) => {
  hits++;
  response.end('{"keys":[]}');
});
let remote = '';
beforeAll(async () => {
  gateway = await openGateway();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  remote = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
});
afterAll(async () => {
  server.close();
  await gateway.close();
});

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const parts = async (): Promise<readonly [Record<string, string>, Record<string, unknown>, string]> => {
  const [header = '', payload = '', signature = ''] = (await gateway.forge()).split('.');
  return [JSON.parse(Buffer.from(header, 'base64url').toString()), JSON.parse(Buffer.from(payload, 'base64url').toString()), signature];
};
const publicJwk = (): JWK => {
  const { d: _, ...rest } = JSON.parse(readFileSync(join(gateway.folder, 'keys/development-issuer.jwk.json'), 'utf8')) as JWK;
  return rest;
};
const statusOf = async (authorization: string | undefined, path = '/v1/events'): Promise<number> =>
  (await gateway.call(path, authorization === undefined ? {} : { headers: { Authorization: authorization } })).status;
const hmac = async (secret: string, header: object): Promise<string> => {
  const [, payload] = await parts();
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};
const signed = async (key: CryptoKey, header: Record<string, unknown>): Promise<string> => {
  const [protectedHeader, payload] = await parts();
  return new SignJWT(payload).setProtectedHeader({ ...protectedHeader, ...header } as { alg: string }).sign(key as never);
};
const otherKey = async () => await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
const now = () => Math.floor(Date.now() / 1000);

describe('T31 a token', () => {
  it('that is valid passes, so that the refusals below mean something', async () => {
    expect(await statusOf(`Bearer ${await gateway.forge()}`)).toBe(200);
    expect(await statusOf(`Bearer ${await gateway.token('cps')}`)).toBe(200);
  });

  const vectors: readonly (readonly [string, () => Promise<string | undefined> | string | undefined])[] = [
    ['none at all', () => undefined],
    ['empty', () => 'Bearer '],
    ['of dots', () => 'Bearer ..'],
    ['Basic', () => `Basic ${Buffer.from('wessex.cps.review:x').toString('base64')}`],
    ['without its scheme', async () => gateway.forge()],
    [
      'alg none',
      async () => {
        const [header, payload] = await parts();
        return `Bearer ${encode({ ...header, alg: 'none' })}.${encode(payload)}.`;
      },
    ],
    [
      'alg None, signature kept',
      async () => {
        const [header, payload, signature] = await parts();
        return `Bearer ${encode({ ...header, alg: 'None' })}.${encode(payload)}.${signature}`;
      },
    ],
    [
      'HS256 with the public key’s x',
      async () => `Bearer ${await hmac(publicJwk().x ?? '', { alg: 'HS256', typ: 'at+jwt', kid: (await parts())[0].kid })}`,
    ],
    [
      'HS256 with the public key in PEM',
      async () =>
        `Bearer ${await hmac(await exportSPKI((await importJWK(publicJwk(), 'EdDSA')) as never), { alg: 'HS256', typ: 'at+jwt', kid: (await parts())[0].kid })}`,
    ],
    ['HS256 with the public key in JSON', async () => `Bearer ${await hmac(JSON.stringify(publicJwk()), { alg: 'HS256', typ: 'at+jwt' })}`],
    ['HS256 with an empty secret', async () => `Bearer ${await hmac('', { alg: 'HS256', typ: 'at+jwt' })}`],
    [
      'RS256 under its own key',
      async () => `Bearer ${await signed((await generateKeyPair('RS256')).privateKey as CryptoKey, { alg: 'RS256' })}`,
    ],
    [
      'ES256 under its own key',
      async () => `Bearer ${await signed((await generateKeyPair('ES256')).privateKey as CryptoKey, { alg: 'ES256' })}`,
    ],
    ['the right header under another key', async () => `Bearer ${await signed((await otherKey()).privateKey, {})}`],
    [
      'a jwk header with its own key',
      async () => {
        const pair = await otherKey();
        return `Bearer ${await signed(pair.privateKey, { jwk: await exportJWK(pair.publicKey) })}`;
      },
    ],
    ['a jwk header with the right signature', async () => `Bearer ${await gateway.forge({}, { jwk: publicJwk() })}`],
    ['jku', async () => `Bearer ${await gateway.forge({}, { jku: remote })}`],
    ['jku under another key', async () => `Bearer ${await signed((await otherKey()).privateKey, { jku: remote, kid: 'remote' })}`],
    ['x5u', async () => `Bearer ${await gateway.forge({}, { x5u: remote })}`],
    ['x5c', async () => `Bearer ${await gateway.forge({}, { x5c: ['MIIB'] })}`],
    ['x5t', async () => `Bearer ${await gateway.forge({}, { x5t: 'abc' })}`],
    [
      'crit',
      async () => {
        const [header, payload, signature] = await parts();
        return `Bearer ${encode({ ...header, crit: ['exp'], exp: 1 })}.${encode(payload)}.${signature}`;
      },
    ],
    ['kid that is a path', async () => `Bearer ${await gateway.forge({}, { kid: '../../../../dev/null' })}`],
    ['kid that is SQL', async () => `Bearer ${await gateway.forge({}, { kid: "x' UNION SELECT 'key" })}`],
    ['kid of another key', async () => `Bearer ${await gateway.forge({}, { kid: 'other' })}`],
    ['typ JWT', async () => `Bearer ${await gateway.forge({}, { typ: 'JWT' })}`],
    ['no typ', async () => `Bearer ${await gateway.forge({}, { typ: undefined })}`],
    ['typ of a seal', async () => `Bearer ${await gateway.forge({}, { typ: 'seal+sd-jwt' })}`],
    ['aud of another service', async () => `Bearer ${await gateway.forge({ aud: 'other' })}`],
    ['no aud', async () => `Bearer ${await gateway.forge({ aud: undefined })}`],
    ['aud by prefix', async () => `Bearer ${await gateway.forge({ aud: 'justice-interchange.evil.example' })}`],
    ['iss of another', async () => `Bearer ${await gateway.forge({ iss: 'https://evil.example' })}`],
    ['no iss', async () => `Bearer ${await gateway.forge({ iss: undefined })}`],
    ['expired', async () => `Bearer ${await gateway.forge({ exp: now() - 60 })}`],
    ['exp that is text', async () => `Bearer ${await gateway.forge({ exp: '9999999999' })}`],
    ['no exp', async () => `Bearer ${await gateway.forge({ exp: undefined })}`],
    ['nbf in the future', async () => `Bearer ${await gateway.forge({ nbf: now() + 600 })}`],
    ['no iat', async () => `Bearer ${await gateway.forge({ iat: undefined })}`],
    ['no jti', async () => `Bearer ${await gateway.forge({ jti: undefined })}`],
    ['no sub', async () => `Bearer ${await gateway.forge({ sub: undefined })}`],
    ['no client_id', async () => `Bearer ${await gateway.forge({ client_id: undefined })}`],
    ['client_id that is a list', async () => `Bearer ${await gateway.forge({ client_id: ['wessex.cps.review'] })}`],
    ['an unknown client', async () => `Bearer ${await gateway.forge({ client_id: 'wessex.unknown' })}`],
    ['a client of the prototype', async () => `Bearer ${await gateway.forge({ client_id: '__proto__' })}`],
    ['oversized', async () => `Bearer ${await gateway.forge({ more: 'x'.repeat(9000) })}`],
    [
      'a tampered payload',
      async () => {
        const [header, payload, signature] = await parts();
        return `Bearer ${encode(header)}.${encode({ ...payload, client_id: 'wessex.police.records' })}.${signature}`;
      },
    ],
    [
      'a tampered signature',
      async () => {
        const [header, payload, signature] = await parts();
        return `Bearer ${encode(header)}.${encode(payload)}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
      },
    ],
    [
      'no signature',
      async () => {
        const [header, payload] = await parts();
        return `Bearer ${encode(header)}.${encode(payload)}.`;
      },
    ],
    [
      'a payload that is not JSON',
      async () => {
        const [header, , signature] = await parts();
        return `Bearer ${encode(header)}.bm90anNvbg.${signature}`;
      },
    ],
    ['two in one header', async () => `Bearer ${await gateway.forge()}, Bearer ${await gateway.forge()}`],
    ['with padding', async () => `Bearer ${await gateway.forge()}==`],
    ['encrypted form (five parts)', async () => `Bearer ${await gateway.forge()}.a.b`],
    [
      'signed by the seal’s key',
      async () => {
        const jwk = JSON.parse(readFileSync(join(gateway.folder, 'keys/seal.jwk.json'), 'utf8')) as JWK;
        return `Bearer ${await signed((await importJWK(jwk, 'EdDSA')) as CryptoKey, {})}`;
      },
    ],
    [
      'RSA key confusion (PS256)',
      async () =>
        `Bearer ${await signed((await importJWK(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }) as JWK, 'PS256')) as CryptoKey, { alg: 'PS256' })}`,
    ],
  ];
  it.each(vectors)('%s is refused, and no keys are fetched for it', async (_, make) => {
    const before = hits;
    expect(await statusOf(await make())).toBe(401);
    expect(hits).toBe(before);
  });

  it('in the query or the body does not count', async () => {
    const token = await gateway.forge();
    expect(await statusOf(undefined, `/v1/events?access_token=${token}`)).toBe(401);
    const body = new URLSearchParams({ access_token: await gateway.token('force') });
    expect((await gateway.call('/v1/messages', { method: 'POST', body })).status).toBe(401);
  });
  it('is refused when there are two, because two readers of the request could see two callers', async () => {
    for (const [first, second] of [
      ['cps', 'supplier'],
      ['supplier', 'cps'],
    ] as const) {
      const back = await gateway.raw(
        `GET /v1/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${await gateway.token(first)}\r\nAuthorization: Bearer ${await gateway.token(second)}\r\n\r\n`,
      );
      expect(back.slice(0, 12)).toMatch(/^HTTP\/1\.1 40[01]$/);
    }
  });
  it('is refused when it has expired, also from the cache', async () => {
    let time = Date.now();
    const clocked = await openGateway({ now: () => time });
    const headers = { Authorization: `Bearer ${await clocked.forge()}` };
    expect((await clocked.call('/v1/events', { headers })).status).toBe(200);
    time += 700_000;
    expect((await clocked.call('/v1/events', { headers })).status).toBe(401);
    await clocked.close();
  });
});
