/** The command line. Each verb is one file beside this one. */
import { environment } from '../config.ts';
import { VERSION } from '../version.ts';
import { makeOutput } from './output.ts';
import { type ExitCode, helpOf, type Io, runVerb, Unreachable, UsageError, type Verb } from './verb.ts';

/** Verbs are loaded when they are called, so that the quick ones start quickly. */
const VERBS: Readonly<Record<string, () => Promise<{ readonly verb: Verb }>>> = {
  serve: () => import('./serve.ts'),
  sandbox: () => import('./sandbox.ts'),
  send: () => import('./send.ts'),
  listen: () => import('./listen.ts'),
  convert: () => import('./convert.ts'),
  label: () => import('./label.ts'),
  verify: () => import('./verify.ts'),
  keys: () => import('./keys.ts'),
  policy: () => import('./policy.ts'),
  protections: () => import('./protections.ts'),
  audit: () => import('./audit.ts'),
  backup: () => import('./backup.ts'),
  profiles: () => import('./profiles.ts'),
  standards: () => import('./standards.ts'),
  replay: () => import('./replay.ts'),
  token: () => import('./token.ts'),
  topics: () => import('./topics.ts'),
  adapters: () => import('./adapters.ts'),
  conformance: () => import('./conformance.ts'),
  doctor: () => import('./doctor.ts'),
};

async function overview(): Promise<readonly string[]> {
  const verbs = await Promise.all(Object.values(VERBS).map((load) => load()));
  const lines = verbs.map(({ verb }) => `  ${verb.name.padEnd(11)} ${verb.summary}`);
  return [
    'Justice Interchange: legacy messages of the Criminal Justice System in, labelled events out.',
    '',
    'Usage: interchange VERB',
    '',
    ...lines,
    '',
    'interchange VERB --help says more. interchange --version says which version this is.',
  ];
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
    io.out(...(await overview()));
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    io.out(VERSION);
    return 0;
  }
  const load = VERBS[name];
  if (load === undefined || !Object.hasOwn(VERBS, name)) {
    io.err(`interchange: there is no verb of that name. Verbs: ${Object.keys(VERBS).join(', ')}`);
    return 2;
  }
  const { verb } = await load();
  try {
    return await runVerb(verb, rest, io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(`interchange ${name}: ${error.message}`);
      io.err(...helpOf(verb));
      return 2;
    }
    io.err(`interchange ${name}: ${error instanceof Error ? error.message : 'failed'}`);
    return error instanceof Unreachable ? 3 : error instanceof Error && error.name === 'ConfigError' ? 2 : 1;
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
