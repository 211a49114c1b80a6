/** `interchange convert`: messages to events and back, offline. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Adapter, EncodableEvent, JsonObject } from '../../adapters/adapter.ts';
import { extensionOf } from '../file-extension.ts';
import { ATTRIBUTE_NOT_USED } from '../pipeline/warnings.ts';
import { writeMessage } from '../pipeline/write-delivery.ts';
import { streamEvents } from './convert-stream.ts';
import { refusalLine } from './refusal-line.ts';
import { type ExitCode, type Io, textOf, UsageError, type Values, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';
import { type OfflineEvent, openWorkbench, type Workbench } from './workbench.ts';

const EVENTS = '.events.ndjson';

interface Converted {
  readonly name: string;
  /** Absent where it has been written already. */
  readonly content?: Uint8Array;
  /** What `--json` says of it besides. */
  readonly counts?: { readonly events: number; readonly refused: number };
  readonly note?: string;
  /** Records of it that would wait in quarantine alone. */
  readonly refused?: readonly string[];
}

const stem = (file: string): string => basename(file).replace(/\.[A-Za-z0-9]{1,5}$/, '');

const nameOfEvents = (file: string): string => `${stem(file)}${EVENTS}`;

const beyondNote = (beyond: number): { readonly note?: string } =>
  beyond === 0
    ? {}
    : {
        note: `${beyond} ${beyond === 1 ? 'place goes' : 'places go'} beyond the standard and ${beyond === 1 ? 'is' : 'are'} in extensions`,
      };

async function toEvents(workbench: Workbench, file: string, adapter: Adapter | undefined): Promise<Converted | readonly string[]> {
  const bytes = readFileSync(file);
  const taken = adapter === undefined ? await workbench.events(bytes) : workbench.explain(bytes, adapter);
  if (!taken.ok) return taken.refusals.map(refusalLine);
  const content = Buffer.from(taken.value.events.map(({ event }) => `${JSON.stringify(event)}\n`).join(''));
  const refused = taken.value.refused.map((refusal) => `record refused: ${refusalLine(refusal)}`);
  const beyond = taken.value.warnings.filter(({ code }) => code !== ATTRIBUTE_NOT_USED).length;
  return {
    name: nameOfEvents(file),
    content,
    ...beyondNote(beyond),
    ...(refused.length === 0 ? {} : { refused }),
  };
}

/** The events of a large file, which are written as they are made. */
async function toEventStream(
  workbench: Workbench,
  file: string,
  adapter: Adapter | undefined,
  out: string | undefined,
  io: Io,
): Promise<Converted | readonly string[]> {
  const name = nameOfEvents(file);
  const streamed = await streamEvents(workbench, file, { adapter, out: out === undefined ? undefined : join(out, name), io });
  if (!('events' in streamed)) return streamed;
  const { beyond, ...counts } = streamed;
  return { name, counts, ...beyondNote(beyond) };
}

/** The adapter that an event came through: the one that left its residue, or else one that can write the standard. */
function adapterOf(adapters: readonly Adapter[], standard: string, data: JsonObject): Adapter | undefined {
  const residues = Object.keys((data.extensions as JsonObject | undefined) ?? {});
  return (
    adapters.find(({ id, encode }) => encode !== undefined && residues.includes(id)) ??
    adapters.find(({ encode, standards }) => encode !== undefined && standards.includes(standard))
  );
}

