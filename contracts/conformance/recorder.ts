/** Stands between a submitter and the gateway: it writes down what is sent, and fails on purpose. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a request: it goes to the gateway; it does and the answer is lost; the connection is cut; or the recorder answers itself. */
export type Fate = 'forward' | 'lose-answer' | 'cut' | PendingDisclosure;

export interface PendingDisclosure {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Attempt {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Milliseconds, by the recorder's clock: when it came, and when it was answered. */
  readonly came: number;
  readonly answered: number;
  /** What the gateway said, where it was asked, whether or not the answer was lost. */
  readonly status?: number;
  readonly answer?: string;
}

export interface Recorder {
  readonly url: string;
  /** Another origin, to which nothing must be sent. */
  readonly elsewhere: string;
  /** Whether anything came there. */
  readonly wentElsewhere: () => boolean;
  /** Says what becomes of the submissions that hold a text, by how many came before. What holds no such text is forwarded. */
  plan(text: string, fate: (before: number) => Fate): void;
  /** The submissions that held a text, in their order. */
  attempts(text: string): readonly Attempt[];
  close(): Promise<void>;
}

const OF_THE_CONNECTION = new Set('host connection keep-alive content-length transfer-encoding expect upgrade te trailer'.split(' '));
const isEndToEnd = ([name]: readonly [string, unknown]): boolean => !OF_THE_CONNECTION.has(name);
const LONGEST = 4 * 1024 * 1024;

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST) request.destroy();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const closed = async (server: Server): Promise<void> => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
};

interface Planned {
  readonly fate: (before: number) => Fate;
  readonly attempts: Attempt[];
}

/** Opens a recorder before a gateway. `now` is a clock in milliseconds that only grows. */
export async function openRecorder(gateway: string, now: () => number): Promise<Recorder> {
  const plans = new Map<string, Planned>();
  let strays = 0;

  const forward = async (request: IncomingMessage, body: Buffer): Promise<Required<PendingDisclosure>> => {
    const headers = Object.entries(request.headersDistinct)
      .filter(isEndToEnd)
      .flatMap(([name, values = []]) => values.map((value): [string, string] => [name, value]));
    const { method = 'GET', url = '/' } = request;
    const init = method === 'GET' || method === 'HEAD' ? {} : { body: new Uint8Array(body) };
    const response = await fetch(gateway + url, { method, headers, redirect: 'manual', ...init });
    return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const came = now();
    const body = await bodyOf(request);
    const text = body.toString();
    const planned = [...plans].find(([key]) => text.includes(key))?.[1];
    const fate = planned?.fate(planned.attempts.length) ?? 'forward';
    const isAsked = fate === 'forward' || fate === 'lose-answer';
    const answer = isAsked ? await forward(request, body) : undefined;
    const { url = '/', headers } = request;
    const known = answer === undefined ? {} : { status: answer.status, answer: answer.body };
    planned?.attempts.push({ url, headers, body: text, came, answered: now(), ...known });
    if (fate === 'cut' || fate === 'lose-answer') {
      request.socket.destroy();
      return;
    }
    const { status, headers: responseHeaders = {}, body: content = '' } = fate === 'forward' ? (answer as PendingDisclosure) : fate;
    response.writeHead(status, Object.fromEntries(Object.entries(responseHeaders).filter(isEndToEnd))).end(content);
  };

  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  const other = createServer((request, response) => {
    strays++;
    request.resume();
    response.writeHead(404).end();
  });
  const [url, elsewhere] = [await listening(server), await listening(other)];
  return {
    url,
    elsewhere,
    wentElsewhere: () => strays > 0,
    plan: (text, fate) => void plans.set(text, { fate, attempts: [] }),
    attempts: (text) => plans.get(text)?.attempts ?? [],
    close: async () => {
      await Promise.all([closed(server), closed(other)]);
    },
  };
}
