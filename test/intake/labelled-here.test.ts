import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { results } from '../../bench/peers/results.ts';
import { AddedRestrictions, ordersOf } from '../../gateway/intake/added-restrictions.ts';
import { LabelledHere } from '../../gateway/intake/labelled-here.ts';
import { ingest } from '../../gateway/pipeline/ingest.ts';
import { knownOf, NOTHING_KNOWN } from '../../gateway/protections/register.ts';
import { context, labelling, must, NOW, policy, submissionOf, take, verifier } from '../support/law.ts';

const anyIds = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 6 });
const named = (ids: readonly string[]) => ids.map((id) => ({ id }));

describe('what this gateway labelled its events with', () => {
  it('covers exactly the protections that an event was labelled with, under the same policy', () => {
    fc.assert(
      fc.property(anyIds, anyIds, (labelled, asked) => {
        const here = new LabelledHere();
        here.add('event', labelled, 'policy/1');
        const isSubset = asked.every((id) => labelled.includes(id));
        expect(here.covers('event', named(asked), 'policy/1')).toBe(isSubset);
        expect(here.covers('event', named(asked), 'policy/2')).toBe(false);
        expect(here.covers('other', named(asked), 'policy/1')).toBe(false);
      }),
    );
  });

  it('assumes nothing of an event that it has forgotten, or that has very many protections', () => {
    const here = new LabelledHere();
    here.add('many', Array.from({ length: 101 }, String), 'policy/1');
    expect(here.covers('many', named(['1']), 'policy/1')).toBe(false);
    for (let n = 0; n <= 10_000; n++) here.add(`event ${n}`, ['a'], 'policy/1');
    expect(here.covers('event 0', named(['a']), 'policy/1')).toBe(false);
    expect(here.covers('event 10000', named(['a']), 'policy/1')).toBe(true);
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
          expect(known.inForce.every(({ id }) => labelledWith[subject]?.includes(id))).toBe(true);
          const verified = must(await verifier().verify(event, topic));
          const added = new AddedRestrictions(labelling, verified, NOW, NOTHING_KNOWN);
          for (const order of ordersOf(known, entries)) expect(added.add(order.known)).toBe(false);
          protectedEvents++;
        }
    }
    expect(protectedEvents).toBeGreaterThan(20);
  });
});
