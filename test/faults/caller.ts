/** Requests to gateways that may be unavailable: repeats temporary failures, and reports others as errors of the run. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultyGateway } from './gateway.ts';

const ANSWER_MILLISECONDS = 15_000;
const RENEW_MILLISECONDS = 10 * 60_000;
/** How often a request that must succeed is made, and the pause between two attempts. */
const ATTEMPTS = 120;
const BETWEEN_MILLISECONDS = 1000;
const TOO_MANY = 429;
const UNAUTHENTICATED = 401;

export class Caller {
  readonly #persona: string;
  readonly #mint: (persona: string) => Promise<string>;
  #token: Promise<string> | undefined;
  #renewed = 0;
  /** Answers that said: come again. */
  refused = 0;
  /** Requests that had no answer. */
  unanswered = 0;

  constructor(persona: string, mint: (persona: string) => Promise<string>) {
    this.#persona = persona;
    this.#mint = mint;
  }

  #currentToken(): Promise<string> {
    if (this.#token === undefined || performance.now() - this.#renewed > RENEW_MILLISECONDS) {
      this.#renewed = performance.now();
      this.#token = this.#mint(this.#persona);
    }
    return this.#token;
  }

  /**
   * What a gateway answers, or undefined where the request is to be made again: there was no answer, or it said 5xx, 429, or 401 while its
   * clock was wrong. Rejects for any other answer: the run has an error.
   */
  async ask<T>(gateway: FaultyGateway, path: string, init: RequestInit = {}): Promise<T | undefined> {
    const Authorization = `Bearer ${await this.#currentToken()}`;
    const hadWrongClock = gateway.hasWrongClock;
    let response: Response;
    let text: string;
    try {
      const headers = { ...(init.headers as Record<string, string>), Authorization };
      response = await fetch(`${gateway.url}${path}`, { ...init, headers, signal: AbortSignal.timeout(ANSWER_MILLISECONDS) });
      text = await response.text();
    } catch {
      this.unanswered++;
      return undefined;
    }
    if (response.ok) return JSON.parse(text) as T;
    const { status } = response;
    const isByClock = status === UNAUTHENTICATED && (hadWrongClock || gateway.hasWrongClock);
    if (status < 500 && status !== TOO_MANY && !isByClock) throw new Error(`${gateway.name} answered ${status} for ${path}: ${text}`);
    this.refused++;
    return undefined;
  }

  /** The same, asked until there is an answer, for as long as a gateway may be away. */
  async askUntil<T>(gateway: FaultyGateway, path: string, init: RequestInit = {}): Promise<T> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const answer = await this.ask<T>(gateway, path, init);
      if (answer !== undefined) return answer;
      await delay(BETWEEN_MILLISECONDS);
    }
    throw new Error(`${gateway.name} did not answer ${path} in ${ATTEMPTS} attempts`);
  }
}

/** Does what may fail while brokers or gateways are away, again in bounds. Rejects as the last attempt did. */
export async function persistently<T>(action: () => Promise<T>, attempts = 10): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await action();
    } catch (error) {
      if (attempt >= attempts) throw error;
      await delay(BETWEEN_MILLISECONDS * attempt);
    }
}
