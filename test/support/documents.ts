/**
 * The commands of the documents, as readers see them. The info string of a block says what it is:
 *
 * - `sh` (or `bash`): commands, run in the order of the page, in one shell;
 * - `sh fails N`: the same, and N of the commands end with another code than 0, as the page says;
 * - `sh running`: commands for a separate terminal, which continue while the rest of the page runs;
 * - `sh not-run REASON`: commands that a test cannot run, with the reason;
 * - `LANGUAGE file NAME`: a file that the reader saves;
 * - anything else is not a command.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { HOME } from '../../gateway/config.ts';

export interface Block {
  /** `docs/sandbox.md:16`. */
  readonly line: string;
  readonly kind: 'run' | 'running' | 'not-run' | 'file' | 'other';
  /** Why it is not run, or the name of the file. */
  readonly about: string;
  /** How many of its commands end with another code than 0. */
  readonly fails: number;
  readonly text: string;
}

const SHELLS = new Set(['sh', 'bash', 'shell', 'console']);

function blockOf(info: string, line: string, text: string): Block {
  const [language = '', mark, ...words] = info.trim().split(' ');
  const about = words.join(' ');
  const block = { line, about, text, fails: 0 };
  if (language === '') throw new Error(`The block at ${line} does not say what it is`);
  if (mark === 'file') return { ...block, kind: 'file' };
  if (!SHELLS.has(language)) return { ...block, kind: 'other' };
  if (mark === undefined) return { ...block, kind: 'run' };
  if (mark === 'fails' && /^\d+$/.test(about)) return { ...block, kind: 'run', fails: Number(about) };
  if (mark === 'running' || (mark === 'not-run' && about !== '')) return { ...block, kind: mark };
  throw new Error(`The block at ${line} has a mark that is not known: ${info}`);
}

