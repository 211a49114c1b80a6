/** T43: a record that does not verify is put into quarantine once, also where several readers find it at the same time. */
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { BusUnavailable } from '../../gateway/bus/bus.ts';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';
import { brokenRecords } from '../../gateway/quarantine/broken-records.ts';
import { MESSAGES, parseRecord, RECEIPTS, type ReceiptRecord } from '../../gateway/wire/streams.ts';
import { temporary } from '../support/gateway.ts';
import { context, labelling, NOW } from '../support/rules-in-force.ts';

const TOPIC = 'justice.official.case.v1';
const bus = openEmbeddedBus({ file: join(temporary(), 'bus.sqlite') });
afterAll(() => bus.close());

it('is put into quarantine once by nine readers at the same time, and never again', async () => {
  await bus.publish([{ topic: TOPIC, key: 'key', value: Buffer.from('broken') }]);
  const partition = (await Promise.all([0, 1, 2, 3].map((n) => bus.read(TOPIC, n, 0, 1)))).findIndex(([stored]) => stored !== undefined);
  const [broken] = await bus.read(TOPIC, partition, 0, 1);
  if (broken === undefined) throw new Error('The bus has no record');
  const stored = new Map<string, ReceiptRecord>();
  const found: string[] = [];
  const keep = brokenRecords({
    view: { receipt: (id) => stored.get(id) },
    journal: {
      commit: async (records) => {
        await bus.publish(records);
        for (const { topic, key, value } of records) if (topic === RECEIPTS) stored.set(key, parseRecord(value));
        return { isSpooled: false };
      },
    },
    ledger: { receive: () => () => undefined },
    identities: context.identities,
    labelling: () => labelling,
    domain: context.domain,
    now: () => NOW,
    policy: () => 'test',
    onFound: ({ key }) => void found.push(key),
  });
  await Promise.all(Array.from({ length: 9 }, () => keep(broken, ['not-an-event'])));
  await keep(broken, ['not-an-event']);
  expect(found).toEqual(['key']);
  expect(await bus.ends(RECEIPTS)).toEqual({ 0: 1 });
  expect(Buffer.from((await bus.read(MESSAGES, 0, 0, 9))[0]?.value ?? []).toString()).toBe('broken');
  expect([...stored.values()].map(({ sha256 }) => sha256)).toEqual([hash('sha256', 'broken')]);
});

it('is not counted as unanswered where it could not be put into quarantine', async () => {
  const answers: string[] = [];
  const keep = brokenRecords({
    view: { receipt: () => undefined },
    journal: { commit: () => Promise.reject(new BusUnavailable('The bus is closed')) },
    ledger: { receive: () => (answer) => void answers.push(answer) },
    identities: context.identities,
    labelling: () => labelling,
    domain: context.domain,
    now: () => NOW,
    policy: () => 'test',
    onFound: () => undefined,
  });
  const broken = { topic: TOPIC, partition: 0, offset: 0, key: 'key', time: 0, headers: {}, value: Buffer.from('broken') };
  for (let turn = 0; turn < 2; turn++) await expect(keep(broken, ['not-an-event'])).rejects.toThrow(BusUnavailable);
  expect(answers).toEqual(['refused', 'refused']);
});
