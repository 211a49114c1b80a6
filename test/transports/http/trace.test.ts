/** Traces in a collector: from the request through the event to its delivery, without content. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caseOf, openGateway, type TestGateway } from '../../support/gateway.ts';
import { sampleCase } from '../../support/rules-in-force.ts';

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
}

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

describe('a collector', () => {
  const bodies: string[] = [];
  let server: Server;
  let gateway: TestGateway;
  let traceparent = '';
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => void (body += String(chunk)));
      request.on('end', () => {
        bodies.push(body);
        response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    gateway = await openGateway({ config: { tracing: { endpoint: `http://127.0.0.1:${port}/v1/traces` } } });
    const sent = await gateway.post('/v1/messages', sampleCase, 'force', { traceparent: `00-${TRACE}-${PARENT}-01` });
    await gateway.post('/v1/messages', '<CANARY-IN-A-MESSAGE', 'force');
    const { body } = await gateway.call(`/v1/events/${sent.body.events[0].id}`, { headers: { traceparent: 'nonsense' } }, 'cps');
    traceparent = body.traceparent as string;
    await gateway.close();
  });
  afterAll(() => server.close());

  const spans = (): readonly Span[] =>
    bodies.flatMap((body) =>
      (JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }).resourceSpans.flatMap(({ scopeSpans }) =>
        scopeSpans.flatMap((scopeSpan) => scopeSpan.spans),
      ),
    );

  it('gets the request in the trace of its sender', () => {
    const [submit] = spans().filter(({ name }) => name === 'submitMessage');
    expect(submit).toMatchObject({ traceId: TRACE, parentSpanId: PARENT });
    expect(traceparent).toBe(`00-${TRACE}-${submit?.spanId}-01`);
  });
  it('gets the delivery in a trace of the reader, with a link to the trace of the event', () => {
    const [submit] = spans().filter(({ name }) => name === 'submitMessage');
    const [read] = spans().filter(({ name }) => name === 'getEvent');
    const [delivery] = spans().filter(({ name }) => name === 'deliver');
    expect(delivery).toMatchObject({ traceId: read?.traceId, parentSpanId: read?.spanId });
    expect(read?.traceId).not.toBe(TRACE);
    expect(delivery?.links).toMatchObject([{ traceId: TRACE, spanId: submit?.spanId }]);
  });
  it('gets no content, name or id of a message or event', () => {
    const all = bodies.join();
    expect(all).toContain('getEvent');
    for (const secret of ['CANARY', 'PROSSER', '52WX1', 'wessex']) expect(all).not.toContain(secret);
  });
});

it('an unavailable collector delays nothing', async () => {
  const gateway = await openGateway({ config: { tracing: { endpoint: 'http://127.0.0.1:9/v1/traces' } } });
  expect((await gateway.post('/v1/messages', sampleCase, 'force')).status).toBe(202);
  await gateway.close();
});

it('without a collector, a trace continues from the request to the event', async () => {
  const gateway = await openGateway();
  const { body } = await gateway.post('/v1/messages', sampleCase, 'force', { traceparent: `00-${TRACE}-${PARENT}-01` });
  expect((await gateway.call(`/v1/events/${body.events[0].id}`, {}, 'cps')).body.traceparent).toBe(`00-${TRACE}-${PARENT}-01`);
  await gateway.close();
});

describe('a traceparent', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await openGateway();
  });
  afterAll(() => gateway.close());
  let n = 0;
  const began = async (given: string) => {
    const { status, headers, body } = await gateway.post('/v1/messages', caseOf(n++), 'force', { traceparent: given });
    expect(status).toBe(202);
    const event = await gateway.call(`/v1/events/${body.events[0].id}`, {}, 'force');
    return { traceparent: event.body.traceparent as string, warning: headers.get('Interchange-Warning') };
  };

  it.each([
    ['of version 00', `00-${TRACE}-${PARENT}-00`, '00'],
    ['of a later version', `01-${TRACE}-${PARENT}-01`, '01'],
    ['of a later version with more fields', `cc-${TRACE}-${PARENT}-01-what-the-future-will-be-like`, '01'],
    ['with unknown flags', `00-${TRACE}-${PARENT}-ff`, '01'],
  ])('%s is continued', async (_, given, flags) =>
    expect(await began(given)).toEqual({ traceparent: `00-${TRACE}-${PARENT}-${flags}`, warning: null }),
  );

  it.each([
    ['nonsense', 'nonsense'],
    ['that is too long for version 00', `00-${TRACE}-${PARENT}-01-more`],
    ['of a later version with what is not a field', `01-${TRACE}-${PARENT}-01.more`],
    ['of version ff', `ff-${TRACE}-${PARENT}-01`],
    ['with capitals', `00-${TRACE.toUpperCase()}-${PARENT}-01`],
    ['with a trace of zeros', `00-${'0'.repeat(32)}-${PARENT}-01`],
    ['with a parent of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['that stands twice', `00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`],
    ['that is very long', `00-${'a'.repeat(3000)}`],
  ])('%s is replaced by a new one, and the answer and the log have that one', async (_, given) => {
    const { traceparent, warning } = await began(given);
    expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect([traceparent.includes(TRACE), warning]).toEqual([false, 'traceparent-replaced']);
    expect(gateway.log()).toContain('"traceparent":"replaced"');
    expect(gateway.log()).not.toContain(given);
  });
});
