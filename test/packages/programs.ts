/** Programs of suppliers, as text, for a folder in which a package is installed. */

/** What a supplier's system does: submits, follows, verifies a seal and a forgery, and a webhook. In JavaScript, for every platform. */
export const TOUR = `
import { GatewayProblem, openInterchange } from '@justice-interchange/client';
import { signWebhook, verifyWebhook } from '@justice-interchange/client/webhook';

const CASE = 'uk.justice.case.registered.v1';
const SECRET = 'whsec_' + btoa('an invented secret of 32 letters');

export async function tour({ url, force, cps, urn }) {
  const receipt = await openInterchange({ url, token: force }).submit(CASE, {
    case: { urn },
    defendants: [{ person: { name: { givenNames: ['Jory'], familyName: 'TREMAYNE' } }, offences: [{ code: 'CJ88116' }] }],
  });
  const reader = openInterchange({ url, token: async () => cps });
  const signal = AbortSignal.timeout(30_000);
  let event;
  for await (const followed of reader.follow({ type: CASE, signal })) {
    event = followed.event;
    if (event.data.case?.urn === urn) break;
  }
  const refused = await openInterchange({ url, token: 'none' }).events().next().catch((error) => error);
  const body = JSON.stringify(event);
  const headers = new Headers(await signWebhook([SECRET], event.id, Math.floor(Date.now() / 1000), body));
  await verifyWebhook(SECRET, headers, body);
  const lie = await verifyWebhook(SECRET, headers, body + ' ').then(() => 'accepted', (error) => error.fault);
  return {
    status: receipt.status,
    urn: event.data.case?.urn,
    verifies: await reader.verify(event),
    forged: await reader.sealFault({ ...event, source: 'somebody.else' }),
    webhook: lie,
    refused: refused instanceof GatewayProblem ? refused.problem.status : String(refused),
  };
}
`;

/** Runs it where there is a command line. */
export const MAIN = `
import { tour } from './tour.js';
const words = globalThis.Deno?.args ?? process.argv.slice(2);
console.log(JSON.stringify(await tour(JSON.parse(words[0]))));
`;

/** A form, as a server makes it. */
export const FORM = `
import { formOf, renderForm } from '@justice-interchange/client/forms';
const schema = { type: 'object', title: 'Stop', properties: { place: { type: 'string', title: 'Where' } }, required: ['place'] };
console.log(renderForm(formOf(schema), { action: '/stops' }));
`;

/** What the types say, in strict TypeScript. */
export const TYPED = `
import { type DeliveredEvent, GatewayProblem, openInterchange } from '@justice-interchange/client';
import { EventOrder } from '@justice-interchange/client/event-order';
import { formOf } from '@justice-interchange/client/forms';
import { sealFault } from '@justice-interchange/client/seal';
import { verifyWebhook } from '@justice-interchange/client/webhook';

const CASE = 'uk.justice.case.registered.v1';
const interchange = openInterchange({ url: 'https://gateway.example', token: () => 'token' });
for await (const { event } of interchange.follow({ type: CASE })) {
  const urn: string | undefined = event.data.case?.urn;
  const isWhole: boolean = await interchange.verify(event);
  console.log(urn, isWhole);
}
// @ts-expect-error: the standard has no such property
await interchange.submit(CASE, { nonsense: 1 });
export const kept: DeliveredEvent[] = [];
export { EventOrder, formOf, GatewayProblem, sealFault, verifyWebhook };
`;

/** An adapter of a supplier, in strict TypeScript. */
export const TYPED_ADAPTER = `
import type { Adapter, DecodedEvent } from '@justice-interchange/adapter';
import { parseStrict } from '@justice-interchange/adapter/json.js';

const adapter: Adapter = {
  id: 'wessex-json',
  title: 'Wessex JSON export',
  version: '1.0.0',
  mediaTypes: ['application/json'],
  standards: ['case.registered'],
  detect: (head) => head.startsWith('{'),
  decode: (message) => {
    const read = parseStrict(new TextDecoder().decode(message));
    if (!read.ok) return read;
    const event: DecodedEvent = { standard: 'case.registered', warnings: [], data: { case: { urn: '52WX1000726' } } };
    return { ok: true, value: { events: [event] } };
  },
};
export default adapter;
`;

/** Reads a message with an adapter of the project. */
export const DECODE = `
import { readFileSync } from 'node:fs';
import { newCase } from '@justice-interchange/adapter/spi/index.js';
const { value: { events } } = newCase.decode(readFileSync(process.argv[2]));
console.log(events[0].standard, events[0].data.case.urn);
`;
