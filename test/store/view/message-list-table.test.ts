/** The view's table of messages as they are searched for: every search gives what a plain filter over all messages would give. */
import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ListPlace } from '../../../gateway/store/view/merge-groups.ts';
import { MessageListTable, NEWEST } from '../../../gateway/store/view/message-list-table.ts';
import type { AuditRecord, ReceiptRecord } from '../../../gateway/wire/streams.ts';
import { POLICY } from '../../support/rules-in-force.ts';

const SUBJECTS = ['case-one', 'case-two', 'person-one'].map((name) => name.padEnd(22, '0'));

const message = fc.record({
  id: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
  source: fc.constantFrom('a', 'b'),
  adapter: fc.constantFrom(undefined, 'x', 'y'),
  status: fc.constantFrom('accepted' as const, 'quarantined' as const),
  received: fc.integer({ min: 0, max: 20 }),
  classification: fc.constantFrom('OFFICIAL', 'SECRET'),
  about: fc.subarray(SUBJECTS),
  isAuditFirst: fc.boolean(),
});
type Message = typeof message extends fc.Arbitrary<infer M> ? M : never;

const timeOf = (minutes: number): number => Date.UTC(2026, 0, 1, 0, minutes);

const receiptOf = ({ id, source, adapter, status, received, classification }: Message): ReceiptRecord => ({
  id,
  source,
  status,
  received: new Date(timeOf(received)).toISOString(),
  sha256: '',
  events: [],
  warnings: [],
  reasons: [],
  label: { policy: POLICY, classification },
  ...(adapter === undefined ? {} : { adapter }),
});

const auditOf = ({ id, about: [subject, ...persons] }: Message): AuditRecord =>
  ({ action: 'collection', messageId: id, events: subject === undefined ? [] : [{ id: 'e', subject, persons }] }) as unknown as AuditRecord;

function tableOf(messages: readonly Message[]): MessageListTable {
  const table = new MessageListTable(new DatabaseSync(':memory:'));
  for (const entry of messages) {
    if (entry.isAuditFirst) table.takeAudit(auditOf(entry));
    table.take(receiptOf(entry));
    if (!entry.isAuditFirst) table.takeAudit(auditOf(entry));
  }
  return table;
}

describe('the table of messages', () => {
  it('takes whatever id a record on the bus has', () => {
    fc.assert(
      fc.property(message, fc.string({ maxLength: 12 }), (entry, id) => {
        const table = tableOf([{ ...entry, id, about: SUBJECTS }]);
        expect(table.find({ groups: table.groups({}), before: NEWEST, from: 0, limit: 10 }).map((found) => found.id)).toEqual([id]);
      }),
    );
  });

  it('gives what a plain filter gives, newest first, in pages of any size', () => {
    const filters = fc.record({
      source: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
      adapter: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
      status: fc.option(fc.constantFrom('accepted' as const, 'quarantined' as const), { nil: undefined }),
      about: fc.option(fc.subarray(SUBJECTS, { minLength: 1 }), { nil: undefined }),
      from: fc.integer({ min: 0, max: 20 }),
      to: fc.integer({ min: 0, max: 21 }),
      limit: fc.integer({ min: 1, max: 5 }),
      isCleared: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.uniqueArray(message, { selector: ({ id }) => id, maxLength: 40 }), filters, (messages, query) => {
        const { source, adapter, status, about, from, to, limit, isCleared } = query;
        const table = tableOf(messages);
        const groups = table
          .groups({ source, adapter, status })
          .filter(({ seen }) => isCleared || seen.label.classification === 'OFFICIAL');
        const found: string[] = [];
        for (let before: ListPlace = { received: timeOf(to), tie: 0 }; ; ) {
          const page = table.find({ groups, before, from: timeOf(from), limit, about });
          found.push(...page.map(({ id }) => id));
          const last = page.at(-1);
          if (last === undefined) break;
          before = last;
        }
        const expected = messages.filter(
          (entry) =>
            (source === undefined || entry.source === source) &&
            (adapter === undefined || entry.adapter === adapter) &&
            (status === undefined || entry.status === status) &&
            (about === undefined || about.some((subject) => entry.about.includes(subject))) &&
            (isCleared || entry.classification === 'OFFICIAL') &&
            entry.received >= from &&
            entry.received < to,
        );
        expect(found.toSorted()).toEqual(expected.map(({ id }) => id).toSorted());
        const times = found.map((id) => messages.find((entry) => entry.id === id)?.received ?? 0);
        expect(times).toEqual(times.toSorted((a, b) => b - a));
      }),
      { numRuns: 60 },
    );
  });
  it('moves a message that was resubmitted, also in the search by its case, and one that was sent again', () => {
    const id = () => randomBytes(32).toString('base64url');
    const base = { source: 'a', adapter: 'x', received: 1, classification: 'OFFICIAL', about: SUBJECTS, isAuditFirst: true } as const;
    const original: Message = { ...base, about: [...SUBJECTS], id: id(), status: 'quarantined' };
    const table = tableOf([original]);
    const again = receiptOf({ ...base, about: [], id: id(), status: 'accepted', received: 2 });
    table.take({ ...again, resubmissionOf: original.id });
    const find = (status: 'quarantined' | 'resubmitted' | 'accepted') =>
      table.find({ groups: table.groups({ status }), before: NEWEST, from: 0, limit: 10, about: SUBJECTS.slice(0, 1) });
    expect(find('quarantined')).toEqual([]);
    expect(find('resubmitted')).toMatchObject([{ id: original.id, resubmittedAs: again.id }]);
    table.take(receiptOf({ ...original, received: 3 }));
    expect(find('resubmitted')).toMatchObject([{ id: original.id, received: timeOf(3) }]);
    table.take(receiptOf({ ...original, received: 4, status: 'accepted' }));
    expect(find('resubmitted')).toEqual([]);
    expect(find('accepted')).toMatchObject([{ id: original.id }]);
  });
});
