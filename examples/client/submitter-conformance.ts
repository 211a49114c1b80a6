/** A submitter that loses nothing, as the conformance suite asks for one. Usage: PORT=3001 npx node examples/client/submitter-conformance.ts */
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { openInterchange } from '../../contracts/client/client.ts';

/** What the suite asks for: `schemas/conformance/submitter.json`. */
interface Asked {
  readonly gateway: string;
  readonly token: string;
  readonly type: string;
  readonly facts: object;
  readonly reference: string;
}

interface Outcome {
  readonly outcome: 'accepted' | 'refused' | 'not-sent';
  readonly receipt?: string;
  readonly reasons?: readonly { readonly at: string; readonly code: string }[];
}

const ATTEMPTS = 5;
const MOST_SECONDS = 30;

async function submit({ gateway, token, type, facts, reference }: Asked): Promise<Outcome> {
  const { api } = openInterchange({ url: gateway, token });
  let pause = 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await delay(pause);
    const request = {
      // One key for one fact, however often it is sent.
      params: { header: { 'Idempotency-Key': reference } },
      headers: { 'Content-Type': 'application/cloudevents+json' },
      // The facts are typed by their standard, not by the contract.
      body: { specversion: '1.0', type, data: facts as never },
      // The facts are for this gateway, and not for whom it names.
      redirect: 'manual',
    } as const;
    const sent = await api.POST('/v1/events', request).catch(() => undefined);
    if (sent?.data !== undefined) return { outcome: 'accepted', receipt: sent.data.id };
    const status = sent?.response.status ?? 0;
    if (status >= 300 && status < 400) return { outcome: 'not-sent' };
    // What was refused is refused again, but for these: too slow, the first attempt still under way, too many.
    if (status >= 400 && status < 500 && ![408, 409, 429].includes(status)) {
      const { reasons = [] } = (sent?.error ?? {}) as { reasons?: readonly { readonly at?: string; readonly code: string }[] };
      return { outcome: 'refused', reasons: reasons.map(({ at = '', code }) => ({ at, code })) };
    }
    const asked = Number(sent?.response.headers.get('Retry-After') ?? Number.NaN);
    pause = Number.isFinite(asked) ? Math.min(asked, MOST_SECONDS) * 1000 : 100 * 2 ** attempt;
  }
  return { outcome: 'not-sent' };
}

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  const outcome = await submit(JSON.parse(body) as Asked).catch(() => undefined);
  response.writeHead(outcome === undefined ? 500 : 200, { 'Content-Type': 'application/json' }).end(JSON.stringify(outcome ?? {}));
});
server.listen(Number(process.env.PORT ?? 3001), '127.0.0.1', () =>
  console.log(`ready: http://127.0.0.1:${(server.address() as { port: number }).port}/`),
);
