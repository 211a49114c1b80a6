/** Python with zeep, a third-party SOAP client. `.ci/left-out.ts` reports where it is missing. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOME } from '../../gateway/config.ts';

/** The program that imports zeep, or undefined. Debian's package is for the Python of the system. */
export function pythonWithZeep(): string | undefined {
  const note = join(HOME, '.cache/zeep-left-out.txt');
  mkdirSync(join(HOME, '.cache'), { recursive: true });
  rmSync(note, { force: true });
  for (const program of ['/usr/bin/python3', 'python3'])
    try {
      execFileSync(program, ['-c', 'import zeep'], { stdio: 'ignore' });
      return program;
    } catch {
      // Another Python may have it.
    }
  writeFileSync(note, 'no Python with zeep: install the package python3-zeep');
  return undefined;
}