/** The blocks of a page. Throws an Error for one that does not say what it is. */
export function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { readonly indent: string; readonly info: string; readonly line: string; readonly lines: string[] } | undefined;
  for (const [n, line] of readFileSync(join(HOME, page), 'utf8').split('\n').entries()) {
    const fence = /^( *)```(.*)$/.exec(line);
    if (open === undefined && fence !== null) open = { indent: fence[1] ?? '', info: fence[2] ?? '', line: `${page}:${n + 1}`, lines: [] };
    else if (open !== undefined && fence !== null) {
      blocks.push(blockOf(open.info, open.line, `${open.lines.join('\n')}\n`));
      open = undefined;
    } else open?.lines.push(line.replace(open.indent, ''));
  }
  return blocks;
}

/** Every page that readers have. */
export const pages = (): readonly string[] => {
  const below = (folder: string) =>
    readdirSync(join(HOME, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name));
  return ['README.md', ...below('docs'), ...below('examples')].toSorted();
};

/** The ports that the pages name. A test uses other ports, so that it never conflicts with what runs on the machine. */
const PORTS = ['8080', '8081', '3000', '3001'] as const;

/** The programs that know the address of a gateway by themselves. */
const PROGRAMS = ['client/consumer.ts', 'client/submitter.ts', 'client/webhook.ts', 'officer/main.ts'].map((name) => `examples/${name}`);

async function freePort(): Promise<string> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = server.address() as { readonly port: number };
  await new Promise((closed) => server.close(closed));
  return String(port);
}

/** What a continuing command writes when others can begin. */
const READY: readonly (readonly [command: RegExp, ready: RegExp])[] = [
  [/npm start|interchange(?:\.mjs)? sandbox/, /Ctrl-C stops the gateway/],
  [/interchange(?:\.mjs)? serve/, /ready: http/],
  [/example:officer|webhook\.ts/, /http:\/\/127\.0\.0\.1:\d+/],
  [/events\/stream/, /^data:/m],
  [/./, /(?:)/],
];

/** The folder of an `npx` that starts the programs of a checkout itself. */
function npxOf(folder: string): string {
  const programs = join(folder, '.cache/programs');
  mkdirSync(programs, { recursive: true });
  const node = join(folder, 'node_modules/.bin/node');
  const lines = [
    '#!/bin/sh',
    'program=$1; shift',
    'case $program in',
    `  node) exec '${node}' "$@" ;;`,
    `  interchange) exec '${node}' '${join(folder, 'gateway/cli/interchange.mjs')}' "$@" ;;`,
    'esac',
    'exit 127',
  ];
  writeFileSync(join(programs, 'npx'), `${lines.join('\n')}\n`, { mode: 0o755 });
  return programs;
}

export interface Ran {
  readonly output: string;
  /** Commands that ended with another code than 0. */
  readonly failed: readonly string[];
}

/** A separate checkout, as a reader has it, with the terminals that a page asks for. */
export class Checkout implements AsyncDisposable {
  readonly folder: string;
  readonly #ports: ReadonlyMap<string, string>;
  readonly #env: Readonly<Record<string, string>>;
  readonly #running: ChildProcess[] = [];
  readonly #shell: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = '';
  #number = 0;
  #onOutput: () => void = () => undefined;

  private constructor(folder: string, ports: ReadonlyMap<string, string>, programs: string | undefined) {
    this.folder = folder;
    this.#ports = ports;
    const { PATH = '', HOME: home = '' } = process.env;
    this.#env = {
      PATH: programs === undefined ? PATH : `${programs}:${PATH}`,
      HOME: home,
      npm_config_update_notifier: 'false',
      npm_config_loglevel: 'error',
      INTERCHANGE_PORT: ports.get('8080') ?? '',
      OFFICER_PORT: ports.get('8081') ?? '',
      PORT: ports.get('3000') ?? '',
    };
    this.#shell = spawn(
      'bash',
      [
        '-c',
        'exec 2>&1; trap \'echo; echo "@failed $BASH_COMMAND"\' ERR; while read -r file; do source "$file" < /dev/null; echo; echo "@end"; done',
      ],
      {
        cwd: folder,
        env: this.#env,
        stdio: ['pipe', 'pipe', 'inherit'] as ['pipe', 'pipe', 'inherit'],
        detached: true,
      },
    );
    this.#ended = new Promise((resolve) => this.#shell.once('close', resolve));
    this.#shell.stdout?.on('data', (chunk) => {
      this.#output += chunk;
      this.#onOutput();
    });
  }

  /** `hasNpm`: whether `npx` is that of npm, which takes a second for each command. Otherwise it finds only what the checkout has. */
  static async open(hasNpm: boolean): Promise<Checkout> {
    mkdirSync(join(HOME, '.cache'), { recursive: true });
    const folder = mkdtempSync(join(HOME, '.cache/checkout-'));
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', ':!node_modules', ':!bench', ':!test'], { cwd: HOME });
    execFileSync('tar', ['-x', '-C', folder], {
      input: execFileSync('tar', ['-c', '-T', '-'], { cwd: HOME, input: files, maxBuffer: 1e9 }),
    });
    symlinkSync(join(HOME, 'node_modules'), join(folder, 'node_modules'));
    const ports = new Map(await Promise.all(PORTS.map(async (port) => [port, await freePort()] as const)));
    const checkout = new Checkout(folder, ports, hasNpm ? undefined : npxOf(folder));
    for (const example of PROGRAMS) checkout.save(example, checkout.#asHere(readFileSync(join(folder, example), 'utf8')));
    return checkout;
  }

  #asHere(text: string): string {
    return text.replaceAll(/\b(?:8080|8081|3000|3001)\b/g, (port) => this.#ports.get(port) ?? port);
  }

  save(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Runs commands in the shell of the page. */
  async run(text: string): Promise<Ran> {
    const file = join(this.folder, `.commands-${this.#number++}`);
    writeFileSync(file, this.#asHere(text));
    this.#output = '';
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onOutput = () => {
      if (/^@end$/m.test(this.#output)) resolve();
    };
    this.#shell.stdin?.write(`${file}\n`);
    await Promise.race([promise, this.#ended]);
    const output = this.#output;
    return {
      output,
      failed: [...output.matchAll(/^@failed (.*)$/gm)]
        .map(([, command = '']) => command)
        .filter((command) => !command.startsWith('source "$file"')),
    };
  }

  /** Runs commands in a separate terminal, until the checkout is closed. Resolves when others can begin; rejects when they end first. */
  async keepRunning(text: string): Promise<void> {
    const [, ready = /(?:)/] = READY.find(([command]) => command.test(text)) ?? [];
    const child = spawn('bash', ['-c', this.#asHere(text)], {
      cwd: this.folder,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#running.push(child);
    let output = '';
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => {
        output += chunk;
        if (ready.test(output)) resolve();
      });
    child.once('close', (code) => reject(new Error(`${text.trim()} ended with ${code}: ${output.slice(-2000)}`)));
    await promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [...this.#running, this.#shell]) {
      const ended = new Promise((resolve) => child.once('close', resolve));
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
      process.kill(-child.pid, 'SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
