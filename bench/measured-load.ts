/** Runs the load generator as a separate process. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Loaded } from './load.ts';

const run = promisify(execFile);

export interface Load {
  readonly url: string;
  readonly token: string;
  /** The number of the first message. */
  readonly from: number;
  readonly count: number;
  readonly connections: number;
  /** `distinct`: of the corpus, where it is; `results`: synthetic court results of about 8 kB. */
  readonly kind: 'distinct' | 'results';
}

/** Sends messages and measures it. Throws when one is not accepted. */
export async function measuredLoad({ url, token, from, count, connections, kind }: Load): Promise<Loaded> {
  const numbers = [connections, count, from].map(String);
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'load.ts'), url, token, ...numbers, kind]);
  const loaded = JSON.parse(stdout) as Loaded;
  if (loaded.accepted !== count) throw new Error(`Only ${loaded.accepted} of ${count} were accepted`);
  return loaded;
}
