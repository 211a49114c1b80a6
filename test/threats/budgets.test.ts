/** T49, T50, T58: the cost of a client is limited, whatever it sends, requests or leaves unread, and others are served. */
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { caseOf, hostileAdapter, openGateway, problem, resultOf, type Setup, type TestGateway, temporary } from '../support/gateway.ts';
import { caseWithOffences } from '../support/rules-in-force.ts';

const open: TestGateway[] = [];
const sockets: Socket[] = [];
const start = async (setup: Setup = {}): Promise<TestGateway> => {
  const gateway = await openGateway(setup);
  open.push(gateway);
  return gateway;
};
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(open.splice(0).map((gateway) => gateway.close()));
});

interface Conversation {
  readonly socket: Socket;
  /** Resolves with what came back, when it has the text in it or the connection is closed. */
  answered(text: string): Promise<string>;
  readonly closed: Promise<void>;
}

/** A connection on which only what is written goes out, and nothing is read where the test says so. */
function converse({ url }: TestGateway, head: string, reads = true): Conversation {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  sockets.push(socket);
  let back = '';
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const waiting = new Set<() => void>();
  const look = () => {
    for (const check of waiting) check();
  };
  socket.on('error', () => undefined);
  socket.on('close', () => {
    resolve();
    look();
  });
  if (reads)
    socket.on('data', (chunk: Buffer) => {
      back += chunk.toString('latin1');
      look();
    });
  else socket.pause();
  socket.write(head);
  const answered = (text: string): Promise<string> => {
    const { promise, resolve: found } = Promise.withResolvers<string>();
    const check = () => {
      if (!back.includes(text) && !socket.closed) return;
      waiting.delete(check);
      found(back);
    };
    waiting.add(check);
    check();
    return promise;
  };
  return { socket, answered, closed };
}

