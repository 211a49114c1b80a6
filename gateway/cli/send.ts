/** `interchange send`: files to the gateway, each once. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GatewayProblem, type Receipt } from '../../contracts/client/client.ts';
import { defined, type SubmitOptions } from '../../contracts/client/connection.ts';
import { readConfig } from '../config.ts';
import { type Findings, findingLines } from './receipt-lines.ts';
import { type Remote, remoteOf } from './remote.ts';
import { type ExitCode, type Io, textOf, Unreachable, UsageError, type Values, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

type Outcome = 'accepted' | 'quarantined' | 'refused';

interface Sent extends Findings {
  readonly file: string;
  readonly outcome: Outcome;
  readonly id?: string;
  readonly status: number;
}

type SendOptions = SubmitOptions & { readonly signal: AbortSignal };

/** How many messages are sent at once. */
const AT_ONCE = 8;
/** How often a message is sent where the gateway asks to wait. */
const ATTEMPTS = 8;
const MOST_REST_SECONDS = 30;

/** What was accepted earlier, by the hash of its bytes, so that a run that was cut off goes on where it was. */
class Done {
  readonly #file: string;
  readonly #hashes: Set<string>;

  constructor(file: string) {
    this.#file = file;
    this.#hashes = new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
  }

  has(hash: string): boolean {
    return this.#hashes.has(hash);
  }

  add(hash: string): void {
    this.#hashes.add(hash);
    appendFileSync(this.#file, `${hash}\n`, { mode: 0o600 });
  }
}

/** What a receipt or a problem found, without what is empty. */
function findings({ reasons = [], warnings = [], records }: Findings): Findings {
  return {
    ...(reasons.length === 0 ? {} : { reasons }),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(records === undefined ? {} : { records }),
  };
}

/** Sends a message again, where the gateway asks for that. Throws what the client throws. */
async function submit({ client }: Remote, bytes: Uint8Array, options: SendOptions): Promise<Receipt> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.submitMessage(bytes, { mediaType: 'application/octet-stream', ...options });
    } catch (error) {
      if (!(error instanceof GatewayProblem) || !error.isTemporary || attempt >= ATTEMPTS) throw error;
      await delay(Math.min(error.retryAfter ?? 1, MOST_REST_SECONDS) * 1000, undefined, { signal: options.signal });
    }
  }
}

/** What happened to a message. Throws {@link Unreachable}. */
async function sendFile(remote: Remote, file: string, bytes: Uint8Array, options: SendOptions): Promise<Sent> {
  try {
    const { id, reasons, warnings, records } = await submit(remote, bytes, options);
    return { file, outcome: 'accepted', status: 202, id, ...findings({ reasons, warnings, ...defined({ records }) } as Findings) };
  } catch (error) {
    if (!(error instanceof GatewayProblem)) throw error;
    const { status, title, receipt, reasons = [{ code: String(status), reason: title ?? 'refused' }] } = error.problem;
    if (receipt === undefined) return { file, outcome: 'refused', status, ...findings({ reasons }) };
    return { file, outcome: 'quarantined', status, id: receipt, ...findings({ reasons }) };
  }
}

const bar = (done: number, all: number): string => {
  const full = Math.round((done / all) * 30);
  return `[${'#'.repeat(full)}${'.'.repeat(30 - full)}] ${done}/${all}`;
};

function say(io: Io, sent: Sent, json: boolean, quiet: boolean): void {
  if (json) io.json(sent);
  else {
    if (sent.outcome === 'accepted' && !quiet) io.out(`${sent.file}: accepted as ${sent.id}`);
    for (const line of findingLines(sent.outcome, sent)) io.err(`${sent.file}: ${line}`);
  }
}

async function run(values: Values, files: readonly string[], io: Io): Promise<ExitCode> {
  if (files.length === 0) throw new UsageError('Name at least one file');
  const remote = await remoteOf(values, io);
  const json = values.json === true;
  const folder = join(readConfig(io.env).dataFolder, 'sent');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const done = new Done(join(folder, createHash('sha256').update(`${remote.url} ${remote.as}`).digest('hex').slice(0, 16)));
  const counts = { accepted: 0, quarantined: 0, refused: 0, earlier: 0 };
  const options = defined({ adapter: textOf(values, 'adapter'), signal: io.interrupted }) as SendOptions;
  const waiting = [...files];
  let finished = 0;
  let unreachable: Unreachable | undefined;
  const progress = () => {
    if (files.length > 1 && !json) io.progress(bar(finished, files.length));
  };
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined && !io.interrupted.aborted && unreachable === undefined; file = waiting.shift()) {
      try {
        const bytes = readFileSync(file);
        const hash = createHash('sha256').update(bytes).digest('hex');
        if (values.again !== true && done.has(hash)) counts.earlier++;
        else {
          const sent = await sendFile(remote, file, bytes, options);
          counts[sent.outcome]++;
          if (sent.outcome === 'accepted') done.add(hash);
          say(io, sent, json, files.length > 20);
        }
      } catch (error) {
        if (error instanceof Unreachable) unreachable = error;
        else if (!io.interrupted.aborted) {
          counts.refused++;
          io.err(`${file}: cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'failed'}`);
        }
      }
      finished++;
      progress();
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, files.length) }, worker));
  if (io.isTerminal && files.length > 1 && !json) io.err('');
  if (unreachable !== undefined) throw unreachable;
  const { accepted, quarantined, refused, earlier } = counts;
  if (json) io.json({ summary: counts });
  else
    io.err(
      `${accepted} accepted, ${quarantined} quarantined, ${refused} refused${earlier === 0 ? '' : `, ${earlier} sent earlier (--again sends them again)`}`,
    );
  if (io.interrupted.aborted) io.err('Interrupted. The same call goes on where it was.');
  return quarantined + refused === 0 && !io.interrupted.aborted ? 0 : 1;
}

export const verb: Verb = {
  ...VERBS.send,
  run,
};
