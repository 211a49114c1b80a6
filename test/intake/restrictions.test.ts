/** T57: corrections of events that were published before a protection, where this gateway cannot judge each event yet. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { readConfig } from '../../gateway/config.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { caseOf, eventRecords, ON_KAFKA, openGateway, type TestGateway, temporary } from '../support/gateway.ts';

const folder = temporary();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const urnOf = (n: number): string => `52WX2${String(n).padStart(6, '0')}`;
const publish = async (gateway: TestGateway, n: number): Promise<string> =>
  (await gateway.post('/v1/messages', caseOf(n), 'force')).body.events[0].id as string;

async function impose(gateway: TestGateway, n: number): Promise<void> {
  const person = { kind: 'defendant', givenNames: ['Jory'], familyName: 'Tremayne' };
  const order = { case: urnOf(n), person, restrictions: ['YJCEA1999_s45'], law: 'YJCEA 1999, s.45', title: 'Order (invented)' };
  const { status } = await gateway.post('/v1/protections', JSON.stringify(order), 'owner', { 'Content-Type': 'application/json' });
  expect(status).toBe(201);
}

/** Readers wait at an event whose policy is not known, so that corrections are looked for on the bus. */
const corrected = (gateway: TestGateway, id: string, times: number) =>
  vi.waitFor(
    async () => {
      const events = (await gateway.onBus(eventRecords)).map(({ value }) => JSON.parse(Buffer.from(value).toString()) as SealedEvent);
      expect(events.filter(({ data }) => data.kind === 'restricted' && data.corrects === id)).toHaveLength(times);
    },
    { timeout: 15_000, interval: 100 },
  );

// On Kafka a gateway of its own topics is not opened twice.
it.skipIf(ON_KAFKA)(
  'an event under a policy that the gateway does not know yet stops no other, and is corrected when it does',
  async () => {
    const policyFile = join(folder, 'next.policy.json');
    const policy = JSON.parse(readFileSync(readConfig({}).policyFile, 'utf8')) as { version: string; continues?: readonly string[] };
    writeFileSync(policyFile, JSON.stringify({ ...policy, version: '1.99.0', continues: [...(policy.continues ?? []), policy.version] }));
    const dataFolder = join(folder, 'data');
    const newer = await openGateway({ dataFolder, config: { policyFile } });
    const unknown = await publish(newer, 1);
    await newer.close();
    const gateway = await openGateway({ dataFolder });
    try {
      const known = await publish(gateway, 2);
      await impose(gateway, 1);
      await impose(gateway, 2);
      await corrected(gateway, known, 1);
      await gateway.gateway.reload({ ...gateway.config, policyFile });
      await corrected(gateway, unknown, 1);
    } finally {
      await gateway.close();
    }
  },
  60_000,
);
