/** Makes files readable only by their user, whatever the umask and their earlier mode. */
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';

/** The suffixes of the files that SQLite writes next to a database. */
const BESIDE = ['-wal', '-shm', '-journal'];

/** Makes a database file private before SQLite opens it: files that SQLite then makes next to it get the same mode. */
export function makePrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
  for (const path of [file, ...BESIDE.map((end) => `${file}${end}`)]) if (existsSync(path)) chmodSync(path, 0o600);
}
