/** How fast are court lists read, compared with the bare scan of the same bytes, and in pieces? */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SaxesParser } from 'saxes';
import type { Adapter } from '../adapters/adapter.ts';
import { hmctsList } from '../adapters/hmcts-list/index.ts';
import { libraCourtList } from '../adapters/libra/index.ts';
import { xhibitList } from '../adapters/xhibit/index.ts';
import { HOME } from '../gateway/config.ts';
import { longList } from '../test/support/long-list.ts';
import { compare, type Row } from './clock.ts';

const LIBRA_BYTES = 2 * 1024 * 1024;
const TURNS = 100;

const sample = (path: string): Buffer => readFileSync(join(HOME, 'adapters', path));

function scan(bytes: Buffer): void {
  const parser = new SaxesParser({ xmlns: true });
  parser.on('opentag', () => undefined);
  parser.on('closetag', () => undefined);
  parser.on('text', () => undefined);
  parser.write(bytes.toString()).close();
}

async function inPieces(adapter: Adapter, pieces: readonly Uint8Array[]): Promise<void> {
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }
  const events = adapter.decodeStream?.(all());
  while ((await events?.next())?.done === false);
}

/** Rows for the bare reading of some bytes and for what is done with them. */
export async function rowsOf(
  name: string,
  bytes: Buffer,
  turns: number,
  bare: () => void,
  work: Readonly<Record<string, () => unknown>>,
): Promise<readonly Row[]> {
  const times = await compare(5, { bare, ...work });
  const { bare: least = 1 } = times;
  const rate = (seconds: number) => `${((bytes.length * turns) / 1e6 / seconds).toFixed(1)} MB/s`;
  return Object.entries(times).map(([what, seconds]) => ({
    question: `${name}: ${what === 'bare' ? 'bare reading' : what}`,
    rate: rate(seconds),
    ratio: (least / seconds).toFixed(2),
  }));
}

/** Rows for each format of court lists. */
export async function lists(): Promise<readonly Row[]> {
  const pieces: Buffer[] = [];
  for await (const piece of longList(LIBRA_BYTES)) pieces.push(piece);
  const long = Buffer.concat(pieces);
  const often = (work: () => unknown) => () => {
    for (let turn = 0; turn < TURNS; turn++) work();
  };
  const xhibit = sample('xhibit/samples/daily-list.xml');
  const hmcts = sample('hmcts-list/samples/magistrates-standard-list.json');
  return [
    ...(await rowsOf('Libra list of 2 MB', long, 1, () => scan(long), {
      decode: () => libraCourtList.decode(long),
      'decode in pieces': () => inPieces(libraCourtList, pieces),
    })),
    ...(await rowsOf(
      'XHIBIT daily list',
      xhibit,
      TURNS,
      often(() => scan(xhibit)),
      { decode: often(() => xhibitList.decode(xhibit)) },
    )),
    ...(await rowsOf(
      'HMCTS standard list',
      hmcts,
      TURNS,
      often(() => JSON.parse(hmcts.toString())),
      { decode: often(() => hmctsList.decode(hmcts)) },
    )),
  ];
}
