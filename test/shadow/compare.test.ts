/** What two versions make of a message, compared; and the counts of many comparisons. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import type { Label } from '../../gateway/labels/label.ts';
import { type Comparison, compare } from '../../gateway/shadow/compare.ts';
import { differences } from '../../gateway/shadow/differences.ts';
import { directions, opens } from '../../gateway/shadow/direction.ts';
import { isWorse, Tally } from '../../gateway/shadow/tally.ts';
import type { EventVerdict, Verdict } from '../../gateway/shadow/verdict.ts';
import { POLICY, policy } from '../support/rules-in-force.ts';

const directionOf = directions([policy, policy]);
const context = { directionOf, place: (path: readonly (string | number)[]) => `/${path.join('/')}` };

const restrictions = fc.subarray(['CYPA1933_s49', 'YJCEA1999_s45', 'YJCEA1999_s46', 'SOAA1992_s1']);
const label: fc.Arbitrary<Label> = fc
  .record({ classification: fc.constantFrom('OFFICIAL', 'SECRET'), sensitive: fc.boolean(), restrictions })
  .map((parts) => ({
    policy: POLICY,
    classification: parts.classification,
    ...(parts.sensitive && parts.classification === 'OFFICIAL' ? { sensitive: true } : {}),
    ...(parts.restrictions.length === 0 ? {} : { restrictions: parts.restrictions }),
  }));
const data: fc.Arbitrary<JsonObject> = fc.record({
  case: fc.record({ urn: fc.constantFrom('A', 'B') }),
  defendants: fc.array(fc.record({ name: fc.constantFrom('X', 'Y'), age: fc.integer({ min: 10, max: 12 }) }), { maxLength: 2 }),
});
const event: fc.Arbitrary<EventVerdict> = fc.record({
  standard: fc.constantFrom('case.registered', 'hearing.resulted'),
  attributes: fc.record({ type: fc.constant('t'), subject: fc.constantFrom('s', 't') }),
  data,
  eventLabel: label,
  base: label,
  portions: fc.uniqueArray(fc.record({ pointer: fc.constantFrom('/case', '/defendants/0', '/defendants/0/name'), label }), {
    selector: ({ pointer }) => pointer,
  }),
});
const verdict: fc.Arbitrary<Verdict> = fc.oneof(
  fc.record({
    kind: fc.constant('accepted' as const),
    label,
    events: fc.array(event, { maxLength: 4 }),
    protections: fc.array(fc.record({ reason: fc.constantFrom('under-18' as const, 'order' as const), restrictions }), { maxLength: 3 }),
    refusedLines: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { maxLength: 2 }),
  }),
  fc.record({ kind: fc.constant('refused' as const), label, codes: fc.subarray(['no-adapter', 'schema-violation']) }),
);
const messages = fc.uniqueArray(fc.record({ id: fc.string({ minLength: 1, maxLength: 4 }), before: verdict, after: verdict }), {
  maxLength: 8,
  selector: ({ id }) => id,
});
type Messages = readonly { readonly id: string; readonly before: Verdict; readonly after: Verdict }[];

function tallied(all: Messages): Tally {
  const tally = new Tally();
  for (const { id, before, after } of all) tally.add(id, compare(context, before, after));
  return tally;
}

describe('a comparison of two verdicts', () => {
  it('of a verdict with itself finds no difference', () => {
    fc.assert(
      fc.property(verdict, (given) => {
        const found = compare(context, given, structuredClone(given));
        expect(found).toMatchObject({ outcome: 'same', labels: [], fields: [], protections: [], refusals: [] });
        expect([found.events.differ, found.events.added, found.events.removed]).toEqual([0, 0, 0]);
      }),
    );
  });

  it('does not mind the order of events', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 5 }), (events) => {
        const of = (list: readonly EventVerdict[]): Verdict => ({ kind: 'accepted', events: list, protections: [], refusedLines: [] });
        expect(compare(context, of(events), of(events.toReversed())).outcome).toBe('same');
      }),
    );
  });

  it('accounts for every event of both sides', () => {
    fc.assert(
      fc.property(verdict, verdict, (before, after) => {
        const { events } = compare(context, before, after);
        const counts = [before, after].map((side) => (side.kind === 'accepted' ? side.events.length : 0));
        expect([events.same + events.differ + events.removed, events.same + events.differ + events.added]).toEqual(counts);
      }),
    );
  });

  it('always reports a label that falls: of an event, outside portions, or of a place that both have', () => {
    fc.assert(
      fc.property(event, label, label, fc.constantFrom('eventLabel', 'base', 'portion' as const), (drawn, high, low, where) => {
        fc.pre(opens(directionOf(high, low)));
        const labelled = (drawnLabel: Label): EventVerdict => {
          if (where !== 'portion') return { ...drawn, portions: [], [where]: drawnLabel };
          return { ...drawn, portions: [{ pointer: '/case/urn', label: drawnLabel }] };
        };
        const of = (only: EventVerdict): Verdict => ({ kind: 'accepted', events: [only], protections: [], refusedLines: [] });
        const comparison = compare(context, of(labelled(high)), of(labelled(low)));
        expect(comparison.labels.some(({ direction }) => opens(direction))).toBe(true);
        const tally = new Tally();
        tally.add('m', comparison);
        expect(tally.findings.falls.length).toBeGreaterThan(0);
        expect(isWorse(tally.findings)).toBe(true);
      }),
    );
  });

  it('reports a portion that the candidate leaves under the label of the rest', () => {
    const official: Label = { policy: POLICY, classification: 'OFFICIAL' };
    const registered: EventVerdict = {
      standard: 'case.registered',
      attributes: {},
      data: { case: { urn: 'A' } },
      eventLabel: official,
      base: official,
      portions: [{ pointer: '/case', label: { ...official, restrictions: ['SOAA1992_s1'] } }],
    };
    const of = (only: EventVerdict): Verdict => ({ kind: 'accepted', events: [only], protections: [], refusedLines: [] });
    expect(compare(context, of(registered), of({ ...registered, portions: [] })).labels).toEqual([
      { standard: 'case.registered', at: '/data/case', direction: 'falls', from: 'OFFICIAL; restrictions: SOAA1992_s1', to: 'OFFICIAL' },
    ]);
  });
});

describe('what cannot be compared counts as a fall', () => {
  const official: Label = { policy: POLICY, classification: 'OFFICIAL' };
  const restricted: Label = { ...official, restrictions: ['SOAA1992_s1'] };
  const registered: EventVerdict = {
    standard: 'case.registered',
    attributes: {},
    data: { victims: [{ name: 'Jory Tremayne' }] },
    eventLabel: restricted,
    base: official,
    portions: [{ pointer: '/victims/0', label: restricted }],
  };
  const of = (...events: readonly EventVerdict[]): Verdict => ({ kind: 'accepted', events, protections: [], refusedLines: [] });
  const falls = (before: Verdict, after: Verdict, compareContext = context): readonly string[] => {
    const tally = new Tally();
    tally.add('m', compare(compareContext, before, after));
    expect(isWorse(tally.findings)).toBe(tally.findings.falls.length > 0);
    return tally.findings.falls.map(({ at, direction }) => `${at} ${direction}`);
  };
  it('where data leaves a portion', () => {
    const moved = [{ victims: [{}] }, { victims: [] }, { victims: [{ name: 'Withheld' }] }];
    const all = moved.map((data) => falls(of(registered), of({ ...registered, data: { ...data, summary: 'Jory Tremayne' } })));
    expect(all).toEqual([['/data/victims/*/name mixed'], ['/data/victims/* mixed'], ['/data/victims/*/name mixed']]);
    expect(falls(of(registered), of({ ...registered, data: { victims: [{ name: 'Jory TREMAYNE' }] } }))).toEqual([]);
  });
  it('where only one side has an event', () => {
    expect(falls(of(registered), of())).toEqual(['event mixed']);
    expect(falls(of(registered), of(registered, { ...registered, standard: 'hearing.resulted' }))).toEqual(['event mixed']);
  });
  it('where the two policies let other readers read the same label', () => {
    const { document } = policy;
    const changed = (change: Partial<typeof document>) => directions([policy, { ...policy, document: { ...document, ...change } }]);
    const open = document.categories.map((category) =>
      category.property === 'restrictions' ? { ...category, kind: 'informative' as const } : category,
    );
    const upside = document.classifications.map((classification) => ({ ...classification, rank: -classification.rank }));
    expect(changed({ categories: open })(restricted, restricted)).toBe('mixed');
    expect(changed({ categories: open })(official, official)).toBe('same');
    const secret: Label = { ...official, classification: 'SECRET' };
    expect(changed({ classifications: upside })(secret, secret)).toBe('mixed');
    expect(falls(of(registered), of(registered), { ...context, directionOf: changed({ categories: open }) })).not.toEqual([]);
    expect(falls(of(registered), of(registered))).toEqual([]);
  });
});

