/** The first program of a supplier who has only the address of a sandbox and the installed client. */

/** Gets a token, a typed event, its seal, a webhook and a form. In TypeScript, as the documents show it. */
export const FIRST_PROGRAM = `
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openInterchange } from '@justice-interchange/client';
import { formOf, type JsonSchema, renderForm } from '@justice-interchange/client/forms';
import { verifyWebhook } from '@justice-interchange/client/webhook';

const [url = ''] = process.argv.slice(2);
const grant = { grant_type: 'client_credentials', client_id: 'supplier', client_secret: 'sandbox' };
const granted = await fetch(url + '/oauth2/token', { method: 'POST', body: new URLSearchParams(grant) });
const { access_token: token } = (await granted.json()) as { readonly access_token: string };
const interchange = openInterchange({ url, token });

let urn: string | undefined;
let verifies = false;
for await (const { event } of interchange.follow({ type: 'uk.justice.case.registered.v1' })) {
  urn = event.data.case?.urn;
  verifies = await interchange.verify(event);
  break;
}

let resolveSecret: (secret: string) => void = () => undefined;
const secret = new Promise<string>((resolve) => (resolveSecret = resolve));
const textOf = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
};
let delivered: (type: string) => void = () => undefined;
const delivery = new Promise<string>((resolve) => (delivered = resolve));
const server = createServer(async (request, response) => {
  const body = await textOf(request);
  try {
    await verifyWebhook(await secret, { get: (name) => request.headers[name]?.toString() }, body);
    response.writeHead(204).end();
    delivered((JSON.parse(body) as { readonly type: string }).type);
  } catch {
    response.writeHead(401).end();
  }
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = 'http://127.0.0.1:' + (server.address() as AddressInfo).port + '/';
const { data } = await interchange.api.POST('/v1/subscriptions', { body: { url: address, from: '2026-01-01T00:00:00Z' } });
resolveSecret(data?.secret ?? '');
const webhook = await delivery;

const schema = (await (await fetch(url + '/standards/bundled/events/person.stopped/1.2.0')).json()) as JsonSchema;
const form = renderForm(formOf(schema, { only: ['/stop/location', '/stop/grounds'] }), { action: '/stops' });
console.log(JSON.stringify({ urn, verifies, webhook, form, token }));
process.exit();
`;

/** The example of a consumer, as somebody has it who installed the client. */
export const asInstalled = (example: string): string =>
  example
    .replaceAll('../../contracts/client/client.ts', '@justice-interchange/client')
    .replaceAll('../../contracts/client/webhook.ts', '@justice-interchange/client/webhook');
