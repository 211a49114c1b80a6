/** What is public: standards, health, metrics, keys; and the limits of every connection. */

import { rmSync } from 'node:fs';
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caseOf, eventRecords, hostileAdapter, openBusOf, openGateway, problem, type TestGateway, temporary } from '../support/gateway.ts';
import { sampleCase, standards } from '../support/law.ts';

let own: TestGateway;
beforeAll(async () => {
  own = await openGateway();
});
afterAll(() => own.close());

describe('the standards', () => {
  it('are listed with every event type', async () => {
    const { body } = await own.call('/standards');
    expect(body.events.map(({ type }: { type: string }) => type).toSorted()).toEqual([...standards.byType.keys()].toSorted());
  });
  it('can be read at every path that the list names', async () => {
    const { body } = await own.call('/standards');
    const paths = [...body.documents, ...body.events].map(({ path }: { path: string }) => path);
    expect(paths.length).toBeGreaterThan(40);
    const failed: string[] = [];
    for (const path of paths) {
      const answer = await own.call(path);
      if (answer.status !== 200 || answer.text === '') failed.push(`${path} ${answer.status}`);
    }
    expect(failed).toEqual([]);
  });
});

describe('the operations', () => {
  it('health, ping and info', async () => {
    expect((await own.call('/health')).body).toEqual({ status: 'pass', checks: { bus: 'pass', audit: 'pass', accepting: 'pass' } });
    expect((await own.call('/ping')).body).toEqual({ status: 'pass' });
    expect((await own.call('/info')).body).toMatchObject({ name: 'justice-interchange', policy: 'uk.gov.gsc/1.0.0' });
  });
  it('metrics count what was taken and given', async () => {
    await own.post('/v1/messages', sampleCase, 'force');
    await own.events('supplier');
    const { text } = await own.call('/metrics', {}, 'monitoring');
    expect(text).toMatch(/interchange_messages_total\{outcome="accepted"\} 1/);
    expect(text).toMatch(/interchange_deliveries_total\{decision="redact"\} 1/);
    expect(text).toMatch(/interchange_request_seconds_count\{operation="submitMessage",status="202"\} 1/);
  });
  it('security.txt names a contact and is not expired', async () => {
    const { text } = await own.call('/.well-known/security.txt');
    expect(text).toMatch(/^Contact: mailto:/m);
    expect(Date.parse(/^Expires: (.*)$/m.exec(text)?.[1] ?? '')).toBeGreaterThan(Date.now());
  });
  it('the published keys verify every seal, and hold nothing private', async () => {
    await own.post('/v1/messages', sampleCase, 'force');
    const { body } = await own.call('/.well-known/jwks.json');
    expect(Object.keys(body.keys[0])).not.toContain('d');
    for (const { seal } of await own.events('cps'))
      await compactVerify(seal.split('~')[0] ?? '', createLocalJWKSet(body as JSONWebKeySet), { algorithms: ['EdDSA'] });
  });
  it('answers what it does not know with a problem', async () => {
    expect((await own.call('/nothing')).body).toMatchObject({ type: problem('not-found') });
  });
  it('sends no header that names the software, and the security headers', async () => {
    const { headers } = await own.call('/nothing');
    expect(headers.get('X-Powered-By')).toBeNull();
    expect([headers.get('X-Content-Type-Options'), headers.get('Cache-Control')]).toEqual(['nosniff', 'no-store']);
  });
});

const statusOf = (raw: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(raw)?.[1]);
const problemIn = (raw: string): unknown => JSON.parse(raw.slice(raw.indexOf('\r\n\r\n') + 4));

describe('limits', () => {
  it('a body that is too large gives 413, with its length or in chunks', async () => {
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
  it('headers that are too large give 431', async () => {
    const back = await own.raw(`GET /ping HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(statusOf(back)).toBe(431);
    expect(problemIn(back)).toMatchObject({ type: problem('headers-too-large') });
  });
  it('a body that comes too slowly gives 408', async () => {
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
  it('more requests than allowed give 429 and when to come again, for that client alone', async () => {
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
  it('each request under way gets 202 and is on the bus afterwards, or an error', async () => {
    const dataFolder = temporary();
    const stopping = await openGateway({ dataFolder, config: { adapters: [hostileAdapter(temporary())] } });
    const sending = Array.from({ length: 40 }, (_, n) =>
      stopping.post('/v1/messages', n === 5 ? 'HOSTILE SLOW' : caseOf(n), 'force').then(
        ({ status, body }) => ({ status, body }),
        () => undefined,
      ),
    );
    // Stopped while most are under way: as soon as the first is answered.
    await Promise.race(sending);
    await stopping.gateway.close();
    const answers = await Promise.all(sending);
    const bus = await openBusOf(dataFolder);
    const stored = new Set((await eventRecords(bus)).map(({ headers }) => headers.ce_id));
    await bus.close();
    const accepted = answers.filter((answer) => answer?.status === 202);
    expect(accepted.length).toBeGreaterThan(0);
    for (const answer of accepted) expect(stored).toContain(answer?.body.events[0].id);
    for (const answer of answers) expect([undefined, 202, 503]).toContain(answer?.status);
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
