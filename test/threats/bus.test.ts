/** T20 on the bus, T39: headers that an outsider wrote, and a bus that does not accept the audit record. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { BusRecord } from '../../gateway/bus/bus.ts';
import { caseOf, eventRecords, ON_KAFKA, openBusOf, openGateway, temporary } from '../support/gateway.ts';

describe('T20 headers on the bus', () => {
  it('with a line break, a control character or a name that every object has are refused before anything is stored', async () => {
    const folder = temporary();
    const bus = await openBusOf(folder);
    for (const headers of [
      { a: 'b\r\nce_id: c' },
      { 'a\n': 'b' },
      { a: '\0' },
      { a: 'é' },
      { toString: 'x' },
      { ['__proto__']: 'x' },
      { '': 'x' },
    ])
      await expect(bus.publish([{ topic: 'test', key: 'k', value: Buffer.from('v'), headers }])).rejects.toThrow(TypeError);
    expect(await bus.topics()).toEqual([]);
    await bus.close();
    rmSync(folder, { recursive: true });
  });

  it('that contradict the event do not affect what a reader gets', async () => {
    const dataFolder = temporary();
    const first = await openGateway({ dataFolder });
    const { body } = await first.post('/v1/messages', caseOf(1), 'force');
    await first.close();
    const bus = await openBusOf(dataFolder);
    const [stored] = await eventRecords(bus);
    const { topic, key, value, headers } = stored as BusRecord & { headers: Record<string, string> };
    const lies = {
      ce_classification: 'OFFICIAL',
      classification: 'OFFICIAL',
      'x-label': '{}',
      ce_subject: 'other',
      ce_type: 'uk.justice.hearing.resulted.v1',
    };
    await bus.publish([{ topic, key, value, headers: { ...headers, ...lies, ce_id: 'A'.repeat(43) } }]);
    await bus.close();
    const second = await openGateway({ dataFolder });
    const events = await second.events('supplier');
    // The same event under another id in its headers is the same event to a reader: its own id is in the seal.
    for (const event of events) {
      expect(event.id).toBe(body.events[0].id);
      expect(JSON.stringify(event)).not.toMatch(/PROSSER|Larkspur/);
    }
    expect((await second.call(`/v1/events?type=uk.justice.hearing.resulted.v1`, {}, 'supplier')).body.events).toEqual([]);
    await second.close();
    rmSync(dataFolder, { recursive: true });
  });
});

describe.skipIf(ON_KAFKA)('T39 when the audit log cannot be written', () => {
  it('nothing is accepted or delivered, health reports it, and the gateway continues when it can write again', async () => {
    const gateway = await openGateway({ limits: { auditSeconds: 1 } });
    await gateway.post('/v1/messages', caseOf(1), 'force');
    // Somebody else holds the store, as a backup that has gone wrong would.
    const other = new DatabaseSync(join(gateway.folder, 'bus.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    const answers = await Promise.all([gateway.post('/v1/messages', caseOf(2), 'force'), gateway.call('/v1/events', {}, 'cps')]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503]);
    expect(JSON.stringify(answers.map(({ text }) => text))).not.toContain('PROSSER');
    await expect.poll(async () => (await gateway.call('/health')).status, { timeout: 15_000 }).toBe(503);
    other.exec('ROLLBACK');
    other.close();
    await expect.poll(async () => (await gateway.call('/health')).status, { timeout: 15_000 }).toBe(200);
    expect((await gateway.post('/v1/messages', caseOf(2), 'force')).status).toBe(202);
    expect((await gateway.events('cps')).length).toBe(2);
    await gateway.close();
  }, 60_000);
});
