/** A subscriber with its own address, which receives a slow series of messages of one case. */
import { setTimeout as delay } from 'node:timers/promises';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import type { Caller } from './caller.ts';
import type { FaultyGateway } from './gateway.ts';
import { type AcceptedMessage, type CaseEvents, messageOf, postOf } from './messages.ts';

/** No case of the load has this number. */
const CASE = 9_999_999;
const EVERY_MILLISECONDS = 400;
const AGAIN_MILLISECONDS = 200;
/** How long the address takes to answer, so that faults interrupt deliveries. */
const ANSWER_MILLISECONDS = 40;
/** How many more deliveries there must be before deliveries count as continuing. */
const SETTLED = 3;
const PATIENCE_MILLISECONDS = 120_000;

interface Moment {
  readonly id: string;
  readonly at: number;
}

export class Webhooks {
  readonly #gateways: readonly FaultyGateway[];
  readonly #sender: Caller;
  readonly #receiver: Receiver;
  readonly #accepted: Moment[] = [];
  /** The first delivery of each event. */
  readonly #first: Moment[] = [];
  readonly #times = new Map<string, number>();
  #begun = Promise.withResolvers<void>();
  #turn = 0;

  private constructor(gateways: readonly FaultyGateway[], sender: Caller, receiver: Receiver) {
    this.#gateways = gateways;
    this.#sender = sender;
    this.#receiver = receiver;
    receiver.milliseconds = ANSWER_MILLISECONDS;
    receiver.answer = ({ event: { id } }) => {
      const times = (this.#times.get(id) ?? 0) + 1;
      this.#times.set(id, times);
      if (times === 1) this.#first.push({ id, at: performance.now() });
      this.#begun.resolve();
      this.#begun = Promise.withResolvers();
      return 204;
    };
  }

  /** Subscribes to the case. Its first event is not delivered: it only says what the case is called. */
  static async open(gateways: readonly FaultyGateway[], sender: Caller, subscriber: Caller): Promise<Webhooks> {
    const gateway = gateways[0] as FaultyGateway;
    const receiver = await openReceiver();
    const webhooks = new Webhooks(gateways, sender, receiver);
    const { events } = await sender.askUntil<AcceptedMessage>(gateway, '/v1/messages', postOf(messageOf(CASE, 0)));
    const { subject } = await subscriber.askUntil<{ subject: string }>(gateway, `/v1/events/${events[0]?.id}`);
    const body = JSON.stringify({ url: receiver.url, subject });
    await subscriber.askUntil(gateway, '/v1/subscriptions', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    return webhooks;
  }

  /** Sends the series, each message when the one before was accepted. */
  async run(isEnough: () => boolean): Promise<void> {
    for (let second = 1; !isEnough(); second++) {
      const began = performance.now();
      for (let accepted: AcceptedMessage | undefined; accepted === undefined; ) {
        const gateway = this.#gateways[this.#turn % this.#gateways.length] as FaultyGateway;
        accepted = await this.#sender.ask<AcceptedMessage>(gateway, '/v1/messages', postOf(messageOf(CASE, second)));
        const at = performance.now();
        if (accepted === undefined) {
          this.#turn++;
          await delay(AGAIN_MILLISECONDS);
        } else this.#accepted.push(...accepted.events.map(({ id }) => ({ id, at })));
      }
      await delay(Math.max(0, EVERY_MILLISECONDS - (performance.now() - began)));
    }
  }

  get events(): CaseEvents {
    return this.#accepted.map(({ id }) => id);
  }

  /** Resolves when a delivery is in progress: the address has not answered yet. Also resolves after a long time without deliveries. */
  async underWay(): Promise<void> {
    await Promise.race([this.#begun.promise, delay(5000)]);
  }

  /** For how long the oldest event that was accepted and not delivered has waited. */
  get #waited(): number {
    const oldest = this.#accepted.find(({ id }) => !this.#times.has(id));
    return oldest === undefined ? 0 : performance.now() - oldest.at;
  }

  /** Resolves when deliveries continue, or after a long time without any. */
  async settled(): Promise<void> {
    const before = this.#first.length;
    for (const until = performance.now() + PATIENCE_MILLISECONDS; performance.now() < until; await delay(100))
      if (this.#first.length >= before + SETTLED) return;
  }

  /** Resolves when next to nothing waits, or after the time. */
  async caughtUp(milliseconds: number): Promise<void> {
    for (const until = performance.now() + milliseconds; performance.now() < until; await delay(100))
      if (this.#waited < EVERY_MILLISECONDS) return;
  }

  /** Resolves when everything was delivered, or for long nothing more was. */
  async end(): Promise<void> {
    const began = performance.now();
    while (this.#waited > 0 && performance.now() - Math.max(began, this.#first.at(-1)?.at ?? 0) < PATIENCE_MILLISECONDS) await delay(100);
    await this.#receiver.close();
  }

  /** The longest time in which something waited and nothing was delivered, until now. */
  get longestWait(): number {
    const accepted = new Map(this.#accepted.map(({ id, at }) => [id, at]));
    let longest = 0;
    for (const [n, { id, at }] of this.#first.entries())
      longest = Math.max(longest, at - Math.max(this.#first[n - 1]?.at ?? 0, accepted.get(id) ?? at));
    const last = this.#first.at(-1)?.at ?? 0;
    return this.#waited === 0 ? longest : Math.max(longest, Math.min(this.#waited, performance.now() - last));
  }

  figures() {
    const place = new Map(this.#first.map(({ id }, n) => [id, n]));
    const { events } = this;
    const again = [...this.#times.values()].filter((times) => times > 1);
    return {
      'events for the webhook': events.length,
      'not delivered to the webhook': events.filter((id) => !place.has(id)).length,
      'first deliveries out of order': events.filter(
        (id, n) => n > 0 && (place.get(id) ?? Infinity) <= (place.get(events[n - 1] as string) ?? -1),
      ).length,
      'delivered to it more than once': again.length,
      'deliveries of these beyond the first': again.reduce((sum, times) => sum + times - 1, 0),
      'longest wait of the webhook in seconds': Math.round(this.longestWait / 100) / 10,
    };
  }
}
