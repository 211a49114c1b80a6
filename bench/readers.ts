/** Readers over real HTTP, as the questions of reading want them. Each counts what it is given; nothing is verified here, the gateway does that. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serverSentEvents } from '../contracts/client/client.ts';

export interface Reader {
  readonly url: string;
  readonly token: string;
}

type Take = (id: string) => void;

const authorized = (token: string): { readonly headers: Readonly<Record<string, string>> } => ({
  headers: { Authorization: `Bearer ${token}` },
});

interface Page {
  readonly events: readonly { readonly id: string }[];
  readonly cursor: string;
  readonly more: boolean;
}

export async function page({ url, token }: Reader, query: Readonly<Record<string, string>>): Promise<Page> {
  const response = await fetch(`${url}/v1/events?${new URLSearchParams(query)}`, authorized(token));
  if (!response.ok) throw new Error(`A page: ${response.status}`);
  return (await response.json()) as Page;
}

/** Reads pages of 100 to the end. Returns how many events there were, and the cursor after so many of them. */
export async function readPages(reader: Reader, keepAfter = 0): Promise<{ readonly count: number; readonly kept: string }> {
  let count = 0;
  let cursor = '';
  let kept = '';
  for (let more = true; more; ) {
    const read = await page(reader, { limit: '100', ...(cursor === '' ? {} : { cursor }) });
    count += read.events.length;
    ({ cursor, more } = read);
    if (count <= keepAfter) kept = cursor;
  }
  return { count, kept };
}

/** Follows a stream until so many events came, or the signal says so. */
export async function follow({ url, token }: Reader, cursor: string, many: number, take: Take = () => undefined, signal?: AbortSignal) {
  const stop = new AbortController();
  const query = cursor === '' ? '' : `?${new URLSearchParams({ cursor })}`;
  const signals = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  const response = await fetch(`${url}/v1/events/stream${query}`, { ...authorized(token), signal: signals });
  if (!response.ok) throw new Error(`A stream: ${response.status}`);
  let count = 0;
  try {
    for await (const { data } of serverSentEvents(response.body as ReadableStream<Uint8Array>)) {
      take((JSON.parse(data) as { id: string }).id);
      if (++count === many) break;
    }
  } catch (error) {
    if (!signals.aborted) throw error;
  }
  stop.abort();
}

/** Asks for one page after the other from a cursor, and waits for what is new, until the signal says so. */
export async function poll(reader: Reader, from: string, take: Take, signal: AbortSignal): Promise<void> {
  for (let cursor = from; !signal.aborted; ) {
    const read = await page(reader, { limit: '100', wait: '1', cursor });
    for (const { id } of read.events) take(id);
    cursor = read.cursor;
  }
}

/** Subscribes an address of this process. Returns what ends it. */
export async function subscribe({ url, token }: Reader, take: Take): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    take(String(request.headers['webhook-id']));
    request.resume().on('end', () => response.writeHead(204).end());
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const json = { 'Content-Type': 'application/json', ...authorized(token).headers };
  const made = await fetch(`${url}/v1/subscriptions`, { method: 'POST', headers: json, body: JSON.stringify({ url: address }) });
  if (made.status !== 201) throw new Error(`A subscription: ${made.status}`);
  const { id } = (await made.json()) as { id: string };
  return async () => {
    await fetch(`${url}/v1/subscriptions/${id}`, { method: 'DELETE', ...authorized(token) });
    server.closeAllConnections();
    server.close();
  };
}

/** Sends messages at a rate. Takes the ids of the events of each as it is accepted. Resolves to the milliseconds until each was accepted. */
export function send(
  { url, token }: Reader,
  bodies: readonly Buffer[],
  perSecond: number,
  take: Take = () => undefined,
): Promise<number[]> {
  const began = performance.now();
  const headers = { 'Content-Type': 'application/xml', ...authorized(token).headers };
  return Promise.all(
    bodies.map(async (body, n) => {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + (n * 1000) / perSecond - performance.now())));
      const sent = performance.now();
      const response = await fetch(`${url}/v1/messages`, { method: 'POST', headers, body: new Uint8Array(body) });
      if (response.status !== 202) throw new Error(`A message: ${response.status}`);
      const { events } = (await response.json()) as { events: { id: string }[] };
      const milliseconds = performance.now() - sent;
      for (const { id } of events) take(id);
      return milliseconds;
    }),
  );
}
