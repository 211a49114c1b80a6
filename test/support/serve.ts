/** `interchange serve` in its own process, as an operator runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { HOME } from '../../gateway/config.ts';

export interface Served {
  readonly process: ChildProcess;
  /** Everything that it wrote until now. */
  output(): string;
  /** The address on which it listens, as it reports it; undefined when it ends first. */
  readonly ready: Promise<string | undefined>;
  /** Exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export interface ServeOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  /** The largest size of any file in KiB, as on a full disk. The limit can be removed with `prlimit`. */
  readonly fileKilobytes?: number;
}

const PROGRAM = [join(HOME, 'gateway/cli/interchange.mjs'), 'serve', '--json'];

export function serve(dataFolder: string, { env = {}, uid, fileKilobytes }: ServeOptions = {}): Served {
  // A process that ignores SIGXFSZ gets an error from the write instead.
  const limited = ['bash', ['-c', `trap "" XFSZ; ulimit -S -f ${fileKilobytes}; exec "$@"`, 'bash', process.execPath, ...PROGRAM]] as const;
  const [command, words] = fileKilobytes === undefined ? ([process.execPath, PROGRAM] as const) : limited;
  const child = spawn(command, words, {
    env: {
      PATH: process.env.PATH ?? '',
      INTERCHANGE_CONFIG: join(HOME, 'examples/development.config.json'),
      INTERCHANGE_DATA: dataFolder,
      INTERCHANGE_PORT: '0',
      INTERCHANGE_LOG: 'error',
      INTERCHANGE_REQUESTS: '1000000',
      ...env,
    },
    ...(uid === undefined ? {} : { uid, gid: uid }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const { promise: ready, resolve } = Promise.withResolvers<string | undefined>();
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    output += `${line}\n`;
    if (line.startsWith('{"ready"')) resolve((JSON.parse(line) as { ready: string }).ready);
  });
  child.stderr?.on('data', (chunk) => void (output += chunk));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  void ended.then(() => resolve(undefined));
  return { process: child, output: () => output, ready, ended };
}
