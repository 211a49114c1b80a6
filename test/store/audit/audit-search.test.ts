/** The search of the audit log: the newest records first, and all of them. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { openEmbeddedBus } from '../../../gateway/bus/embedded/embedded-bus.ts';
import { type AuditQuery, searchAudit } from '../../../gateway/store/audit/audit-search.ts';
import { TrailTable } from '../../../gateway/store/view/trail-table.ts';
import type { View } from '../../../gateway/store/view/view.ts';
import { AUDIT, type AuditEntry, type AuditRecord, record } from '../../../gateway/wire/streams.ts';

const HASH = Buffer.alloc(32).toString('base64url');

/** Searches a log of some entries. Returns the places of the records that are found. */
async function found(entries: readonly AuditEntry[], query: AuditQuery): Promise<readonly number[]> {
  const bus = openEmbeddedBus({ file: join(mkdtempSync(join(tmpdir(), 'search-')), 'bus.sqlite') });
  const trail = new TrailTable(new DatabaseSync(':memory:'));
  const chained = { time: '2026-11-16T09:00:00.000Z', prev: HASH, hash: HASH };
  const records = entries.map((entry, seq): AuditRecord => ({ ...entry, ...chained, seq }));
  await bus.publish(records.map((entry) => record(AUDIT, 'audit', entry)));
  for (const [offset, entry] of records.entries()) trail.take(entry, offset);
  const view = { trail, caughtUp: async () => undefined } as unknown as View;
  const { records: all } = await searchAudit({ bus, view }, query, { limit: 1000 });
  await bus.close();
  return all.map(({ seq }) => seq);
}

const disclosure: AuditEntry = { action: 'disclosure', who: 'reader', decision: 'permit', policy: 'p/1' };

it('finds every record, also where the bus ends a read at a number of bytes', async () => {
  const ids = 'A'.repeat(9996);
  const entries = Array.from({ length: 300 }, () => ({ ...disclosure, outcomes: [{ decision: 'permit', ids } as const] }));
  expect(await found(entries, {})).toEqual(entries.map((_, n) => n).toReversed());
});
it('finds the refusals of an event, as well as its disclosures', async () => {
  const outcomes = (decision: 'permit' | 'deny', id: string) => ({
    ...disclosure,
    decision,
    outcomes: [{ decision, ids: id.slice(0, 12) }],
  });
  const [event, other] = ['E'.repeat(43), 'F'.repeat(43)];
  const entries = [outcomes('deny', event), outcomes('deny', other), outcomes('permit', event)];
  expect(await found(entries, { event })).toEqual([2, 0]);
  expect(await found(entries, { event, decision: 'deny' })).toEqual([0]);
});
