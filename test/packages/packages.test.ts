/** The three packages, installed from packed files into empty folders, as users get them. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADAPTER, CLIENT, GATEWAY } from '../../deploy/packages/packages.ts';
import { HOME } from '../../gateway/config.ts';
import { HAS_BROWSER, openBrowser } from '../support/browser.ts';
import { npmWith } from '../support/installed.ts';
import { install, installedIn, type PackedFiles, pack } from '../support/packed.ts';
import { asInstalled, FIRST_PROGRAM } from './new-supplier.ts';
import { DECODE, FORM, MAIN, TOUR, TYPED, TYPED_ADAPTER } from './programs.ts';

const run = promisify(execFile);
const MINUTES = 5 * 60_000;
const TSC = join(HOME, 'node_modules/typescript/lib/tsc.js');
const SAMPLE = join(HOME, 'examples/messages/new-case.xml');
const SYSTEM = `${process.platform}-${process.arch}`;
const DENO = `@deno/${process.platform}-${process.arch}${process.platform === 'linux' ? '-glibc' : ''}`;

/** Other programs that run JavaScript, as packages. */
const platforms = await npmWith([`node-20@npm:node-${SYSTEM}@20.20.2`, `node-22@npm:node-${SYSTEM}@22.23.3`, `${DENO}@2.9.6`]);
const programOf = (...path: readonly string[]): string => join(platforms ?? '', 'node_modules', ...path);

const root = mkdtempSync(join(tmpdir(), 'interchange-packages-'));
const folderOf = (name: string): string => join(root, name);
let pages: Server;
let origin: string;
let url: string;
let stop: () => Promise<void>;
let environment: Record<string, string>;
let urns = 0;
let packed: PackedFiles;

/** The command line of the installed package. */
const interchange = async (words: readonly string[], cwd = folderOf('gateway')): Promise<string> =>
  (
    await run(process.execPath, [join(folderOf('gateway'), 'node_modules/.bin/interchange'), ...words], { cwd, env: environment })
  ).stdout.trim();

