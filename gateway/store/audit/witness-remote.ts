/** A witness in a separate process, on another machine: `interchange audit witness`. */
import { readFileSync } from 'node:fs';
import { failureOf } from '../../bounded-body.ts';
import { type Witness, WitnessAway, WitnessRefusal } from './witness.ts';

const PATIENCE_MILLISECONDS = 5000;
export const HEADS_PATH = '/heads';

export class RemoteWitness implements Witness {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, tokenFile?: string) {
    this.#url = new URL(HEADS_PATH, url);
    this.#headers = tokenFile === undefined ? {} : { Authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` };
  }

  async #ask(init: RequestInit): Promise<string> {
    let status: number;
    let text: string;
    try {
      const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS);
      const response = await fetch(this.#url, { ...init, headers: this.#headers, signal, redirect: 'error' });
      status = response.status;
      text = await response.text();
    } catch (error) {
      throw new WitnessAway(`The witness at ${this.#url.host} does not answer (${failureOf(error) ?? (error as Error).name})`);
    }
    if (status === 409) throw new WitnessRefusal(text.trim().slice(0, 500));
    if (status !== 200) throw new WitnessAway(`The witness at ${this.#url.host} answers ${status}`);
    return text;
  }

  async seen(): Promise<readonly string[]> {
    return (await this.#ask({})).split('\n').filter((line) => line !== '');
  }

  async take(heads: readonly string[]): Promise<void> {
    await this.#ask({ method: 'POST', body: heads.map((jws) => `${jws}\n`).join('') });
  }
}
