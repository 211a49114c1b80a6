/** Heads have the root of the tree over the records that they sign, also after a crash. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Bus } from '../../../gateway/bus/bus.ts';
import { openEmbeddedBus } from '../../../gateway/bus/embedded/embedded-bus.ts';
import { AuditProofs, auditRecordAt } from '../../../gateway/evidence/audit-proofs.ts';
import { readHeadClaims } from '../../../gateway/store/audit/audit-head.ts';
import { leafSalts } from '../../../gateway/store/audit/record-leaf.ts';
import { Journal } from '../../../gateway/store/journal.ts';
import { AUDIT, AUDIT_HEADS, type AuditEntry } from '../../../gateway/wire/streams.ts';

const folder = mkdtempSync(join(tmpdir(), 'heads-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const keys = (kid: string) => (kid === 'own' ? (publicKey as never) : undefined);
const salt = leafSalts(Buffer.alloc(32, 7));
const entry = (who: string): AuditEntry => ({ action: 'consultation', who, decision: 'permit', policy: 'p/1' });

let time = 1_800_000_000_000;
const openJournal = (bus: Bus) =>
  Journal.open({ bus, key: () => ({ kid: 'own', key: privateKey }), keys, salt, now: () => time, onCommitted: () => undefined });

describe('a signed head', () => {
  it('covers every record since the previous one, including those of a killed run', async () => {
    const bus = openEmbeddedBus({ file: join(folder, 'bus.sqlite') });
    const first = await openJournal(bus);
    await first.commit([], [entry('one')]);
    for (const who of ['two', 'three']) await first.commit([], [entry(who)]);
    // The run is killed here: nothing signs the last two records.
    const second = await openJournal(bus);
    time += 1000;
    await second.commit([], [entry('four')]);
    await second.commit([], [entry('five')]);
    await second.commit([], [entry('six')], { signs: true });
    const heads = (await bus.read(AUDIT_HEADS, 0, 0, 100)).map(({ value }) => readHeadClaims(Buffer.from(value).toString()));
    expect(heads.map((head) => [head?.from, head?.seq])).toEqual([
      [0, 0],
      [1, 3],
      [4, 5],
    ]);
    const proofs = new AuditProofs({ bus, keys, salt });
    const count = (await bus.ends(AUDIT))[0] ?? 0;
    for (let offset = 0; offset < count; offset++) {
      const placed = await auditRecordAt({ bus }, offset);
      expect([offset, placed && (await proofs.of(placed))]).toMatchObject([offset, { index: expect.any(Number) }]);
    }
    await second.close();
    await bus.close();
  });
});
