/** T40: an edit, a deletion, a cut or a reorder of the audit log is detected, with the first bad record. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEmbeddedBus } from '../../../gateway/bus/embedded/embedded-bus.ts';
import { openKeys } from '../../../gateway/keys/keys.ts';
import { signCompact } from '../../../gateway/labels/seal.ts';
import { verifyAudit } from '../../../gateway/store/audit/audit-verify.ts';
import { Journal } from '../../../gateway/store/journal.ts';
import type { AuditEntry } from '../../../gateway/wire/streams.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entry = (n: number): AuditEntry => ({
  action: 'disclosure',
  who: 'reader',
  decision: 'permit',
  events: [{ id: `event${n}` }],
  policy: 'p/1',
});

/** Writes a log of 20 records and closes it, so that its last head is signed; or of 19, and does not. */
async function written(isKilled = false): Promise<void> {
  const { seal } = await openKeys(join(folder, 'keys'));
  const bus = openEmbeddedBus({ file: join(folder, 'bus.sqlite') });
  const journal = await Journal.open({
    bus,
    key: () => ({ kid: seal.kid, key: seal.privateKey }),
    keys: (kid) => (kid === seal.kid ? seal.publicKey : undefined),
    now: () => 1_700_000_000_000,
    onCommitted: () => undefined,
  });
  for (let n = 0; n < 19; n++) await journal.commit([], [entry(n)]);
  if (!isKilled) await journal.close(entry(19));
  await bus.close();
}

async function report() {
  const { seal } = await openKeys(join(folder, 'keys'));
  const bus = openEmbeddedBus({ file: join(folder, 'bus.sqlite'), readOnly: true });
  const found = await verifyAudit(bus, (kid) => (kid === seal.kid ? seal.publicKey : undefined));
  await bus.close();
  return found;
}

function tamper(sql: string): void {
  const db = new DatabaseSync(join(folder, 'bus.sqlite'));
  db.exec(
    sql
      .replaceAll('AUDIT', "(SELECT id FROM topic WHERE name = 'interchange.audit')")
      .replaceAll('HEADS', "(SELECT id FROM topic WHERE name = 'interchange.audit-heads')"),
  );
  db.close();
}

describe('the journal', () => {
  it('accepts a record at any time after the previous one', async () => {
    const { seal } = await openKeys(join(folder, 'keys'));
    const bus = openEmbeddedBus({ file: join(folder, 'bus.sqlite') });
    const key = () => ({ kid: seal.kid, key: seal.privateKey });
    const journal = await Journal.open({ bus, key, keys: () => seal.publicKey, now: Date.now, onCommitted: () => undefined });
    for (let steps = 0; steps < 20; steps++) {
      await journal.commit([], [entry(steps)]);
      for (let step = 0; step < steps; step++) await Promise.resolve();
    }
    await journal.close(entry(20));
    await bus.close();
    expect(await report()).toMatchObject({ ok: true, records: 21 });
  });
});

describe('the end of a log that several gateways wrote', () => {
  it('verifies from any record on, without runs that ended before it', async () => {
    const { seal } = await openKeys(join(folder, 'keys'));
    const bus = openEmbeddedBus({ file: join(folder, 'bus.sqlite') });
    const keys = (kid: string) => (kid === seal.kid ? seal.publicKey : undefined);
    const open = (chain: string) =>
      Journal.open({ bus, chain, key: () => ({ kid: seal.kid, key: seal.privateKey }), keys, now: Date.now, onCommitted: () => undefined });
    for (const run of [0, 1, 2]) {
      const journals = await Promise.all([open(`one.${run}`), open(`two.${run}`)]);
      for (let n = 0; n < 10; n++) for (const journal of journals) await journal.commit([], [entry(n)]);
      for (const journal of journals) await journal.close(entry(10));
    }
    const { records } = await verifyAudit(bus, keys);
    expect(records).toBe(66);
    for (let latest = 1; latest <= records; latest++)
      expect([latest, await verifyAudit(bus, keys, { latest })]).toMatchObject([latest, { ok: true }]);
    await bus.close();
  });
});

