/** Collects the output of a verb in a test: each call as one text, without the last line end. */

import { makeOutput } from '../../gateway/cli/output.ts';
import type { Io } from '../../gateway/cli/verb.ts';
import type { Environment } from '../../gateway/environment.ts';

type Take = (text: string) => unknown;

export function makeIo(env: Environment, out: Take, err: Take = out, interrupted = new AbortController().signal): Io {
  const target = (take: Take) => ({ write: (chunk: string | Uint8Array) => take(Buffer.from(chunk).toString().replace(/\n$/, '')) });
  return { ...makeOutput(target(out), target(err)), env, isTerminal: false, interrupted };
}
