/** Builds the peers, once for each state of their sources. Maven and Go fetch what they need and verify it. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { HOME } from '../../gateway/config.ts';

const run = promisify(execFile);
const SOURCES = import.meta.dirname;
const BUILDS = join(HOME, '.cache/peers');

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** How a peer is started, or why this machine cannot build it. */
export type Build = Command | { readonly missing: string };

/** Runs a step of a build. Throws an Error that says which program failed, and how. */
async function step(program: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  try {
    await run(program, [...args], { cwd, env: { ...process.env, ...env } });
  } catch (error) {
    const {
      code,
      stdout = '',
      stderr = '',
    } = error as { readonly code?: string | number; readonly stdout?: string; readonly stderr?: string };
    if (code === 'ENOENT') throw new Error(`${program} is not installed`);
    const [reason = ''] = `${stderr}\n${stdout}`.split('\n').filter((line) => line.trim() !== '');
    throw new Error(`${program} ended with ${code}: ${reason.slice(0, 200)}`);
  }
}

const stateOf = (folder: string): string => {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).toSorted()) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
};

async function build(
  name: string,
  command: (target: string) => Command,
  make: (source: string, target: string) => Promise<void>,
): Promise<Build> {
  const [source, target] = [join(SOURCES, name), join(BUILDS, name)];
  const stamp = join(target, 'built.txt');
  const state = stateOf(source);
  try {
    if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== state) {
      rmSync(target, { recursive: true, force: true });
      mkdirSync(target, { recursive: true });
      console.error(`Building ${name} in ${target}`);
      await make(source, target);
      // Only a complete build is stamped.
      writeFileSync(stamp, state);
    }
    return command(target);
  } catch (error) {
    return { missing: (error as Error).message };
  }
}

/** The peer on Apache Camel. */
export const buildCamel = (): Promise<Build> =>
  build(
    'camel',
    (target) => ({
      program: 'java',
      args: ['-Xmx1g', '-cp', [join(target, 'classes'), join(target, 'lib/*')].join(delimiter), 'peer.Peer'],
    }),
    async (source, target) => {
      const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${join(target, 'lib')}`];
      await step('mvn', ['-q', '-B', '--strict-checksums', '-f', join(source, 'pom.xml'), ...goal], source);
      const files = readdirSync(source).filter((file) => file.endsWith('.java'));
      await step('javac', ['-cp', join(target, 'lib/*'), '-d', join(target, 'classes'), ...files], source);
    },
  );

/** The peer on Benthos core. */
export const buildBenthos = (): Promise<Build> =>
  build(
    'benthos',
    (target) => ({ program: join(target, 'peer'), args: [] }),
    // Modules are verified by go.sum. The toolchain is the one that is installed.
    (source, target) =>
      step('go', ['build', '-mod=readonly', '-trimpath', '-o', join(target, 'peer'), '.'], source, {
        CGO_ENABLED: '0',
        GOTOOLCHAIN: 'local',
      }),
  );
