/** Public operations (standards, health and keys), metrics, which are not public, and the limits of every connection. */

import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../../gateway/main.ts';
import {
  allOperations,
  caseOf,
  configFor,
  eventRecords,
  hostileAdapter,
  ON_KAFKA,
  openBusOf,
  openGateway,
  problem,
  type TestGateway,
  temporary,
} from '../../support/gateway.ts';
import { config, POLICY, sampleCase, standards } from '../../support/rules-in-force.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.close());

describe('the standards', () => {
  it('are listed with every event type', async () => {
    const { body } = await gateway.call('/standards');
    expect(body.events.map(({ type }: { type: string }) => type).toSorted()).toEqual([...standards.byType.keys()].toSorted());
  });
  it('can be read at every path of the list', async () => {
    const { body } = await gateway.call('/standards');
    const paths = [...body.documents, ...body.events].map(({ path }: { path: string }) => path);
    expect(paths.length).toBeGreaterThan(40);
    const failed: string[] = [];
    for (const path of paths) {
      const answer = await gateway.call(path);
      if (answer.status !== 200 || answer.text === '') failed.push(`${path} ${answer.status}`);
    }
    expect(failed).toEqual([]);
  });
});

describe('the operations', () => {
  it('include health, ping and info', async () => {
    const checks = { bus: 'pass', audit: 'pass', accepting: 'pass', view: 'pass' };
    expect((await gateway.call('/health')).body).toEqual(
      ON_KAFKA ? { status: 'pass', checks: { ...checks, topics: 'pass' }, differences: [] } : { status: 'pass', checks },
    );
    expect((await gateway.call('/ping')).body).toEqual({ status: 'pass' });
    expect((await gateway.call('/info')).body).toMatchObject({ name: 'justice-interchange', policy: 'uk.gov.gsc/1.2.0' });
  });
  it('include info, which names the policy in force, also after a reload', async () => {
    const policyFile = join(gateway.folder, 'next.policy.json');
    const document = JSON.parse(readFileSync(gateway.config.policyFile, 'utf8')) as { version: string; continues: readonly string[] };
    writeFileSync(policyFile, JSON.stringify({ ...document, version: '1.1.1', continues: [...document.continues, document.version] }));
    await gateway.gateway.reload({ ...gateway.config, policyFile });
    expect((await gateway.call('/info')).body).toMatchObject({ policy: 'uk.gov.gsc/1.1.1' });
    await gateway.gateway.reload(gateway.config);
    expect((await gateway.call('/info')).body).toMatchObject({ policy: 'uk.gov.gsc/1.2.0' });
  });
  it('include metrics, which count accepted and delivered messages', async () => {
    await gateway.post('/v1/messages', sampleCase, 'force');
    await gateway.events('supplier');
    const { text } = await gateway.call('/metrics', {}, 'monitoring');
    expect(text).toMatch(/interchange_messages_total\{outcome="accepted"\} 1/);
    expect(text).toMatch(/interchange_deliveries_total\{decision="redact"\} 1/);
    expect(text).toMatch(/interchange_request_seconds_count\{operation="submitMessage",status="202"\} 1/);
  });
  it('include security.txt, which names a contact and has not expired', async () => {
    const { text } = await gateway.call('/.well-known/security.txt');
    expect(text).toMatch(/^Contact: mailto:/m);
    expect(Date.parse(/^Expires: (.*)$/m.exec(text)?.[1] ?? '')).toBeGreaterThan(Date.now());
  });
  it('include the published keys, which verify every seal and have no private part', async () => {
    await gateway.post('/v1/messages', sampleCase, 'force');
    const { body } = await gateway.call('/.well-known/jwks.json');
    expect(Object.keys(body.keys[0])).not.toContain('d');
    for (const { seal } of await gateway.events('cps'))
      await compactVerify(seal.split('~')[0] ?? '', createLocalJWKSet(body as JSONWebKeySet), { algorithms: ['EdDSA'] });
  });
  it('answer an unknown path with a problem', async () => {
    expect((await gateway.call('/nothing')).body).toMatchObject({ type: problem('not-found') });
  });
  it('send security headers, and no header that names the software', async () => {
    const { headers } = await gateway.call('/nothing');
    expect(headers.get('X-Powered-By')).toBeNull();
    expect([headers.get('X-Content-Type-Options'), headers.get('Cache-Control')]).toEqual(['nosniff', 'no-store']);
  });
});

