/**
 * Puts together what the image of the gateway holds: `node deploy/image.ts FOLDER`. The packed package, unpacked, with the dependencies that
 * package-lock.json names. The Dockerfile and CI both do it with this file.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const HOME = join(import.meta.dirname, '..');
/** What `npm ci` reads, and the image does not need. */
const LOCKED = ['package-lock.json', '.npmrc'];

const [named] = process.argv.slice(2);
if (named === undefined) throw new Error('Usage: node deploy/image.ts FOLDER');
const folder = resolve(named);
const run = (program: string, words: readonly string[], cwd = HOME) => execFileSync(program, words, { cwd, stdio: 'inherit' });

mkdirSync(folder, { recursive: true });
for (const file of ['package.json', ...LOCKED]) cpSync(join(HOME, file), join(folder, file));
run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], folder);
for (const file of LOCKED) rmSync(join(folder, file));

const packed = mkdtempSync(join(tmpdir(), 'interchange-packed-'));
run(process.execPath, [join(HOME, 'deploy/packages/build.ts')]);
run('npm', ['pack', '--silent', '--pack-destination', packed], join(HOME, '.build/gateway'));
run('tar', ['-xzf', join(packed, readdirSync(packed)[0] as string), '--strip-components=1', '--no-same-owner', '-C', folder]);
rmSync(packed, { recursive: true });
