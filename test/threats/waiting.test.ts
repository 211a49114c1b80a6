/** T45: events above a reader’s clearance neither wake the reader nor block the gateway. */
import { rmSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, it } from 'vitest';
import { openBusOf, openGateway, temporary } from '../support/gateway.ts';

it('T45 a waiting reader is not woken by records of a higher level, and the gateway serves others meanwhile', async () => {
  const dataFolder = temporary();
  const bus = await openBusOf(dataFolder);
  await bus.publish([{ topic: 'justice.secret.case.v1', key: 'k', value: Buffer.from('{}') }]);
  await bus.close();
  const gateway = await openGateway({ dataFolder });
  try {
    const cpu = process.cpuUsage();
    const started = performance.now();
    const waiting = gateway.call('/v1/events?wait=2', {}, 'supplier');
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    expect((await waiting).body.events).toEqual([]);
    expect(performance.now() - started).toBeGreaterThan(1900);
    delay.disable();
    expect(delay.max / 1e6, 'milliseconds for which nobody else was served').toBeLessThan(500);
    const { user, system } = process.cpuUsage(cpu);
    expect((user + system) / 1000, 'milliseconds of processor').toBeLessThan(1500);
  } finally {
    await gateway.close();
    rmSync(dataFolder, { recursive: true, force: true });
  }
});
