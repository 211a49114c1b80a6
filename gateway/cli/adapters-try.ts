/** `interchange adapters try`: records, the events that they are, and the labels of those, side by side. */

import { once } from 'node:events';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { join } from 'node:path';
import type { DecodedEvent } from '../../adapters/adapter.ts';
import { markingOf } from '../../contracts/client/label.ts';

import { adapterFile, findAdapter } from './adapters-load.ts';
import { refusalLine } from './refusal-line.ts';
import { type ExitCode, type Io, UsageError, type Values } from './verb.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

/** Of a record as it came, without the titles in front of it. */
const recordText = (event: DecodedEvent, charset = 'utf8'): string =>
  Buffer.from(event.record?.bytes() ?? [])
    .toString(charset as BufferEncoding)
    .trimEnd()
    .split('\n')
    .at(-1) ?? '';

async function tryFile(workbench: Workbench, mapping: string, file: string, values: Values, io: Io): Promise<boolean> {
  const { adapter } = await findAdapter(mapping, workbench.standards);
  const bytes = readFileSync(file);
  const decoded = adapter.decode(bytes);
  if (!decoded.ok) {
    io.err(...decoded.refusals.map((refusal) => `${file}: refused: ${refusalLine(refusal)}`));
    return false;
  }
  const taken = workbench.explain(bytes, adapter);
  const { events, refused: left } = taken.ok ? taken.value : { events: [], refused: [] };
  const refused = taken.ok ? left : taken.refusals;
  if (values.json === true) io.json({ file, events: events.map(({ event, protections }) => ({ event, protections })), refused });
  else {
    const records = new Map(decoded.value.events.map((event) => [event.record?.line, event]));
    const lines = [...records].filter(([line]) => !left.some((record) => record.line === line));
    for (const [n, { event }] of events.entries()) {
      const [line, record] = lines[n] ?? [];
      const { label, portions, quality, extensions, ...data } = event.data as Record<string, unknown>;
      io.out('', `record  line ${line ?? '?'}: ${record === undefined ? '' : recordText(record)}`);
      io.out(
        `event   ${event.type}`,
        ...JSON.stringify(data, null, 2)
          .split('\n')
          .map((line) => `        ${line}`),
      );
      if (extensions !== undefined) io.out(`kept    ${JSON.stringify(extensions)}`);
      const { issues = [] } = (quality ?? {}) as { issues?: readonly { at: string; reason: string }[] };
      for (const { at, reason } of issues) io.out(`quality ${at}: ${reason}`);
      io.out(`label   ${markingOf(event.data.label)}`);
      for (const { at, label } of (portions ?? []) as readonly { at: readonly string[]; label: Parameters<typeof markingOf>[0] }[])
        io.out(`        ${markingOf(label)}: ${at.join(', ')}`);
    }
    for (const refusal of refused) io.err(`${file}: refused: ${refusalLine(refusal)}`);
    io.err(`${file}: ${events.length} events, ${refused.length} records refused`);
  }
  return refused.length === 0;
}

export async function tryAction(values: Values, [mapping, ...files]: readonly string[], io: Io): Promise<ExitCode> {
  if (mapping === undefined || files.length === 0) throw new UsageError('Name a mapping and at least one file: adapters try MAPPING FILE…');
  const workbench = await openWorkbench(io.env);
  const all = async (): Promise<boolean> => {
    let isGood = true;
    for (const file of files) isGood = (await tryFile(workbench, mapping, file, values, io)) && isGood;
    return isGood;
  };
  if (values.watch !== true) return (await all()) ? 0 : 1;
  const watched = [adapterFile(mapping), ...files.map((file) => join(file))];
  const again = (): void => void all().catch((error: Error) => io.err(...error.message.split('\n')));
  again();
  for (const file of watched) watchFile(file, { interval: 300 }, again);
  io.err('The mapping and the files are tried again whenever they change. Ctrl-C ends it.');
  if (!io.interrupted.aborted) await once(io.interrupted, 'abort');
  for (const file of watched) unwatchFile(file, again);
  return 0;
}
