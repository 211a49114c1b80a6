/** `/v1/messages` and `POST /v1/events`: an accepted message is durable, once, and its sender and cleared operators can see the receipt. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientConfig, SCOPES } from '../../../gateway/rules/clients.ts';
import {
  allOperations,
  caseOf,
  eventRecords,
  hostileAdapter,
  LOW_OPERATOR,
  OPERATOR,
  openGateway,
  problem,
  resultOf,
  type TestGateway,
  temporary,
} from '../../support/gateway.ts';
import { POLICY, sampleCase, sampleResult } from '../../support/rules-in-force.ts';

const event = (urn: string, more: object = {}) =>
  JSON.stringify({
    specversion: '1.0',
    type: 'uk.justice.case.registered.v1',
    data: { case: { urn }, defendants: [{ person: { name: { givenNames: ['Jory'], familyName: 'TREMAYNE' } } }], ...more },
  });

/** An operator who must not learn whom the law protects. */
const { restrictions: _, ...cleared } = OPERATOR.clearance;
/** A client that may use every operation. */
const EVERY_SCOPE: ClientConfig = { ...OPERATOR, id: 'wessex.every-scope', scopes: [...SCOPES] };
const UNRESTRICTED_OPERATOR = { ...OPERATOR, id: 'wessex.unrestricted-operator', clearance: cleared };

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway({
    clients: [OPERATOR, LOW_OPERATOR, UNRESTRICTED_OPERATOR, EVERY_SCOPE],
    config: { adapters: [hostileAdapter(temporary())] },
  });
});
afterAll(() => gateway.close());

