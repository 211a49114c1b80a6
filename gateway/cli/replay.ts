/** `interchange replay`: gives the events of a time again, to a file or to an address, as far as the reader may read them. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { SealedEvent } from '../labels/event.ts';
import { REMOTE_OPTIONS, type Remote, remoteOf } from './remote.ts';
import { type ExitCode, type Io, textOf, Unreachable, UsageError, type Values, type Verb } from './verb.ts';

type Sink = { readonly give: (event: SealedEvent) => Promise<void>; readonly close: () => void };

const ATTEMPTS = 5;
const REST_MILLISECONDS = 250;

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

/** Each event in a request of its own (CloudEvents HTTP binding, structured), the next only when it was taken. */
function toAddress(url: string): Sink {
  const give = async (event: SealedEvent) => {
    for (let attempt = 1; ; attempt++) {
      const init = { method: 'POST', headers: { 'Content-Type': 'application/cloudevents+json' }, body: JSON.stringify(event) };
      const status = await fetch(url, { ...init, redirect: 'error' }).then(
        (response) => response.status,
        () => 0,
      );
      if (status >= 200 && status < 300) return;
      if (attempt >= ATTEMPTS || (status >= 400 && status < 500 && status !== 429))
        throw new Unreachable(`${new URL(url).origin} does not take event ${event.id}: ${status === 0 ? 'no answer' : status}`);
      await new Promise((resolve) => setTimeout(resolve, REST_MILLISECONDS * 2 ** attempt));
    }
  };
  return { give, close: () => undefined };
}

function sinkOf(to: string, io: Io): Sink {
  if (to === '-') return { give: async (event) => io.out(JSON.stringify(event)), close: () => undefined };
  if (!/^https?:\/\//.test(to)) return toFile(to);
  if (!URL.canParse(to)) throw new UsageError('--to is not an address');
  return toAddress(to);
}

async function* events(remote: Remote, query: URLSearchParams): AsyncGenerator<SealedEvent> {
  for (;;) {
    const response = await remote.fetch(`/v1/events?${query}`);
    const body = (await response.json()) as { events: SealedEvent[]; cursor: string; more: boolean; title?: string; detail?: string };
    if (!response.ok) throw new Error(`The gateway answers ${response.status}: ${body.detail ?? body.title}`);
    yield* body.events;
    if (!body.more) return;
    query.set('cursor', body.cursor);
    query.delete('from');
  }
}

async function run(values: Values, _words: readonly string[], io: Io): Promise<ExitCode> {
  const from = textOf(values, 'from');
  const to = textOf(values, 'to');
  if (from === undefined || Number.isNaN(Date.parse(from))) throw new UsageError('--from takes a time, such as 2026-11-01T00:00:00Z');
  if (to === undefined) throw new UsageError('--to takes a file that does not exist yet, an address, or - for standard output');
  const until = textOf(values, 'until');
  if (until !== undefined && Number.isNaN(Date.parse(until))) throw new UsageError('--until takes a time');
  const type = textOf(values, 'type');
  const remote = await remoteOf(values, io);
  const query = new URLSearchParams({ limit: '500', from: new Date(from).toISOString(), ...(type === undefined ? {} : { type }) });
  const last = until === undefined ? undefined : Date.parse(until);
  let given = 0;
  let sink: Sink | undefined;
  try {
    for await (const event of events(remote, query)) {
      if (io.interrupted.aborted) break;
      if (last !== undefined && Date.parse(event.recordedtime) > last) continue;
      sink ??= sinkOf(to, io);
      await sink.give(event);
      given++;
    }
  } finally {
    sink?.close();
    io.err(values.json === true ? JSON.stringify({ given, complete: !io.interrupted.aborted }) : `${given} events given again.`);
  }
  return io.interrupted.aborted ? 1 : 0;
}

export const verb: Verb = {
  name: 'replay',
  summary: 'gives the events since a time again, with their own ids, to a file or an address',
  usage: '--as PERSONA --from TIME [--until TIME] [--type TYPE] --to FILE|URL|-',
  example: 'interchange replay --as court --from 2026-11-01T00:00:00Z --type uk.justice.hearing.resulted.v1 --to events.ndjson',
  options: { ...REMOTE_OPTIONS, from: { type: 'string' }, until: { type: 'string' }, type: { type: 'string' }, to: { type: 'string' } },
  run,
};
