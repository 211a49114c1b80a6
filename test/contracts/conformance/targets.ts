/** Systems of suppliers for tests: correct ones, and ones with a fault. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type DeliveredEvent, type Interchange, openInterchange } from '../../../contracts/client/client.ts';
import { signWebhook, verifyWebhook } from '../../../contracts/client/webhook.ts';
import type { Outcome } from '../../../contracts/conformance/submission.ts';
import { HOME } from '../../../gateway/config.ts';

export interface Target {
  readonly url: string;
  close(): Promise<void>;
}

export interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answered {
  readonly status: number;
  readonly body?: string;
}

/** A server that answers as a function says. */
export async function openTarget(answer: (asked: Asked) => Promise<Answered> | Answered): Promise<Target> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const given = await Promise.resolve({ headers: request.headers, body })
      .then(answer)
      .catch(() => ({ status: 500 }));
    response.writeHead(given.status).end('body' in given ? given.body : undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** An example of `examples/client`, as a separate process. */
export async function openExample(file: string, env: Readonly<Record<string, string>>): Promise<Target> {
  const child: ChildProcess = spawn(process.execPath, [join(HOME, 'examples/client', file)], {
    env: { ...process.env, ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  for await (const line of lines) {
    const [, url] = /^ready: (.+)$/.exec(line) ?? [];
    if (url !== undefined)
      return {
        url,
        close: async () => {
          child.kill();
          await once(child, 'exit');
        },
      };
  }
  throw new Error(`${file} does not start`);
}

/** What a consumer does otherwise than it should. */
export interface ConsumerFlaw {
  /** Instead of the signature's check. */
  readonly authenticate?: (asked: Asked, secret: string) => Promise<unknown>;
  /** Instead of the seal's check. */
  readonly verify?: (event: DeliveredEvent, client: Interchange) => Promise<boolean>;
  /** What it refuses though it is right. */
  readonly dislikes?: (event: DeliveredEvent, asked: Asked) => boolean;
  /** Whether it looks at the id before the seal. */
  readonly dropsFirst?: boolean;
  readonly refusal?: (body: string) => Answered;
  /** Whether it is out of order from the first malformed body on. */
  readonly breaks?: boolean;
}

export const headersOf = ({ headers }: Asked) => ({ get: (name: string) => headers[name]?.toString() });

/** Verifies the signature and the seal, and drops duplicates, but for its flaw. */
export function openConsumer(gateway: string, secret: string, flaw: ConsumerFlaw = {}): Promise<Target> {
  const client = openInterchange({ url: gateway, token: '' });
  const seen = new Set<string>();
  let isBroken = false;
  const { authenticate = (asked: Asked) => verifyWebhook(secret, headersOf(asked), asked.body), refusal = () => ({ status: 403 }) } = flaw;
  return openTarget(async (asked) => {
    if (isBroken) return { status: 500 };
    try {
      await authenticate(asked, secret);
      const event = JSON.parse(asked.body) as DeliveredEvent;
      if (flaw.dropsFirst === true && seen.has(event.id)) return { status: 204 };
      if (!(await (flaw.verify ?? ((delivered) => client.verify(delivered)))(event, client))) return refusal(asked.body);
      if (flaw.dislikes?.(event, asked) === true) return { status: 400 };
      seen.add(event.id);
      return { status: 204 };
    } catch (error) {
      isBroken = flaw.breaks === true && error instanceof SyntaxError;
      return refusal(asked.body);
    }
  });
}

/** Makes the signature again with the secret. Flaws that check only part of a signature are made from it. */
export async function expectedSignature(secret: string, { headers, body }: Asked): Promise<string> {
  const signed = await signWebhook([secret], String(headers['webhook-id']), Number(headers['webhook-timestamp']), body);
  return signed['webhook-signature'];
}

interface Request {
  readonly gateway: string;
  readonly token: string;
  readonly type: string;
  readonly facts: object;
  readonly reference: string;
}

/** What a submitter does otherwise than it should. */
export interface SubmitterFlaw {
  readonly attempts?: number;
  readonly key?: (reference: string, attempt: number) => string | undefined;
  /** Milliseconds before another attempt, given those that the gateway asked for. */
  readonly pause?: (asked: number) => number;
  /** The id that it gives the event. */
  readonly id?: (token: string) => string;
  /** How wide it writes an attempt. */
  readonly spaces?: (attempt: number) => number;
  readonly mediaType?: string;
  readonly data?: (facts: object) => object;
  readonly redirect?: 'follow' | 'manual';
  /** Statuses after which it tries again. */
  readonly again?: readonly number[];
  readonly says?: (outcome: Partial<Outcome>, request: Request) => object;
  /** What it finds out without the gateway. */
  readonly refuses?: (facts: object) => Partial<Outcome> | undefined;
}

/** Submits with one key and tries again as the gateway asks, except for its flaw. */
export function openSubmitter(flaw: SubmitterFlaw = {}): Promise<Target> {
  const { attempts = 4, key = (reference: string) => reference, again = [429, 503], pause = (asked: number) => asked } = flaw;
  const submit = async (request: Request): Promise<Partial<Outcome>> => {
    const { gateway, token, type, reference } = request;
    const refusal = flaw.refuses?.(request.facts);
    if (refusal !== undefined) return refusal;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const facts = flaw.data?.(request.facts) ?? request.facts;
      const used = key(reference, attempt);
      const event = { specversion: '1.0', type, data: facts, ...(flaw.id === undefined ? {} : { id: flaw.id(token) }) };
      const sent = await fetch(`${gateway}/v1/events`, {
        method: 'POST',
        redirect: flaw.redirect ?? 'manual',
        headers: {
          Authorization: `Bearer ${token}`,
          'Content-Type': flaw.mediaType ?? 'application/cloudevents+json',
          ...(used === undefined ? {} : { 'Idempotency-Key': used }),
        },
        body: JSON.stringify(event, null, flaw.spaces?.(attempt) ?? 0),
      }).catch(() => undefined);
      const body = (await sent?.json().catch(() => ({}))) as { id: string; reasons?: Outcome['reasons'] };
      if (sent?.status === 202) return { outcome: 'accepted', receipt: body.id };
      if (sent !== undefined && sent.status >= 400 && sent.status < 500 && !again.includes(sent.status))
        return { outcome: 'refused', reasons: body.reasons ?? [] };
      if (sent !== undefined && !again.includes(sent.status)) return { outcome: 'not-sent' };
      const seconds = Number(sent?.headers.get('Retry-After') ?? 0);
      await new Promise((resolve) => setTimeout(resolve, pause(seconds * 1000)));
    }
    return { outcome: 'not-sent' };
  };
  return openTarget(async ({ body }) => {
    const request = JSON.parse(body) as Request;
    const outcome = await submit(request);
    return { status: 200, body: JSON.stringify(flaw.says?.(outcome, request) ?? outcome) };
  });
}

/** An address where nothing listens. */
export async function deadUrl(): Promise<string> {
  const { url, close } = await openTarget(() => ({ status: 204 }));
  await close();
  return url;
}