/** Starts the installed gateway in an empty folder. */
async function start(): Promise<void> {
  const config = JSON.parse(
    readFileSync(join(folderOf('gateway'), 'node_modules/justice-interchange/examples/development.config.json'), 'utf8'),
  );
  config.policyFile = join(folderOf('gateway'), 'node_modules/justice-interchange/schemas/labels/uk-gsc.policy.json');
  config.cors = { origins: [origin] };
  writeFileSync(folderOf('config.json'), JSON.stringify(config));
  environment = {
    PATH: process.env.PATH ?? '',
    INTERCHANGE_CONFIG: folderOf('config.json'),
    INTERCHANGE_LOG: 'error',
    INTERCHANGE_DATA: folderOf('data'),
  };
  const words = [join(folderOf('gateway'), 'node_modules/.bin/interchange'), 'serve', '--json', '--port', '0'];
  const child = spawn(process.execPath, words, { cwd: folderOf('gateway'), env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{"ready"')) continue;
    url = (JSON.parse(line) as { ready: string }).ready;
    return;
  }
  throw new Error('The installed gateway ended before it was ready');
}

/** What each run of the tour is given. */
async function ticket(): Promise<{ readonly url: string; readonly force: string; readonly cps: string; readonly urn: string }> {
  const [force = '', cps = ''] = await Promise.all(['force', 'cps'].map((persona) => interchange(['token', '--as', persona])));
  return { url, force, cps, urn: `52WX3${String(urns++).padStart(6, '0')}` };
}

const asSeen = (urn: string) => ({
  status: 'accepted',
  urn,
  verifies: true,
  forged: 'context',
  webhook: 'signature-wrong',
  refused: 401,
});

beforeAll(async () => {
  pages = createServer((_request, response) => response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>A page</title>'));
  pages.listen(0, '127.0.0.1');
  await once(pages, 'listening');
  origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  packed = await pack(root);
  for (const description of [CLIENT, ADAPTER, GATEWAY]) await install(packed.get(description) as string, folderOf(description.folder));
  await start();
  for (const [name, text] of Object.entries({ 'tour.js': TOUR, 'main.js': MAIN, 'form.js': FORM, 'typed.ts': TYPED }))
    writeFileSync(join(folderOf('client'), name), text);
}, MINUTES);
afterAll(async () => {
  await stop?.();
  pages?.close();
  rmSync(root, { recursive: true, force: true });
});

describe('@justice-interchange/client', () => {
  it('has at most 12 dependencies', () => {
    const others = installedIn(folderOf('client')).filter((name) => name !== CLIENT.name);
    expect(others.length).toBeGreaterThan(0);
    expect(others.length).toBeLessThanOrEqual(12);
  });
  it('declares its dependencies with exact versions', () => {
    const { dependencies } = JSON.parse(readFileSync(join(folderOf('client'), 'node_modules', CLIENT.name, 'package.json'), 'utf8'));
    for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });
  describe.runIf(platforms !== undefined)('submits, follows, and verifies seals and webhooks', () => {
    it.each(['node-20', 'node-22'])('on %s', async (name) => {
      const given = await ticket();
      const { stdout } = await run(programOf(name, 'bin/node'), ['main.js', JSON.stringify(given)], { cwd: folderOf('client') });
      expect(JSON.parse(stdout)).toEqual(asSeen(given.urn));
    });
    it('in Deno', async () => {
      const given = await ticket();
      chmodSync(programOf(DENO, 'deno'), 0o755);
      const words = ['run', '--no-remote', '--node-modules-dir=manual', '--allow-net', '--allow-env', '--allow-read', 'main.js'];
      const { stdout } = await run(programOf(DENO, 'deno'), [...words, JSON.stringify(given)], { cwd: folderOf('client') });
      expect(JSON.parse(stdout)).toEqual(asSeen(given.urn));
    });
  });
  it('submits, follows, and verifies seals and webhooks on the Node.js of the gateway', async () => {
    const given = await ticket();
    const { stdout } = await run(process.execPath, ['main.js', JSON.stringify(given)], { cwd: folderOf('client') });
    expect(JSON.parse(stdout)).toEqual(asSeen(given.urn));
  });
  it.runIf(HAS_BROWSER)('works in Chromium, from a bundle, on a page of an allowed origin', async () => {
    const bundle = await rolldown({ input: join(folderOf('client'), 'tour.js'), platform: 'browser', logLevel: 'silent' });
    const { output } = await bundle.generate({ format: 'iife', name: 'client' });
    await bundle.close();
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(origin);
      await page.addScriptTag({ content: output[0].code });
      const given = await ticket();
      const seen = await page.evaluate(
        (input) => (globalThis as unknown as { client: { tour(given: unknown): unknown } }).client.tour(input),
        given,
      );
      expect(seen).toEqual(asSeen(given.urn));
      await page.goto(origin.replace('127.0.0.1', 'localhost'));
      await page.addScriptTag({ content: output[0].code });
      const other = page.evaluate(
        (input) => (globalThis as unknown as { client: { tour(given: unknown): unknown } }).client.tour(input),
        given,
      );
      await expect(other).rejects.toThrow('Failed to fetch');
    } finally {
      await browser.close();
    }
  });
  it('types events in strict TypeScript (nodenext), without other options', async () => {
    const options = { module: 'nodenext', strict: true, noEmit: true };
    writeFileSync(join(folderOf('client'), 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['typed.ts'] }));
    await expect(run(process.execPath, [TSC, '-p', '.'], { cwd: folderOf('client') })).resolves.toMatchObject({ stdout: '' });
  });
  it('makes forms', async () => {
    const { stdout } = await run(process.execPath, ['form.js'], { cwd: folderOf('client') });
    expect(stdout).toContain('govuk-input');
    expect(stdout).toContain('action="/stops"');
  });
});

describe('@justice-interchange/adapter', () => {
  it('types an adapter in strict TypeScript, which decodes', async () => {
    const cwd = folderOf('adapter');
    writeFileSync(join(cwd, 'adapter.ts'), TYPED_ADAPTER);
    const options = { module: 'nodenext', strict: true };
    writeFileSync(join(cwd, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['adapter.ts'] }));
    await expect(run(process.execPath, [TSC, '-p', '.'], { cwd })).resolves.toMatchObject({ stdout: '' });
    const program = `const { default: one } = await import('./adapter.js'); console.log(one.decode(Buffer.from('{"a":1,"a":2}')).refusals[0].code)`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd });
    expect(stdout.trim()).toBe('json-duplicate-name');
  });
  it('contains the project’s adapters', async () => {
    writeFileSync(join(folderOf('adapter'), 'decode.js'), DECODE);
    const { stdout } = await run(process.execPath, ['decode.js', SAMPLE], { cwd: folderOf('adapter') });
    expect(stdout.trim()).toMatch(/^case\.registered 52WX\d+$/);
  });
});

