/** A gateway in a separate process, as `interchange serve` runs it. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { HOME } from '../gateway/config.ts';

const run = promisify(execFile);

export interface SpawnedGateway {
  readonly url: string;
  readonly pid: number;
  /** Of the court's system. */
  readonly token: string;
  readonly tokenOf: (persona: string) => Promise<string>;
  /** From the start of the process to `ready`. */
  readonly seconds: number;
  stop(): Promise<void>;
}

/** Starts the development configuration in a folder, without the limit of requests a minute; of another checkout where `home` names one. */
export async function spawnGateway(folder: string, more: Readonly<Record<string, string>> = {}, home = HOME): Promise<SpawnedGateway> {
  const cli = join(home, 'gateway/cli/interchange.mjs');
  const env = {
    ...process.env,
    INTERCHANGE_DATA: join(folder, 'data'),
    INTERCHANGE_PORT: '0',
    INTERCHANGE_LOG: 'error',
    INTERCHANGE_REQUESTS: '1000000000',
    ...more,
  };
  const started = performance.now();
  const child = spawn(process.execPath, [cli, 'serve', '--json'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The gateway ended with ${code} before it was ready`);
  });
  // A later end is not a failure of the start.
  ended.catch(() => undefined);
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), ended])) as [string];
  const seconds = (performance.now() - started) / 1000;
  const tokenOf = async (persona: string) => (await run(process.execPath, [cli, 'token', '--as', persona], { env })).stdout.trim();
  return {
    url: (JSON.parse(line) as { ready: string }).ready,
    pid: child.pid ?? 0,
    token: await tokenOf('court'),
    tokenOf,
    seconds,
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
