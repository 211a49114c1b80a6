/** T12 to T14, T16 to T21, T24, T25, T41: the HTTP interface reveals nothing, and trusts nothing. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';
import { Cursors } from '../../gateway/reading/cursor.ts';
import { standingAt } from '../../gateway/reading/standing.ts';
import {
  type Answer,
  ASSERTED,
  allOperations,
  caseOf,
  eventRecords,
  hostileAdapter,
  LOW_OPERATOR,
  OPERATOR,
  openGateway,
  problem,
  type TestGateway,
  temporary,
} from '../support/gateway.ts';
import { POLICY, sampleCase, sampleResult } from '../support/rules-in-force.ts';

const CANARY = 'CANARY7f3aQ';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway({ clients: [OPERATOR, LOW_OPERATOR], config: { adapters: [hostileAdapter(temporary())] } });
});
afterAll(() => gateway.close());

const send = async (text: string, headers: Record<string, string> = {}) =>
  (await gateway.post('/v1/messages', text, 'force', headers)).body;
const broken = (n: number) => caseOf(n).replace('</Case>', '');

describe('T12 a message that is replayed has one effect', () => {
  it('whether in sequence or at once, and with any key and media type: the same ids, one event, one receipt', async () => {
    const first = await send(caseOf(1));
    const again = await Promise.all(
      [{}, { 'Idempotency-Key': 'T12-a' }, { 'Idempotency-Key': 'T12-b' }, { 'Content-Type': 'text/xml' }].map((headers) =>
        send(caseOf(1), headers),
      ),
    );
    for (const receipt of again) expect(receipt).toEqual(first);
    const atOnce = await Promise.all(Array.from({ length: 8 }, () => send(caseOf(2))));
    for (const receipt of atOnce) expect(receipt).toEqual(atOnce[0]);
    const records = await gateway.onBus(eventRecords);
    for (const { events } of [first, atOnce[0]]) expect(records.filter(({ headers }) => headers.ce_id === events[0].id)).toHaveLength(1);
    const collected = (await gateway.audit()).filter(({ messageId, action }) => messageId === first.id && action === 'collection');
    expect(collected).toHaveLength(1);
  });
});

describe('T13 a clearance that is revoked after publication', () => {
  it('applies to the next delivery of every kind', async () => {
    const { events } = await send(caseOf(3), ASSERTED({ sensitive: true }));
    const path = `/v1/events/${events[0].id}`;
    expect((await gateway.call(path, {}, 'cps')).status).toBe(200);
    const clients = gateway.config.clients.map((client) =>
      client.persona === 'cps'
        ? { ...client, clearance: { policy: POLICY, classifications: ['OFFICIAL'], releasableTo: ['CPS'] } }
        : client,
    );
    await gateway.gateway.reload({ ...gateway.config, clients });
    try {
      expect((await gateway.call(path, {}, 'cps')).status).toBe(404);
      expect((await gateway.events('cps')).map(({ id }) => id)).not.toContain(events[0].id);
    } finally {
      await gateway.gateway.reload(gateway.config);
    }
    expect((await gateway.call(path, {}, 'cps')).status).toBe(200);
  });
  it('stops the access of a removed client at once', async () => {
    await gateway.gateway.reload({ ...gateway.config, clients: gateway.config.clients.filter(({ persona }) => persona !== 'supplier') });
    const { status } = await gateway.call('/v1/events', {}, 'supplier');
    await gateway.gateway.reload(gateway.config);
    expect(status).toBe(401);
  });
  it('also applies to an open stream', async () => {
    const { body } = await gateway.call('/v1/events', {}, 'cps');
    const abort = new AbortController();
    const headers = { Authorization: `Bearer ${await gateway.token('cps')}` };
    const response = await fetch(`${gateway.url}/v1/events/stream?cursor=${body.cursor}`, { headers, signal: abort.signal });
    let text = '';
    const reading = (async () => {
      for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) text += Buffer.from(chunk).toString();
    })().catch(() => undefined);
    const clients = gateway.config.clients.map((client) =>
      client.persona === 'cps' ? { ...client, clearance: { policy: POLICY, classifications: [] } } : client,
    );
    await gateway.gateway.reload({ ...gateway.config, clients });
    await send(caseOf(4));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await gateway.gateway.reload(gateway.config);
    abort.abort();
    await reading;
    expect(text.includes('data:')).toBe(false);
  });
});

describe('T14 a caller does not get the rights of others', () => {
  it('from claims of a token: scopes and clearance come from the configuration', async () => {
    const { events } = await send(caseOf(5), ASSERTED({ sensitive: true }));
    const token = await gateway.forge({
      client_id: 'example.supplier.frontend',
      sub: 'wessex.cps.review',
      scope: 'events:read quarantine:read messages:write',
      clearance: OPERATOR.clearance,
      operator: true,
    });
    const init = { headers: { Authorization: `Bearer ${token}` } };
    expect((await gateway.call('/v1/events', init)).status).toBe(200);
    expect((await gateway.call(`/v1/events/${events[0].id}`, init)).status).toBe(404);
    expect((await gateway.call('/v1/quarantine', init)).status).toBe(403);
    expect((await gateway.call('/v1/messages', { ...init, method: 'POST', body: sampleCase })).status).toBe(403);
  });
  it('in an operator’s resubmission: a standard that the source may not submit stays refused', async () => {
    const { receipt } = await send(sampleResult);
    const answer = await gateway.post(`/v1/quarantine/${receipt}/resubmission`, sampleResult.replace('Jory', 'Nest'), OPERATOR.id);
    expect(answer.body.reasons).toMatchObject([{ code: 'standard-not-allowed' }]);
  });
  it('from an adapter’s name: the caller still may not submit its standard', async () => {
    const answer = await gateway.post('/v1/messages', sampleResult, 'force', { 'Interchange-Adapter': 'spi-resulted-case' });
    expect(answer.body.reasons).toMatchObject([{ code: 'standard-not-allowed' }]);
  });
});

describe('T17 quarantine has the label of its message', () => {
  it('so that a lower operator cannot see, read, resubmit or count it', async () => {
    const { receipt } = await send(broken(6));
    const list = async () => (await gateway.call('/v1/quarantine', {}, LOW_OPERATOR.id)).body;
    expect((await list()).items).toEqual([]);
    expect((await list()).more).toBe(false);
    expect((await gateway.call(`/v1/quarantine/${receipt}`, {}, LOW_OPERATOR.id)).status).toBe(404);
    expect((await gateway.post(`/v1/quarantine/${receipt}/resubmission`, caseOf(6), LOW_OPERATOR.id)).status).toBe(404);
    expect((await gateway.call(`/v1/quarantine/${receipt}`, {}, OPERATOR.id)).status).toBe(200);
  });
  it('so that it is hidden from a sender whose clearance is too low', async () => {
    const { receipt } = await send(caseOf(7), { 'Interchange-Label': JSON.stringify({ policy: POLICY, classification: 'SECRET' }) });
    for (const persona of ['force', OPERATOR.id]) expect((await gateway.call(`/v1/quarantine/${receipt}`, {}, persona)).status).toBe(404);
  });
});

/** Every operation, called wrongly in several ways, with the canary in every part of the request. */
async function wrongCalls(): Promise<readonly Answer[]> {
  const { receipt } = await send(broken(8).replaceAll('Jory', CANARY));
  const answers: Answer[] = [];
  const personas = [undefined, 'force', 'court', 'supplier', OPERATOR.id];
  for (const { method, path } of allOperations)
    for (const persona of personas)
      for (const id of ['B'.repeat(43), `${CANARY}${'B'.repeat(32)}`, CANARY, receipt as string])
        for (const query of [
          '',
          `?${CANARY}=1`,
          `?cursor=${CANARY}`,
          `?type=${CANARY}&limit=${CANARY}`,
          `?status=${CANARY}&wait=${CANARY}`,
        ]) {
          const target = `${path.replace('{id}', id).replace('{path}', `${CANARY}/x`)}${query}`;
          const headers = {
            'Interchange-Adapter': CANARY,
            'Interchange-Label': `{"${CANARY}":"${CANARY}"}`,
            'Last-Event-ID': `${CANARY}`,
            'X-Canary': CANARY,
            Accept: `application/${CANARY}`,
            ...(method === 'post' ? { 'Content-Type': 'application/cloudevents+json', 'Idempotency-Key': CANARY } : {}),
          };
          const body = method === 'post' ? { body: `{"data":{"${CANARY}":"${CANARY}"},"${CANARY}":1}` } : {};
          const sends = target.startsWith('/v1/events/stream') && query === '' && persona !== undefined;
          if (!sends) answers.push(await gateway.call(target, { method: method.toUpperCase(), headers, ...body }, persona));
        }
  return answers;
}