const head = (method: string, path: string, headers: Readonly<Record<string, string | number>>): string =>
  `${method} ${path} HTTP/1.1\r\nHost: gateway\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;
const PATIENT = { timeout: 25_000 };
const MiB = 1024 * 1024;
const statusIn = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
const bearer = async (gateway: TestGateway, persona: string) => ({ Authorization: `Bearer ${await gateway.token(persona)}` });

describe('T58 a body', () => {
  const length = { 'Content-Type': 'application/json', 'Content-Length': 15 * MiB };

  it.each(['/oauth2/token', '/v1/messages', '/v1/events', '/v1/subscriptions', '/v1/protections'])(
    'for %s is not read before the client and its right are known',
    async (path) => {
      const gateway = await start();
      const anonymous = await converse(gateway, head('POST', path, length)).answered('\r\n\r\n');
      expect(statusIn(anonymous)).toBe(path === '/oauth2/token' ? 404 : 401);
      if (path === '/oauth2/token') return;
      const supplier = await converse(gateway, head('POST', path, { ...length, ...(await bearer(gateway, 'monitoring')) })).answered(
        '\r\n\r\n',
      );
      expect(statusIn(supplier)).toBe(403);
    },
  );

  it.each([
    ['/v1/subscriptions', 'cps', 65_537],
    ['/v1/protections', 'owner', 65_537],
    ['/v1/messages', 'force', 16 * MiB + 1],
  ])('for %s that is too large is refused before any of it is read', async (path, persona, bytes) => {
    const gateway = await start();
    const headers = { 'Content-Type': 'application/json', 'Content-Length': bytes, ...(await bearer(gateway, persona)) };
    expect(statusIn(await converse(gateway, head('POST', path, headers)).answered('\r\n\r\n'))).toBe(413);
  });

  it('without a length is refused when it is larger than the operation allows', async () => {
    const gateway = await start();
    const headers = { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked', ...(await bearer(gateway, 'cps')) };
    const { socket, answered } = converse(gateway, head('POST', '/v1/subscriptions', headers));
    for (let n = 0; n < 5; n++) socket.write(`4000\r\n${' '.repeat(0x4000)}\r\n`);
    expect(statusIn(await answered('\r\n\r\n'))).toBe(413);
  });

  it('counts during its request: a client with too many bytes is told to wait, and others are served', async () => {
    const gateway = await start({ limits: { bodyBytes: MiB, bytesInFlight: 4 * MiB } });
    const headers = { 'Content-Type': 'application/xml', 'Content-Length': MiB, ...(await bearer(gateway, 'force')) };
    const held = Array.from({ length: 3 }, () => converse(gateway, head('POST', '/v1/messages', headers)));
    for (const { socket } of held) socket.write(Buffer.alloc(MiB - 1, 0x20));
    // One of the three goes over what one client may hold.
    const first = await Promise.race(held.map(({ answered }) => answered('\r\n\r\n')));
    expect(statusIn(first)).toBe(429);
    expect(first).toContain(problem('too-many-requests'));
    expect((await gateway.post('/v1/messages', caseOf(1), 'court')).status).toBeLessThan(429);
    for (const { socket } of held) socket.destroy();
    await expect.poll(async () => (await gateway.post('/v1/messages', caseOf(2), 'force')).status, PATIENT).toBe(202);
  });
});

describe('T58 an answer to a reader', () => {
  const manyOffences = (n: number, times: number) => caseWithOffences(times, caseOf(n));

  it('ends after a number of bytes, and the rest follows on the next pages', async () => {
    const gateway = await start({ limits: { pageBytes: 60_000 } });
    for (let n = 1; n <= 4; n++) expect((await gateway.post('/v1/messages', manyOffences(n, 20), 'force')).status).toBe(202);
    const first = await gateway.call('/v1/events', {}, 'cps');
    expect([first.body.events.length < 4, first.body.more]).toEqual([true, true]);
    expect(await gateway.events('cps')).toHaveLength(4);
  });

  it('has a reference for a large event, which only readers of the event can use', async () => {
    const gateway = await start();
    const { body: receipt } = await gateway.post('/v1/messages', manyOffences(1, 1500), 'force');
    const { body } = await gateway.call('/v1/events', {}, 'cps');
    expect(body.events).toEqual([expect.objectContaining({ id: receipt.events[0].id, dataref: `/v1/events/${receipt.events[0].id}` })]);
    expect(JSON.stringify(body)).not.toMatch(/"data"|Prosser/i);
    const large = await gateway.call(body.events[0].dataref, {}, 'cps');
    expect(large.body.data.defendants[0].offences.length).toBeGreaterThanOrEqual(1500);
    const spi = await gateway.call(body.events[0].dataref, { headers: { Accept: 'application/spi+xml' } }, 'cps');
    expect([spi.status, spi.text.match(/<OffenceCode>/g)?.length]).toEqual([200, large.body.data.defendants[0].offences.length]);
    expect((await gateway.call('/v1/events', {}, 'monitoring')).status).toBe(403);
  });

  it('counts while the reader does not read it: the reader gets no more, and nothing more is disclosed, until it reads', async () => {
    const gateway = await start({ limits: { bodyBytes: MiB, bytesInFlight: 4 * MiB, pageBytes: MiB, writeSeconds: 600 } });
    for (let n = 1; n <= 10; n++) expect((await gateway.post('/v1/messages', manyOffences(n, 60), 'force')).status).toBe(202);
    const headers = await bearer(gateway, 'cps');
    const question = head('GET', '/v1/events', headers);
    const refused = async () => (await gateway.call('/v1/events', {}, 'cps')).status;
    // How much the buffers of both sides hold depends on the machine, and a connection whose buffers are full is not
    // read any further: the test opens connections until the reader has too many bytes.
    const unread: Socket[] = [];
    const read = () => {
      unread.push(converse(gateway, question.repeat(30), false).socket);
      return refused();
    };
    await expect.poll(read, { timeout: 90_000 }).toBe(429);
    const disclosures = async () => (await gateway.audit()).filter(({ action }) => action === 'disclosure').length;
    const whileRefused = async () => {
      const before = await disclosures();
      expect(await refused()).toBe(429);
      return (await disclosures()) - before;
    };
    await expect.poll(whileRefused, PATIENT).toBe(0);
    expect((await gateway.call('/v1/events?limit=1', {}, 'court')).status).toBe(200);
    for (const socket of unread) socket.destroy();
    await expect.poll(refused, PATIENT).toBe(200);
  }, 150_000);

  it('is cut off when the reader takes nothing of it for too long', async () => {
    const gateway = await start({ limits: { writeSeconds: 1 } });
    for (let n = 1; n <= 12; n++) expect((await gateway.post('/v1/messages', manyOffences(n, 60), 'force')).status).toBe(202);
    const headers = await bearer(gateway, 'cps');
    // More than the buffers of both sides hold.
    const { socket, closed } = converse(gateway, Array.from({ length: 20 }, () => head('GET', '/v1/events', headers)).join(''), false);
    await expect.poll(async () => (await gateway.call('/ping')).status, PATIENT).toBe(200);
    const watch = setInterval(() => socket.write('\r\n'), 100);
    await closed;
    clearInterval(watch);
  });
});

describe('T50 a client', () => {
  it('has a limited number of streams, and others still have theirs', async () => {
    const gateway = await start({ limits: { streams: 3 } });
    const over = new AbortController();
    const stream = async (persona: string) => {
      const response = await fetch(`${gateway.url}/v1/events/stream`, { headers: await bearer(gateway, persona), signal: over.signal });
      if (response.status !== 200) await response.body?.cancel();
      return response;
    };
    const streams = await Promise.all([stream('cps'), stream('cps'), stream('cps')]);
    expect(streams.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect([(await stream('cps')).status, (await stream('court')).status]).toEqual([429, 200]);
    await streams[0]?.body?.cancel();
    await expect.poll(async () => (await stream('cps')).status, PATIENT).toBe(200);
    over.abort();
  });

  it('has a limited number of requests in progress, and others still have theirs', async () => {
    const gateway = await start({ limits: { requestsAtOnce: 2 } });
    const headers = await bearer(gateway, 'supplier');
    const waiting = Array.from({ length: 3 }, () => converse(gateway, head('GET', '/v1/events?wait=30', headers)));
    // Two wait for what comes. The third is answered at once.
    expect(statusIn(await Promise.race(waiting.map(({ answered }) => answered('\r\n\r\n'))))).toBe(429);
    expect((await gateway.call('/v1/events', {}, 'supplier')).status).toBe(429);
    expect((await gateway.call('/v1/events', {}, 'cps')).status).toBe(200);
  });

  it('that opens connections and sends nothing blocks nobody', async () => {
    const gateway = await start({ limits: { connectionsPerAddress: 20 } });
    const silent = Array.from({ length: 60 }, () => converse(gateway, 'GET /v1/events HTTP/1.1\r\nHost: gateway\r\n'));
    await expect.poll(() => silent.filter(({ socket }) => socket.closed).length, PATIENT).toBeGreaterThanOrEqual(40);
    for (let n = 0; n < 5; n++) {
      const answer = await converse(
        gateway,
        head('GET', '/v1/events', { ...(await bearer(gateway, 'cps')), Connection: 'close' }),
      ).answered('\r\n\r\n');
      expect(statusIn(answer)).toBe(200);
    }
  });

  it('without a token does not use up anybody’s health probes', async () => {
    const gateway = await start({ limits: { requestsPerMinute: 5 } });
    const statuses: number[] = [];
    for (let n = 0; n < 10; n++) statuses.push((await gateway.call('/v1/events')).status);
    expect(statuses).toContain(429);
    for (const path of ['/health', '/ping', '/.well-known/jwks.json', '/.well-known/security.txt'])
      for (let n = 0; n < 10; n++) expect([path, (await gateway.call(path)).status]).toEqual([path, 200]);
    expect((await gateway.call('/v1/events', {}, 'cps')).status).toBe(200);
  });
});

describe('T50 a client whose messages take long', () => {
  it('waits for its own messages, and blocks no other client', async () => {
    const folder = temporary();
    const gateway = await start({
      dataFolder: folder,
      config: { adapters: [hostileAdapter(folder)], workers: 2 },
      limits: { messageSeconds: 60 },
    });
    const send = (text: string) => gateway.post('/v1/messages', `HOSTILE ${text}`, 'force', { 'Content-Type': 'text/x-hostile' });
    expect((await send('SLOW')).status).toBe(202);
    let done = 0;
    const all = Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const { status } = await send(`HOLD ${n}`);
        done++;
        return status;
      }),
    );
    for (let n = 0; n < 4; n++) expect((await gateway.post('/v1/messages', resultOf(n), 'court')).status).toBe(202);
    expect(done).toBe(0);
    writeFileSync(join(folder, 'released'), '');
    expect(new Set(await all)).toEqual(new Set([202]));
  });
});

describe('T49 the extensions of an adapter', () => {
  it('are refused in an event from a sender, with their place', async () => {
    const gateway = await start();
    const event = {
      specversion: '1.0',
      type: 'uk.justice.case.registered.v1',
      data: { case: { urn: '52WX2000777' }, defendants: [{}], extensions: { 'spi-new-case': { layout: { indents: ['x'.repeat(100)] } } } },
    };
    const { status, body } = await gateway.post('/v1/events', JSON.stringify(event), 'force');
    expect([status, body.reasons]).toEqual([422, [expect.objectContaining({ code: 'adapter-residue', at: '/extensions/spi-new-case' })]]);
  });

  it('cannot make the gateway write anything that the event does not contain', async () => {
    const gateway = await start();
    const event = {
      specversion: '1.0',
      type: 'uk.justice.case.registered.v1',
      data: { case: { urn: '52WX2000778' }, defendants: [{}], extensions: { own: { note: 'x' } } },
    };
    const { status, body } = await gateway.post('/v1/events', JSON.stringify(event), 'force');
    expect(status).toBe(202);
    const spi = await gateway.call(`/v1/events/${body.events[0].id}`, { headers: { Accept: 'application/spi+xml' } }, 'cps');
    expect([spi.status, spi.body.reasons]).toEqual([406, [expect.objectContaining({ at: '/extensions/own' })]]);
  });
});
