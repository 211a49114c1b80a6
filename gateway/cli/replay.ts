/** `interchange replay`: gives the events of a time again, to a file or to an address, as far as the reader may read them. */
import type { EventType, Query } from '../../contracts/client/client.ts';
import { defined } from '../../contracts/client/connection.ts';
import type { SealedEvent } from '../labels/event.ts';
import { remoteOf } from './remote.ts';
import { type Sink, sinkOf } from './sink.ts';
import { type ExitCode, type Io, textOf, UsageError, type Values, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

async function run(values: Values, _words: readonly string[], io: Io): Promise<ExitCode> {
  const from = textOf(values, 'from');
  const to = textOf(values, 'to');
  if (from === undefined || Number.isNaN(Date.parse(from))) throw new UsageError('--from takes a time, such as 2026-11-01T00:00:00Z');
  if (to === undefined) throw new UsageError('--to takes a file that does not exist yet, an address, or - for standard output');
  const until = textOf(values, 'until');
  if (until !== undefined && Number.isNaN(Date.parse(until))) throw new UsageError('--until takes a time');
  const type = textOf(values, 'type');
  const task = textOf(values, 'task');
  const { client } = await remoteOf(values, io);
  const query = defined({ from: new Date(from).toISOString(), type: type as EventType | undefined, task }) as Query;
  const last = until === undefined ? undefined : Date.parse(until);
  let given = 0;
  let sink: Sink | undefined;
  try {
    for await (const event of client.events(query)) {
      if (io.interrupted.aborted) break;
      if (last !== undefined && Date.parse(event.recordedtime) > last) continue;
      sink ??= sinkOf(to, io);
      await sink.give(event as unknown as SealedEvent);
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