const hostileMessages = (): readonly string[] => [
  broken(9).replaceAll('Jory', CANARY),
  caseOf(9).replace('<Case>', `<Case ${CANARY}="&${CANARY};">`),
  caseOf(9).replace('<Case>', `<Case ${CANARY}="1" ${CANARY}="2">`),
  caseOf(9).replace('<NewCaseMessage', `<!DOCTYPE x [<!ENTITY ${CANARY} "${CANARY}">]><NewCaseMessage`),
  caseOf(9).replace('UTF-8', CANARY),
  caseOf(9).replaceAll('52WX2000009', CANARY.repeat(30)),
  caseOf(9)
    .replace(/<Birthdate>[^<]*/, `<Birthdate>${CANARY}`)
    .replace('CaseInitiation>C', `CaseInitiation>${CANARY}`),
  `HOSTILE FAIL ${CANARY}`,
  `<${CANARY}>${CANARY}</${CANARY}>`,
  sampleResult.replaceAll('Jory', CANARY),
  CANARY,
];
const hostileEvents = (): readonly string[] => {
  const data = { case: { urn: '52WX3000001' }, defendants: [{}] };
  const event = { specversion: '1.0', type: 'uk.justice.case.registered.v1', data };
  return [
    { ...event, type: CANARY },
    { ...event, [CANARY]: CANARY },
    { ...event, dataschema: `https://${CANARY}.example/` },
    { ...event, data: { ...data, [CANARY]: CANARY } },
    { ...event, data: { ...data, case: { urn: '1', [CANARY]: { [CANARY]: CANARY } } } },
    { ...event, data: { ...data, case: { urn: CANARY.repeat(99) } } },
    { ...event, data: { ...data, label: { policy: POLICY, classification: CANARY } } },
    { ...event, data: { ...data, label: { policy: { id: CANARY, version: CANARY }, classification: 'OFFICIAL' } } },
    { ...event, data: { ...data, label: { policy: POLICY, classification: 'OFFICIAL', [CANARY]: [CANARY] } } },
    { ...event, data: { ...data, label: { policy: POLICY, classification: 'OFFICIAL', handling: [CANARY] } } },
    { ...event, data: { ...data, defendants: [{ person: { dateOfBirth: CANARY, name: CANARY } }] } },
  ]
    .map((body) => JSON.stringify(body))
    .concat(`{"${CANARY}":${CANARY}}`, `{"${CANARY}":1,"${CANARY}":2}`, `{"__proto__":"${CANARY}"}`);
};

