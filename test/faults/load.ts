/** Sends results of cases, those of one case one after the other, each until a gateway says 202. */
import { sampleResult } from '../support/law.ts';
import type { FaultyGateway } from './gateway.ts';

const WORKERS = 24;
const OF_A_CASE = 5;
const ANSWER_MILLISECONDS = 15_000;

export class Load {
  readonly #gateways: readonly FaultyGateway[];
  readonly #token: string;
  readonly #goal: number;
  /** Ids of events by message, in the order in which they were accepted within their case. */
  readonly accepted = new Map<string, readonly string[]>();
  readonly cases = new Map<number, string[]>();
  refused = 0;
  unanswered = 0;
  #nextCase = 0;

  constructor(gateways: readonly FaultyGateway[], token: string, goal: number) {
    this.#gateways = gateways;
    this.#token = token;
    this.#goal = goal;
  }

  get isDone(): boolean {
    return this.accepted.size >= this.#goal;
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: WORKERS }, (_, worker) => this.#work(worker)));
  }

  async #work(worker: number): Promise<void> {
    let attempts = worker;
    while (!this.isDone) {
      const number = this.#nextCase++;
      const ids: string[] = [];
      this.cases.set(number, ids);
      for (let n = 0; n < OF_A_CASE; n++) {
        const body = messageOf(number, n);
        for (;;) {
          const events = await this.#send(this.#gateways[attempts++ % this.#gateways.length] as FaultyGateway, body);
          if (events === undefined) continue;
          this.accepted.set(`${number}/${n}`, events);
          ids.push(...events);
          break;
        }
      }
    }
  }

  async #send({ url }: FaultyGateway, body: string): Promise<readonly string[] | undefined> {
    try {
      const headers = { Authorization: `Bearer ${this.#token}`, 'Content-Type': 'application/xml' };
      const response = await fetch(`${url}/v1/messages`, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
      });
      const answer = (await response.json()) as { events?: readonly { id: string }[] };
      if (response.status === 202) return (answer.events ?? []).map(({ id }) => id);
      if (response.status < 500) throw new TypeError(`The gateway answered ${response.status}`);
      this.refused++;
    } catch (error) {
      if (error instanceof TypeError && error.message.startsWith('The gateway')) throw error;
      this.unanswered++;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    return undefined;
  }
}

/** A result of a case that differs from its others in the hour of the hearing. */
function messageOf(number: number, n: number): string {
  return sampleResult
    .replaceAll(/52WX1000\d{3}/g, `52WX${String(number).padStart(7, '0')}`)
    .replace('TimeOfHearing>10:00:00<', `TimeOfHearing>1${n}:00:00<`);
}