describe('justice-interchange', () => {
  const bin = (): string => join(folderOf('gateway'), 'node_modules/.bin/interchange');
  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(join(HOME, 'package.json'), 'utf8')) as { readonly version: string };
    expect(await interchange(['--version'])).toBe(version);
  });
  it('can be called by npx', async () => {
    const path = `${join(HOME, 'node_modules/.bin')}:${process.env.PATH}`;
    const { stdout } = await run('npx', ['--no', 'justice-interchange', '--version'], {
      cwd: folderOf('gateway'),
      env: { ...process.env, PATH: path },
    });
    expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+/);
  });
  it('contains no TypeScript and no Node.js', () => {
    expect(installedIn(folderOf('gateway')).filter((name) => ['node', 'typescript', 'vitest'].includes(name))).toEqual([]);
    expect(existsSync(join(folderOf('gateway'), 'node_modules/justice-interchange/gateway/main.ts'))).toBe(false);
  });
  it('serves the portal, the standards and the synthetic cases', async () => {
    expect(await (await fetch(url, { headers: { Accept: 'text/html' } })).text()).toContain('Justice Interchange');
    expect((await fetch(`${url}/standards/openapi.json`)).status).toBe(200);
    const token = await interchange(['token', '--as', 'cps']);
    const { events } = (await (await fetch(`${url}/v1/events`, { headers: { Authorization: `Bearer ${token}` } })).json()) as {
      readonly events: unknown[];
    };
    expect(events.length).toBeGreaterThan(0);
  });
  it('shows the sample in an empty folder, without configuration, and writes no other files', async () => {
    const cwd = mkdtempSync(join(root, 'empty-'));
    const env = { PATH: process.env.PATH ?? '' };
    const { stdout } = await run(process.execPath, [bin(), 'sandbox', '--once', '--port', '0'], { cwd, env });
    expect(stdout).toContain('victim: Ffion PROSSER');
    expect(existsSync(join(cwd, '.data'))).toBe(true);
    expect(existsSync(join(folderOf('gateway'), 'node_modules/justice-interchange/.data'))).toBe(false);
    const { stdout: verified } = await run(process.execPath, [bin(), 'audit', 'verify'], { cwd, env });
    expect(verified).not.toBe('');
  });
  it.runIf(platforms !== undefined)('names the required version on an older Node.js', async () => {
    const failed = await run(programOf('node-20', 'bin/node'), [bin(), '--version']).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 2, stderr: expect.stringMatching(/needs Node\.js 24 or later, and this is 20\./) });
  });
});

describe('a new supplier, with an empty folder and the address of a sandbox,', () => {
  const TEN_MINUTES = 10 * 60_000;
  const SECRET = `whsec_${Buffer.from('an invented secret of 32 letters').toString('base64')}`;
  const children: ChildProcess[] = [];
  /** Starts a program, and resolves to the first match in what it writes. */
  const started = async (words: readonly string[], cwd: string, env: object, until: RegExp): Promise<string> => {
    const child = spawn(process.execPath, words, {
      cwd,
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    let text = '';
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      text += `${line}\n`;
      const found = until.exec(text);
      if (found !== null) return found[1] ?? '';
    }
    throw new Error(`${words.join(' ')} ended: ${text}`);
  };
  afterAll(async () => {
    for (const child of children) {
      if (child.exitCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'close');
    }
  });

  it(
    'gets a typed event, its seal, a webhook, a form and a statement of conformance in ten minutes',
    async () => {
      const bin = join(folderOf('gateway'), 'node_modules/.bin/interchange');
      const sandbox = ['sandbox', '--port', '0', '--cases', '5', '--data', folderOf('sandbox-data')];
      const address = await started([bin, ...sandbox], root, {}, /ready: (http\S+)[\s\S]*Ctrl-C stops/);
      const begun = performance.now();

      const project = await install(packed.get(CLIENT) as string, folderOf('new-supplier'));
      writeFileSync(join(project, 'first.ts'), FIRST_PROGRAM);
      const options = { module: 'nodenext', strict: true, noEmit: true, types: ['node'], typeRoots: [join(HOME, 'node_modules/@types')] };
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['first.ts'] }));
      await run(process.execPath, [TSC, '-p', '.'], { cwd: project });
      const { stdout } = await run(process.execPath, ['first.ts', address], { cwd: project });
      const { token, form, ...seen } = JSON.parse(stdout) as Record<string, string>;
      expect(seen).toEqual({ urn: expect.stringMatching(/^\w{11,}$/), verifies: true, webhook: expect.stringMatching(/^uk\.justice\./) });
      expect(form).toMatch(/<form[^>]* action="\/stops"[\s\S]*name="stop-location"/);

      writeFileSync(join(project, 'webhook.ts'), asInstalled(readFileSync(join(HOME, 'examples/client/webhook.ts'), 'utf8')));
      const environment = { INTERCHANGE_URL: address, WEBHOOK_SECRET: SECRET, PORT: '0' };
      const target = await started(['webhook.ts'], project, environment, /ready: (http\S+)/);
      const suite = ['conformance', '--target', target, '--as', 'consumer', '--secret', SECRET, '--out', 'statement'];
      const env = {
        PATH: process.env.PATH ?? '',
        INTERCHANGE_URL: address,
        INTERCHANGE_TOKEN: token,
        INTERCHANGE_DATA: join(project, '.data'),
      };
      const { stdout: report } = await run(process.execPath, [bin, ...suite], { cwd: project, env });
      expect(report).toMatch(/Level 3/i);
      const { stdout: verified } = await run(process.execPath, [bin, 'conformance', 'verify', 'statement/statement.jws'], {
        cwd: project,
        env,
      });
      expect(verified).toMatch(/^Verifies: http\S+ reached level [1-3]/);

      expect(performance.now() - begun).toBeLessThan(TEN_MINUTES);
    },
    TEN_MINUTES,
  );
});
