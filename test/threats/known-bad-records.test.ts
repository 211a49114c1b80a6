/** T67: records of others that stopped an earlier version of the gateway, or one of its answers. */
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DEFLATE, LEDGER, MESSAGES, PROTECTIONS, RECEIPTS } from '../../gateway/wire/streams.ts';
import type { BadRecord } from '../support/bad-records.ts';
import { OPERATOR } from '../support/gateway.ts';
import { POLICY } from '../support/rules-in-force.ts';
import { BUSES, type Real, WorkingGateway } from '../support/working-gateway.ts';

type Value = Readonly<Record<string, unknown>>;

/** A record like a real one of a stream that has a member of that name and value, without a code. */
function like(
  real: Real,
  topic: string,
  text: string,
  change: (value: Value) => { readonly key?: string; readonly value: Value | string },
): BadRecord {
  const found = real.get(topic)?.find(({ value }) => Buffer.from(value).includes(text));
  if (found === undefined) throw new Error(`The gateway wrote no record with ${text} on ${topic}`);
  const { key = found.key, value } = change(JSON.parse(Buffer.from(found.value).toString()) as Value);
  return { topic, partition: 0, key, headers: {}, value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)) };
}

const idOf = (letter: string) => letter.repeat(43);
const quarantined = (real: Real, id: string, more: Value) =>
  like(real, RECEIPTS, '"quarantined"', (value) => ({ key: id, value: { ...value, id, ...more } }));
const hour = (real: Real, more: Value) =>
  like(real, LEDGER, '"run"', (value) => ({ key: 'other', value: { ...value, run: 'other', ...more } }));
const protection = (real: Real, more: Value) =>
  like(real, PROTECTIONS, '"protection"', (value) => ({ value: { protection: { ...(value.protection as object), ...more } } }));
const DEEP = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;

const RECORDS: readonly (readonly [string, (real: Real) => readonly BadRecord[]])[] = [
  [
    'a receipt that is too deep to be written again',
    (real) => [
      like(real, RECEIPTS, '"quarantined"', (value) => ({
        key: idOf('A'),
        value: `${JSON.stringify({ ...value, id: idOf('A') }).slice(0, -1)},"later":${DEEP}}`,
      })),
    ],
  ],
  [
    'receipts whose members are not what the answers say',
    (real) => [
      quarantined(real, idOf('B'), { reasons: [{ code: 'x', reason: 'x', at: {}, line: 'x' }] }),
      quarantined(real, idOf('C'), { label: {} }),
      quarantined(real, idOf('D'), { sha256: 'none' }),
    ],
  ],
  [
    'a receipt that is there already, with another label',
    (real) => [
      like(real, RECEIPTS, '"quarantined"', (value) => ({
        value: { ...value, label: { policy: POLICY, classification: 'NONE' }, origin: {} },
      })),
    ],
  ],
  [
    'a receipt that takes back what was accepted',
    (real) => [
      ...(real.get(RECEIPTS) ?? [])
        .filter(({ value }) => Buffer.from(value).includes('"accepted"'))
        .map(
          (record): BadRecord => ({
            ...record,
            value: Buffer.from(Buffer.from(record.value).toString().replace('"accepted"', '"quarantined"')),
          }),
        ),
    ],
  ],
  [
    'hours of the ledger beyond what can be counted',
    (real) => [
      hour(real, { received: Number.MAX_SAFE_INTEGER }),
      hour(real, { run: 'another', key: 'another', refused: Number.MAX_SAFE_INTEGER }),
      hour(real, { hour: '9999-99-99T99:00:00.000Z' }),
    ],
  ],
  ['a protection with no id of a protection', (real) => [protection(real, { id: 'none' })]],
  [
    'a protection from no event',
    (real) => [protection(real, { id: 'E'.repeat(22), event: 'none', label: { policy: POLICY, classification: 'OFFICIAL' } })],
  ],
  ['a protection for a reason of a later version', (real) => [protection(real, { id: 'F'.repeat(22), reason: 'later' })]],
  [
    'a protection under a label that means nothing',
    (real) => [protection(real, { id: 'G'.repeat(22), label: { policy: {}, classification: 1, restrictions: 'x' } })],
  ],
  [
    'a protection with restrictions that the policy does not know',
    (real) => [protection(real, { id: 'H'.repeat(22), restrictions: ['later', '__proto__', 'later'] })],
  ],
];

describe.each(BUSES)('T67 known bad records of others on the %s bus', (name) => {
  it('stop nothing', { timeout: 180_000 }, async () => {
    const gateway = await WorkingGateway.open(name);
    try {
      const real = await gateway.real();
      await gateway.put(
        RECORDS.flatMap(([, records]) => records(real)),
        real,
      );
      await gateway.mustWork();
      await gateway.restart();
      await gateway.mustWork();
      for (const letter of ['A', 'B', 'C', 'D'])
        expect((await gateway.running.call(`/v1/messages/${idOf(letter)}`, {}, 'force')).status).toBe(404);
    } finally {
      await gateway.close();
    }
  });

  it('that protect a person with a restriction unknown to the policy hide the person from every clearance without all restrictions', {
    timeout: 60_000,
  }, async () => {
    const gateway = await WorkingGateway.open(name);
    try {
      const [event] = gateway.events;
      const read = async () => (await gateway.running.call(`/v1/events/${event}`, {}, 'cps')).text;
      expect(await read()).toMatch(/tremayne/i);
      await gateway.put([protection(await gateway.real(), { id: 'J'.repeat(22), restrictions: ['later'] })], await gateway.real());
      await expect.poll(read).not.toMatch(/tremayne/i);
      await gateway.mustWork();
    } finally {
      await gateway.close();
    }
  });

  it('that are small and would inflate to a large size are not inflated', { timeout: 60_000 }, async () => {
    const gateway = await WorkingGateway.open(name);
    try {
      const real = await gateway.real();
      const id = idOf('I');
      const value = deflateRawSync(Buffer.alloc(200 * 1024 * 1024));
      const message = { topic: MESSAGES, partition: 0, key: id, headers: { 'content-encoding': DEFLATE }, value };
      await gateway.put([message, quarantined(real, id, {})], real);
      await expect.poll(async () => (await gateway.running.call('/v1/quarantine', {}, OPERATOR.id)).text).toContain(id);
      expect((await gateway.running.call(`/v1/quarantine/${id}`, {}, OPERATOR.id)).status).toBe(500);
      await gateway.mustWork();
    } finally {
      await gateway.close();
    }
  });
});
