/** The register of protections in the local view: events to check, and pages. */
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ProtectionRecord } from '../../../gateway/protections/register.ts';
import { EventTable } from '../../../gateway/store/view/event-table.ts';
import { RegisterTable } from '../../../gateway/store/view/register-table.ts';

const NO_KEYS = { sounds: [], families: [], givens: [], initials: [], singles: [], numbers: [], details: [] };
const protection = (id: string, more: Partial<ProtectionRecord> = {}): ProtectionRecord => ({
  id,
  case: 'a case',
  keys: NO_KEYS,
  restrictions: ['R'],
  reason: 'order',
  title: 'An order',
  law: 'A law',
  by: 'owner',
  since: '2026-11-26T00:00:00.000Z',
  ...more,
});

describe('the register in the view', () => {
  let db: DatabaseSync;
  let table: RegisterTable;
  beforeEach(() => {
    db = new DatabaseSync(':memory:');
    const events = new EventTable(db);
    events.claim('an event', { topic: 'a topic', partition: 1, offset: 0 }, 'a case');
    // Whoever says before it that it is the event, of another case, does not hide it.
    events.claim('an event', { topic: 'a topic', partition: 0, offset: 0 }, 'another case');
    table = new RegisterTable(db);
  });

  it('keeps an event to check where a protection arrived during the check', () => {
    table.take({ protection: protection('first') }, 0, 1);
    const [seen] = table.unchecked(10);
    if (seen === undefined) throw new Error('Nothing is to be looked at');
    table.take({ protection: protection('second') }, 1, 2);
    table.checked(seen);
    const [again, ...others] = table.unchecked(10);
    expect([again?.event, others]).toEqual(['an event', []]);
    if (again !== undefined) table.checked(again);
    expect(table.unchecked(10)).toEqual([]);
  });

  it('does not check again for the same protection', () => {
    table.take({ protection: protection('first') }, 0, 1);
    for (const entry of table.unchecked(10)) table.checked(entry);
    table.take({ protection: protection('first') }, 5, 2);
    expect(table.unchecked(10)).toEqual([]);
  });

  it('adds what a later record knows of the person, and checks again; a lifted protection stays as it is', () => {
    const of = (...numbers: readonly string[]) => protection('first', { keys: { ...NO_KEYS, families: ['f'], numbers } });
    table.take({ protection: of('1') }, 0, 1);
    for (const entry of table.unchecked(10)) table.checked(entry);
    expect(table.take({ protection: of('2') }, 1, 2)).toBe(true);
    expect(table.get('first')?.protection.keys.numbers).toEqual(['1', '2']);
    expect(table.unchecked(10)).toHaveLength(1);
    for (const entry of table.unchecked(10)) table.checked(entry);
    expect(table.take({ protection: of('1') }, 2, 3)).toBe(false);
    table.take({ lift: { id: 'first', case: 'a case', by: 'owner', because: 'b', time: '2026-11-26T00:00:00.000Z' } }, 3, 4);
    expect(table.take({ protection: of('3') }, 4, 5)).toBe(false);
    expect(table.get('first')?.protection.keys.numbers).toEqual(['1', '2']);
    expect(table.unchecked(10)).toEqual([]);
  });

  it('checks an event again that was noted during its check', () => {
    table.take({ protection: protection('first') }, 0, 1);
    const [seen] = table.unchecked(10);
    table.note('an event', 'a case', 2);
    if (seen !== undefined) table.checked(seen);
    expect(table.unchecked(10)).toHaveLength(1);
  });

  const query = { day: '2026-11-26', after: 0, limit: 10, maySee: () => true };
  const ids = (more: Partial<Parameters<RegisterTable['page']>[0]> = {}) =>
    table.page({ ...query, ...more }).map(({ entry }) => entry.protection.id);

  it('reads only the rows of a page', () => {
    for (let n = 0; n < 50; n++) table.take({ protection: protection(`p${n}`, { case: n === 30 ? 'one' : 'another' }) }, n, 0);
    table.take({ protection: protection('hidden', { case: 'one', restrictions: ['S'] }) }, 50, 0);
    // Whoever parses these fails.
    db.exec("UPDATE protection SET body = 'unread' WHERE id NOT IN ('p30', 'p31')");
    expect(ids({ subject: 'one', maySee: ({ restrictions }) => restrictions[0] === 'R' })).toEqual(['p30']);
    expect(ids({ after: 31, limit: 1 })).toEqual(['p31']);
    const plan = (where: string) =>
      JSON.stringify(db.prepare(`EXPLAIN QUERY PLAN SELECT body FROM protection WHERE ${where} ORDER BY seq LIMIT 1`).all());
    expect(plan("seq > 1 AND subject = 'one'")).toContain('protection_of');
    expect(plan('seq > 1')).toContain('protection_at');
  });

  it('distinguishes protections in force, ended and lifted, by day', () => {
    table.take({ protection: protection('ever') }, 0, 0);
    table.take({ protection: protection('ended', { until: '2026-11-26' }) }, 1, 0);
    table.take({ protection: protection('ending', { until: '2026-11-27' }) }, 2, 0);
    table.take({ protection: protection('lifted', { until: '2026-11-26' }) }, 3, 0);
    table.take({ lift: { id: 'lifted', case: 'a case', by: 'owner', because: 'x', time: '2026-11-26T00:00:00.000Z' } }, 4, 0);
    expect(ids({ status: 'in-force' })).toEqual(['ever', 'ending']);
    expect(ids({ status: 'ended' })).toEqual(['ended']);
    expect(ids({ status: 'lifted' })).toEqual(['lifted']);
    expect(ids()).toEqual(['ever', 'ended', 'ending', 'lifted']);
  });

  it('lists no protection before it is on the bus, and then at its place', () => {
    table.take({ protection: protection('waiting') }, -1, 0);
    table.take({ protection: protection('first') }, 0, 0);
    expect([ids(), table.of('a case').map((entry) => entry.protection.id)]).toEqual([['first'], ['first', 'waiting']]);
    table.take({ protection: protection('waiting') }, 1, 0);
    expect(ids()).toEqual(['first', 'waiting']);
  });
});
