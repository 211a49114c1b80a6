/** Where the command line gives events to: a file, standard output, or an address. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { signWebhook } from '../../contracts/client/webhook.ts';
import type { SealedEvent } from '../labels/event.ts';
import { type Io, Unreachable, UsageError } from './verb.ts';

export type Sink = { readonly give: (event: SealedEvent) => Promise<void>; readonly close: () => void };

const ATTEMPTS = 5;
const DELAY_MILLISECONDS = 250;

function toFile(file: string): Sink {
  const handle = openSync(file, 'wx', 0o600);
  return {
    give: async (event) => void writeSync(handle, `${JSON.stringify(event)}\n`),
    close: () => {
      fsyncSync(handle);
      closeSync(handle);
    },
  };
}

/** Each event in a separate request (CloudEvents HTTP binding, structured), the next only when it was taken; signed as a subscription's, with a secret. */
export function toAddress(url: string, secret?: string): Sink {
  const give = async (event: SealedEvent) => {
    for (let attempt = 1; ; attempt++) {
      const body = JSON.stringify(event);
      const signature = secret === undefined ? {} : await signWebhook([secret], event.id, Math.floor(Date.now() / 1000), body);
      const init = { method: 'POST', headers: { 'Content-Type': 'application/cloudevents+json', ...signature }, body };
      const status = await fetch(url, { ...init, redirect: 'error' }).then(
        (response) => response.status,
        () => 0,
      );
      if (status >= 200 && status < 300) return;
      if (attempt >= ATTEMPTS || (status >= 400 && status < 500 && status !== 429))
        throw new Unreachable(`${new URL(url).origin} does not take event ${event.id}: ${status === 0 ? 'no answer' : status}`);
      await new Promise((resolve) => setTimeout(resolve, DELAY_MILLISECONDS * 2 ** attempt));
    }
  };
  return { give, close: () => undefined };
}

export function sinkOf(to: string, io: Io): Sink {
  if (to === '-') return { give: async (event) => io.json(event), close: () => undefined };
  if (!/^https?:\/\//.test(to)) return toFile(to);
  if (!URL.canParse(to)) throw new UsageError('--to must be a valid address');
  return toAddress(to);
}
