/** A court list of any length, in pieces: the sample with one of its cases repeated. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOME } from '../../gateway/config.ts';

const CASE = /( *<case>.*?<\/case>\n)/s;

/** Pieces of a list of about this many bytes. Each case has different numbers. */
export async function* longList(bytes: number): AsyncGenerator<Buffer> {
  const sample = readFileSync(join(HOME, 'adapters/libra/samples/court-list.xml'), 'utf8');
  const [before = '', entry = '', ...after] = sample.split(CASE);
  yield Buffer.from(before);
  for (let written = 0, n = 0; written < bytes; ) {
    let piece = '';
    while (piece.length < 65_536) piece += entry.replace('<c_id>7001<', `<c_id>${++n}<`).replace('2600000101', String(2_600_000_101 + n));
    written += piece.length;
    yield Buffer.from(piece);
  }
  yield Buffer.from(after.join(''));
}
