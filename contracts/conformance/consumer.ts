/** The checks of a consumer: right deliveries and wrong ones, and what it answers. */
import { randomBytes } from 'node:crypto';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { signWebhook } from '../client/webhook.ts';
import {
  type ConsumerContext,
  type Headers,
  isTaken,
  newSecret,
  refused,
  said,
  send,
  signed,
  taken,
  tampered,
  without,
} from './delivery.ts';
import { changedContent, changedLabel, changedPortion, type Forgery, movedSeal, otherKey, unsealed } from './forgery.ts';
import { type Check, type Checks, failed, notRun, passed, type Verdict } from './run.ts';

/** How long a consumer has for an answer, in milliseconds. */
export const CONSUMER_PATIENCE = 10_000;

const HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

/** Forgeries of an event, each rightly signed. */
const forged =
  (make: (event: SealedEvent, context: ConsumerContext) => readonly Forgery[]): Check<ConsumerContext> =>
  async (context) => {
    const forgeries = make(context.events.genuine, context);
    return refused(context, ...(await Promise.all(forgeries.map(({ what, event }) => signed(context, what, event)))));
  };

async function echoesNothing(context: ConsumerContext): Promise<Verdict> {
  const planted = `canary-${randomBytes(8).toString('hex')}`;
  const { event } = changedPortion(context.events.genuine, planted);
  const body = `{"id": "${planted}", `;
  const headers = await signWebhook([context.secret], planted, Math.floor(context.now() / 1000), body);
  const malformed = { what: 'a body that is not JSON', body, headers: { ...headers } };
  for (const delivery of [await signed(context, 'an event with a planted word', event), malformed]) {
    const answer = await send(context, delivery);
    if (answer === undefined) return failed(said(answer, delivery));
    if (answer.text.includes(planted)) return failed(`The answer to ${delivery.what} holds something of it.`);
  }
  return passed('The planted word was in no answer.');
}

export const CONSUMER_CHECKS: Checks<ConsumerContext> = {
  'takes-event': async (context) => {
    const delivery = await signed(context, 'an event', context.events.first);
    const answer = await send(context, delivery);
    if (answer === undefined) return { ...failed('There was no answer.'), ends: 'The target does not answer.' };
    return isTaken(answer) ? passed('It was taken.') : failed(said(answer, delivery));
  },
  'takes-rendition': async (context) => {
    const { rendition } = context.events;
    if (rendition === undefined) return notRun('The gateway has no redacted copy for this reader.');
    return taken(context, await signed(context, 'a redacted copy', rendition));
  },
  'takes-every-type': async (context) => {
    const { ofEachType } = context.events;
    if (ofEachType.length < 2) return notRun('The gateway has events of one type only.');
    return taken(context, ...(await Promise.all(ofEachType.map((event) => signed(context, `an event of type ${event.type}`, event)))));
  },
  'takes-unknown-header': async (context) =>
    taken(
      context,
      await tampered(context, 'a delivery with unknown headers', (headers) => ({ ...headers, 'webhook-later': '1', 'x-later': '1' })),
    ),

  'refuses-unsigned': async (context) => {
    const none = await tampered(context, 'a delivery without webhook headers', (headers) => without(headers, HEADERS));
    const oneLess = HEADERS.map((name) => tampered(context, `a delivery without ${name}`, (headers) => without(headers, [name])));
    return refused(context, none, ...(await Promise.all(oneLess)));
  },
  'refuses-wrong-signature': async (context) => {
    const signedAs = (what: string, make: (signature: string) => string) =>
      tampered(context, what, (headers) => ({ ...headers, 'webhook-signature': make(headers['webhook-signature'] ?? '') }));
    return refused(
      context,
      await signedAs('a delivery with a random signature', () => `v1,${randomBytes(32).toString('base64')}`),
      await signedAs('a delivery with a signature that is cut short', (signature) => signature.slice(0, 20)),
      await signedAs('a delivery with a signature that is not base64', () => 'v1,%%%'),
    );
  },
  'refuses-other-secret': async (context) =>
    refused(context, await signed(context, 'a delivery signed with another secret', context.events.first, { secrets: [newSecret()] })),
  'refuses-changed-body': async (context) => {
    const delivery = await signed(context, 'a delivery with a changed letter', context.events.first);
    const { id } = context.events.first;
    const other = `${id.startsWith('A') ? 'B' : 'A'}${id.slice(1)}`;
    const spaced = JSON.stringify(context.events.first, null, 1);
    return refused(
      context,
      { ...delivery, body: delivery.body.replace(id, other) },
      { ...delivery, what: 'a delivery with other white space', body: spaced },
    );
  },
  'refuses-changed-headers': async (context) => {
    const other = { 'webhook-id': context.events.genuine.id };
    const later = (headers: Headers) => ({ 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) });
    return refused(
      context,
      await tampered(context, 'a delivery with another webhook-id', (headers) => ({ ...headers, ...other })),
      await tampered(context, 'a delivery with another webhook-timestamp', (headers) => ({ ...headers, ...later(headers) })),
    );
  },
  'refuses-old': async (context) =>
    refused(context, await signed(context, 'a delivery of 10 minutes ago', context.events.first, { ahead: -600 })),
  'refuses-future': async (context) =>
    refused(context, await signed(context, 'a delivery of 10 minutes from now', context.events.first, { ahead: 600 })),
  'takes-rotation': async (context) => {
    const { secret, events } = context;
    const two = (secrets: readonly string[]) => signed(context, 'a delivery with two signatures', events.first, { secrets });
    return taken(context, await two([secret, newSecret()]), await two([newSecret(), secret]));
  },
  'takes-unknown-scheme': async (context) => {
    const signatures = (headers: Headers) => `v9,${randomBytes(64).toString('base64')} ${headers['webhook-signature']}`;
    return taken(
      context,
      await tampered(context, 'a delivery with an unknown signature beside the right one', (headers) => ({
        ...headers,
        'webhook-signature': signatures(headers),
      })),
    );
  },

  'refuses-unsealed': forged(unsealed),
  'refuses-changed-content': forged(changedContent),
  'refuses-changed-label': forged(changedLabel),
  'refuses-moved-seal': forged((event, { events }) => [movedSeal(event, events.first)]),
  'refuses-unknown-key': forged(otherKey),
  'refuses-forgery-of-known': async (context) => {
    const { genuine } = context.events;
    const known = await taken(context, await signed(context, 'the event whose forgeries were refused', genuine));
    if (known.status !== 'passed') return known;
    const { event } = changedPortion(genuine, 'Somebody Else');
    return refused(context, await signed(context, 'a forged copy of an event that it has', event));
  },
  'takes-again': async (context) => {
    const again = () => signed(context, 'an event that it has already', context.events.first);
    return taken(context, await again(), await again());
  },
  'takes-correction': async (context) => {
    const { correction } = context.events;
    if (correction === undefined) return notRun('The gateway has no correction.issued event for this reader.');
    return taken(context, await signed(context, 'a correction', correction));
  },
  'echoes-nothing': echoesNothing,
  'goes-on': async (context) => {
    const { first, genuine } = context.events;
    const both = [await signed(context, 'the first event', first), await signed(context, 'the event whose forgeries came before', genuine)];
    return taken(context, ...both);
  },
};
