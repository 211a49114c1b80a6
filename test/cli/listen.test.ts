/** `interchange listen` with a real gateway: shows events, also for a task, and sends them to an address. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { verb } from '../../gateway/cli/listen.ts';
import { type ExitCode, runVerb } from '../../gateway/cli/verb.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { caseOf, openGateway, resultOf, type TestGateway } from '../support/gateway.ts';
import { makeIo } from '../support/io.ts';
import { openProxy } from '../support/proxy.ts';
import { verifies } from '../support/receiver.ts';
import { caseWithOffences } from '../support/rules-in-force.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
  await gateway.post('/v1/messages', caseOf(1), 'force');
  await gateway.post('/v1/messages', resultOf(1), 'court');
});
afterAll(() => gateway.close());

async function listen(...words: string[]): Promise<{ code: ExitCode; out: string[] }> {
  const out: string[] = [];
  const env = { INTERCHANGE_URL: gateway.url, INTERCHANGE_TOKEN: await gateway.token('cps') };
  const io = makeIo(
    env,
    (line) => out.push(line),
    () => undefined,
  );
  return { code: await runVerb(verb, words, io), out };
}

describe('interchange listen', () => {
  it('shows the events that exist', async () => {
    const { code, out } = await listen('--count', '2');
    expect([code, out.length]).toEqual([0, 2]);
    expect(out.join('\n')).toContain('victim: Ffion PROSSER');
  });
  it('shows for a task only the fields that the task needs', async () => {
    const { out } = await listen('--count', '1', '--type', 'uk.justice.case.registered.v1', '--task', 'court-listing');
    expect(out.join('\n')).toContain('TREMAYNE');
    expect(out.join('\n')).not.toContain('PROSSER');
  });
  it('fetches and shows the data of an event that was delivered by reference', async () => {
    const large = await openGateway();
    await large.post('/v1/messages', caseWithOffences(1500, caseOf(3)), 'force');
    const io = makeIo(
      { INTERCHANGE_URL: large.url, INTERCHANGE_TOKEN: await large.token('cps') },
      (line) => expect(JSON.parse(line).data.defendants[0].offences.length).toBeGreaterThanOrEqual(1500),
      () => undefined,
    );
    expect(await runVerb(verb, ['--count', '1', '--json'], io)).toBe(0);
    await large.close();
    expect.assertions(2);
  });
  it('continues where it was after the gateway was unavailable', async () => {
    const network = await openProxy('another');
    network.target = Number(new URL(gateway.url).port);
    const out: string[] = [];
    const io = makeIo(
      { INTERCHANGE_URL: `http://127.0.0.1:${network.port}`, INTERCHANGE_TOKEN: await gateway.token('cps') },
      (line) => {
        out.push(JSON.parse(line).id);
        if (out.length === 2) network.cut();
      },
      (line) => {
        if (line.startsWith('The connection was lost')) network.heal();
      },
    );
    const listening = runVerb(verb, ['--count', '3', '--json'], io);
    await vi.waitUntil(() => out.length === 2, { timeout: 10_000 });
    await gateway.post('/v1/messages', caseOf(4), 'force');
    expect([await listening, new Set(out).size]).toEqual([0, 3]);
    await network.close();
  });
  it('ends at once when the gateway does not answer the first request', async () => {
    const io = makeIo(
      { INTERCHANGE_URL: 'http://127.0.0.1:9', INTERCHANGE_TOKEN: 'none' },
      () => undefined,
      () => undefined,
    );
    await expect(runVerb(verb, ['--count', '1'], io)).rejects.toThrow('There is no answer');
  });
  it('sends each event to an address, again after a temporary failure, and shows it after delivery', async () => {
    const taken: SealedEvent[] = [];
    let answers = 0;
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      response.statusCode = ++answers === 1 ? 503 : verifies(secret, { headers: request.headers, body }) ? 204 : 401;
      if (response.statusCode === 204) taken.push(JSON.parse(body) as SealedEvent);
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const to = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
    const { code, out } = await listen('--count', '2', '--json', '--forward-to', to, '--secret', secret);
    server.close();
    expect(code).toBe(0);
    expect(taken).toEqual(out.map((line) => JSON.parse(line) as SealedEvent));
    expect(answers).toBe(3);
  });
  it.each(['nowhere', 'file:///etc/passwd', 'ftp://127.0.0.1/'])('does not forward to %s', async (to) => {
    await expect(listen('--count', '1', '--forward-to', to)).rejects.toThrow(/must be an http or https address/);
  });
});
