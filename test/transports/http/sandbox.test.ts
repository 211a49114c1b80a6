/** Features of a sandbox only: tokens for anybody, deliberate failures, and a reset. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkConfig, HOME, readConfig } from '../../../gateway/config.ts';
import { PROBLEMS } from '../../../gateway/transports/http/problem.ts';
import { SCENARIOS } from '../../../gateway/transports/http/sandbox.ts';
import { caseOf, openGateway, problem, type TestGateway } from '../../support/gateway.ts';

let sandbox: TestGateway;
let plain: TestGateway;
beforeAll(async () => {
  sandbox = await openGateway({ config: { sandbox: { cases: 0, seed: 1 } } });
  plain = await openGateway();
});
afterAll(async () => {
  await sandbox.close();
  await plain.close();
});

const ask = (gateway: TestGateway, form: Record<string, string>, headers: Record<string, string> = {}) =>
  gateway.call('/oauth2/token', {
    method: 'POST',
    body: new URLSearchParams(form).toString(),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  });
const CLIENT = { grant_type: 'client_credentials', client_id: 'cps', client_secret: 'sandbox' };

describe('the token endpoint of a sandbox', () => {
  it('returns a token with the rights of the persona', async () => {
    const { status, body } = await ask(sandbox, CLIENT);
    expect([status, body.token_type]).toEqual([200, 'Bearer']);
    const read = await sandbox.call('/v1/events', { headers: { Authorization: `Bearer ${body.access_token as string}` } });
    expect(read.status).toBe(200);
  });
  it('accepts the id of the client, and credentials in the header', async () => {
    expect((await ask(sandbox, { ...CLIENT, client_id: 'wessex.cps.review' })).status).toBe(200);
    const basic = `Basic ${Buffer.from('cps:sandbox').toString('base64')}`;
    expect((await ask(sandbox, { grant_type: 'client_credentials' }, { Authorization: basic })).status).toBe(200);
  });
  it('grants no more scopes than the persona has', async () => {
    expect((await ask(sandbox, { ...CLIENT, scope: 'events:read' })).body.scope).toBe('events:read');
    expect((await ask(sandbox, { ...CLIENT, scope: 'events:read quarantine:write' })).body).toEqual({ error: 'invalid_scope' });
  });
  it.each([
    [{ ...CLIENT, client_secret: 'wrong' }, 401, 'invalid_client'],
    [{ ...CLIENT, client_id: 'nobody' }, 401, 'invalid_client'],
    [{ ...CLIENT, client_id: '__proto__' }, 401, 'invalid_client'],
    [{ ...CLIENT, grant_type: 'password' }, 400, 'unsupported_grant_type'],
    [{}, 400, 'invalid_request'],
  ])('refuses %j', async (form, status, error) => {
    const answer = await ask(sandbox, form as Record<string, string>);
    expect([answer.status, answer.body]).toEqual([status, { error }]);
  });
});

describe('a scenario', () => {
  const play = (scenario: string, path = '/v1/events', gateway = sandbox) =>
    gateway.call(path, { headers: { 'Interchange-Scenario': scenario } }, 'cps');
  it.each(Object.keys(PROBLEMS))('returns the problem %s', async (code) => {
    const response = await fetch(`${sandbox.url}/v1/events`, {
      headers: { 'Interchange-Scenario': code, Authorization: `Bearer ${await sandbox.token('cps')}` },
    });
    expect([response.status, ((await response.json()) as { type: string }).type]).toEqual([
      PROBLEMS[code as keyof typeof PROBLEMS][0],
      problem(code),
    ]);
  });
  it('delivers each event twice, or with a seal that does not verify', async () => {
    await sandbox.post('/v1/messages', caseOf(1), 'force');
    const { events } = (await play('nothing-of-the-kind', '/v1/events').catch(() => ({ body: {} }))).body as { events?: unknown };
    expect(events).toBeUndefined();
    const [first, second] = (await play('duplicate')).body.events as { id: string; seal: string }[];
    expect(first?.id).toBe(second?.id);
    const [broken] = (await play('broken-seal')).body.events as { seal: string }[];
    expect(broken?.seal).not.toBe(first?.seal);
    expect(broken?.seal.length).toBe(first?.seal.length);
    const fetched = (await play('broken-seal', `/v1/events/${first?.id}`)).body as { seal: string };
    expect(fetched.seal).not.toBe(first?.seal);
  });
  it('processes the request and loses the answer', async () => {
    const headers = {
      'Content-Type': 'application/xml',
      Authorization: `Bearer ${await sandbox.token('force')}`,
      'Idempotency-Key': 'lost',
    };
    const send = (more: object) =>
      fetch(`${sandbox.url}/v1/messages`, { method: 'POST', body: caseOf(2), headers: { ...headers, ...more } });
    await expect(send({ 'Interchange-Scenario': 'lost-response' })).rejects.toThrow();
    expect((await send({})).headers.get('interchange-repeated')).toBe('true');
  });
  it('is listed in the contract and the portal', async () => {
    const { text } = await sandbox.call('/standards/openapi.yaml');
    for (const name of [...Object.keys(SCENARIOS), ...Object.keys(PROBLEMS)]) expect(text).toContain(name);
  });
});

describe('a gateway that is not a sandbox', () => {
  it('issues no tokens, has no scenarios and cannot be reset', async () => {
    expect((await ask(plain, CLIENT)).status).toBe(404);
    expect((await plain.call('/v1/events', { headers: { 'Interchange-Scenario': 'internal' } }, 'cps')).status).toBe(200);
    expect((await plain.call('/sandbox/reset', { method: 'POST' }, 'cps')).status).toBe(404);
  });
  it('is every gateway in production', () => {
    const { workers: _, ...config } = { ...readConfig({}) };
    const production = { ...config, workers: 1, auth: { ...config.auth, jwksUri: 'https://issuer.example/jwks' } };
    expect(() => checkConfig(production, HOME, true)).toThrow('/sandbox is set');
  });
});

describe('a reset', () => {
  it('requires a token', async () => expect((await sandbox.call('/sandbox/reset', { method: 'POST' })).status).toBe(401));

  it('of `interchange sandbox` restores the state of the first start, and invalidates earlier cursors', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
    const words = [join(HOME, 'gateway/cli/interchange.mjs'), 'sandbox', '--port', '0', '--data', folder, '--cases', '3'];
    const child = execFile(process.execPath, words);
    let out = '';
    child.stdout?.on('data', (chunk: string) => (out += chunk));
    try {
      const url = await vi.waitFor(() => /portal: (\S+)/.exec(out)?.[1] ?? expect.fail('not ready'), 25_000);
      const token = async () => {
        const response = await fetch(`${url}/oauth2/token`, { method: 'POST', body: new URLSearchParams(CLIENT) });
        return { Authorization: `Bearer ${((await response.json()) as { access_token: string }).access_token}` };
      };
      const list = async (query = '') => {
        const response = await fetch(`${url}/v1/events?limit=1000${query}`, { headers: await token() });
        return { status: response.status, ...((await response.json()) as { events: { id: string }[]; cursor: string }) };
      };
      const before = await list();
      expect(before.events.length).toBeGreaterThan(4);
      const ids = before.events.map(({ id }) => id);
      expect((await fetch(`${url}/sandbox/reset`, { method: 'POST', headers: await token() })).status).toBe(202);
      await vi.waitFor(() => expect(out).toContain('reset: everything'), 25_000);
      const after = await list();
      expect(after.events.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      expect((await list(`&cursor=${before.cursor}`)).status).toBe(400);
    } finally {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('close', resolve));
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