describe('T40 the audit log', () => {
  it('verifies unchanged, with its signed head', async () => {
    await written();
    expect(await report()).toMatchObject({ ok: true, records: 20, heads: 2, head: { seq: 19 } });
  });

  it.each([
    [
      'an edit',
      `UPDATE record SET value = CAST(replace(CAST(value AS TEXT), 'event7"', 'event8"') AS BLOB) WHERE topic = AUDIT AND pos = 7`,
      7,
    ],
    [
      'an edit of who',
      `UPDATE record SET value = CAST(replace(CAST(value AS TEXT), 'reader', 'other') AS BLOB) WHERE topic = AUDIT AND pos = 3`,
      3,
    ],
    ['a deletion', 'DELETE FROM record WHERE topic = AUDIT AND pos = 5', 5],
    ['a cut of the end', 'DELETE FROM record WHERE topic = AUDIT AND pos >= 15', 15],
    ['a cut of everything', 'DELETE FROM record WHERE topic = AUDIT', 0],
    [
      'a reorder',
      'UPDATE record SET pos = 1000 WHERE topic = AUDIT AND pos = 9; UPDATE record SET pos = 9 WHERE topic = AUDIT AND pos = 10; UPDATE record SET pos = 10 WHERE topic = AUDIT AND pos = 1000',
      9,
    ],
    ['rubbish', `UPDATE record SET value = x'00' WHERE topic = AUDIT AND pos = 11`, 11],
    ['a forged head', `UPDATE record SET value = CAST('a.b.c' AS BLOB) WHERE topic = HEADS`, 0],
  ])('fails to verify after %s', async (_, sql, bad) => {
    await written();
    tamper(sql);
    expect(await report()).toMatchObject({ ok: false, badRecord: bad });
  });

  const LAST_HEAD = '(SELECT max(pos) FROM record WHERE topic = HEADS)';
  it.each([
    ['all heads are deleted', 'DELETE FROM record WHERE topic = HEADS', 0, /no signed head/],
    ['the first head is deleted', 'DELETE FROM record WHERE topic = HEADS AND pos = 0', 0, /missing or out of order/],
    ['a head in the middle is deleted', 'DELETE FROM record WHERE topic = HEADS AND pos = 2', 20, /missing or out of order: 3 follows 1/],
    [
      'two heads are swapped',
      'UPDATE record SET pos = 1000 WHERE topic = HEADS AND pos = 1; UPDATE record SET pos = 1 WHERE topic = HEADS AND pos = 2; UPDATE record SET pos = 2 WHERE topic = HEADS AND pos = 1000',
      1,
      /missing or out of order: 2 follows 0/,
    ],
    [
      'a head is there twice',
      `INSERT INTO record SELECT topic, part, pos + 1, time, key, headers, value FROM record WHERE topic = HEADS AND pos = ${LAST_HEAD}`,
      40,
      /missing or out of order: 3 follows 3/,
    ],
  ])('is refused when %s', async (_, sql, bad, reason) => {
    await written();
    await written();
    tamper(sql);
    expect(await report()).toMatchObject({ ok: false, badRecord: bad, reason: expect.stringMatching(reason) });
    // Nothing is added to it, and no head is signed over it.
    await expect(written()).rejects.toThrow(new RegExp(`First bad record: ${bad}\\. `));
  });

  it('with unnumbered heads of an earlier version verifies with a note, and continues with numbers', async () => {
    const { seal } = await openKeys(join(folder, 'keys'));
    await written();
    const head = (n: number) => {
      const db = new DatabaseSync(join(folder, 'bus.sqlite'));
      const { value } = db
        .prepare("SELECT value FROM record WHERE topic = (SELECT id FROM topic WHERE name = 'interchange.audit-heads') AND pos = ?")
        .get(n) as { value: Uint8Array };
      const {
        number: _number,
        prev: _prev,
        ...old
      } = JSON.parse(Buffer.from(Buffer.from(value).toString().split('.')[1] ?? '', 'base64url').toString());
      const jws = signCompact(JSON.stringify(old), 'audit-head+jwt', { kid: seal.kid, key: seal.privateKey });
      db.prepare("UPDATE record SET value = ? WHERE topic = (SELECT id FROM topic WHERE name = 'interchange.audit-heads') AND pos = ?").run(
        Buffer.from(jws),
        n,
      );
      db.close();
    };
    head(0);
    head(1);
    expect(await report()).toMatchObject({ ok: true, notes: [expect.stringMatching(/^2 heads are of an earlier version/)] });
    await written();
    expect(await report()).toMatchObject({ ok: true, records: 40, last: { number: 3 }, notes: [expect.stringMatching(/^2 heads/)] });
    // Once heads have numbers, one without is refused.
    head(3);
    expect(await report()).toMatchObject({ ok: false, reason: expect.stringMatching(/without a number follows/) });
  });

  it('reports which records had no signed head when the gateway was killed', async () => {
    await written(true);
    expect(await report()).toMatchObject({ ok: true, records: 19, unsigned: 18, notes: ['No head signs the records from 1 on yet'] });
    await written();
    const notes = ['Records 1 to 18 were signed after a crash, by the next run'];
    expect(await report()).toMatchObject({ ok: true, records: 39, unsigned: 0, notes });
  });

  it('continues in one chain after a restart', async () => {
    await written();
    await written();
    expect(await report()).toMatchObject({ ok: true, records: 40, heads: 4 });
  });
});