describe('T16 an error repeats no part of the request', () => {
  it('for any operation and any fault', async () => {
    const answers = [...(await wrongCalls())];
    for (const text of hostileMessages()) answers.push(await gateway.post('/v1/messages', text, 'force'));
    for (const text of hostileEvents()) answers.push(await gateway.post('/v1/events', text, 'force'));
    const refused = answers.filter(({ status }) => status >= 400);
    expect(refused.length).toBeGreaterThan(400);
    expect(new Set(refused.map(({ operation }) => operation)).size).toBe(allOperations.length);
    const leaking = refused.filter(({ text, headers }) => `${text}${JSON.stringify([...headers])}`.includes(CANARY));
    expect(leaking.map(({ operation, text }) => `${operation}: ${text.slice(0, 300)}`)).toEqual([]);
  });
});

describe('T18 no log line at any level has content', () => {
  it('of accepted, refused and failing messages, or of tokens', async () => {
    for (const text of [...hostileMessages(), sampleCase.replaceAll(/Jory|Ffion|TREMAYNE|PROSSER/g, CANARY)])
      await gateway.post('/v1/messages', text, 'force', { 'Idempotency-Key': `${CANARY}-${randomBytes(4).toString('hex')}` });
    for (const text of hostileEvents()) await gateway.post('/v1/events', text, 'force');
    await wrongCalls();
    const tampered = `${(await gateway.token('cps')).slice(0, -9)}${CANARY}`;
    await gateway.call('/v1/events', { headers: { Authorization: `Bearer ${tampered}` } });
    await gateway.call('/v1/events', { headers: { Authorization: `Basic ${CANARY}` } });
    expect(await gateway.events('cps')).not.toEqual([]);
    expect(gateway.log().split('\n').length).toBeGreaterThan(100);
    expect(gateway.log()).not.toContain(CANARY);
    for (const persona of ['force', 'cps']) expect(gateway.log()).not.toContain((await gateway.token(persona)).split('.')[2]);
  });
});

