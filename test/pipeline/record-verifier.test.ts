/** A verified record is cached, and a record with any difference is verified separately. */
import { describe, expect, it } from 'vitest';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import type { Labelling } from '../../gateway/labels/label-event.ts';
import { RecordVerifier } from '../../gateway/pipeline/record-verifier.ts';
import { eventOf, labelling, publicKey, sampleCase } from '../support/rules-in-force.ts';

const { event, topic } = await eventOf(sampleCase);
const recordOf = (sealed: SealedEvent, more: object = {}) => ({
  topic,
  key: sealed.partitionkey,
  value: Buffer.from(JSON.stringify(sealed)),
  headers: { ce_id: event.id },
  ...more,
});

/** A verifier of records whose keys and policy the test changes. */
function verifierOf(mostBytes = 1_000_000) {
  const state = { isTrusted: true, labelling: labelling as Labelling };
  const keys = (kid: string) => (kid === 'test' && state.isTrusted ? publicKey : undefined);
  return { state, records: new RecordVerifier(() => state.labelling, keys, mostBytes) };
}

describe('a verified record', () => {
  it('is cached for every later reader', async () => {
    const { records } = verifierOf();
    const first = await records.verify(recordOf(event));
    expect(first).toMatchObject({ value: { event: { id: event.id } } });
    expect(await records.verify(recordOf(event))).toBe(first);
  });

  it('keeps no reference to the buffer that it came from', async () => {
    const { records } = verifierOf();
    const record = recordOf(event);
    const first = await records.verify(record);
    record.value.fill(0);
    expect(await records.verify(recordOf(event))).toBe(first);
  });

  it.each([
    ['data that nobody sealed', recordOf({ ...event, data: { ...event.data, case: { urn: '52WX9999999' } } } as SealedEvent)],
    ['one byte more', { ...recordOf(event), value: Buffer.from(`${JSON.stringify(event).slice(0, -1)},"extra":1}`) }],
    ['another topic', recordOf(event, { topic: topic.replace('official-sensitive', 'official') })],
    ['another key', recordOf(event, { key: 'another' })],
    ['a header that says that it is a rendition', recordOf(event, { headers: { ce_id: event.id, ce_rendition: 'official' } })],
  ])('T03 is not confused with one with %s', async (_what, record) => {
    const { records } = verifierOf();
    await records.verify(recordOf(event));
    expect(await records.verify(record)).toMatchObject({ refusals: [{ code: 'seal-broken' }] });
    expect(await records.verify(recordOf(event))).toMatchObject({ value: { event: { id: event.id } } });
  });

  it('T03 does not verify after its key is revoked', async () => {
    const { state, records } = verifierOf();
    await records.verify(recordOf(event));
    state.isTrusted = false;
    expect(await records.verify(recordOf(event))).toMatchObject({ refusals: [{ code: 'seal-broken' }] });
  });

  it('is verified again under another policy', async () => {
    const { state, records } = verifierOf();
    const first = await records.verify(recordOf(event));
    state.labelling = { ...labelling };
    const second = await records.verify(recordOf(event));
    expect(second).toEqual(first);
    expect(second).not.toBe(first);
  });

  it('is cached within a limit, and the least recently used one is dropped', async () => {
    const all = await Promise.all([1, 2, 3].map((n) => eventOf(sampleCase.replaceAll(/52WX1000\d{3}/g, `52WX200000${n}`))));
    const stored = all.map((made) => ({ ...recordOf(made.event), headers: { ce_id: made.event.id } }));
    const [a, b, c] = stored as [(typeof stored)[number], (typeof stored)[number], (typeof stored)[number]];
    const { records } = verifierOf(Math.max(...stored.map(({ value }) => value.length)) * 2);
    const [first, longestAgo] = [await records.verify(a), await records.verify(b)];
    expect(await records.verify(a)).toBe(first);
    await records.verify(c);
    expect(await records.verify(a)).toBe(first);
    expect(await records.verify(b)).not.toBe(longestAgo);
  });
});
