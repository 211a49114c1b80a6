/**
 * A legacy system that writes messages to a folder, in a separate process: `node file-writer.ts FOLDER PROGRESS TO`. After a kill it
 * continues from what it noted, and so may write the same message twice.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { caseOf } from './case-of.ts';

const [folder = '', progress = '', to = '0'] = process.argv.slice(2);
const done = existsSync(progress) ? Number(readFileSync(progress, 'utf8') || 0) : 0;
for (let n = done + 1; n <= Number(to); ) {
  try {
    writeFileSync(join(folder, `case-${n}.xml.part`), caseOf(n));
    renameSync(join(folder, `case-${n}.xml.part`), join(folder, `case-${n}.xml`));
    writeFileSync(progress, String(n));
    n++;
  } catch {
    // The disk is full. It may have room later.
    await delay(100);
  }
}
