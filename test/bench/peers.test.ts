import { expect, test } from 'vitest';
import { resultedCase } from '../../adapters/spi/index.ts';
import { processorTime } from '../../bench/peers/processor-time.ts';
import { results, urnOf } from '../../bench/peers/results.ts';

test('the messages of the bench are valid court results of about 8 kB, each of the case that its number names', () => {
  const read = results(300, 7).map((bytes, n) => {
    expect(bytes.length).toBeGreaterThanOrEqual(8000);
    expect(bytes.length).toBeLessThan(12_000);
    const decoded = resultedCase.decode(bytes);
    const [event] = decoded.ok ? decoded.value.events : [];
    expect(event?.data.case).toMatchObject({ urn: urnOf(7 + n) });
    return bytes.toString();
  });
  expect(results(2, 305).map(String)).toEqual(read.slice(298));
});

test.runIf(process.platform === 'linux')('the processor time of a process is what the process itself counts', () => {
  const { user, system } = process.cpuUsage();
  const processorMilliseconds = (user + system) / 1000;
  // Linux counts user and system time in hundredths of a second each.
  expect(processorTime(process.pid)).toBeGreaterThanOrEqual(processorMilliseconds - 20);
  expect(processorTime(process.pid)).toBeLessThan(processorMilliseconds + 1000);
});