describe('a message', () => {
  it('is accepted, and its event is on the bus under the id of the receipt', async () => {
    const answer = await gateway.post('/v1/messages', sampleCase, 'force');
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      status: 'accepted',
      adapter: 'spi-new-case',
      reasons: [],
      events: [{ standard: 'case.registered' }],
    });
    expect(answer.headers.get('Location')).toBe(`/v1/messages/${answer.body.id}`);
    expect(answer.headers.get('Interchange-Repeated')).toBeNull();
    const ids = await gateway.onBus(async (bus) => (await eventRecords(bus)).map(({ headers }) => headers.ce_id));
    expect(ids).toContain(answer.body.events[0].id);
  });

  it('that is sent again has the same receipt, and no second event', async () => {
    const first = await gateway.post('/v1/messages', resultOf(1), 'court');
    const second = await gateway.post('/v1/messages', resultOf(1), 'court');
    expect(second.status).toBe(202);
    expect(second.headers.get('Interchange-Repeated')).toBe('true');
    expect(second.body).toEqual(first.body);
    const records = await gateway.onBus(eventRecords);
    expect(records.filter(({ headers }) => headers.ce_id === first.body.events[0].id)).toHaveLength(1);
  });

  it('with a named adapter is read by it, and refused where the adapter does not exist', async () => {
    const named = await gateway.post('/v1/messages', caseOf(2), 'force', { 'Interchange-Adapter': 'spi-new-case' });
    expect(named.body).toMatchObject({ status: 'accepted', adapter: 'spi-new-case' });
    const none = await gateway.post('/v1/messages', caseOf(3), 'force', { 'Interchange-Adapter': 'other' });
    expect(none.body).toMatchObject({ type: problem('quarantined'), reasons: [{ code: 'no-adapter' }] });
  });

  it('that is refused is quarantined with places and reasons, and the answer names its receipt', async () => {
    const answer = await gateway.post('/v1/messages', caseOf(4).replace('</Case>', ''), 'force');
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ type: problem('quarantined'), reasons: [{ code: 'xml-not-well-formed' }] });
    const receipt = await gateway.call(`/v1/messages/${answer.body.receipt}`, {}, 'force');
    expect(receipt.body).toMatchObject({ id: answer.body.receipt, status: 'quarantined', events: [] });
  });

  it.each([
    ['with a very long media type', () => caseOf(61).replace('</Case>', ''), `x/${'a'.repeat(1200)}`, 'quarantined'],
    ['with a very long name in it', () => caseOf(62).replace('</Case>', `<${'x'.repeat(11_000)}/></Case>`), 'application/xml', 'accepted'],
  ])('%s is never lost: its receipt can be read, and a repeated one is the same', async (_, text, type, status) => {
    const headers = { 'Content-Type': type };
    const [first, again] = [
      await gateway.post('/v1/messages', text(), 'force', headers),
      await gateway.post('/v1/messages', text(), 'force', headers),
    ];
    const id = first.body.receipt ?? first.body.id;
    expect(again.body.receipt ?? again.body.id).toBe(id);
    const { items } = (await gateway.call('/v1/quarantine?limit=100', {}, 'force')).body;
    expect(items.filter((item: { id: string }) => item.id === id)).toHaveLength(status === 'quarantined' ? 1 : 0);
    const receipt = await gateway.call(`/v1/messages/${id}`, {}, 'force');
    expect(receipt.body).toMatchObject({ id, status });
    for (const { at } of [...receipt.body.warnings, ...receipt.body.reasons]) expect(at?.length ?? 0).toBeLessThanOrEqual(1000);
  });

  it('of a standard that the client may not submit is quarantined', async () => {
    const answer = await gateway.post('/v1/messages', sampleResult, 'force');
    expect(answer.body).toMatchObject({ type: problem('quarantined'), reasons: [{ code: 'standard-not-allowed' }] });
  });

  it('that is empty is refused as a request', async () => {
    expect((await gateway.post('/v1/messages', '', 'force')).body).toMatchObject({ type: problem('invalid-request') });
  });

  it('from a client that is not a source, or lacks the scope, is forbidden; without a token, unauthenticated', async () => {
    expect((await gateway.post('/v1/messages', sampleCase, 'cps')).body).toMatchObject({ type: problem('forbidden') });
    const answer = await gateway.call('/v1/messages', { method: 'POST', body: sampleCase });
    expect(answer.body).toMatchObject({ type: problem('unauthenticated') });
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer');
  });

  it('asserts a label that can only raise', async () => {
    const label = { policy: POLICY, classification: 'OFFICIAL', sensitive: true };
    const raised = await gateway.post('/v1/messages', caseOf(5), 'force', { 'Interchange-Label': JSON.stringify(label) });
    expect(raised.body.classification).toBe('OFFICIAL-SENSITIVE');
    for (const header of ['SECRET', '{"policy":', '{"a":1,"a":2}'])
      expect((await gateway.post('/v1/messages', caseOf(5), 'force', { 'Interchange-Label': header })).status).toBe(400);
  });

  it('with wrong parameters is refused before it is read', async () => {
    for (const headers of [{ 'Interchange-Adapter': 'A B' }, { 'Idempotency-Key': 'a b' }, { 'Idempotency-Key': 'x'.repeat(256) }])
      expect((await gateway.post('/v1/messages', caseOf(6), 'force', headers)).body).toMatchObject({
        type: problem('invalid-request'),
        reasons: [{ code: 'parameter-invalid' }],
      });
    expect((await gateway.post('/v1/messages?extra=1', caseOf(6), 'force')).body).toMatchObject({
      reasons: [{ code: 'parameter-unknown' }],
    });
  });

  it('that is compressed is refused, because a small body could become large', async () => {
    const answer = await gateway.post('/v1/messages', gzipSync(sampleCase), 'force', { 'Content-Encoding': 'gzip' });
    expect(answer.body).toMatchObject({ status: 415, type: problem('unsupported-media-type') });
  });

  it('passes the trace of its request to its events', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { body } = await gateway.post('/v1/messages', caseOf(7), 'force', { traceparent });
    expect((await gateway.call(`/v1/events/${body.events[0].id}`, {}, 'force')).body.traceparent).toBe(traceparent);
  });
});

describe('a receipt', () => {
  it('T17 is visible to its sender, and to an operator whose clearance covers everything that it can reveal', async () => {
    const { body } = await gateway.post('/v1/messages', caseOf(10), 'force');
    expect((await gateway.call(`/v1/messages/${body.id}`, {}, 'force')).body).toEqual(body);
    expect((await gateway.call(`/v1/messages/${body.id}`, {}, OPERATOR.id)).body).toEqual(body);
    for (const other of ['court', LOW_OPERATOR.id, UNRESTRICTED_OPERATOR.id]) {
      const answer = await gateway.call(`/v1/messages/${body.id}`, {}, other);
      expect(answer.body).toEqual({ type: problem('not-found'), title: expect.any(String), status: 404 });
    }
    expect((await gateway.call(`/v1/messages/${body.id}`, {}, 'cps')).status).toBe(403);
    expect((await gateway.call('/v1/messages/short', {}, 'force')).status).toBe(400);
  });
});

