/**
 * The hostile clients of `hostile.ts`. Each kind runs until the process is stopped, at a low priority, so that its own cost does not
 * affect the gateway.
 */
import { connect } from 'node:net';
import { setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { caseWithOffences, sampleCase } from '../support/rules-in-force.ts';

const { GATEWAY = '', TOKENS = '{}' } = process.env;
const tokens = JSON.parse(TOKENS) as { readonly force: string; readonly reader: string; readonly other: string };
const { port } = new URL(GATEWAY);
const MiB = 1024 * 1024;
const FIVE_MINUTES = 300_000;
setPriority(10);

let done = 0;
/** How often each kind was tried, and what was answered. */
const counts = new Map<string, number>();
const note = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

async function ask(kind: string, path: string, init: RequestInit, most = 20_000): Promise<Response | undefined> {
  try {
    const response = await fetch(GATEWAY + path, { ...init, signal: AbortSignal.timeout(most) });
    note(`${kind}: ${response.status}`);
    return response;
  } catch {
    note(`${kind}: cut`);
    return undefined;
  } finally {
    done++;
  }
}

const post = async (kind: string, path: string, token: string | undefined, body: string | Uint8Array, mediaType: string): Promise<void> => {
  const headers = { 'Content-Type': mediaType, ...(token === undefined ? {} : bearer(token)) };
  const response = await ask(kind, path, { method: 'POST', body: body as NonNullable<RequestInit['body']>, headers });
  await response?.body?.cancel();
};

/** A connection that sends what it is given, reads nothing, and stays. */
async function hold(kind: string, text: string, drip = ''): Promise<void> {
  const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
  socket.pause();
  socket.write(text);
  const timer = drip === '' ? undefined : setInterval(() => socket.write(drip), 500);
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once('close', () => resolve());
  await Promise.race([promise, delay(FIVE_MINUTES)]);
  clearInterval(timer);
  socket.destroy();
  note(`${kind}: closed`);
}

const head = (line: string, headers: Readonly<Record<string, string | number>>) =>
  `${line} HTTP/1.1\r\nHost: gateway\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;

const blank = Buffer.alloc(15 * MiB, 0x20);
const json = Buffer.from(`{"url":"https://example.org/","type":[${'0,'.repeat(7 * MiB)}0]}`);
const nested = sampleCase.replace(/<(\w+:)?Offence>/, (tag) => `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}${tag}`);
const attributes = sampleCase.replace(/<(\w+:)?Offence>/, (tag) => `${'<Offence a=""/>'.repeat(40_000)}${tag}`);
let unique = 0;
const uniqueCase = (text: string) => text.replaceAll(/52WX1000\d{3}/g, () => `52WX3${String(++unique).padStart(6, '0')}`);
const residue = () =>
  JSON.stringify({
    specversion: '1.0',
    type: 'uk.justice.case.registered.v1',
    data: {
      case: { urn: `52WX4${String(++unique).padStart(6, '0')}` },
      defendants: [{}],
      extensions: { 'spi-new-case': { layout: { indents: ['x'.repeat(2000)] } } },
    },
  });
const readLargest = async () => {
  const page = await ask('reads large events', '/v1/events', { headers: bearer(tokens.reader) });
  if (page?.status !== 200) return void (await page?.body?.cancel());
  const { events } = (await page.json()) as { events: readonly { id: string; dataref?: string }[] };
  for (const { id } of events.filter(({ dataref }) => dataref !== undefined)) {
    const response = await ask('reads a large event in SPI', `/v1/events/${id}`, {
      headers: { ...bearer(tokens.reader), Accept: 'application/spi+xml' },
    });
    await response?.body?.cancel();
  }
};

/** Each kind, and how many of it are at work at once. */
const KINDS: Readonly<Record<string, readonly [number, () => Promise<unknown>]>> = {
  'bodies without a token': [
    8,
    () => post('bodies without a token', '/oauth2/token', undefined, blank, 'application/x-www-form-urlencoded'),
  ],
  'large bodies with a token': [4, () => post('large bodies with a token', '/v1/messages', tokens.force, blank, 'application/xml')],
  'large JSON': [3, () => post('large JSON', '/v1/subscriptions', tokens.reader, json, 'application/json')],
  residue: [2, () => post('residue', '/v1/events', tokens.force, residue(), 'application/cloudevents+json')],
  'deep XML': [2, () => post('deep XML', '/v1/messages', tokens.force, nested, 'application/xml')],
  'many attributes': [2, () => post('many attributes', '/v1/messages', tokens.force, uniqueCase(attributes), 'application/xml')],
  'large cases': [2, () => post('large cases', '/v1/messages', tokens.force, uniqueCase(caseWithOffences(4000)), 'application/xml')],
  'reads large events': [3, readLargest],
  'never reads': [10, () => hold('never reads', Array.from({ length: 20 }, () => head('GET /v1/events', bearer(tokens.reader))).join(''))],
  streams: [100, () => hold('streams', head('GET /v1/events/stream', bearer(tokens.other)))],
  'half-open connections': [400, () => hold('half-open connections', 'GET /v1/events HTTP/1.1\r\nHost: gateway\r\n')],
  'slow bodies': [
    50,
    () => hold('slow bodies', head('POST /v1/messages', { ...bearer(tokens.force), 'Content-Length': 16 * MiB }), 'x'.repeat(1000)),
  ],
  'requests without a token': [4, async () => (await ask('requests without a token', '/v1/events', {}))?.body?.cancel()],
  garbage: [2, () => post('garbage', '/v1/messages', tokens.force, `<${++unique}`, 'application/xml')],
  'long waits': [
    30,
    async () => (await ask('long waits', '/v1/events?wait=30', { headers: bearer(tokens.other) }, 60_000))?.body?.cancel(),
  ],
};

for (const [many, attack] of Object.values(KINDS))
  for (let n = 0; n < many; n++)
    void (async () => {
      for (;;) {
        // What is cut off in the middle is tried again.
        await attack().catch(() => undefined);
        await delay(20);
      }
    })();

process.on('SIGTERM', () => {
  console.log(JSON.stringify({ requests: done, counts: Object.fromEntries([...counts].sort()) }));
  process.exit(0);
});
