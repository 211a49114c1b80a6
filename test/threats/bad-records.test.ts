/**
 * T67: whatever somebody else puts onto a topic, a gateway continues and can restart, and everything well-formed works.
 * `RECORDS=5000 npx vitest run --config .vitest.config.ts test/threats/bad-records.test.ts` is the full form, for each bus; `SEED=n` makes
 * other records.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levelOrder, STREAMS as OWN_STREAMS } from '../../gateway/wire/topics.ts';
import { badRecords } from '../support/bad-records.ts';
import { BUSES, WorkingGateway } from '../support/working-gateway.ts';

const RECORDS = Number(process.env.RECORDS ?? 400);
const SEED = Number(process.env.SEED ?? 1);
const IN_A_BATCH = Math.max(50, Math.ceil(RECORDS / 25));
const LONGEST = 120_000 + RECORDS * 200;
const STREAMS = [...OWN_STREAMS, levelOrder('official')];
/** How much more memory does not count as growth, and how many times what a start leaves in one process without records of others. */
const SPARE_BYTES = 96 * 1024 * 1024;
const SPARE_STARTS = 1.5;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
function memory(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe.each(BUSES)('T67 records of others on the %s bus', (name) => {
  it(`stop nothing, even ${RECORDS} of them: all well-formed records are processed, also after a new start`, {
    timeout: LONGEST,
  }, async () => {
    const gateway = await WorkingGateway.open(name);
    try {
      const began = memory();
      await gateway.restart();
      await gateway.mustWork();
      const perStart = Math.max(0, memory() - began) * SPARE_STARTS;
      for (let put = 0, batch = 0; put < RECORDS; batch++) {
        const real = await gateway.real();
        const topics = [...new Set([...STREAMS, ...real.keys()])].filter((topic) => name === 'embedded' || real.has(topic));
        const records = topics.flatMap((topic, at) =>
          fc.sample(badRecords(topic, real), { numRuns: Math.ceil(IN_A_BATCH / topics.length), seed: SEED * 1_000_000 + batch * 100 + at }),
        );
        await gateway.put(records, real);
        put += records.length;
        await gateway.mustWork();
        if (name === 'Kafka' && batch % 4 === 3) {
          await gateway.restart();
          await gateway.mustWork();
        }
        expect(memory()).toBeLessThan(began + SPARE_BYTES + gateway.starts * perStart);
      }
      await gateway.mustHaveAll();
    } finally {
      await gateway.close();
    }
  });
});