describe('the direction of a change', () => {
  it('is the opposite in the other direction', () => {
    const opposite = { same: 'same', rises: 'falls', falls: 'rises', mixed: 'mixed' } as const;
    fc.assert(fc.property(label, label, (one, other) => void expect(directionOf(other, one)).toBe(opposite[directionOf(one, other)])));
  });
  it('does not mind the version of the policy that a label names', () => {
    fc.assert(
      fc.property(label, (drawn) => void expect(directionOf(drawn, { ...drawn, policy: { ...POLICY, version: '99.0.0' } })).toBe('same')),
    );
  });
  it('is mixed where neither policy knows both labels', () => {
    const official: Label = { policy: POLICY, classification: 'OFFICIAL' };
    expect(directionOf(official, { ...official, classification: 'UNHEARD OF' })).toBe('mixed');
  });
});

describe('the counts of many messages', () => {
  it('add up', () => {
    fc.assert(
      fc.property(messages, (all) => {
        const { compared, same, differ, newlyRefused, newlyAccepted } = tallied(all).findings.messages;
        expect([compared, same + differ + newlyRefused + newlyAccepted]).toEqual([all.length, all.length]);
      }),
    );
  });
  it('do not depend on the order of the messages', () => {
    fc.assert(fc.property(messages, (all) => void expect(tallied(all.toReversed()).findings).toEqual(tallied(all).findings)));
  });
  it('swap what is new and what is gone when the two sides are swapped', () => {
    fc.assert(
      fc.property(messages, (all) => {
        const swapped = all.map(({ id, before, after }) => ({ id, before: after, after: before }));
        const [one, other] = [tallied(all).findings, tallied(swapped).findings];
        expect(other.messages.newlyRefused).toBe(one.messages.newlyAccepted);
        expect([other.events.added, other.records.newlyRefused]).toEqual([one.events.removed, one.records.newlyAccepted]);
      }),
    );
  });
  it('hold no value of a field', () => {
    const comparison = {
      ...compare(context, { kind: 'refused', codes: [] }, { kind: 'refused', codes: [] }),
      fields: [{ standard: 's', at: '/data/name', kind: 'changed' as const, before: 'CANARY', after: 'CANARY TOO' }],
    } satisfies Comparison;
    const tally = new Tally();
    tally.add('m', comparison);
    expect(JSON.stringify(tally.findings)).not.toContain('CANARY');
  });
});

describe('the differences of two values', () => {
  it('are none for equal values, and as many in the other direction', () => {
    const json = fc.jsonValue() as fc.Arbitrary<Json>;
    fc.assert(
      fc.property(json, json, (one, other) => {
        expect([...differences(one, structuredClone(one))]).toEqual([]);
        expect([...differences(other, one)].length).toBe([...differences(one, other)].length);
      }),
    );
  });
  it('name each place, and what an adapter kept as one', () => {
    const found = [...differences({ a: [1, 2], extensions: { X: 1 } }, { a: [1], b: 1, extensions: { Y: 1 } })];
    expect(found.map(({ path, kind }) => [path.join('/'), kind])).toEqual([
      ['a/1', 'removed'],
      ['extensions', 'changed'],
      ['b', 'added'],
    ]);
  });
});
