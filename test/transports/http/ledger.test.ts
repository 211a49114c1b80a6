/** The ledger: the outcome of every message of a source, and visible losses. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caseOf, LOW_OPERATOR, ON_KAFKA, OPERATOR, openGateway, type TestGateway, temporary } from '../../support/gateway.ts';

const HOUR = 3_600_000;
const BEGIN = Date.parse('2026-11-02T09:10:00Z');
const FORCE = 'wessex.police.niche';

describe('an hour of the ledger', () => {
  let gateway: TestGateway;
  let clock = BEGIN;
  let source = '';
  const rows = async (persona: string, query = '') =>
    (await gateway.call(`/v1/ledger${query}`, {}, persona)).body.rows as Record<string, unknown>[];

  beforeAll(async () => {
    gateway = await openGateway({ now: () => clock, clients: [OPERATOR, LOW_OPERATOR], limits: { bodyBytes: 100_000 } });
    source = gateway.config.clients.find(({ persona }) => persona === 'force')?.id ?? FORCE;
    await gateway.post('/v1/messages', caseOf(1), 'force');
    await gateway.post('/v1/messages', caseOf(2), 'force');
    await gateway.post('/v1/messages', caseOf(2), 'force');
    await gateway.post('/v1/messages', '<not>', 'force');
    await gateway.post('/v1/messages', 'x'.repeat(200_000), 'force');
    await gateway.post('/v1/messages', caseOf(3), 'force', { 'Idempotency-Key': 'one' });
    await gateway.post('/v1/messages', caseOf(4), 'force', { 'Idempotency-Key': 'one' });
    clock = BEGIN + HOUR;
    await gateway.post('/v1/messages', caseOf(5), 'force');
  });
  afterAll(() => gateway.close());

  const HOURS = () => [
    {
      source,
      hour: '2026-11-02T09:00:00.000Z',
      received: 7,
      published: 3,
      quarantined: 1,
      refused: 2,
      repeated: 1,
      unanswered: 0,
      difference: 0,
    },
    {
      source,
      hour: '2026-11-02T10:00:00.000Z',
      received: 1,
      published: 1,
      quarantined: 0,
      refused: 0,
      repeated: 0,
      unanswered: 0,
      difference: 0,
    },
  ];

  it('balances with too large messages and a reused key, which are refused', async () => {
    expect(await rows('force')).toEqual(HOURS());
  });
  it('is shown for any requested number of hours', async () => {
    expect(await rows('force', '?hours=1')).toEqual(HOURS().slice(1));
    expect((await gateway.call('/v1/ledger?hours=0', {}, 'force')).status).toBe(400);
  });
  it('T64 is shown to the source itself, and to operators who are cleared for everything', async () => {
    expect(await rows(OPERATOR.id)).toEqual(HOURS());
    expect(await rows(LOW_OPERATOR.id)).toEqual([]);
    expect(await rows('court')).toEqual([]);
    expect((await gateway.call('/v1/ledger')).status).toBe(401);
  });
  it('raises no alarm', async () => {
    expect((await gateway.call('/metrics', {}, 'monitoring')).text).toMatch(/interchange_ledger_missing_messages 0/);
  });
});

describe.skipIf(ON_KAFKA)('a message lost on the bus', () => {
  it('shows in the ledger and in the metrics after its hour', async () => {
    const dataFolder = temporary();
    let clock = BEGIN;
    const first = await openGateway({ dataFolder, now: () => clock });
    for (const n of [1, 2, 3]) await first.post('/v1/messages', caseOf(n), 'force');
    await first.close();
    // A receipt that is gone, as no fault of the gateway could do it.
    const db = new DatabaseSync(join(dataFolder, 'bus.sqlite'));
    const receipts = "topic = (SELECT id FROM topic WHERE name = 'interchange.receipts')";
    const { changes } = db
      .prepare(`UPDATE record SET value = (SELECT value FROM record WHERE ${receipts} AND pos = 0) WHERE ${receipts} AND pos = 2`)
      .run();
    expect(changes).toBe(1);
    db.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(dataFolder, `view.sqlite${suffix}`), { force: true });
    clock = BEGIN + 2 * HOUR;
    const second = await openGateway({ dataFolder, now: () => clock });
    const { body } = await second.call('/v1/ledger', {}, 'force');
    expect(body.rows[0]).toMatchObject({ received: 3, published: 2, difference: 1 });
    expect((await second.call('/metrics', {}, 'monitoring')).text).toMatch(/interchange_ledger_missing_messages 1/);
    await second.close();
    rmSync(dataFolder, { recursive: true });
  });
});