describe('T19 metrics identify nobody', () => {
  it('after any traffic: the exposition has no client, case, name, event or message', async () => {
    const { id, events } = await send(caseOf(19));
    await gateway.events('cps');
    await gateway.call(`/v1/events/${events[0].id}`, {}, 'cps');
    await gateway.call('/v1/TREMAYNE');
    const { text } = await gateway.call('/metrics', {}, 'monitoring');
    const about = [
      ...gateway.config.clients.map((client) => client.id),
      id,
      events[0].id,
      '52WX',
      'TREMAYNE',
      'Jory',
      'wessex',
      'force',
      'OFFICIAL',
    ];
    for (const name of about) expect(text).not.toContain(name);
    expect(text).toContain('interchange_messages_total');
  });
});

describe('T20 a header cannot inject anything', () => {
  const request = (header: string | Buffer) =>
    Buffer.concat([
      Buffer.from('POST /v1/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n'),
      Buffer.from(header as string),
      Buffer.from('\r\n\r\nx'),
    ]);
  it.each([
    ['a bare CR', 'Idempotency-Key: a\rInterchange-Label: b'],
    ['a bare LF in a value', 'Idempotency-Key: a\n Interchange-Label: b'],
    ['a folded line', 'Idempotency-Key: a\r\n b'],
    ['NUL', 'Idempotency-Key: a\0b'],
    ['a space before the colon', 'Idempotency-Key : a'],
    ['a second length', 'Content-Length: 2'],
    ['two framings', 'Transfer-Encoding: chunked'],
  ])('%s is refused', async (_, header) => {
    expect(await gateway.raw(request(header))).toMatch(/^HTTP\/1\.1 400 /);
  });
  it('with a label or context: only Interchange-Label asserts a label, and it can only raise', async () => {
    const { events } = await send(caseOf(20), {
      ce_id: 'x',
      ce_type: 'uk.justice.hearing.resulted.v1',
      ce_source: 'other',
      ce_classification: 'PUBLIC',
      'ce-classification': 'PUBLIC',
      classification: 'PUBLIC',
      'x-classification': 'PUBLIC',
      'x-label': '{}',
      'x-client-id': OPERATOR.id,
      'x-forwarded-for': '10.0.0.1',
      'x-http-method-override': 'GET',
    });
    const plain = await send(caseOf(21));
    const [one, other] = await Promise.all([events[0].id, plain.events[0].id].map((id) => gateway.call(`/v1/events/${id}`, {}, 'cps')));
    expect(one?.body.data.label).toEqual(other?.body.data.label);
    expect([one?.body.source, one?.body.type, one?.body.classification]).toEqual([
      other?.body.source,
      other?.body.type,
      other?.body.classification,
    ]);
    expect(one?.body.id).not.toBe('x');
    const [record] = (await gateway.onBus(eventRecords)).filter(({ headers }) => headers.ce_id === events[0].id);
    expect(Object.keys(record?.headers ?? {}).toSorted()).toEqual([
      'ce_id',
      'ce_source',
      'ce_specversion',
      'ce_time',
      'ce_type',
      'content-type',
    ]);
  });
  it('on the bus that could be read as two', async () => {
    const bus = openEmbeddedBus({ file: join(temporary(), 'bus.sqlite') });
    const record = { topic: 'justice.official-sensitive.case.v1', key: 'k', value: Buffer.from('{}') };
    for (const text of ['a\r\nb', 'a\nb', 'a\rb', 'a\0b', 'é'])
      for (const headers of [{ name: text }, { [text]: 'value' }])
        await expect(bus.publish([{ ...record, headers }])).rejects.toThrow(TypeError);
    expect(await bus.topics()).toEqual([]);
    await bus.close();
  });
});

