/** Seal keys: rotated, revoked, published, and used by third-party libraries. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compactVerify, importJWK, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExitCode, runVerb } from '../../gateway/cli/verb.ts';
import { verb } from '../../gateway/cli/verify.ts';
import { openKeys, revokeSealKey, rotateSealKey } from '../../gateway/keys/keys.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { sdJwtOf } from '../../gateway/labels/sd-jwt.ts';
import { verifyAudit } from '../../gateway/store/audit/audit-verify.ts';
import { caseOf, openGateway, type TestGateway, temporary } from '../support/gateway.ts';
import { makeIo } from '../support/io.ts';
import { stockSdJwt } from '../support/sd-jwt.ts';

const kidOf = ({ seal }: SealedEvent): string =>
  (JSON.parse(Buffer.from(seal.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;

describe('seal keys', () => {
  let gateway: TestGateway;
  let folder: string;
  const published = async (): Promise<readonly string[]> =>
    (await gateway.call('/.well-known/jwks.json')).body.keys.map(({ kid }: JWK) => kid);
  beforeAll(async () => {
    gateway = await openGateway();
    folder = gateway.config.keysFolder;
  });
  afterAll(() => gateway.close());

  it('are rotated without a restart, and earlier events are still delivered', async () => {
    await gateway.post('/v1/messages', caseOf(1), 'force');
    const [first] = await published();
    const second = await rotateSealKey(folder);
    expect(await published()).toEqual([first]);
    await gateway.gateway.reloadKeys();
    expect(await published()).toEqual([second, first]);
    await gateway.post('/v1/messages', caseOf(2), 'force');
    const events = await gateway.events('cps');
    expect(events.map(kidOf).toSorted()).toEqual([first, second].toSorted());
    for (const { seal } of events) {
      const { keys } = (await gateway.call('/.well-known/jwks.json')).body as { keys: JWK[] };
      const jwk = keys.find(({ kid }) => kid === kidOf({ seal } as SealedEvent)) as JWK;
      await compactVerify(seal.split('~')[0] ?? '', await importJWK(jwk, 'EdDSA'));
      expect(jwk.d).toBeUndefined();
    }
  });

  it('are revoked: events that they sealed are not delivered, even where they verified before', async () => {
    const events = await gateway.events('cps');
    const { sealKeys } = await openKeys(folder);
    const old = sealKeys[1]?.kid ?? '';
    expect(events.map(kidOf)).toContain(old);
    await revokeSealKey(folder, old, new Date().toISOString());
    await gateway.gateway.reloadKeys();
    expect(await published()).not.toContain(old);
    expect((await gateway.events('cps')).map(kidOf)).toEqual([sealKeys[0]?.kid]);
    // The audit log's heads that it signed are still what they were.
    const known = new Map((await openKeys(folder)).sealKeys.map(({ kid, publicKey }) => [kid, publicKey]));
    expect(await gateway.onBus((bus) => verifyAudit(bus, (kid) => known.get(kid)))).toMatchObject({ ok: true });
  });

  it('are rotated when the key in use is revoked', async () => {
    const { seal } = await openKeys(folder);
    await revokeSealKey(folder, seal.kid, new Date().toISOString());
    const after = await openKeys(folder);
    expect(after.seal.kid).not.toBe(seal.kid);
    expect(after.trusted(seal.kid)).toBeUndefined();
    await expect(revokeSealKey(folder, 'nobody', new Date().toISOString())).rejects.toThrow(/no key/);
  });

  it('have no private part in the file of a retired key', async () => {
    const { sealKeys } = await openKeys(folder);
    for (const { kid } of sealKeys.slice(1))
      expect(JSON.parse(readFileSync(join(folder, 'retired', `${kid}.jwk.json`), 'utf8'))).not.toHaveProperty('d');
  });
});

describe('a seal outside the gateway', () => {
  const folder = temporary();
  let events: readonly SealedEvent[];
  let jwks: { keys: JWK[] };
  beforeAll(async () => {
    const gateway = await openGateway();
    await gateway.post('/v1/messages', caseOf(3), 'force');
    events = [...(await gateway.events('cps')), ...(await gateway.events('supplier'))];
    jwks = (await gateway.call('/.well-known/jwks.json')).body as typeof jwks;
    writeFileSync(join(folder, 'jwks.json'), JSON.stringify(jwks));
    writeFileSync(join(folder, 'events.ndjson'), events.map((event) => JSON.stringify(event)).join('\n'));
    writeFileSync(join(folder, 'event.json'), JSON.stringify(events[0], null, 2));
    writeFileSync(join(folder, 'changed.json'), JSON.stringify(events[0]).replace('TREMAYNE', 'TREMAYNF'));
    await gateway.close();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const verify = async (...words: string[]): Promise<{ code: ExitCode; out: string[]; err: string[] }> => {
    const out: string[] = [];
    const err: string[] = [];
    const io = makeIo(
      { INTERCHANGE_DATA: join(folder, 'data') },
      (line) => out.push(line),
      (line) => err.push(line),
    );
    return { code: await runVerb(verb, words, io), out, err };
  };

  it('verifies with `interchange verify` and a JWK set, without a gateway', async () => {
    const { code, out } = await verify(join(folder, 'event.json'), join(folder, 'events.ndjson'), '--keys', join(folder, 'jwks.json'));
    expect([code, out.length]).toEqual([0, 3]);
  });
  it('does not verify when it was changed, under other keys, or when it is not an event', async () => {
    const changed = await verify(join(folder, 'changed.json'), '--keys', join(folder, 'jwks.json'));
    expect([changed.code, changed.err[0]]).toEqual([1, expect.stringMatching(/changed\.json: does not verify: A portion/)]);
    expect(changed.err.join()).not.toContain('TREMAYNF');
    expect((await verify(join(folder, 'event.json'))).code).toBe(1);
    expect((await verify(join(folder, 'jwks.json'), '--keys', join(folder, 'jwks.json'))).code).toBe(1);
  });

  const instance = async () => {
    const key = await importJWK(jwks.keys[0] as JWK, 'EdDSA');
    return stockSdJwt((jws) => compactVerify(jws, key));
  };
  it('verifies with a stock SD-JWT library, which finds every portion that the event holds', async () => {
    for (const event of events) {
      const { payload } = await (await instance()).verify(sdJwtOf(event));
      const claims = payload as unknown as Record<string, { value: unknown; label: unknown }>;
      const pointers = event.data.portions.flatMap(({ at }) => at);
      expect(
        Object.keys(claims)
          .filter((name) => name.startsWith('/'))
          .toSorted(),
      ).toEqual(pointers.toSorted());
      expect((claims.event as unknown as { id: string }).id).toBe(event.id);
    }
    const [sealed] = events as [SealedEvent];
    const { payload } = await (await instance()).verify(sdJwtOf(sealed));
    expect((payload as never as Record<string, unknown>)['/defendants/0/person/name']).toMatchObject({ value: { familyName: 'TREMAYNE' } });
  });
  it('does not verify in that library with another portion or signature', async () => {
    const [event] = events as [SealedEvent];
    const text = sdJwtOf(event);
    const forged = text
      .split('~')
      .map((part, n) => (n === 2 ? `${part.slice(0, -4)}AAAA` : part))
      .join('~');
    const found = await (await instance()).verify(forged).then(
      ({ payload }) => Object.keys(payload as object).filter((name) => name.startsWith('/')).length,
      () => 0,
    );
    expect(found).toBeLessThan(event.data.portions.flatMap(({ at }) => at).length);
    const [jws = '', ...rest] = text.split('~');
    const other = [jws.slice(0, -6) + (jws.endsWith('AAAAAA') ? 'BBBBBB' : 'AAAAAA'), ...rest].join('~');
    await expect((await instance()).verify(other)).rejects.toThrow();
  });
});
