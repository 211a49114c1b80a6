import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { results } from '../../bench/peers/results.ts';
import type { StoredRecord } from '../../gateway/bus/bus.ts';
import { AddedRestrictions, ordersOf } from '../../gateway/intake/added-restrictions.ts';
import { LabelledHere } from '../../gateway/intake/labelled-here.ts';
import { ingest } from '../../gateway/pipeline/ingest.ts';
import { knownOf, NOTHING_KNOWN, versionOf } from '../../gateway/protections/register.ts';
import { context, labelling, must, NOW, policy, submissionOf, take, verifier } from '../support/rules-in-force.ts';

const anyIds = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 6 });

const AT = { topic: 'justice.official.case.v1', partition: 1, offset: 7 };
const recordOf = (id: string, value: Uint8Array, place = AT): StoredRecord => ({
  ...place,
  key: 'k',
  time: 0,
  headers: { ce_id: id },
  value,
});

describe('what this gateway labelled its events with', () => {
  it('covers exactly the protections that an event was labelled with, under the same policy', () => {
    fc.assert(
      fc.property(anyIds, anyIds, (labelled, asked) => {
        const here = new LabelledHere();
        const value = Buffer.from('event');
        here.add({ id: 'event', value }, labelled, 'policy/1');
        expect(here.covers('event', AT, asked, 'policy/1')).toBe(false);
        here.committed([recordOf('event', value)]);
        const isSubset = asked.every((id) => labelled.includes(id));
        expect(here.covers('event', AT, asked, 'policy/1')).toBe(isSubset);
        expect(here.covers('event', AT, asked, 'policy/2')).toBe(false);
        expect(here.covers('other', AT, asked, 'policy/1')).toBe(false);
      }),
    );
  });

  it('assumes nothing of another record of the event: it may have been labelled before the protection', () => {
    const here = new LabelledHere();
    const [first, second] = [Buffer.from('event'), Buffer.from('event')];
    here.add({ id: 'event', value: first }, [], 'policy/1');
    here.add({ id: 'event', value: second }, ['a'], 'policy/1');
    here.committed([recordOf('event', first), recordOf('event', second, { ...AT, offset: 8 })]);
    expect(here.covers('event', AT, ['a'], 'policy/1')).toBe(false);
    expect(here.covers('event', { ...AT, offset: 8 }, ['a'], 'policy/1')).toBe(true);
    expect(here.covers('event', undefined, ['a'], 'policy/1')).toBe(false);
  });

  it('assumes nothing of an event that it has forgotten, or that has very many protections', () => {
    const here = new LabelledHere();
    const publish = (id: string, protections: readonly string[]) => {
      const value = Buffer.from(id);
      here.add({ id, value }, protections, 'policy/1');
      here.committed([recordOf(id, value)]);
    };
    publish('many', Array.from({ length: 101 }, String));
    expect(here.covers('many', AT, ['1'], 'policy/1')).toBe(false);
    for (let n = 0; n <= 10_000; n++) publish(`event ${n}`, ['a']);
    expect(here.covers('event 0', AT, ['a'], 'policy/1')).toBe(false);
    expect(here.covers('event 10000', AT, ['a'], 'policy/1')).toBe(true);
  });

  it('is enough: protections that an event was labelled with add no restriction to it', async () => {
    let protectedEvents = 0;
    for (const bytes of results(60)) {
      const first = take(bytes);
      if (first.kind !== 'accepted') throw new Error('refused');
      const entries = first.register.map((protection) => ({ protection }));
      const [subject] = entries.map(({ protection }) => protection.case);
      if (subject === undefined) continue;
      // Once by its own statements, once with the register that holds them.
      const again = ingest(context, submissionOf(bytes), { cases: { [subject]: entries }, events: {} });
      if (again.kind !== 'accepted') throw new Error('refused');
      const known = knownOf(policy, subject, entries, context.identities.pseudonym, NOW);
      for (const { labelledWith, events } of [first, again])
        for (const { event, topic } of events) {
          expect(known.inForce.every((protection) => labelledWith[subject]?.includes(versionOf(protection)))).toBe(true);
          const verified = must(await verifier().verify(event, topic));
          const added = new AddedRestrictions(labelling, verified, NOW, NOTHING_KNOWN);
          for (const order of ordersOf(known, entries)) expect(added.add(order.known)).toBe(false);
          protectedEvents++;
        }
    }
    expect(protectedEvents).toBeGreaterThan(20);
  });
});
