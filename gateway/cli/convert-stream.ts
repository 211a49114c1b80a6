/** `interchange convert --stream`: the events of a file of any size, in bounded memory. */
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { Adapter } from '../../adapters/adapter.ts';
import { HEAD } from '../pipeline/decode.ts';
import { ATTRIBUTE_NOT_USED } from '../pipeline/warnings.ts';
import type { LargeMessage } from './large-message.ts';
import { refusalLine } from './refusal-line.ts';
import type { Io } from './verb.ts';
import type { Workbench } from './workbench.ts';

/** How many records that cannot pass are listed. The others are counted. */
const MOST_LISTED = 1000;
/** Lines are written together to about so many characters. */
const LINES = 262_144;

/** What happened to a file. */
export interface StreamedFile {
  readonly events: number;
  /** Records that would wait in quarantine alone. */
  readonly refused: number;
  /** Places that go beyond the standard. */
  readonly beyond: number;
}

async function headOf(file: string): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    if (!(await handle.stat()).isFile()) throw Object.assign(new Error('It is read twice'), { code: 'not a file that can be read twice' });
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Converts a file to the file `out`, or to standard output. Why it is refused, where it is: then nothing is written. */
export async function streamEvents(
  workbench: Workbench,
  file: string,
  { adapter: named, out, io }: { readonly adapter: Adapter | undefined; readonly out: string | undefined; readonly io: Io },
): Promise<StreamedFile | readonly string[]> {
  const head = await headOf(file);
  const adapter = named ?? workbench.adapterOf(head);
  if (adapter === undefined) return ['no-adapter: No adapter knows the format of the message'];
  const message: LargeMessage = { adapter, open: () => createReadStream(file, { highWaterMark: 262_144, signal: io.interrupted }) };
  const reader = workbench.largeMessageReader();
  let refused = 0;
  const checked = await reader.check(message, ({ refusals }) => {
    if (++refused <= MOST_LISTED) io.err(...refusals.map((refusal) => `${file}: record refused: ${refusalLine(refusal)}`));
  });
  if (refused > MOST_LISTED) io.err(`${file}: ${refused} records refused, of which the first ${MOST_LISTED} are listed`);
  if (!('cases' in checked)) return checked.map(refusalLine);
  const draft = out === undefined ? undefined : `${out}.part`;
  const target = draft === undefined ? undefined : await open(draft, 'w');
  try {
    let beyond = 0;
    for await (const { events, warnings } of reader.events(message, checked)) {
      beyond += warnings.filter(({ code }) => code !== ATTRIBUTE_NOT_USED).length;
      await writeLines(
        events.map(({ event }) => event),
        target,
        io,
      );
    }
    await target?.close();
    if (draft !== undefined) await rename(draft, out as string);
    return { events: checked.events, refused, beyond };
  } finally {
    await target?.close();
    if (draft !== undefined) await rm(draft, { force: true });
  }
}

async function writeLines(events: readonly object[], target: FileHandle | undefined, io: Io): Promise<void> {
  const write = async (text: string): Promise<void> => {
    if (target === undefined) await io.dataPart(Buffer.from(text));
    else await target.writeFile(text);
  };
  let lines = '';
  for (const event of events) {
    lines += `${JSON.stringify(event)}\n`;
    if (lines.length < LINES) continue;
    await write(lines);
    lines = '';
  }
  if (lines !== '') await write(lines);
}
