/** Files that only their user can read, whatever the umask is and whatever they were before. */
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';

/** What SQLite writes beside a database. */
const BESIDE = ['-wal', '-shm', '-journal'];

/** Makes a database file private before SQLite opens it: what SQLite then makes beside it has the same mode. */
export function makePrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
  for (const one of [file, ...BESIDE.map((end) => `${file}${end}`)]) if (existsSync(one)) chmodSync(one, 0o600);
}
