/** A cursor belongs to a client and to filters. */
import { randomBytes } from 'node:crypto';
import { CompactEncrypt } from 'jose';
import { describe, expect, it } from 'vitest';
import { Cursors } from '../../gateway/reading/cursor.ts';

const key = randomBytes(32);
const cursors = new Cursors(key);
const STANDING = { 'justice.official.case.v1': { 0: 7 } };

describe('a cursor', () => {
  it('is valid for its client and its filters, in any order', async () => {
    const cursor = await cursors.write('a.client', STANDING, { type: 'one', subject: 'two', task: undefined });
    expect(await cursors.read('a.client', cursor, { subject: 'two', type: 'one' })).toEqual(STANDING);
    expect(await cursors.read('a.client', cursor, { type: 'one' })).toBe('other-filters');
    expect(await cursors.read('a.client', cursor, { type: 'two', subject: 'one' })).toBe('other-filters');
    expect(await cursors.read('b.client', cursor, { type: 'one', subject: 'two' })).toBe('unknown');
    expect(await new Cursors(randomBytes(32)).read('a.client', cursor, { type: 'one', subject: 'two' })).toBe('unknown');
  });
  it('of an earlier version without filters is valid for any', async () => {
    const text = JSON.stringify({ client: 'a.client', standing: STANDING });
    const earlier = await new CompactEncrypt(Buffer.from(text)).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key);
    for (const filters of [{}, { type: 'one' }]) expect(await cursors.read('a.client', earlier, filters)).toEqual(STANDING);
    expect(await cursors.read('b.client', earlier, {})).toBe('unknown');
  });
});