describe('metrics', () => {
  it('require a token whose client has the scope metrics:read', async () => {
    expect((await gateway.call('/metrics')).body).toMatchObject({ status: 401, type: problem('unauthenticated') });
    for (const persona of ['force', 'court', 'cps', 'supplier'])
      expect((await gateway.call('/metrics', {}, persona)).body).toMatchObject({ status: 403, type: problem('forbidden') });
    const headers = { Authorization: `Bearer ${await gateway.forge({ scope: 'events:read metrics:read' })}` };
    expect((await gateway.call('/metrics', { headers })).status).toBe(403);
    expect((await gateway.call('/metrics', {}, 'monitoring')).mediaType).toBe('text/plain');
  });
  it('are all that their scope allows', async () => {
    for (const path of ['/v1/events', '/v1/ledger', '/v1/quarantine', '/v1/subscriptions'])
      expect([path, (await gateway.call(path, {}, 'monitoring')).status]).toEqual([path, 403]);
  });
  it('have no separate listener unless configuration says so', () => {
    expect(gateway.gateway.metricsUrl).toBeUndefined();
  });
});

describe('the listener for metrics', () => {
  const METRICS = { host: '127.0.0.1', port: 0 };
  const silent = { write: () => undefined };

  it('serves GET /metrics without a token, and nothing else', async () => {
    const monitored = await openGateway({ config: { metrics: METRICS, sandbox: { cases: 0, seed: 1 } } });
    try {
      const url = monitored.gateway.metricsUrl ?? '';
      await monitored.post('/v1/messages', sampleCase, 'force');
      const answer = await fetch(`${url}/metrics`);
      expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, expect.stringMatching(/^text\/plain/)]);
      expect(await answer.text()).toMatch(/interchange_messages_total\{outcome="accepted"\} 1/);
      expect([answer.headers.get('X-Powered-By'), answer.headers.get('Cache-Control')]).toEqual([null, 'no-store']);

      const paths = allOperations.map(({ path }) => path).filter((path) => path !== '/metrics');
      for (const path of [...paths, '/', '/sandbox', '/metrics/more'])
        expect([path, (await fetch(url + path)).status]).toEqual([path, 404]);
      expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
      expect((await monitored.call('/metrics')).status).toBe(401);
    } finally {
      await monitored.close();
    }
  });
  it('is closed together with the gateway', async () => {
    const monitored = await openGateway({ config: { metrics: METRICS } });
    const url = `${monitored.gateway.metricsUrl}/metrics`;
    expect((await fetch(url)).status).toBe(200);
    await monitored.close();
    await expect(fetch(url)).rejects.toThrow();
  });

  const listenOn = async (port: number): Promise<Server> => {
    const server = createServer();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  const stop = async (server: Server): Promise<void> => {
    server.close();
    await once(server, 'close');
  };
  it.each(['metrics', 'gateway'])('prevents the start with a reason when it cannot open %s, and leaves nothing running', async (name) => {
    const taken = await listenOn(0);
    const free = await listenOn(0);
    const [takenPort, freePort] = [taken, free].map((server) => (server.address() as AddressInfo).port) as [number, number];
    await stop(free);
    const folder = temporary();
    const [port, metricsPort] = name === 'metrics' ? [freePort, takenPort] : [takenPort, freePort];
    const busy = configFor({ config: { port, metrics: { ...METRICS, port: metricsPort } } }, folder);
    await expect(startGateway({ config: busy, logTo: silent })).rejects.toThrow(
      `EADDRINUSE: address already in use 127.0.0.1:${takenPort}`,
    );
    // The other listener is closed, and the data folder can be used again.
    await stop(await listenOn(freePort));
    await stop(taken);
    const started = await startGateway({ config: busy, logTo: silent });
    expect((await fetch(`${started.metricsUrl}/metrics`)).status).toBe(200);
    await started.close();
    rmSync(folder, { recursive: true });
  });
});