describe('T21 no request path is a file path, and no topic is a path', () => {
  it.each([
    '../package.json',
    '%2e%2e/package.json',
    '..%2f..%2fpackage.json',
    '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '....//package.json',
    '..\\package.json',
    '..%5cpackage.json',
    '%252e%252e/package.json',
    './events/event.json',
    'events/../events/event.json',
    '/etc/passwd',
    'file:///etc/passwd',
    'openapi.yaml%00',
    'openapi.yaml%0a',
    'openapi.yaml%0d%0aX: 1',
    '__proto__',
    'constructor',
    'toString',
    '%c0%ae%c0%ae/',
    '%zz',
  ])('/standards/%s', async (path) => {
    const back = await gateway.raw(`GET /standards/${path.replaceAll(' ', '%20')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(back).toMatch(/^HTTP\/1\.1 (404|400) /);
    expect(back).toContain('application/problem+json');
    expect(back).not.toMatch(/root:|devDependencies|\n {4}at /);
  });
  it.each([
    '../x',
    'justice.official-sensitive.case.v1/..',
    'justice..case',
    '.justice',
    'justice.',
    'Justice.Case',
    'a b',
    'a\nb',
    'a\0',
    '',
    'x'.repeat(300),
  ])('and the bus refuses the topic %j', async (topic) => {
    const bus = openEmbeddedBus({ file: join(temporary(), 'bus.sqlite') });
    await expect(bus.publish([{ topic, key: 'k', value: Buffer.from('{}') }])).rejects.toThrow(TypeError);
    await bus.close();
  });
});

describe('T24 what is denied and what is absent are the same', () => {
  const shape = ({ status, text, headers }: Answer) => ({
    status,
    text,
    headers: [...headers.keys()].toSorted(),
    length: headers.get('Content-Length'),
  });
  it('for an event, in every format', async () => {
    const { events } = await send(caseOf(24), ASSERTED({ sensitive: true }));
    for (const [accept, status] of [
      ['*/*', 404],
      ['application/spi+xml', 404],
      ['application/spi+xml, application/json;q=0.5', 404],
      // Nobody writes it: that is said before anything is looked up.
      ['image/png', 406],
    ] as const) {
      const init = { headers: { Accept: accept } };
      const denied = await gateway.call(`/v1/events/${events[0].id}`, init, 'supplier');
      const absent = await gateway.call(`/v1/events/${'A'.repeat(43)}`, init, 'supplier');
      expect(denied.status).toBe(status);
      expect(shape(denied)).toEqual(shape(absent));
    }
  });
  it('for a receipt, an item in quarantine and its resubmission', async () => {
    const { receipt } = await send(broken(25));
    for (const path of ['/v1/messages/ID', '/v1/quarantine/ID', '/v1/quarantine/ID/resubmission']) {
      const init = path.endsWith('resubmission') ? { method: 'POST', body: '<x/>' } : {};
      const denied = await gateway.call(path.replace('ID', receipt), init, LOW_OPERATOR.id);
      expect(denied.status).toBe(404);
      expect(shape(denied)).toEqual(shape(await gateway.call(path.replace('ID', 'A'.repeat(43)), init, LOW_OPERATOR.id)));
    }
  });
  it('for a list of events of a hidden case, and of no case', async () => {
    const { events } = await send(caseOf(26), ASSERTED({ sensitive: true }));
    const { body } = await gateway.call(`/v1/events/${events[0].id}`, {}, 'cps');
    const [hidden, none] = await Promise.all(
      [body.subject, 'A'.repeat(22)].map((subject) => gateway.call(`/v1/events?subject=${subject}`, {}, 'supplier')),
    );
    expect([hidden?.body.events, hidden?.body.more, hidden?.text.length]).toEqual([none?.body.events, none?.body.more, none?.text.length]);
  });
});

describe('T25 a reader learns nothing of hidden events', () => {
  it('from the length of a cursor', async () => {
    const before = (await gateway.call('/v1/events?limit=1000', {}, 'supplier')).body;
    for (let n = 100; n < 140; n++) await send(caseOf(n), ASSERTED({ sensitive: true }));
    const after = (await gateway.call(`/v1/events?cursor=${before.cursor}`, {}, 'supplier')).body;
    expect(after).toMatchObject({ events: [], more: false });
    expect(after.cursor.length).toBe(before.cursor.length);
  });
  it('from the length of a cursor, whatever its place in the order', async () => {
    const cursors = new Cursors(randomBytes(32));
    const lengths = await Promise.all(
      [1, 10, 999, 123_456, 999_999_999].map(async (at) => (await cursors.write('a.client', standingAt(at), {})).length),
    );
    expect(new Set([...lengths, (await cursors.write('a.client', {}, {})).length]).size).toBe(1);
    const filters = { type: `uk.justice.${'a'.repeat(60)}.v1`, subject: 'S'.repeat(64), task: 'a-task-of-a-long-name' };
    const long = await cursors.write('c'.repeat(64), standingAt(999_999_999_999), filters);
    expect([long.length, long.length < 400]).toEqual([lengths[0], true]);
  });
  it('from a cursor of another client, or a changed one', async () => {
    const { cursor } = (await gateway.call('/v1/events', {}, 'cps')).body as { cursor: string };
    for (const wrong of [
      cursor.slice(0, -2),
      `${cursor.slice(0, 60)}${cursor[60] === 'A' ? 'B' : 'A'}${cursor.slice(61)}`,
      `${cursor}A`,
      'eyJhbGciOiJub25lIn0..a.a.a',
    ])
      expect((await gateway.call(`/v1/events?cursor=${wrong}`, {}, 'cps')).status).toBe(400);
    const answer = await gateway.call(`/v1/events?cursor=${cursor}`, {}, 'supplier');
    expect(answer.body).toMatchObject({ type: problem('invalid-request') });
    expect(Buffer.from(cursor.split('.')[0] ?? '', 'base64url').toString()).not.toMatch(/justice|offset/);
  });
  it('from gaps: pages are full, and `more` counts only events that it may read', async () => {
    const fresh = await openGateway();
    try {
      for (let n = 0; n < 5; n++) {
        await fresh.post('/v1/messages', caseOf(n), 'force');
        for (let m = 0; m < 4; m++)
          await fresh.post('/v1/messages', caseOf(100 + n * 4 + m), 'force', ASSERTED({ sensitive: true, releasableTo: ['POLICE'] }));
      }
      const visible = await fresh.events('supplier');
      const pages: { readonly count: number; readonly more: boolean }[] = [];
      for (let cursor = '', more = true; more; ) {
        const { body } = await fresh.call(`/v1/events?limit=1${cursor}`, {}, 'supplier');
        pages.push({ count: body.events.length, more: body.more });
        cursor = `&cursor=${body.cursor}`;
        more = body.more;
      }
      expect(pages).toEqual(visible.map((_, n) => ({ count: 1, more: n < visible.length - 1 })));
    } finally {
      await fresh.close();
    }
  });
});

describe('T41 a request cannot write its own line into the log', () => {
  it('with a newline or ANSI codes in paths, headers, tokens and messages', async () => {
    const lines = ['\u001b[31mred', '\n{"level":60,"msg":"forged"}', '\r\nforged', '\u0085forged', '\u2028forged'];
    for (const line of lines) {
      const encoded = encodeURIComponent(line);
      await gateway.call(`/v1/messages/${encoded}`, {}, 'force');
      await gateway.call(`/standards/${encoded}`);
      await gateway.call(`/${encoded}?${encoded}=${encoded}`);
      await gateway.raw(`GET /ping${line} HTTP/1.1\r\nHost: x\r\nX-A: ${line}\r\nConnection: close\r\n\r\n`);
      await gateway.post('/v1/messages', caseOf(41).replaceAll('Jory', line), 'force');
      await gateway.post('/v1/messages', `HOSTILE FAIL ${line}`, 'force');
      await gateway.post('/v1/events', `{"specversion":"1.0","type":${JSON.stringify(line)}}`, 'force');
    }
    const logged = gateway.log();
    expect(logged.replaceAll('\n', '')).not.toMatch(/[\0-\x1f\x7f\x85\u2028]/);
    for (const line of logged.trimEnd().split('\n')) expect(JSON.parse(line)).not.toMatchObject({ msg: 'forged' });
  });
});
