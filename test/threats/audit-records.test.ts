/**
 * T67, T36: records of others on the streams of the audit log. What is not a record of the log is a gap that is named, and stops nothing. What
 * reads as one, and is not in its place as it was written, is a forged log: it is found, and no gateway starts on it (decision 18).
 */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';
import { openKeys } from '../../gateway/keys/keys.ts';
import { GENESIS, hashOfRecord } from '../../gateway/store/audit/audit.ts';
import { verifyAudit } from '../../gateway/store/audit/audit-verify.ts';
import { AUDIT, AUDIT_HEADS, AUDIT_KEY, type AuditRecord } from '../../gateway/wire/streams.ts';
import { type BadRecord, badRecords } from '../support/bad-records.ts';
import { ON_KAFKA, openGateway, temporary } from '../support/gateway.ts';
import { BUSES, type Real, WorkingGateway } from '../support/working-gateway.ts';

const EACH = Math.ceil(Number(process.env.RECORDS ?? 400) / 40);
const SEED = Number(process.env.SEED ?? 1);

const audited = (topic: string, value: Uint8Array | string): BadRecord => ({
  topic,
  partition: 0,
  key: AUDIT_KEY,
  headers: {},
  value: Buffer.from(value),
});
const entryOf = ({ value }: { readonly value: Uint8Array }) => JSON.parse(Buffer.from(value).toString()) as AuditRecord;
const hashed = ({ hash: _, ...entry }: AuditRecord) => JSON.stringify({ ...entry, hash: hashOfRecord(entry) });

/** Ways to forge the log: `last` is its last record, `any` one of its records or heads. */
const FORGERIES: readonly (readonly [string, string, (any: Uint8Array, last: AuditRecord) => string | Uint8Array])[] = [
  ['a record again', AUDIT, (any) => any],
  ['a record that somebody else did', AUDIT, (any) => JSON.stringify({ ...entryOf({ value: any }), who: 'wessex.nobody' })],
  ['a record with a member more', AUDIT, (any) => JSON.stringify({ ...entryOf({ value: any }), later: 'x' })],
  [
    'a record after the last one, with the hash of another',
    AUDIT,
    (_, last) => JSON.stringify({ ...last, seq: last.seq + 1, prev: last.hash }),
  ],
  ['a record after the last one, which follows another', AUDIT, (_, last) => hashed({ ...last, seq: last.seq + 1, prev: GENESIS })],
  ['a record after a gap', AUDIT, (_, last) => hashed({ ...last, seq: last.seq + 9, prev: last.hash })],
  ['a record after the last one, which no head signs', AUDIT, (_, last) => hashed({ ...last, seq: last.seq + 1, prev: last.hash })],
  ['a head again', AUDIT_HEADS, (any) => any],
  ['a head with another signature', AUDIT_HEADS, (any) => `${Buffer.from(any).toString().slice(0, -4)}AAAA`],
  ['a head without its signature', AUDIT_HEADS, (any) => Buffer.from(any).toString().split('.').slice(0, 2).join('.')],
];

describe.skipIf(ON_KAFKA)('T67 records of others on the audit log', () => {
  const folders: string[] = [];
  let original: string;
  let real: Real;
  beforeAll(async () => {
    const gateway = await WorkingGateway.open('embedded');
    await gateway.stop();
    real = await gateway.real();
    original = join(temporary(), 'data');
    folders.push(original);
    cpSync(gateway.folder, original, { recursive: true });
    await gateway.close();
  }, 60_000);
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  async function withRecords(records: readonly BadRecord[]): Promise<string> {
    const folder = join(temporary(), 'data');
    folders.push(folder);
    cpSync(original, folder, { recursive: true });
    const bus = openEmbeddedBus({ file: join(folder, 'bus.sqlite') });
    await bus.publish(records.map(({ partition: _, ...record }) => record));
    await bus.close();
    return folder;
  }

  async function verify(folder: string) {
    const { everSealed, secretName } = await openKeys(join(folder, 'keys'));
    const bus = openEmbeddedBus({ file: join(folder, 'bus.sqlite'), readOnly: true });
    try {
      return await verifyAudit(bus, everSealed, { secret: secretName });
    } finally {
      await bus.close();
    }
  }

  it('that are not audit records are gaps: each is reported, nothing is lost, and a gateway starts', async () => {
    const records = [AUDIT, AUDIT_HEADS].flatMap((topic) => fc.sample(badRecords(topic, real), { numRuns: 20 * EACH, seed: SEED }));
    const folder = await withRecords(records);
    for (let turn = 0; turn < 2; turn++) {
      const report = await verify(folder);
      expect(report).toMatchObject({ ok: true });
      expect(report.ok && report.gaps.filter(({ isLost }) => !isLost)).toHaveLength(20 * EACH);
      expect(report.ok && report.notes.filter((note) => note.includes('is not a signed head'))).toHaveLength(20 * EACH);
      const restarted = await openGateway({ dataFolder: folder });
      expect((await restarted.call('/health')).body).toMatchObject({ status: 'pass', checks: { audit: 'pass' } });
      await restarted.close();
    }
  }, 60_000);

  it.each(FORGERIES)(
    'count as a forgery in the case of %s, which is reported, and no gateway starts',
    async (_, topic, forge) => {
      const all = real.get(topic) ?? [];
      const last = entryOf(real.get(AUDIT)?.at(-1) as { value: Uint8Array });
      const some = fc.sample(fc.constantFrom(...all), { numRuns: EACH, seed: SEED });
      for (const [n, { value }] of some.entries()) {
        const folder = await withRecords([audited(topic, forge(value, last))]);
        const report = await verify(folder);
        // The log of one gateway without gaps: each record is in the place of its number.
        expect(report).toMatchObject({ ok: false, ...(topic === AUDIT ? { badRecord: last.seq + 1 } : {}) });
        if (n === 0) await expect(openGateway({ dataFolder: folder })).rejects.toThrow(/audit log/i);
        rmSync(folder, { recursive: true });
      }
    },
    60_000,
  );
});

describe.runIf(BUSES.includes('Kafka'))('T67 records of others on the audit log on Kafka', () => {
  it('are not a fault where a record is repeated, and a fault where it was changed', async () => {
    const gateway = await WorkingGateway.open('Kafka');
    try {
      const entries = (await gateway.real()).get(AUDIT) ?? [];
      await gateway.put(
        entries.slice(-3).map((entry) => ({ ...entry, partition: 0 })),
        await gateway.real(),
      );
      await gateway.restart();
      await gateway.mustWork();
      const changed = { ...entryOf(entries[0] as { value: Uint8Array }), who: 'wessex.nobody' };
      await gateway.put([audited(AUDIT, JSON.stringify(changed))], await gateway.real());
      await gateway.mustWork();
      await expect(gateway.restart()).rejects.toThrow(/audit log/i);
    } finally {
      await gateway.close();
    }
  }, 90_000);
});
