/** `interchange replay`: gives the events of a time again, to a file or to an address, as far as the reader may read them. */
import type { SealedEvent } from '../labels/event.ts';
import { type Remote, remoteOf } from './remote.ts';
import { type Sink, sinkOf } from './sink.ts';
import { type ExitCode, type Io, textOf, UsageError, type Values, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

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
  const task = textOf(values, 'task');
  const remote = await remoteOf(values, io);
  const query = new URLSearchParams({ limit: '500', from: new Date(from).toISOString() });
  if (type !== undefined) query.set('type', type);
  if (task !== undefined) query.set('task', task);
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
  ...VERBS.replay,
  run,
};
