/** The packages as users get them: built, packed, and installed into empty folders. */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PACKAGES, type PackageDescription } from '../../deploy/packages/packages.ts';
import { HOME } from '../../gateway/config.ts';

const run = promisify(execFile);
const MINUTES = 4;
const LIMITS = { timeout: MINUTES * 60_000, maxBuffer: 64 * 1024 * 1024 };

/** Where the packed file of each package is. */
export type PackedFiles = ReadonlyMap<PackageDescription, string>;

/** Builds the packages and packs each into a file below `folder`. */
export async function pack(folder: string): Promise<PackedFiles> {
  await run(process.execPath, [join(HOME, 'deploy/packages/build.ts')], LIMITS);
  const files = new Map<PackageDescription, string>();
  for (const description of PACKAGES) {
    const to = join(folder, 'packed', description.folder);
    mkdirSync(to, { recursive: true });
    await run('npm', ['pack', '--silent', '--pack-destination', to], { ...LIMITS, cwd: join(HOME, '.build', description.folder) });
    files.set(description, join(to, readdirSync(to)[0] as string));
  }
  return files;
}

/** Makes an empty folder and installs a packed file in it, as `npm install` does it for anybody but without scripts. */
export async function install(file: string, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', file], { ...LIMITS, cwd: folder });
  return folder;
}

/** The names of all packages that a folder has installed. */
export const installedIn = (folder: string): readonly string[] =>
  readdirSync(join(folder, 'node_modules'))
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(folder, 'node_modules', name)).map((packageName) => `${name}/${packageName}`) : [name],
    );
