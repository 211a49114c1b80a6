/** What every verb of the command line shares: its description, its options, and where its words go. */
import { parseArgs } from 'node:util';
import type { Environment } from '../environment.ts';
import { helpOf } from './help.ts';
import type { Output } from './output.ts';
import { suggestion } from './suggest.ts';
import { COMMON_OPTIONS, type VerbDescription } from './verbs/description.ts';

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

export interface Verb extends VerbDescription {
  run(values: Values, files: readonly string[], io: Io): Promise<ExitCode>;
}

/** A call that cannot be carried out as it was written. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The gateway does not answer. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** The words of a call, as options and files. */
export interface ParsedWords {
  readonly values: Values;
  readonly files: readonly string[];
}

/** Parses the words after a verb. Throws {@link UsageError}. */
export function parseWords({ options, actions = {} }: VerbDescription, words: readonly string[]): ParsedWords {
  const allOptions = { ...options, ...COMMON_OPTIONS };
  try {
    const { values, positionals } = parseArgs({ args: [...words], options: allOptions, allowPositionals: true, strict: true });
    const [action] = positionals;
    if (action !== undefined && !Object.hasOwn(actions, action)) {
      const meant = suggestion(action, Object.keys(actions));
      // A file can have any name: only a near one is taken for a mistake.
      if (meant !== '' && values.help !== true) throw new UsageError(`There is no action of that name.${meant}`);
    }
    return { values: values as Values, files: positionals };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { message, code } = error as NodeJS.ErrnoException;
    const name = /^Unknown option '(?:-[a-z], )?--?([^']*)'/.exec(message)?.[1];
    const meant = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && name !== undefined ? suggestion(name, Object.keys(allOptions), '--') : '';
    throw new UsageError(`${message.split('. ')[0] ?? ''}${meant === '' ? '' : `.${meant}`}`);
  }
}

/** Parses a verb's words and runs it. */
export async function runVerb(verb: Verb, words: readonly string[], io: Io): Promise<ExitCode> {
  const { values, files } = parseWords(verb, words);
  if (values.help === true) {
    io.out(...helpOf(verb));
    return 0;
  }
  return verb.run(values, files, io);
}

/** An option's text, or undefined. */
export const textOf = (values: Values, name: string): string | undefined => (typeof values[name] === 'string' ? values[name] : undefined);
