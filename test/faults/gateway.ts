/** A gateway in its own process, which can be killed, paused, given a wrong clock or another policy, and started again. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { DEVELOPMENT_CONFIG, HOME } from '../../gateway/config.ts';
import { freePort } from '../support/broker.ts';
import type { Findings } from './findings.ts';

const run = promisify(execFile);
const CLI = join(HOME, 'gateway/cli/interchange.mjs');
const SHIFTED_CLOCK = pathToFileURL(join(import.meta.dirname, 'shifted-clock.ts')).href;

/** How far the clock that makes tokens is behind, so that a gateway whose clock is ten minutes behind also accepts them. */
const TOKEN_CLOCK_MILLISECONDS = -11 * 60_000;
const TOKEN_SECONDS = 3600;
/** A gateway has up to ten seconds to finish work in progress. */
const STOP_MILLISECONDS = 45_000;
/** A start while brokers are away ends, and is tried again. */
const START_MILLISECONDS = 180_000;
const RELOAD_MILLISECONDS = 15_000;
const LOOK_MILLISECONDS = 2000;

const clockOf = (milliseconds: number): NodeJS.ProcessEnv =>
  milliseconds === 0
    ? {}
    : { NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${SHIFTED_CLOCK}`, FAULTS_CLOCK_MILLISECONDS: String(milliseconds) };

export class FaultyGateway {
  readonly name: string;
  readonly #configFile: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #findings: Findings;
  #child: ChildProcess | undefined;
  #isStopping = false;
  #clock = 0;
  #metricsUrl = '';
  url = '';

  constructor(name: string, folder: string, brokers: readonly string[], policyFile: string, findings: Findings) {
    this.name = name;
    this.#findings = findings;
    this.#configFile = join(folder, `${name}.config.json`);
    this.#environment = {
      ...process.env,
      INTERCHANGE_CONFIG: this.#configFile,
      INTERCHANGE_BUS: 'kafka',
      INTERCHANGE_KAFKA_BROKERS: brokers.join(),
      INTERCHANGE_KAFKA_REPLICATION: '3',
      INTERCHANGE_KEYS: join(folder, 'keys'),
      INTERCHANGE_DATA: join(folder, name),
      INTERCHANGE_NAME: name,
      INTERCHANGE_LOG: 'error',
      INTERCHANGE_REQUESTS: '1000000000',
    };
    this.#configure(policyFile);
    process.once('exit', () => this.#child?.kill('SIGKILL'));
  }

  /** Whether its clock is wrong: it may refuse a token that is good. */
  get hasWrongClock(): boolean {
    return this.#clock !== 0;
  }

  #configure(policyFile: string): void {
    const { auth, sandbox: _, ...base } = JSON.parse(readFileSync(DEVELOPMENT_CONFIG, 'utf8')) as { auth: object; sandbox?: unknown };
    writeFileSync(this.#configFile, JSON.stringify({ ...base, auth: { ...auth, tokenSeconds: TOKEN_SECONDS }, policyFile }));
  }

  /** Resolves when it is ready, with a clock that is this many milliseconds ahead. Tries again while no broker answers. */
  async start(clock = 0): Promise<void> {
    const until = performance.now() + START_MILLISECONDS;
    const [port, metricsPort] = [String(await freePort()), String(await freePort())];
    for (;;) {
      const child = spawn(process.execPath, [CLI, 'serve', '--json'], {
        env: { ...this.#environment, ...clockOf(clock), INTERCHANGE_PORT: port, INTERCHANGE_METRICS_PORT: metricsPort },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      this.#child = child;
      this.#isStopping = false;
      let isReady = false;
      let last = '';
      createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
        if (process.env.FAULTS_LOG !== undefined) console.error(`${this.name} ${line}`);
        if (isReady) this.#findings.line(this.name, line);
        else last = line;
      });
      child.once('exit', (code, signal) => {
        if (isReady && !this.#isStopping) this.#findings.add(`${this.name} ended by itself: ${signal ?? `exit code ${code}`}`);
      });
      const line = await Promise.race([
        once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line').then(([text]) => text as string),
        once(child, 'exit').then(() => undefined),
      ]);
      if (line !== undefined) {
        isReady = true;
        this.#clock = clock;
        this.url = (JSON.parse(line) as { ready: string }).ready;
        this.#metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
        return;
      }
      this.#findings.failedStart(last);
      if (performance.now() > until) throw new Error(`${this.name} does not start: ${last}`);
    }
  }

  /** Ends it. Asked to (SIGTERM), it must end in good order and in time. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    this.#isStopping = true;
    const gone = once(child, 'exit');
    child.kill(signal);
    const late = new AbortController();
    void delay(STOP_MILLISECONDS, undefined, { signal: late.signal }).then(
      () => {
        this.#findings.add(`${this.name} did not end within ${STOP_MILLISECONDS / 1000} seconds of ${signal}`);
        child.kill('SIGKILL');
      },
      () => undefined,
    );
    await gone;
    late.abort();
    if (signal === 'SIGTERM' && child.exitCode !== null && child.exitCode !== 0)
      this.#findings.add(`${this.name} ended with exit code ${child.exitCode} when it was told to stop`);
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  /** Another policy: written into the configuration and announced with SIGHUP. Resolves when the gateway reports that it is in force. */
  async reload(policyFile: string, policy: string): Promise<void> {
    this.#configure(policyFile);
    this.#child?.kill('SIGHUP');
    for (const until = performance.now() + RELOAD_MILLISECONDS; performance.now() < until; await delay(100)) {
      const info = await this.#look(`${this.url}/info`);
      if (info !== undefined && (JSON.parse(info) as { policy: string }).policy === policy) return;
    }
    this.#findings.add(`${this.name} was told of the policy ${policy}, and it is not in force`);
  }

  /** Whether it reports that it is the gateway that delivers to subscribers. */
  async isHolder(): Promise<boolean> {
    return /^interchange_lease_held 1$/m.test((await this.#look(this.#metricsUrl)) ?? '');
  }

  async #look(url: string): Promise<string | undefined> {
    try {
      return await (await fetch(url, { signal: AbortSignal.timeout(LOOK_MILLISECONDS) })).text();
    } catch {
      return undefined;
    }
  }

  async token(persona: string): Promise<string> {
    const environment = { ...this.#environment, ...clockOf(TOKEN_CLOCK_MILLISECONDS) };
    const { stdout } = await run(process.execPath, [CLI, 'token', '--as', persona], { env: environment });
    return stdout.trim();
  }
}