describe('T25 the arrival of an event changes nothing for a reader without its clearance', () => {
  const SECRET = {
    id: 'wessex.secret',
    title: 'A force that works at SECRET (invented)',
    scopes: ['messages:write', 'events:read', 'receipts:read'] as const,
    submits: { standards: ['case.registered'], floor: { policy: POLICY, classification: 'SECRET' } },
    clearance: { policy: POLICY, classifications: ['OFFICIAL', 'SECRET'], sensitive: true, releasableTo: ['POLICE'] },
  };
  const ABSENT = 'A'.repeat(43);
  let shared: TestGateway;
  beforeAll(async () => {
    const domain = { ...config.domain, classifications: ['OFFICIAL', 'SECRET'] };
    shared = await openGateway({ clients: [SECRET], config: { domain, sandbox: { cases: 0, seed: 1 } } });
    await shared.post('/v1/messages', caseOf(1), 'force');
  });
  afterAll(() => shared.close());

  interface Seen {
    readonly answer: string;
    /** How many more requests the rate limit allows. */
    readonly left: number;
  }
  const seen = ({ status, headers }: Response, text: string): Seen => {
    const limit = headers.get('RateLimit') ?? '';
    const others = [...headers].filter(([name]) => name !== 'date' && name !== 'ratelimit');
    return { answer: JSON.stringify([status, others, text]), left: Number(/ r=(\d+)/.exec(limit)?.[1] ?? 0) };
  };

  /** Every operation of the contract as a caller gets it, every standard, and the pages of the portal. */
  async function everything(persona: string | undefined): Promise<ReadonlyMap<string, Seen>> {
    const { body: list } = await shared.call('/standards');
    const paths = [...list.documents, ...list.events].map(({ path }: { path: string }) => path);
    const calls = allOperations
      // The stream has no end; it is watched while the event arrives.
      .filter(({ id }) => id !== 'streamEvents' || persona === undefined)
      .flatMap(({ method, path }) =>
        (path.includes('{path}') ? paths : [path.replace('{id}', ABSENT)]).map((target) => ({ method, target, accept: '*/*' })),
      );
    const pages = ['/', '/sandbox', '/search?q=case', '/changes.atom', '/problems', '/reference/http', ...paths];
    const answers = new Map<string, Seen>();
    for (const { method, target, accept } of [...calls, ...pages.map((page) => ({ method: 'get', target: page, accept: 'text/html' }))]) {
      const headers = {
        Accept: accept,
        ...(persona === undefined ? {} : { Authorization: `Bearer ${await shared.token(persona)}` }),
      };
      const response = await fetch(shared.url + target, { method: method.toUpperCase(), headers });
      // A cursor is encrypted under a new nonce each time.
      const text = (await response.text()).replace(/"cursor":"[^"]+"/, (cursor) => `"cursor":${cursor.length}`);
      answers.set(`${method} ${target} ${accept}`, seen(response, text));
    }
    return answers;
  }

  it('in any answer to a caller without a token, or to a client without the scope', async () => {
    const metrics = async () => (await shared.call('/metrics', {}, 'monitoring')).text.match(/^interchange_(messages|deliveries)_.*/gm);
    const callers = [undefined, 'supplier'];
    const sweep = async () => {
      const answers = new Map<string, Seen>();
      for (const caller of callers)
        for (const [name, answer] of await everything(caller)) answers.set(`${caller ?? 'nobody'}: ${name}`, answer);
      return answers;
    };
    const streaming = new AbortController();
    const headers = { Authorization: `Bearer ${await shared.token('supplier')}` };
    const { cursor } = (await shared.call('/v1/events', {}, 'supplier')).body as { cursor: string };
    const stream = await fetch(`${shared.url}/v1/events/stream?cursor=${cursor}`, { headers, signal: streaming.signal });
    let streamed = '';
    const watching = (async () => {
      for await (const chunk of stream.body as ReadableStream<Uint8Array>) streamed += Buffer.from(chunk).toString();
    })().catch(() => undefined);
    const first = await sweep();
    const before = await sweep();
    const counted = await metrics();

    const sent = await shared.post('/v1/messages', caseOf(2), SECRET.id);
    expect([sent.status, sent.body.classification]).toEqual([202, 'SECRET']);
    expect((await shared.post('/v1/messages', '<not>', SECRET.id)).status).toBe(422);
    expect((await shared.events(SECRET.id)).map(({ id }) => id)).toContain(sent.body.events[0].id);
    expect(await metrics()).not.toEqual(counted);

    const after = await sweep();
    for (const [name, { answer, left }] of before) {
      expect([name, after.get(name)?.answer]).toEqual([name, answer]);
      // A rate limit falls with the requests of the caller, as between the two rounds before.
      expect([name, left - (after.get(name)?.left ?? 0)]).toEqual([name, (first.get(name)?.left ?? 0) - left]);
    }
    expect(before.size).toBeGreaterThan(400);
    streaming.abort();
    await watching;
    // A loaded machine takes longer than a heartbeat.
    expect(streamed.replaceAll(': still here\n\n', '')).toBe('retry: 1000\n\n');
  });
});

