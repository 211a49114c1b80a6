/** How fast are results of Common Platform read, compared with only parsing the same JSON? */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hearingResulted } from '../adapters/common-platform/index.ts';
import { HOME } from '../gateway/config.ts';
import type { Row } from './clock.ts';
import { rowsOf } from './lists.ts';

const TURNS = 100;
/** Defendants of the long message, each in a case. */
const DEFENDANTS = 1000;

const sample = (): Buffer => readFileSync(join(HOME, 'adapters/common-platform/samples/several-cases.json'));

/** The sample with so many defendants of its first case. */
function long(): Buffer {
  const document = JSON.parse(sample().toString());
  const [first] = document.hearing.prosecutionCases;
  first.defendants = Array.from({ length: DEFENDANTS }, (_, n) => ({ ...first.defendants[0], id: String(n) }));
  return Buffer.from(JSON.stringify(document));
}

/** Rows for a message of a usual size and for a long one. */
export async function commonPlatform(): Promise<readonly Row[]> {
  const usual = sample();
  const large = long();
  const often = (work: () => unknown) => () => {
    for (let turn = 0; turn < TURNS; turn++) work();
  };
  return [
    ...(await rowsOf(
      'Common Platform results',
      usual,
      TURNS,
      often(() => JSON.parse(usual.toString())),
      { decode: often(() => hearingResulted.decode(usual)) },
    )),
    ...(await rowsOf(`Common Platform results of ${DEFENDANTS} defendants`, large, 1, () => JSON.parse(large.toString()), {
      decode: () => hearingResulted.decode(large),
    })),
  ];
}
