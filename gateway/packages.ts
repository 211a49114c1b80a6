/** The packages of the project that this gateway can hand out: what `npm run build` made, or what an installed gateway has with it. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HOME } from './config.ts';
import type { OfferedPackage } from './portal/downloads/offered-package.ts';
import { tarball } from './portal/downloads/tar.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !/(^|\/)node_modules(\/|$)/.test(file) && statSync(join(folder, file)).isFile())
    .sort();

function* packed(folder: string): Generator<readonly [string, Uint8Array]> {
  for (const file of filesIn(folder)) yield [`package/${file}`, readFileSync(join(folder, file))];
}

function offer(folder: string): OfferedPackage {
  const { name, version, description } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  let archive: Buffer | undefined;
  return {
    name,
    version,
    description,
    file: `${name.replace('@', '').replace('/', '-')}-${version}.tgz`,
    archive: () => (archive ??= tarball(packed(folder), (path) => path.startsWith('package/gateway/cli/'))),
  };
}

/** Where the packages are: of a checkout in `.build/`, of an installed gateway in `packages/`, and itself. */
function foldersOf(home: string): readonly string[] {
  if (existsSync(join(home, '.build'))) return ['client', 'adapter', 'gateway'].map((name) => join(home, '.build', name));
  const isBuilt = existsSync(join(home, 'gateway/main.js'));
  return isBuilt ? [...['client', 'adapter'].map((name) => join(home, 'packages', name)), home] : [];
}

/** The packages that are there. In a checkout that was not built there are none. */
export const offeredPackages = (home: string = HOME): readonly OfferedPackage[] =>
  foldersOf(home)
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map(offer);
