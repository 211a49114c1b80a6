/** Takes webhook deliveries and trusts nobody. Usage: WEBHOOK_SECRET=whsec_… npx node examples/client/webhook.ts */
import { createServer, type IncomingMessage } from 'node:http';
import { type DeliveredEvent, openInterchange } from '../../contracts/client/client.ts';
import { verifyWebhook, WebhookRefused } from '../../contracts/client/webhook.ts';

const { INTERCHANGE_URL: url = 'http://127.0.0.1:8080', WEBHOOK_SECRET: secret = '', PORT = '3000' } = process.env;
// Only the public keys of the gateway are asked for: that needs no token.
const client = openInterchange({ url, token: '' });
const LARGEST = 2 * 1024 * 1024;

// Keep these in your database, in the transaction in which you deal with the event.
const taken = new Set<string>();

/** Here your system deals with an event; the delivery has been answered already. */
function deal({ id, type }: DeliveredEvent): void {
  console.log(`${type} ${id}`);
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= LARGEST) chunks.push(chunk);
  }
  return length <= LARGEST ? Buffer.concat(chunks).toString() : undefined;
}

/** What to answer. Nothing of the delivery is said back. */
async function statusFor(request: IncomingMessage): Promise<number> {
  if (request.method !== 'POST') return 405;
  const body = await bodyOf(request);
  if (body === undefined) return 413;
  // First who sent it, then who made it, and only then whether it is new.
  await verifyWebhook(secret, { get: (name) => request.headers[name]?.toString() }, body);
  const event = JSON.parse(body) as DeliveredEvent;
  if (!(await client.verify(event)) || event.id !== request.headers['webhook-id']) return 403;
  if (!taken.has(event.id)) {
    taken.add(event.id);
    setImmediate(deal, event);
  }
  return 204;
}

const server = createServer(async (request, response) => {
  const status = await statusFor(request).catch((error: unknown) => {
    if (error instanceof WebhookRefused) return 401;
    return error instanceof SyntaxError ? 400 : 500;
  });
  response.writeHead(status).end();
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`ready: http://127.0.0.1:${(server.address() as { port: number }).port}/`));
