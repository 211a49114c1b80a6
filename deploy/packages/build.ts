/** `npm run build`: compiles, and puts the packages together in `.build/`, ready for `npm pack`. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import typescript from 'typescript';
import { GATEWAY, PACKAGES, type PackageDescription } from './packages.ts';

const HOME = join(import.meta.dirname, '..', '..');
const BUILD = join(HOME, '.build');
const EMITTED = join(BUILD, 'emitted');

const root = JSON.parse(readFileSync(join(HOME, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
};

/** Source files: what a package holds of them was compiled. */
const SOURCE = /\.(ts|mjs|cjs)$/;
const JAVASCRIPT = /\.m?js$/;

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => statSync(join(folder, file)).isFile());

/** Copies a file, or the files of a folder that `takes` holds for. */
function copy(from: string, to: string, takes: (file: string) => boolean): void {
  if (!existsSync(from)) return;
  const files = statSync(from).isFile() ? [''] : filesIn(from);
  for (const file of files.filter((one) => takes(join(from, one)))) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    cpSync(join(from, file), join(to, file));
  }
}

function compile(): void {
  rmSync(BUILD, { recursive: true, force: true });
  const compiler = createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
  execFileSync(process.execPath, [compiler, '-p', join(import.meta.dirname, 'tsconfig.json')], { stdio: 'inherit' });
  // A compiler copies no declarations that were written as declarations.
  copy(join(HOME, 'contracts/generated'), join(EMITTED, 'contracts/generated'), (file) => file.endsWith('.d.ts'));
}

/** The package that an import names: `@scope/name` or `name`. */
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** The packages that compiled files import, with the versions that the checkout is tested with. Throws an Error for one that it does not name. */
function dependenciesOf(folder: string, found: readonly string[]): Readonly<Record<string, string>> {
  const names = new Set(found);
  for (const file of filesIn(folder).filter((one) => JAVASCRIPT.test(one) || one.endsWith('.d.ts')))
    for (const { fileName } of typescript.preProcessFile(readFileSync(join(folder, file), 'utf8'), true, true).importedFiles)
      if (!fileName.startsWith('.') && !isBuiltin(fileName)) names.add(packageOf(fileName));
  const versions = [...names].sort().map((name): [string, string] => {
    const version = root.dependencies[name];
    if (version === undefined) throw new Error(`A package imports ${name}, which is not a dependency in package.json`);
    return [name, version];
  });
  return Object.fromEntries(versions);
}

function assemble(description: PackageDescription): void {
  const { name, folder, code, data, isTyped, entries, bin, found, node } = description;
  const to = join(BUILD, folder);
  const takesCode = (file: string) => JAVASCRIPT.test(file) || (isTyped && file.endsWith('.d.ts'));
  for (const part of code) {
    copy(join(EMITTED, part), join(to, part), takesCode);
    for (const ending of ['.js', '.d.ts']) copy(join(EMITTED, part + ending), join(to, part + ending), takesCode);
  }
  for (const part of data) copy(join(HOME, part), join(to, part), (file) => !SOURCE.test(file));
  cpSync(join(HOME, 'LICENSE'), join(to, 'LICENSE'));
  cpSync(join(import.meta.dirname, 'readme', `${folder}.md`), join(to, 'README.md'));
  const exports = Object.entries(entries).map(([subpath, file]) => [subpath, { types: `./${file}.d.ts`, default: `./${file}.js` }]);
  const manifest = {
    name,
    version: root.version,
    description: description.description,
    license: root.license,
    type: 'module',
    engines: { node },
    exports: { ...Object.fromEntries(exports), './package.json': './package.json' },
    ...(bin === undefined ? {} : { bin }),
    dependencies: dependenciesOf(to, found),
  };
  writeFileSync(join(to, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

compile();
for (const description of PACKAGES) {
  assemble(description);
  // The portal of an installed gateway hands out the others.
  if (description !== GATEWAY)
    copy(join(BUILD, description.folder), join(BUILD, GATEWAY.folder, 'packages', description.folder), () => true);
  console.log(`${description.name} ${root.version} is in .build/${description.folder}`);
}
