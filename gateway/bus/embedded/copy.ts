/** Copies the file of an embedded bus, even while a gateway writes it. The copy has every record that was acknowledged before the call. */
import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BusUnavailable } from '../bus.ts';
import { FileMark } from '../file-mark.ts';
import { makePrivate } from '../private-file.ts';

/** Makes a complete copy that is durable when it returns. Throws an Error when the target file exists, or when the copy is damaged. */
export function copyBusFile(file: string, to: string): void {
  if (existsSync(to)) throw new Error(`There is a file ${to} already: choose a new folder`);
  makePrivate(to);
  const { db: source } = FileMark.open(file, () => new DatabaseSync(file, { readOnly: true }));
  try {
    // One transaction of SQLite, which also reads the write-ahead log.
    source.prepare('VACUUM INTO ?').run(to);
  } finally {
    source.close();
  }
  const { db: copy, mark } = FileMark.open(to, () => new DatabaseSync(to), true);
  try {
    mark.complete();
    checkFile(copy);
  } finally {
    copy.close();
  }
  sync(to);
  sync(dirname(to));
}

function sync(path: string): void {
  const opened = openSync(path, 'r');
  fsyncSync(opened);
  closeSync(opened);
}

/** Throws {@link BusUnavailable} where SQLite finds a fault in a file, or a record is missing between two others. */
function checkFile(db: DatabaseSync): void {
  const { integrity_check: found } = db.prepare('PRAGMA integrity_check(1)').get() as { integrity_check: string };
  if (found !== 'ok') throw new BusUnavailable('The bus file is damaged: SQLite finds a fault in it');
  const gap = db
    .prepare('SELECT name FROM topic JOIN record ON topic.id = record.topic GROUP BY topic.id, part HAVING count(*) <> max(pos) + 1')
    .get() as { name: string } | undefined;
  if (gap !== undefined) throw new BusUnavailable(`The bus file is incomplete: records of ${gap.name} are missing`);
}