function toMessage(workbench: Workbench, file: string, named: Adapter | undefined, isLenient: boolean): Converted | readonly string[] {
  const events: EncodableEvent[] = [];
  for (const [n, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      const { type, data } = JSON.parse(line) as OfflineEvent;
      if (typeof data !== 'object' || data === null) return [`data-missing: The event has no data, line ${n + 1}`];
      const standard = workbench.standards.byType.get(type)?.name;
      if (standard === undefined) return [`standard-unknown: No published standard has the type of the event, line ${n + 1}`];
      events.push({ standard, data });
    } catch {
      return [`json-malformed: Not an event in JSON, line ${n + 1}`];
    }
  }
  const [first] = events;
  const adapter = first === undefined ? undefined : (named ?? adapterOf(workbench.adapters, first.standard, first.data));
  if (adapter === undefined) return ['no-adapter: No adapter can write this event as a message'];
  // What cannot be read back is not well-formed, or says something else than the event.
  const encoded = writeMessage(adapter, events, { isLenient, mostBytes: Number.POSITIVE_INFINITY });
  if (!encoded.ok) return encoded.refusals.map(refusalLine);
  const { leftOut } = encoded.value;
  return {
    name: `${basename(file).replace(new RegExp(`${EVENTS.replaceAll('.', '\\.')}$|\\.[A-Za-z0-9]{1,6}$`), '')}${extensionOf(encoded.value.mediaType)}`,
    content: encoded.value.bytes,
    ...(leftOut === undefined ? {} : { note: `left out, as the format cannot hold it: ${leftOut.join(', ')}` }),
  };
}

const taken = (name: string): readonly string[] => [`Another file was already written as ${name}: use another --out for this one`];

async function run(values: Values, files: readonly string[], io: Io): Promise<ExitCode> {
  const to = textOf(values, 'to');
  const out = textOf(values, 'out');
  if (to !== 'event' && to !== 'message') throw new UsageError('Say what to make: --to event or --to message');
  if (files.length === 0) throw new UsageError('Name at least one file');
  if (out === undefined && files.length > 1) throw new UsageError('Several files need --out DIR');
  if (to === 'message' && values.stream === true) throw new UsageError('Only --to event reads files in pieces: leave out --stream');
  const workbench = await openWorkbench(io.env);
  const named = textOf(values, 'adapter');
  const adapter = named === undefined ? undefined : workbench.adapters.find(({ id }) => id === named);
  if (named !== undefined && adapter === undefined) throw new UsageError('No adapter of that name is loaded');
  if (to === 'message' && adapter !== undefined && adapter.encode === undefined)
    throw new UsageError('The adapter of that name writes no messages');
  if (out !== undefined) mkdirSync(out, { recursive: true });
  const written = new Set<string>();
  let failed = 0;
  let isPartial = false;
  for (const file of files) {
    if (io.interrupted.aborted) break;
    let result: Converted | readonly string[];
    try {
      if (to === 'message') result = toMessage(workbench, file, adapter, values.lenient === true);
      else if (values.stream !== true) result = await toEvents(workbench, file, adapter);
      else if (written.has(nameOfEvents(file))) result = taken(nameOfEvents(file));
      else result = await toEventStream(workbench, file, adapter, out, io);
    } catch (error) {
      if (io.interrupted.aborted) break;
      result = [`The file cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'failed'}`];
    }
    if ('name' in result && written.has(result.name)) result = taken(result.name);
    if (!('name' in result)) {
      failed++;
      for (const reason of result) io.err(`${file}: refused: ${reason}`);
      if (values.json === true) io.json({ file, ok: false, reasons: result });
      continue;
    }
    written.add(result.name);
    const { content, counts = {} } = result;
    if (content !== undefined && out === undefined) io.data(content);
    if (content !== undefined && out !== undefined) writeFileSync(join(out, result.name), content);
    if (out !== undefined && values.json === true) io.json({ file, ok: true, written: join(out, result.name), ...counts });
    isPartial ||= (result.counts?.refused ?? 0) > 0;
    for (const line of result.refused ?? []) io.err(`${file}: ${line}`);
    if (result.note !== undefined && values.json !== true) io.err(`${file}: ${result.note}`);
  }
  if (out !== undefined && values.json !== true) io.err(`${written.size} of ${files.length} converted, ${failed} refused`);
  // Whoever reads standard output may have enough of it; files that were asked for are missing after Ctrl-C.
  const isMissing = out !== undefined && written.size < files.length;
  return failed === 0 && !isPartial && !isMissing ? 0 : 1;
}

export const verb: Verb = {
  ...VERBS.convert,
  run,
};
