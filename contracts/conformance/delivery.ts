/** Deliveries to a consumer as subscriptions make them, and whether the consumer takes them. */
import { randomBytes } from 'node:crypto';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { signWebhook } from '../client/webhook.ts';
import { type Answer, post } from './answer.ts';
import type { Deliverables } from './deliverables.ts';
import { failed, passed, type Verdict } from './run.ts';

export interface ConsumerContext {
  /** Where deliveries go. */
  readonly target: string;
  /** `whsec_…`, which the consumer knows. */
  readonly secret: string;
  readonly events: Deliverables;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How long the consumer has for an answer, in milliseconds. */
  readonly patience: number;
}

/** Of a request, by name. */
export type Headers = Readonly<Record<string, string>>;

export interface Delivery {
  /** As people say it: "an event without a seal". */
  readonly what: string;
  readonly body: string;
  readonly headers: Headers;
}

/** How a delivery is signed, where not rightly. */
export interface Signing {
  readonly secrets?: readonly string[];
  /** Seconds from now. */
  readonly ahead?: number;
}

export const newSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`;

/** A delivery of an event, signed. */
export async function signed(
  { secret, now }: ConsumerContext,
  what: string,
  event: object,
  { secrets = [secret], ahead = 0 }: Signing = {},
): Promise<Delivery> {
  const body = JSON.stringify(event);
  const headers = await signWebhook(secrets, (event as SealedEvent).id, Math.floor(now() / 1000) + ahead, body);
  return { what, body, headers: { ...headers } };
}

export const send = ({ target, patience }: ConsumerContext, { body, headers }: Delivery): Promise<Answer | undefined> =>
  post(target, body, { 'Content-Type': 'application/cloudevents+json', ...headers }, patience);

/** The answer in a sentence. */
export const said = (answer: Answer | undefined, { what }: Delivery): string =>
  answer === undefined ? `There was no answer to ${what}.` : `It answered ${answer.status} to ${what}.`;

export const isTaken = (answer: Answer | undefined): boolean => answer !== undefined && answer.status >= 200 && answer.status < 300;

/** 408 and 429 ask for the same delivery again. */
const isRefused = (answer: Answer | undefined): boolean =>
  answer !== undefined && answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429;

async function all(context: ConsumerContext, deliveries: readonly Delivery[], isRight: typeof isTaken, done: string): Promise<Verdict> {
  for (const delivery of deliveries) {
    const answer = await send(context, delivery);
    if (!isRight(answer)) return failed(said(answer, delivery));
  }
  return passed(deliveries.length === 1 ? `It was ${done}.` : `All ${deliveries.length} were ${done}.`);
}

/** Whether all are taken, one after another. */
export const taken = (context: ConsumerContext, ...deliveries: readonly Delivery[]) => all(context, deliveries, isTaken, 'taken');
/** Whether all are refused, one after another. */
export const refused = (context: ConsumerContext, ...deliveries: readonly Delivery[]) => all(context, deliveries, isRefused, 'refused');

/** A delivery of the first event with other headers than it was signed with. */
export async function tampered(context: ConsumerContext, what: string, change: (headers: Headers) => Headers): Promise<Delivery> {
  const delivery = await signed(context, what, context.events.first);
  return { ...delivery, headers: change(delivery.headers) };
}

export const without = (headers: Headers, left: readonly string[]): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !left.includes(name)));
