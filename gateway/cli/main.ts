/** The command line. Each verb is one file in this folder. */
import { AdapterError } from '../adapter-error.ts';
import { environment } from '../environment.ts';
import { VERSION } from '../version.ts';
import { helpOf, overview } from './help.ts';
import { makeOutput } from './output.ts';
import { suggestion } from './suggest.ts';
import { type ExitCode, type Io, parseWords, Unreachable, UsageError, type Verb } from './verb.ts';
import type { VerbDescription } from './verbs/description.ts';
import { isVerb, VERBS, type VerbName } from './verbs/verbs.ts';

/** The code of a verb is loaded when it runs: help, completion and mistakes need only the table of verbs. */
const CODE: Readonly<Record<VerbName, () => Promise<{ readonly verb: Verb }>>> = {
  serve: () => import('./serve.ts'),
  sandbox: () => import('./sandbox.ts'),
  doctor: () => import('./doctor.ts'),
  keys: () => import('./keys.ts'),
  backup: () => import('./backup.ts'),
  topics: () => import('./topics.ts'),
  audit: () => import('./audit.ts'),
  protections: () => import('./protections.ts'),
  send: () => import('./send.ts'),
  listen: () => import('./listen.ts'),
  replay: () => import('./replay.ts'),
  convert: () => import('./convert.ts'),
  label: () => import('./label.ts'),
  verify: () => import('./verify.ts'),
  evidence: () => import('./evidence.ts'),
  token: () => import('./token.ts'),
  policy: () => import('./policy.ts'),
  profiles: () => import('./profiles.ts'),
  standards: () => import('./standards.ts'),
  adapters: () => import('./adapters.ts'),
  shadow: () => import('./shadow.ts'),
  conformance: () => import('./conformance.ts'),
  completion: () => import('./completion.ts'),
};

/** Runs one call of a verb. */
async function call(name: VerbName, words: readonly string[], io: Io): Promise<ExitCode> {
  const description: VerbDescription = VERBS[name];
  const { values, files } = parseWords(description, words);
  if (values.help === true) {
    io.out(...helpOf(description));
    return 0;
  }
  const { verb } = await CODE[name]();
  return verb.run(values, files, io);
}

/** Resolves when everything before it is written, or has failed. */
const written = async (stream: NodeJS.WriteStream): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.write('', () => setImmediate(resolve));
  await promise;
};

/** Runs one call. Never throws: errors are one line on stderr, and the exit code says the rest. */
export async function run(words: readonly string[], io: Io): Promise<ExitCode> {
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    io.out(...overview());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    io.out(VERSION);
    return 0;
  }
  if (!isVerb(name)) {
    const names = Object.keys(VERBS);
    io.err(`interchange: There is no verb of that name.${suggestion(name, names)} Verbs: ${names.join(', ')}`);
    return 2;
  }
  try {
    return await call(name, rest, io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(`interchange ${name}: ${error.message}`);
      io.err(...helpOf(VERBS[name]));
      return 2;
    }
    const [first, ...lines] = error instanceof AdapterError ? error.lines : [error instanceof Error ? error.message : 'failed'];
    io.err(`interchange ${name}: ${first}`, ...lines);
    if (error instanceof Unreachable) return 3;
    return error instanceof Error && error.name === 'ConfigError' ? 2 : 1;
  }
}

/** Runs the call of this process. */
export async function main(words: readonly string[]): Promise<ExitCode> {
  const interrupt = new AbortController();
  let isHeard = false;
  let lost: string | undefined;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read the output has had enough.
    if (error.code === 'EPIPE') interrupt.abort();
    else lost = error.code;
  });
  const io: Io = {
    env: environment(),
    ...makeOutput(process.stdout, process.stderr),
    isTerminal: process.stderr.isTTY === true,
    get interrupted() {
      if (!isHeard) for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
      isHeard = true;
      return interrupt.signal;
    },
  };
  const code = await run(words, io);
  await written(process.stdout);
  if (lost === undefined) return code;
  io.err(`interchange: the output cannot be written: ${lost}`);
  return 1;
}
