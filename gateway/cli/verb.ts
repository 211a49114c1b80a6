/** What every verb of the command line shares: its description, its options, and where its words go. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import type { Environment } from '../config.ts';
import type { Output } from './output.ts';

/** 0 done; 1 done, and the answer is no (a message refused, a log that does not verify); 2 the call is wrong; 3 the gateway cannot be reached. */
export type ExitCode = 0 | 1 | 2 | 3;

export interface Io extends Output {
  readonly env: Environment;
  /** Whether people look at it: progress bars only then. */
  readonly isTerminal: boolean;
  /** Aborted by Ctrl-C or SIGTERM. Until a verb first looks at it, those end the process at once: a start can be stopped at any moment. */
  readonly interrupted: AbortSignal;
}

export type Values = Readonly<Record<string, string | boolean | undefined>>;

export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly example: string;
  readonly options: ParseArgsOptionsConfig;
  run(values: Values, files: readonly string[], io: Io): Promise<ExitCode>;
}

/** A call that cannot be carried out as it stands. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The gateway does not answer. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

const COMMON = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const satisfies ParseArgsOptionsConfig;

export const helpOf = ({ name, summary, usage, example, options }: Verb): readonly string[] => [
  `interchange ${name}: ${summary}`,
  '',
  ...`Usage: interchange ${name} ${usage}`.split('\n'),
  `Options: ${Object.keys({ ...options, ...COMMON })
    .map((option) => `--${option}`)
    .join(' ')}`,
  '',
  `Example: ${example}`,
];

/** Parses a verb's words and runs it. */
export async function runVerb(verb: Verb, words: readonly string[], io: Io): Promise<ExitCode> {
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...words], options: { ...verb.options, ...COMMON }, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0] ?? '');
  }
  if (parsed.values.help === true) {
    io.out(...helpOf(verb));
    return 0;
  }
  return verb.run(parsed.values as Values, parsed.positionals, io);
}

/** An option's text, or undefined. */
export const textOf = (values: Values, name: string): string | undefined => (typeof values[name] === 'string' ? values[name] : undefined);
