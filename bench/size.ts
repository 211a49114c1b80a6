/** Does a large message cost at most linear time? And how long does a gateway need until it is ready? */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resultedCase } from '../adapters/spi/index.ts';
import { compare, type Row } from './clock.ts';
import { spawnGateway } from './gateway.ts';
import { distinct } from './messages.ts';

const MEGABYTE = 1_000_000;

/** One message with so many bytes of offences. */
export function large(bytes: number): Buffer {
  const text = (distinct(1)[0] as Buffer).toString();
  const offence = /<(\w+:)?Offence>[\s\S]*?<\/\1?Offence>/.exec(text);
  if (offence === null) throw new Error('The sample has no offence to repeat');
  const end = offence.index + offence[0].length;
  return Buffer.from(text.slice(0, end) + offence[0].repeat(Math.ceil(bytes / offence[0].length)) + text.slice(end));
}

/** Ratio of the cost of a byte in a message of 10 MB to that in one of 1 MB, and seconds to ready. */
export async function size(): Promise<readonly Row[]> {
  const [smaller, larger] = [large(MEGABYTE), large(10 * MEGABYTE)];
  const decode = (bytes: Buffer) => () => {
    const decoded = resultedCase.decode(bytes);
    if (!decoded.ok) throw new Error('The large message is refused');
  };
  const { small = 1, big = 1 } = await compare(3, { small: decode(smaller), big: decode(larger) });
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const seconds: number[] = [];
  for (let round = 0; round < 4; round++) {
    const gateway = await spawnGateway(folder);
    seconds.push(gateway.seconds);
    await gateway.stop();
  }
  rmSync(folder, { recursive: true });
  const [ready = 0] = seconds
    .slice(1)
    .toSorted((a, b) => a - b)
    .slice(1);
  return [
    { question: 'decode of a 1 MB message', rate: `${Math.round(small * 1000)} ms`, ratio: '1.00' },
    {
      question: 'decode of a 10 MB message, by the byte',
      rate: `${Math.round(big * 1000)} ms`,
      ratio: (big / larger.length / (small / smaller.length)).toFixed(2),
      target: 'about 1',
    },
    { question: 'start to ready', rate: `${ready.toFixed(2)} s`, target: '< 1 s' },
  ];
}
