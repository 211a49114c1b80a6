/** A gateway in a process of its own, that can be killed and started again. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { HOME } from '../../gateway/config.ts';
import { freePort } from '../support/broker.ts';

const run = promisify(execFile);
const CLI = join(HOME, 'gateway/cli/interchange.mjs');

export class FaultyGateway {
  readonly #environment: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  url = '';

  constructor(name: string, folder: string, brokers: readonly string[]) {
    this.#environment = {
      ...process.env,
      INTERCHANGE_BUS: 'kafka',
      INTERCHANGE_KAFKA_BROKERS: brokers.join(),
      INTERCHANGE_KAFKA_REPLICATION: '3',
      INTERCHANGE_KEYS: join(folder, 'keys'),
      INTERCHANGE_DATA: join(folder, name),
      INTERCHANGE_NAME: name,
      INTERCHANGE_LOG: 'error',
      INTERCHANGE_REQUESTS: '1000000000',
    };
  }

  /** Resolves when it is ready; tries again while no broker answers. */
  async start(): Promise<void> {
    const port = String(await freePort());
    for (;;) {
      const child = spawn(process.execPath, [CLI, 'serve', '--json'], {
        env: { ...this.#environment, INTERCHANGE_PORT: port },
        stdio: ['ignore', 'pipe', process.env.FAULTS_LOG === undefined ? 'ignore' : 'inherit'],
      });
      this.#child = child;
      const line = await Promise.race([
        once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line').then(([text]) => text as string),
        once(child, 'exit').then(() => undefined),
      ]);
      if (line === undefined) continue;
      this.url = (JSON.parse(line) as { ready: string }).ready;
      return;
    }
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  async token(persona: string): Promise<string> {
    const { stdout } = await run(process.execPath, [CLI, 'token', '--as', persona], { env: this.#environment });
    return stdout.trim();
  }
}
