/** A subscriber’s address: a real HTTP server that stores what it receives, and answers as a test decides. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { SealedEvent } from '../../gateway/labels/event.ts';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: SealedEvent;
}

export interface Receiver {
  readonly url: string;
  readonly got: readonly Received[];
  /** The status of the next answers; a number stays, a function is asked each time. */
  answer: number | ((received: Received) => number | 'never');
  /** Its answers have it, where it is set. */
  retryAfter: string | undefined;
  /** How long it takes to answer. */
  milliseconds: number;
  /** Resolves when it has received this many. */
  count(many: number): Promise<readonly Received[]>;
  close(): Promise<void>;
}

export async function openReceiver(): Promise<Receiver> {
  const got: Received[] = [];
  const waiting: { many: number; resolve: (got: readonly Received[]) => void }[] = [];
  const receiver = { answer: 204 as Receiver['answer'], retryAfter: undefined as string | undefined, milliseconds: 0 };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const received = { headers: request.headers, body, event: JSON.parse(body) as SealedEvent };
      got.push(received);
      const status = typeof receiver.answer === 'number' ? receiver.answer : receiver.answer(received);
      if (receiver.retryAfter !== undefined) response.setHeader('Retry-After', receiver.retryAfter);
      const write = () =>
        response.writeHead(Number(status), status === 302 ? { Location: '/elsewhere' } : {}).end('an answer that nobody reads');
      if (status !== 'never' && receiver.milliseconds > 0) setTimeout(write, receiver.milliseconds);
      else if (status !== 'never') write();
      for (const waiter of waiting.filter(({ many }) => got.length >= many)) waiter.resolve(got);
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    got,
    count: (many: number) => {
      const { promise, resolve } = Promise.withResolvers<readonly Received[]>();
      if (got.length >= many) resolve(got);
      else waiting.push({ many, resolve });
      return promise;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** Whether a stock library of Standard Webhooks takes a delivery, now or at another time. */
export function verifies(secret: string, { headers, body }: Pick<Received, 'headers' | 'body'>): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}