describe('an Idempotency-Key', () => {
  it('with the same payload returns the stored answer, and with another is refused', async () => {
    const headers = { 'Idempotency-Key': 'key-1' };
    const first = await gateway.post('/v1/messages', caseOf(20), 'force', headers);
    const second = await gateway.post('/v1/messages', caseOf(20), 'force', headers);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('Interchange-Repeated')).toBe('true');
    const other = await gateway.post('/v1/messages', caseOf(21), 'force', headers);
    expect(other.body).toMatchObject({ status: 422, type: problem('idempotency-mismatch') });
  });

  it('returns the stored refusal again, and clients have separate keys', async () => {
    const headers = { 'Idempotency-Key': 'key-2' };
    const first = await gateway.post('/v1/messages', caseOf(22).replace('</Case>', ''), 'force', headers);
    const second = await gateway.post('/v1/messages', caseOf(22).replace('</Case>', ''), 'force', headers);
    expect([second.status, second.body]).toEqual([422, first.body]);
    expect((await gateway.post('/v1/messages', resultOf(22), 'court', headers)).status).toBe(202);
  });

  it('is bound to a message that was sent before without it', async () => {
    await gateway.post('/v1/messages', caseOf(23), 'force');
    const headers = { 'Idempotency-Key': 'key-3' };
    expect((await gateway.post('/v1/messages', caseOf(23), 'force', headers)).status).toBe(202);
    expect((await gateway.post('/v1/messages', caseOf(24), 'force', headers)).body).toMatchObject({
      type: problem('idempotency-mismatch'),
    });
  });

  it('returns 409 while its first request is in progress', async () => {
    const headers = { 'Idempotency-Key': 'key-4' };
    const first = gateway.post('/v1/messages', 'HOSTILE SLOW', 'force', headers);
    await new Promise((resolve) => setTimeout(resolve, 250));
    const second = await gateway.post('/v1/messages', 'HOSTILE SLOW', 'force', headers);
    expect(second.body).toMatchObject({ status: 409, type: problem('idempotency-in-flight') });
    expect(second.headers.get('Retry-After')).toBe('1');
    expect((await gateway.post('/v1/messages', 'HOSTILE OTHER', 'force', headers)).status).toBe(422);
    expect((await first).status).toBe(202);
    expect((await gateway.post('/v1/messages', 'HOSTILE SLOW', 'force', headers)).headers.get('Interchange-Repeated')).toBe('true');
  });
});

describe('an event in canonical form', () => {
  it('is accepted, and delivered to readers', async () => {
    const answer = await gateway.post('/v1/events', event('52WX3000001'), 'force');
    expect(answer.body).toMatchObject({ status: 'accepted', adapter: 'canonical' });
    const read = await gateway.call(`/v1/events/${answer.body.events[0].id}`, {}, 'cps');
    expect(read.body.data.case.urn).toBe('52WX3000001');
    expect((await gateway.post('/v1/events', event('52WX3000001'), 'force')).headers.get('Interchange-Repeated')).toBe('true');
  });
  it('asserts a label in its data', async () => {
    const label = { policy: POLICY, classification: 'OFFICIAL', sensitive: true };
    expect((await gateway.post('/v1/events', event('52WX3000002', { label }), 'force')).body.classification).toBe('OFFICIAL-SENSITIVE');
  });
  it.each([
    ['that is not JSON', '{', 'json-malformed'],
    ['of an unknown type', event('x').replace('case.registered', 'case.unknown'), 'standard-unknown'],
    ['that does not fit its standard', event('52WX3000003', { extra: 1 }), 'schema-violation'],
    ['that states what the gateway makes', event('52WX3000004', { portions: [] }), 'schema-violation'],
    ['in other text than UTF-8', Buffer.from('{"a":"\xff"}', 'latin1'), 'charset'],
  ])('%s is quarantined', async (_, body, code) => {
    const answer = await gateway.post('/v1/events', body, 'force');
    expect(answer.body).toMatchObject({ type: problem('quarantined') });
    expect(answer.body.reasons.map((reason: { code: string }) => reason.code)).toContain(code);
  });
  describe('with attributes of its sender', () => {
    const stop = (reference: string, time: unknown, attributes: object = {}, more: object = {}) =>
      JSON.stringify({
        specversion: '1.0',
        type: 'uk.justice.person.stopped.v1',
        time,
        ...attributes,
        data: { stop: { reference, date: '2026-07-01', kind: 'person-search', ...more } },
      });
    const send = (body: string) => gateway.post('/v1/events', body, 'force');
    const timeOf = async (id: string) => (await gateway.call(`/v1/events/${id}`, {}, 'force')).body.time as string;
    const warned = (...names: readonly string[]) =>
      names.map((name) => ({ code: 'attribute-not-used', at: `/${name}`, reason: expect.any(String) as string }));

    it.each([5, 'garbage', '2026-01-01T10:00:00', '2026-01-01', '0000-01-01T10:00:00Z', null])(
      'with the time %j is refused at /time, without its value',
      async (time) => {
        const answer = await send(stop('TIME-1', time));
        expect([answer.status, answer.body.reasons]).toMatchObject([422, [{ code: 'schema-violation', at: '/time' }]]);
        expect(JSON.stringify(answer.body.reasons)).not.toContain(String(time));
      },
    );
    it('has the sender’s time, in UTC, where the data has none', async () => {
      const { body } = await send(stop('TIME-2', '2026-07-01T11:30:00.25+01:00'));
      expect([body.warnings, await timeOf(body.events[0].id)]).toEqual([[], '2026-07-01T10:30:00.250Z']);
    });
    it('has the time of its data, and the receipt reports that the other is not used', async () => {
      const same = await send(stop('TIME-3', '2026-07-01T10:30:00Z', {}, { time: '11:30:00' }));
      expect([same.body.warnings, await timeOf(same.body.events[0].id)]).toEqual([[], '2026-07-01T10:30:00.000Z']);
      const other = await send(stop('TIME-4', '2026-07-01T11:30:00Z', {}, { time: '11:30:00' }));
      expect([other.body.warnings, await timeOf(other.body.events[0].id)]).toEqual([warned('time'), '2026-07-01T10:30:00.000Z']);
    });
    it('has warnings for each attribute that the gateway sets itself', async () => {
      const attributes = { id: 'own-1', source: '/own', subject: '52WX3000009' };
      const { body } = await send(stop('TIME-5', undefined, attributes));
      expect(body.warnings).toEqual(warned('id', 'source', 'subject'));
    });
    it.each([
      ['expirytime', '2030-01-01T00:00:00Z', '/expirytime'],
      ['recordedtime', '2026-07-01T10:30:00Z', '/recordedtime'],
      ['jorytremayne', 'x', '/'],
    ])('of which one is %s is refused', async (name, value, at) => {
      const answer = await send(stop('TIME-6', undefined, { [name]: value }));
      expect([answer.status, answer.body.reasons]).toMatchObject([422, [{ code: 'schema-violation', at }]]);
      expect(answer.text).not.toContain('jorytremayne');
    });
  });
  it('in another media type is refused', async () => {
    expect((await gateway.post('/v1/events', event('52WX3000005'), 'force', { 'Content-Type': 'text/plain' })).status).toBe(415);
  });
  it('with an Idempotency-Key is handled like a message', async () => {
    const headers = { 'Idempotency-Key': 'event-1' };
    const first = await gateway.post('/v1/events', event('52WX3000006'), 'force', headers);
    expect((await gateway.post('/v1/events', event('52WX3000006'), 'force', headers)).body).toEqual(first.body);
    expect((await gateway.post('/v1/events', event('52WX3000007'), 'force', headers)).status).toBe(422);
  });
});