const statusOf = (raw: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(raw)?.[1]);
const problemIn = (raw: string): unknown => JSON.parse(raw.slice(raw.indexOf('\r\n\r\n') + 4));

describe('limits', () => {
  it('return 413 for a too large body, with its length or in chunks', async () => {
    const small = await openGateway({ limits: { bodyBytes: 1000 } });
    try {
      const answer = await small.post('/v1/messages', 'x'.repeat(1001), 'force');
      expect(answer.body).toMatchObject({ status: 413, type: problem('message-too-large') });
      const chunks = new ReadableStream({
        start: (controller) => {
          for (let n = 0; n < 20; n++) controller.enqueue(Buffer.alloc(100, 120));
          controller.close();
        },
      });
      const init = { method: 'POST', body: chunks, duplex: 'half' } as RequestInit;
      expect((await small.call('/v1/messages', init, 'force')).status).toBe(413);
      expect((await small.post('/v1/events', 'x'.repeat(1001), 'force')).status).toBe(413);
    } finally {
      await small.close();
    }
  });
  it('return 431 for too large headers', async () => {
    const back = await gateway.raw(`GET /ping HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(statusOf(back)).toBe(431);
    expect(problemIn(back)).toMatchObject({ type: problem('headers-too-large') });
  });
  it('return 408 for a too slow body', async () => {
    const slow = await openGateway({ limits: { requestSeconds: 0.5 } });
    try {
      const token = await slow.token('force');
      const back = await slow.raw(
        `POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 100\r\n\r\n<a`,
      );
      expect(statusOf(back)).toBe(408);
      expect(problemIn(back)).toMatchObject({ type: problem('request-timeout') });
    } finally {
      await slow.close();
    }
  });
  it('return 429 with a time to try again for too many requests, for that client only', async () => {
    const strict = await openGateway({ limits: { requestsPerMinute: 3 } });
    try {
      const answers = [];
      for (let n = 0; n < 4; n++) answers.push(await strict.call('/v1/events', {}, 'cps'));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
      expect(answers[3]?.body).toMatchObject({ type: problem('too-many-requests') });
      expect(Number(answers[3]?.headers.get('Retry-After'))).toBeGreaterThan(0);
      expect((await strict.call('/v1/events', {}, 'supplier')).status).toBe(200);
    } finally {
      await strict.close();
    }
  });
});

describe('a graceful stop', () => {
  it('finishes each request with 202 and its event on the bus, or with an error', async () => {
    const dataFolder = temporary();
    const stopping = await openGateway({ dataFolder, config: { adapters: [hostileAdapter(temporary())] } });
    const slow = 5;
    const sending = Array.from({ length: 40 }, (_, n) =>
      stopping.post('/v1/messages', n === slow ? 'HOSTILE SLOW' : caseOf(n), 'force').then(
        ({ status, body }) => ({ status, body }),
        () => undefined,
      ),
    );
    // Stopped while most are in progress: as soon as the first is answered.
    await Promise.race(sending);
    await stopping.gateway.close();
    const answers = await Promise.all(sending);
    const bus = await openBusOf(dataFolder);
    const stored = new Set((await eventRecords(bus)).map(({ headers }) => headers.ce_id));
    await bus.close();
    const accepted = answers.filter((answer) => answer?.status === 202);
    expect(accepted.length).toBeGreaterThan(0);
    for (const answer of accepted) expect(stored).toContain(answer?.body.events[0].id);
    // On a busy machine the slow message may reach its limit before the gateway stops: it is then in quarantine.
    for (const [n, answer] of answers.entries()) expect([undefined, 202, 503, ...(n === slow ? [422] : [])]).toContain(answer?.status);
    rmSync(dataFolder, { recursive: true });
  });
  it('ends streams and waiting readers', async () => {
    const stopping = await openGateway();
    const waiting = stopping.call('/v1/events?wait=30', {}, 'cps');
    const streaming = stopping.call('/v1/events/stream', {}, 'cps');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const started = performance.now();
    await stopping.close();
    expect(performance.now() - started).toBeLessThan(3000);
    expect([(await waiting).status, (await streaming).status]).toEqual([200, 200]);
  });
});
