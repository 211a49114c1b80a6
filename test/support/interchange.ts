/** Runs a verb of the command line in this process, on a data folder. */
import { type ExitCode, runVerb, type Verb } from '../../gateway/cli/verb.ts';
import { makeIo } from './io.ts';

export interface Outcome {
  /** Undefined where the verb threw. */
  readonly code: ExitCode | undefined;
  readonly text: string;
}

export async function interchange(verb: Verb, words: readonly string[], dataFolder: string, env: object = {}): Promise<Outcome> {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const io = makeIo({ INTERCHANGE_DATA: dataFolder, ...env }, write);
  const code = await runVerb(verb, words, io).catch((error: Error) => {
    write(error.message);
    return undefined;
  });
  return { code, text: lines.join('\n') };
}
