/** The CJSE endpoint: what is submitted, what is acknowledged, and what waits to be retrieved. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOME } from '../../../gateway/config.ts';
import { caseOf, openGateway, type TestGateway, temporary } from '../../support/gateway.ts';
import { ACTIONS, envelope11, post, retrieveBody, type SoapAnswer, submitBody, textIn, timeFilter } from '../../support/soap.ts';

const CLIENT = 'wessex.police.records';
const WITHIN = { timeout: 20_000, interval: 50 };
const folder = temporary();
let gateway: TestGateway;
let url: string;
let token: string;

async function open(): Promise<void> {
  gateway = await openGateway({
    dataFolder: join(folder, 'data'),
    config: {
      transports: [
        { name: 'spi', kind: 'soap', client: CLIENT, settings: { port: 0, services: { cjse: '/cjse' }, outbox: join(folder, 'outbox') } },
      ],
    },
  });
  url = gateway.gateway.transports.get('spi')?.transport.addresses[0] ?? '';
  token = await gateway.token('force');
}

beforeAll(async () => {
  mkdirSync(join(folder, 'outbox'));
  mkdirSync(join(folder, 'data'));
  await open();
}, 60_000);
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

const call = (action: keyof typeof ACTIONS, body: string, headers: Record<string, string> = {}): Promise<SoapAnswer> =>
  post('cjse', url, envelope11(body), {
    Authorization: `Bearer ${token}`,
    'Content-Type': 'text/xml; charset=utf-8',
    SOAPAction: `"${ACTIONS[action]}"`,
    ...headers,
  });

const submit = (message: string, about?: Parameters<typeof submitBody>[1]) => call('submit', submitBody(message, about));
const retrieve = (filter = '', id = 'retrieve-1') => call('retrieve', retrieveBody(id, filter));
const receiptIn = (text: string): string => /Receipt: ([\w-]{43})/.exec(text)?.[1] ?? '';
const messagesIn = (text: string): readonly string[] =>
  [...text.matchAll(/<Message>([^<]*)</g)].map(([, message = '']) => textIn(`<m>${message}</m>`, 'm') ?? '');
describe('a submitted message', () => {
  it('is accepted with its request identifier, a response code and its receipt, once it is durable', async () => {
    const { status, text } = await submit(caseOf(1), { id: 'a-first-one' });
    expect([status, textIn(text, 'RequestID'), textIn(text, 'ResponseCode')]).toEqual([200, 'a-first-one', '202']);
    expect((await gateway.call(`/v1/messages/${receiptIn(text)}`, {}, 'force')).body).toMatchObject({ status: 'accepted' });
    expect((await gateway.events('force')).some(({ data }) => JSON.stringify(data).includes('52WX2000001'))).toBe(true);
  });
  it('is stored byte for byte, however the request escapes it', async () => {
    const message = caseOf(2);
    const ways = [
      message.replaceAll('&', '&amp;').replaceAll('<', '&lt;'),
      message.replaceAll('&', '&#38;').replaceAll('<', '&#x3C;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
      `<![CDATA[${message}]]>`,
    ];
    const answers = await Promise.all(ways.map((content, n) => submit('', { id: `way-${n}`, content })));
    const receipts = new Set(answers.map(({ text }) => receiptIn(text)));
    expect([...receipts]).toHaveLength(1);
    const bytes = Buffer.from(message);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect((await gateway.call(`/v1/messages/${[...receipts][0]}`, {}, 'force')).body).toMatchObject({ status: 'accepted', sha256 });
  });
  it('in RouteData is also read, with the details of its envelope', async () => {
    const routed = readFileSync(join(HOME, 'adapters/spi/samples/resulted-case-in-route-data.xml'), 'utf8');
    const { text } = await submit(routed, { id: 'routed' });
    // This client submits no results, so the message is kept, and the reason says so. It was read.
    expect(text).toContain('standard-not-allowed');
  });
  it('with another charset than the request is stored in its own charset', async () => {
    const message = caseOf(3)
      .replace(/^<\?xml[^>]*\?>/, '<?xml version="1.0" encoding="ISO-8859-1"?>')
      .replace('Saltmouth', 'Saltmouth é');
    const { text } = await submit(message, { id: 'latin' });
    expect(textIn(text, 'ResponseCode')).toBe('202');
    const sha256 = createHash('sha256').update(Buffer.from(message, 'latin1')).digest('hex');
    expect((await gateway.call(`/v1/messages/${receiptIn(text)}`, {}, 'force')).body).toMatchObject({ sha256 });
  });
  it('that comes again has no second effect, and gets the same receipt', async () => {
    const before = (await gateway.events('force')).length;
    const first = await submit(caseOf(1), { id: 'a-first-one' });
    const again = await submit(caseOf(1), { id: 'another-identifier' });
    expect(receiptIn(again.text)).toBe(receiptIn(first.text));
    expect((await gateway.events('force')).length).toBe(before);
  });
  it('with refused content is quarantined, and the response has its receipt and no value', async () => {
    const { status, text } = await submit(caseOf(4).slice(0, -40), { id: 'broken' });
    expect([status, textIn(text, 'ResponseCode')]).toEqual([200, '422']);
    expect(text).toContain('xml-not-well-formed');
    expect(text).not.toMatch(/Tremayne/i);
    const { body } = await gateway.call(`/v1/messages/${receiptIn(text)}`, {}, 'force');
    expect(body).toMatchObject({ status: 'quarantined' });
  });
  it('in a format that no adapter reads is quarantined', async () => {
    const { text } = await submit('no format at all', { id: 'nothing' });
    expect([textIn(text, 'ResponseCode'), text]).toEqual(['422', expect.stringContaining('no-adapter')]);
  });
  it('that is large is read in a thread, and accepted', async () => {
    const large = `${caseOf(5)}<!--${'x &amp; '.repeat(25_000)}-->`;
    const { text } = await submit(large, { id: 'large' });
    expect(textIn(text, 'ResponseCode')).toBe('202');
  }, 60_000);
});

describe('an acknowledgement', () => {
  it('is available for an asynchronous message, and returned once', async () => {
    await retrieve();
    const { text: response } = await submit(caseOf(11), { id: 'asynchronous-1', mode: 'ASYNCH' });
    await submit(caseOf(12).slice(0, -40), { id: 'asynchronous-2', mode: 'ASYNCH' });
    await submit(caseOf(13), { id: 'synchronous', mode: 'SYNCH' });
    await submit(caseOf(14), { id: 'routing-only', mode: 'ROUTE' });
    const { text } = await retrieve();
    const [first = '', second = '', ...others] = messagesIn(text);
    expect(response).toContain(first);
    expect([textIn(first, 'RequestID'), textIn(first, 'ResponseCode')]).toEqual(['asynchronous-1', '202']);
    expect([textIn(second, 'RequestID'), textIn(second, 'ResponseCode')]).toEqual(['asynchronous-2', '422']);
    expect(others).toEqual([]);
    await expect.poll(async () => messagesIn((await retrieve()).text)).toEqual([]);
  });
  it('is returned again to a client that asks by time, because its answer may have been lost', async () => {
    const { text: before } = await retrieve();
    const from = textIn(before, 'TimeLast') ?? '';
    await submit(caseOf(15), { id: 'by-time-1', mode: 'ASYNCH' });
    await submit(caseOf(16), { id: 'by-time-2', mode: 'ASYNCH' });
    const once = await retrieve(timeFilter(from));
    const again = await retrieve(timeFilter(from));
    expect(messagesIn(again.text).map((message) => textIn(message, 'RequestID'))).toEqual(['by-time-1', 'by-time-2']);
    expect(messagesIn(once.text)).toEqual(messagesIn(again.text));
    const last = textIn(again.text, 'TimeLast') ?? '';
    expect(messagesIn((await retrieve(timeFilter(last))).text)).toEqual([]);
    expect(messagesIn((await retrieve(timeFilter('2000-01-01T00:00:00Z', from))).text).length).toBeGreaterThan(1);
    expect(messagesIn((await retrieve(timeFilter('2000-01-01T00:00:00Z', '2000-01-02T00:00:00'))).text)).toEqual([]);
  });
  it('is available once for each request', async () => {
    const { text: before } = await retrieve();
    const from = textIn(before, 'TimeLast') ?? '';
    await submit(caseOf(17), { id: 'sent-twice', mode: 'ASYNCH' });
    await submit(caseOf(17), { id: 'sent-twice', mode: 'ASYNCH' });
    expect(messagesIn((await retrieve(timeFilter(from))).text)).toHaveLength(1);
  });
  it('is available after a restart of the gateway', async () => {
    const { text: before } = await retrieve();
    const from = textIn(before, 'TimeLast') ?? '';
    await submit(caseOf(18), { id: 'before-the-stop', mode: 'ASYNCH' });
    await gateway.close();
    await open();
    const { text } = await retrieve(timeFilter(from));
    expect(messagesIn(text).map((message) => textIn(message, 'RequestID'))).toEqual(['before-the-stop']);
  }, 60_000);
});

describe('an outgoing event', () => {
  const deliver = (bytes: Uint8Array, name: string) =>
    gateway.gateway.transports.get('spi')?.transport.deliver?.({ bytes, name, mediaType: 'application/xml' });

  it('can be retrieved once, however often it is delivered', async () => {
    await retrieve();
    const event = caseOf(21);
    await deliver(Buffer.from(event), 'event-1');
    await deliver(Buffer.from(event), 'event-1');
    expect(messagesIn((await retrieve()).text)).toEqual([event]);
  });
  it('is not returned to a token that may only submit', async () => {
    await deliver(Buffer.from(caseOf(22)), 'event-2');
    const only = await gateway.forge({ client_id: CLIENT, sub: CLIENT, scope: 'messages:write' });
    const answer = await call('retrieve', retrieveBody('limited'), { Authorization: `Bearer ${only}` });
    expect(messagesIn(answer.text)).toEqual([]);
    expect(messagesIn((await retrieve()).text)).toHaveLength(1);
  });
  it('has the format of its subscription', async () => {
    const request = { url: 'transport:spi', format: 'application/spi+xml' };
    const { status } = await gateway.post('/v1/subscriptions', JSON.stringify(request), 'force', { 'Content-Type': 'application/json' });
    expect(status).toBe(201);
    await submit(caseOf(31), { id: 'subscribed', mode: 'SYNCH' });
    const retrieved: string[] = [];
    await expect
      .poll(async () => {
        retrieved.push(...messagesIn((await retrieve()).text));
        return retrieved;
      }, WITHIN)
      .toEqual([expect.stringContaining('52WX2000031')]);
    expect(retrieved[0]).toContain('NewCaseMessage');
  });
  it('is not accepted where XML cannot hold it', async () => {
    await expect(deliver(Buffer.from([0xff, 0xfe, 0x00]), 'event-3')).rejects.toMatchObject({ name: 'NotDelivered', isFinal: true });
  });
});

it('file names in the outbox contain no personal data', () => {
  for (const name of readdirSync(join(folder, 'outbox')))
    expect(name).toMatch(/^\d{15}\.(?:acknowledgement|event)\.[\w-]+(?:\.retrieved)?$/);
});

it('the log has no values', () => {
  for (const word of ['Tremayne', 'TREMAYNE', 'asynchronous-1', '52WX2000001']) expect(gateway.log()).not.toContain(word);
});
