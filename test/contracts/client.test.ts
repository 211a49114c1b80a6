/** The client of consumers and submitters, against a real gateway. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeliveredEvent, GatewayProblem, type Interchange, KeysUnavailable, openInterchange } from '../../contracts/client/client.ts';
import { caseOf, ON_KAFKA, openGateway, problem, resultOf, type TestGateway, temporary } from '../support/gateway.ts';

const CASE = 'uk.justice.case.registered.v1';
let gateway: TestGateway;
const clientFor = (persona: string): Interchange => openInterchange({ url: `${gateway.url}/`, token: () => gateway.token(persona) });
async function all(client: Interchange, query = {}): Promise<DeliveredEvent[]> {
  const events: DeliveredEvent[] = [];
  for await (const event of client.events(query)) events.push(event);
  return events;
}

beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.close());

describe('a submitter', () => {
  it('sends a message, and gets one receipt', async () => {
    const force = clientFor('force');
    const receipt = await force.submitMessage(caseOf(1));
    expect(receipt).toMatchObject({ status: 'accepted', events: [{ type: CASE }] });
    expect((await force.submitMessage(caseOf(1))).id).toBe(receipt.id);
  });
  it('sends an event with the type of the standard', async () => {
    const receipt = await clientFor('force').submit(CASE, {
      case: { urn: '52WX2000007' },
      defendants: [{ person: { name: { familyName: 'ROSKILLY' } }, offences: [] }],
    });
    expect(receipt.status).toBe('accepted');
  });
  it('gets the reason for a refused message', async () => {
    const sent = clientFor('force').submitMessage(caseOf(2).slice(0, -30));
    const error = (await sent.catch((thrown: unknown) => thrown)) as GatewayProblem;
    expect(error).toBeInstanceOf(GatewayProblem);
    expect(error.problem).toMatchObject({ type: problem('quarantined'), reasons: [{ code: 'xml-not-well-formed' }] });
    expect(error.message).not.toContain('TREMAYNE');
  });
});

describe('a consumer', () => {
  it('reads all events over all pages, with data typed by event type', async () => {
    for (let n = 10; n < 20; n++) await gateway.post('/v1/messages', caseOf(n), 'force');
    await gateway.post('/v1/messages', resultOf(10), 'court');
    const events = await all(clientFor('cps'));
    expect(events.map(({ id }) => id).toSorted()).toEqual((await gateway.events('cps')).map(({ id }) => id).toSorted());
    for (const event of events) {
      if (event.type === 'uk.justice.hearing.resulted.v1') expect(event.data.hearing?.date).toMatch(/^\d{4}-/);
      if (event.type === CASE) expect(event.data.case?.urn).toMatch(/^52WX/);
    }
  });
  it('reads events for a task', async () => {
    const events = await all(clientFor('cps'), { task: 'public-statistics' });
    expect(events.length).toBeGreaterThan(0);
    expect(JSON.stringify(events)).not.toMatch(/TREMAYNE|PROSSER/);
  });
  it('verifies complete and redacted events, and rejects changed ones', async () => {
    for (const persona of ['cps', 'supplier']) {
      const client = clientFor(persona);
      const events = (await all(client)).filter(({ data }) => data.portions.length > 0);
      expect(events.length).toBeGreaterThan(3);
      for (const event of events.slice(0, 3)) {
        expect(await client.verify(event)).toBe(true);
        const lies = [
          { ...event, source: 'somebody.else' },
          { ...event, data: { ...event.data, case: { urn: '52WX2999999' } } },
          { ...event, data: { ...event.data, portions: [] } },
          { ...event, seal: `${event.seal}~x` },
          { ...event, seal: 'x.y.z' },
        ];
        for (const lie of lies) expect(await client.verify(lie as DeliveredEvent)).toBe(false);
      }
    }
  });
  it('gets an error, not a report of forgery, when the seal keys are unavailable', async () => {
    const [event] = await all(clientFor('cps'));
    const away = openInterchange({ url: 'http://127.0.0.1:9', token: 'none' });
    await expect(away.verify(event as DeliveredEvent)).rejects.toThrow(KeysUnavailable);
  });
  it('follows no redirect with its token or its data', async () => {
    const reached: string[] = [];
    const server = createServer((request, response) => {
      reached.push(request.url ?? '');
      response.writeHead(307, { Location: '/elsewhere' }).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(openInterchange({ url, token: 'secret' }).submitMessage(caseOf(4))).rejects.toThrow();
    expect(reached).toEqual(['/v1/messages']);
    server.close();
  });
  it('gets the reason for a forbidden request', async () => {
    await expect(all(clientFor('cps'), { task: 'curiosity' })).rejects.toThrow(GatewayProblem);
    await expect(clientFor('supplier').submitMessage(caseOf(3))).rejects.toThrow(/^403/);
    const nobody = openInterchange({ url: gateway.url, token: 'none' });
    await expect(nobody.follow().next()).rejects.toThrow(/^401/);
  });
  it('calls every operation of the contract by its path', async () => {
    const { data, error } = await clientFor('force').api.GET('/v1/messages/{id}', { params: { path: { id: 'A'.repeat(43) } } });
    expect([data, (error as { type?: string } | undefined)?.type]).toEqual([undefined, problem('not-found')]);
  });
});

describe.skipIf(ON_KAFKA)('a client that follows the stream', () => {
  it('continues where it was after the gateway was unavailable, without loss or repetition', async () => {
    const dataFolder = temporary();
    let restarted = await openGateway({ dataFolder });
    const port = Number(new URL(restarted.url).port);
    const stop = new AbortController();
    const client = openInterchange({ url: restarted.url, token: await restarted.token('cps') });
    await restarted.post('/v1/messages', caseOf(1), 'force');
    const seen: string[] = [];
    for await (const { event } of client.follow({ type: CASE, signal: stop.signal })) {
      seen.push(event.data.case?.urn ?? '');
      if (seen.length === 1) {
        await restarted.close();
        restarted = await openGateway({ dataFolder, config: { port } });
        for (const n of [2, 3]) await restarted.post('/v1/messages', caseOf(n), 'force');
      }
      if (seen.length === 3) stop.abort();
    }
    // Order is kept per case.
    expect(seen.toSorted()).toEqual(['52WX2000001', '52WX2000002', '52WX2000003']);
    await restarted.close();
  });
});

describe('the contract in one file', () => {
  it('is published, and refers to no other file', async () => {
    const { body, text } = await gateway.call('/standards/openapi.json');
    const references = [...text.matchAll(/"\$ref": ?"([^"]+)"/g)].map(([, reference = '']) => reference);
    expect(references.length).toBeGreaterThan(100);
    for (const reference of references) {
      expect(reference).toMatch(/^#\//);
      const found = reference
        .slice(2)
        .split('/')
        .reduce((node, step) => node?.[step.replaceAll('~1', '/')], body);
      expect([reference, typeof found]).toEqual([reference, 'object']);
    }
  });
  it('has everything that the other contracts refer to, at the expected places', async () => {
    for (const name of ['openapi.yaml', 'asyncapi.yaml']) {
      const { text } = await gateway.call(`/standards/${name}`);
      const references = [...text.matchAll(/\$ref: "?(\.[^"\s]+)/g)].map(([, reference = '']) => reference);
      expect(references.length).toBeGreaterThan(0);
      for (const reference of references) {
        const path = new URL(reference, `${gateway.url}/standards/${name}`).pathname;
        expect([reference, (await gateway.call(path)).status]).toEqual([reference, 200]);
      }
    }
  });
});
