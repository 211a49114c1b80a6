/**
 * External programs that tests run and that are not a dependency of this project: installed once into a separate folder, at the versions
 * given here and without their install scripts. Where they cannot be installed, `.ci/left-out.ts` reports it.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HOME } from '../../gateway/config.ts';

const run = promisify(execFile);
const MINUTES = 4;

/** The folder of what was installed, or undefined where this machine cannot have it. The note of what was left out has `name`. */
async function installed(
  name: string,
  packages: readonly string[],
  install: (folder: string) => Promise<unknown>,
): Promise<string | undefined> {
  const note = join(HOME, `.cache/${name}-left-out.txt`);
  mkdirSync(join(HOME, '.cache'), { recursive: true });
  rmSync(note, { force: true });
  const version = createHash('sha256').update(packages.join()).digest('hex').slice(0, 12);
  const folder = join(tmpdir(), `interchange-${name}-${version}`);
  const done = join(folder, 'complete');
  if (existsSync(done)) return folder;
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await install(folder);
    writeFileSync(done, packages.join('\n'));
    return folder;
  } catch (error) {
    writeFileSync(note, `${packages.join(', ')} could not be installed (${(error as NodeJS.ErrnoException).code ?? 'failed'})`);
    return undefined;
  }
}

/** Python with packages, each with its exact version: the folder of its programs. */
export async function pythonWith(packages: readonly string[]): Promise<string | undefined> {
  const folder = await installed('python', packages, async (target) => {
    await run('python3', ['-m', 'venv', target], { timeout: MINUTES * 60_000 });
    await run(join(target, 'bin/pip'), ['install', '--quiet', '--only-binary', ':all:', ...packages], { timeout: MINUTES * 60_000 });
  });
  return folder && join(folder, 'bin');
}

/** Packages of npm, each with its exact version: the folder that they can be imported from. */
export const npmWith = (packages: readonly string[]): Promise<string | undefined> =>
  installed('npm', packages, async (target) => {
    writeFileSync(join(target, 'package.json'), '{"private":true}');
    const words = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', ...packages];
    await run('npm', words, { cwd: target, timeout: MINUTES * 60_000 });
  });
