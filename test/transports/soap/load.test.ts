/** A SOAP transport when the gateway cannot accept more. One client does not keep others waiting. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BusUnavailable } from '../../../gateway/bus/bus.ts';
import { soap } from '../../../gateway/transports/soap/index.ts';
import { RequestReader } from '../../../gateway/transports/soap/request-reader.ts';
import { WaitingMessages } from '../../../gateway/transports/soap/waiting-messages.ts';
import { NoSender, type Receive, type Transport, type TransportContext } from '../../../gateway/transports/transport.ts';
import type { ReceiptRecord } from '../../../gateway/wire/streams.ts';
import { caseOf, temporary } from '../../support/gateway.ts';
import { ACTIONS, envelope11, post, submitBody } from '../../support/soap.ts';

const MOST_BYTES = 100_000;
const stacks: AsyncDisposableStack[] = [];
afterEach(async () => {
  for (const stack of stacks.splice(0)) await stack.disposeAsync();
});

async function open(receive: Receive, about: Partial<TransportContext> = {}): Promise<Transport> {
  const stack = new AsyncDisposableStack();
  stacks.push(stack);
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const context: TransportContext = {
    name: 'spi',
    sender: () => ({ who: 'wessex', source: {} as never }),
    rights: () => new Set(['messages:write']),
    tokenRights: async () => new Set(['messages:write']),
    limits: {
      headerBytes: 16_384,
      requestSeconds: 10,
      connections: 100,
      connectionsPerAddress: 100,
      writeSeconds: 10,
      requestsAtOnce: 3,
      messageSeconds: 10,
    },
    log: log as never,
    now: Date.now,
    mostBytes: MOST_BYTES,
    baseFolder: '/',
    gateway: 'one',
    isDevelopment: true,
    ...about,
  };
  return soap.open({ port: 0, services: { cjse: '/cjse' } }, context)(stack, receive);
}

const receipt = { id: 'an-id', status: 'accepted', reasons: [] } as unknown as ReceiptRecord;
const accepted: Receive = async (_, reply) => reply({ kind: 'receipt', receipt, repeated: false, isSpooled: false });
const send = (transport: Transport, body = submitBody(caseOf(1))) =>
  post('cjse', transport.addresses[0] ?? '', envelope11(body), { 'Content-Type': 'text/xml', SOAPAction: ACTIONS.submit });

describe('a message of which nothing is stored', () => {
  it('gives a fault that says to send it again', async () => {
    const transport = await open(() => Promise.reject(new BusUnavailable('away')));
    const answer = await send(transport);
    expect([answer.fault, answer.status, answer.headers.get('retry-after')]).toEqual(['unavailable', 503, '5']);
    expect(answer.text).toContain('<faultcode>soap:Server<');
  });
  it('of a client that may not send gives a fault', async () => {
    const sender = () => {
      throw new NoSender('The client may not send');
    };
    expect((await send(await open(accepted, { sender }))).fault).toBe('not-allowed');
  });
  it('gives a fault where tokens cannot be checked now', async () => {
    const tokenRights = () => Promise.reject(Object.assign(new Error('no keys'), { name: 'IssuerUnavailable' }));
    expect((await send(await open(accepted, { tokenRights }))).fault).toBe('unavailable');
  });
  it('gives a fault without details where this program fails', async () => {
    const answer = await send(await open(() => Promise.reject(new TypeError('secret of the program'))));
    expect([answer.fault, answer.text.includes('secret')]).toEqual(['failed', false]);
  });
});

describe('T50 a client', () => {
  it('may have a limited number of requests in progress, and more when they are answered', async () => {
    const { promise: goOn, resolve: letGo } = Promise.withResolvers<void>();
    let taken = 0;
    const transport = await open(async (arrival, reply) => {
      taken++;
      await goOn;
      await accepted(arrival, reply);
    });
    const first = [send(transport), send(transport), send(transport)];
    await expect.poll(() => taken).toBe(3);
    expect(await send(transport)).toMatchObject({ fault: 'too-many-requests', status: 429 });
    letGo();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await send(transport)).status).toBe(200);
  });
  it('whose large request takes too long to read gets a fault, and later ones are read', async () => {
    await using reader = new RequestReader(0.001);
    const bytes = Buffer.from(envelope11(submitBody('x'.repeat(3_000_000))));
    await expect(reader.read({ service: 'cjse', bytes, action: ACTIONS.submit })).rejects.toMatchObject({ code: 'message-limit' });
    await using patient = new RequestReader(60);
    const large = () => patient.read({ service: 'cjse', bytes, action: ACTIONS.submit });
    const read = [await large(), ...(await Promise.all([large(), large()]))];
    expect(read.map(({ operation }) => operation.name)).toEqual(['submit', 'submit', 'submit']);
    const small = Buffer.from(envelope11(submitBody(caseOf(1))));
    expect((await reader.read({ service: 'cjse', bytes: small, action: ACTIONS.submit })).operation.name).toBe('submit');
  });
});

describe('T12 waiting messages', () => {
  const DAY = 86_400_000;
  const opened = async (folder: string, now: () => number = Date.now, pageBytes = 1000) =>
    WaitingMessages.open({ folder, now, keepDays: 30, pageBytes });
  const all = new Set(['acknowledgement', 'event'] as const);

  it('are returned in pages, in order of arrival, whatever the clock says', async () => {
    const folder = temporary();
    const times = [5000, 4000, 6000, 1000];
    const waiting = await opened(folder, () => times.shift() ?? 0, 25);
    await waiting.add('event', 'one', '1'.repeat(20));
    await waiting.add('event', 'two', '2'.repeat(20));
    const first = await waiting.page(all);
    const second = await waiting.page(all, { from: first.timeLast, to: Number.POSITIVE_INFINITY });
    expect([first.messages, second.messages]).toEqual([['1'.repeat(20)], ['2'.repeat(20)]]);
    expect(second.timeLast).toBeGreaterThan(first.timeLast);
    rmSync(folder, { recursive: true });
  });
  it('are returned again where the answer was not sent, and after a restart', async () => {
    const folder = temporary();
    const waiting = await opened(folder);
    await waiting.add('event', 'one', 'text');
    await waiting.page(all);
    const later = await opened(folder);
    const page = await later.page(all);
    expect([page.messages, later.waiting]).toEqual([['text'], 1]);
    await page.retrieved();
    await page.retrieved();
    expect([(await later.page(all)).messages, later.waiting, (await opened(folder)).waiting]).toEqual([[], 0, 0]);
    rmSync(folder, { recursive: true });
  });
  it('are skipped where somebody has removed their files', async () => {
    const folder = temporary();
    const waiting = await opened(folder);
    await waiting.add('event', 'one', 'text');
    await waiting.add('event', 'two', 'more');
    rmSync(join(folder, readdirSync(folder).toSorted()[0] ?? ''));
    expect([(await waiting.page(all)).messages, waiting.waiting]).toEqual([['more'], 1]);
    rmSync(folder, { recursive: true });
  });
  it('are later than every time that a client was given, even with a clock that is ahead', async () => {
    const folder = temporary();
    const waiting = await opened(folder, () => 1000);
    const { timeLast } = await waiting.page(all, { from: 9_000_000, to: Number.POSITIVE_INFINITY });
    await waiting.add('event', 'one', 'text');
    expect((await waiting.page(all, { from: timeLast, to: Number.POSITIVE_INFINITY })).messages).toEqual(['text']);
    rmSync(folder, { recursive: true });
  });
  it('are removed some days after they were retrieved, and not before', async () => {
    const folder = temporary();
    let now = DAY;
    const waiting = await opened(folder, () => now);
    await waiting.add('event', 'retrieved', 'text');
    await (await waiting.page(all)).retrieved();
    await waiting.add('event', 'waiting', 'text');
    now += 29 * DAY;
    await waiting.add('event', 'later', 'text');
    expect(readdirSync(folder)).toHaveLength(3);
    now += 2 * DAY;
    await waiting.add('event', 'latest', 'text');
    expect(readdirSync(folder).filter((name) => name.includes('retrieved'))).toEqual([]);
    expect(waiting.waiting).toBe(3);
    rmSync(folder, { recursive: true });
  });
  it('have names that cannot leave the folder, and other files are left alone', async () => {
    const folder = temporary();
    const outboxFolder = join(folder, 'outbox');
    mkdirSync(outboxFolder);
    writeFileSync(join(outboxFolder, 'notes.txt'), 'x');
    const waiting = await opened(outboxFolder);
    await waiting.add('acknowledgement', '../../etc/x', 'text');
    expect(readdirSync(folder)).toEqual(['outbox']);
    expect((await waiting.page(all)).messages).toEqual(['text']);
    rmSync(folder, { recursive: true });
  });
});
