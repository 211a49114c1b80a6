/** Sends results of cases, those of one case in order, each until a gateway returns 202. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Caller } from './caller.ts';
import type { FaultyGateway } from './gateway.ts';
import { type AcceptedMessage, messageOf, postOf } from './messages.ts';

const WORKERS = 24;
const OF_A_CASE = 5;
/** How many cases a worker sends to one gateway before it changes to the other, if the other answers. */
const CASES_AT_ONE = 4;
const AGAIN_MILLISECONDS = 100;
/** How long a gateway that did not answer gets no requests, where there is another. */
const AWAY_MILLISECONDS = 3000;
/** How long each worker waits between two messages when the goal is reached and some faults are still to come. */
const SLOW_MILLISECONDS = 1000;

export class Load {
  readonly #gateways: readonly FaultyGateway[];
  readonly #caller: Caller;
  readonly #goal: number;
  readonly #isEnough: () => boolean;
  /** Ids of events by case. */
  readonly cases = new Map<number, string[]>();
  /** Messages that were answered 202. */
  accepted = 0;
  #nextCase = 0;
  /** Until when a gateway is left alone. */
  readonly #away = new Map<FaultyGateway, number>();

  /** It ends when it has reached its goal and `isEnough`. */
  constructor(gateways: readonly FaultyGateway[], caller: Caller, goal: number, isEnough: () => boolean) {
    this.#gateways = gateways;
    this.#caller = caller;
    this.#goal = goal;
    this.#isEnough = isEnough;
  }

  get hasReachedGoal(): boolean {
    return this.accepted >= this.#goal;
  }

  get isDone(): boolean {
    return this.hasReachedGoal && this.#isEnough();
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: WORKERS }, (_, worker) => this.#work(worker)));
  }

  /** The gateway whose turn it is, or the next one that answers. */
  #gateway(turn: number): FaultyGateway {
    const inTurn = this.#gateways.map((_, n) => this.#gateways[(turn + n) % this.#gateways.length] as FaultyGateway);
    return inTurn.find((gateway) => (this.#away.get(gateway) ?? 0) < performance.now()) ?? (inTurn[0] as FaultyGateway);
  }

  async #work(worker: number): Promise<void> {
    let at = worker;
    for (let count = 1; !this.isDone; count++) {
      const number = this.#nextCase++;
      const ids: string[] = [];
      this.cases.set(number, ids);
      for (let n = 0; n < OF_A_CASE; n++) {
        for (let accepted: AcceptedMessage | undefined; accepted === undefined; ) {
          const gateway = this.#gateway(at);
          accepted = await this.#caller.ask<AcceptedMessage>(gateway, '/v1/messages', postOf(messageOf(number, n)));
          if (accepted === undefined) {
            at++;
            this.#away.set(gateway, performance.now() + AWAY_MILLISECONDS);
            await delay(AGAIN_MILLISECONDS);
          } else ids.push(...accepted.events.map(({ id }) => id));
        }
        this.accepted++;
        if (this.hasReachedGoal) await delay(SLOW_MILLISECONDS);
      }
      if (count % CASES_AT_ONE === 0) at++;
    }
  }
}