describe('every operation', () => {
  const pathOf = (path: string) =>
    path
      .replace('/standards/{path}', '/standards/openapi.yaml')
      .replace('/protections/{id}', `/protections/${'A'.repeat(22)}`)
      .replaceAll(/\{\w+\}/g, 'A'.repeat(43));
  const clientFor = (path: string, method: string): string | undefined =>
    path.startsWith('/v1') || (path === '/metrics' && method === 'get') ? EVERY_SCOPE.id : undefined;
  it.each(allOperations.map(({ id, method, path }) => [id, method, pathOf(path)] as const))(
    '%s refuses an unknown query parameter',
    async (_, method, path) => {
      const init: RequestInit = { method: method.toUpperCase(), ...(method === 'post' ? { body: 'x' } : {}) };
      const answer = await gateway.call(`${path}?unknown=1`, init, clientFor(path, method));
      expect(answer.status).toBe(400);
      expect(answer.body.reasons.map(({ code }: { code: string }) => code)).toContain('parameter-unknown');
    },
  );
  it('refuses other methods, and names the supported ones', async () => {
    for (const path of new Set(allOperations.map((operation) => pathOf(operation.path)))) {
      const answer = await gateway.call(path, { method: 'PUT' }, 'force');
      expect(answer.body).toMatchObject({ status: 405, type: problem('method-not-allowed') });
      const allowed = allOperations.filter((operation) => pathOf(operation.path) === path).map(({ method }) => method.toUpperCase());
      if (allowed.includes('GET') && !path.startsWith('/v1/') && path !== '/metrics') allowed.push('HEAD');
      expect(answer.headers.get('Allow')?.split(', ').sort()).toEqual(allowed.sort());
    }
  });
  it('requires its scope, unless it is public', async () => {
    for (const { method, path } of allOperations.filter((operation) => operation.path.startsWith('/v1'))) {
      const init: RequestInit = { method: method.toUpperCase(), ...(method === 'post' ? { body: 'x' } : {}) };
      expect((await gateway.call(pathOf(path), init)).status).toBe(401);
      const none = `Bearer ${await gateway.forge({ scope: '' })}`;
      expect((await gateway.call(pathOf(path), { ...init, headers: { Authorization: none } })).status).toBe(403);
    }
  });
});
