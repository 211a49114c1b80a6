/** `interchange send`: files to the gateway, each once. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

const AT_ONCE = 8;

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

async function sendOne(
  remote: Remote,
  file: string,
  bytes: Uint8Array,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Sent> {
  for (let attempt = 1; ; attempt++) {
    const response = await remote.fetch('/v1/messages', { method: 'POST', body: Buffer.from(bytes), headers, signal });
    const body = (await response.json().catch(() => ({}))) as Findings & { id?: string; receipt?: string; title?: string };
    const again = response.status === 429 || response.status === 503;
    if (again && attempt < 8) {
      const seconds = Number(response.headers.get('retry-after') ?? 1);
      await new Promise((resolve) => setTimeout(resolve, Math.min(seconds, 30) * 1000));
      continue;
    }
    const id = body.id ?? body.receipt;
    const outcome: Outcome = response.status === 202 ? 'accepted' : body.receipt === undefined ? 'refused' : 'quarantined';
    const reasons = body.reasons ?? (response.ok ? undefined : [{ code: String(response.status), reason: body.title ?? 'refused' }]);
    return {
      file,
      outcome,
      status: response.status,
      ...(id === undefined ? {} : { id }),
      ...(reasons === undefined || reasons.length === 0 ? {} : { reasons }),
      ...(body.warnings === undefined || body.warnings.length === 0 ? {} : { warnings: body.warnings }),
      ...(body.records === undefined ? {} : { records: body.records }),
    };
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
  const adapter = textOf(values, 'adapter');
  const headers = { 'Content-Type': 'application/octet-stream', ...(adapter === undefined ? {} : { 'Interchange-Adapter': adapter }) };
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
          const sent = await sendOne(remote, file, bytes, headers, io.interrupted);
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
