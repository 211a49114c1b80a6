import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import { refusal } from '../../adapters/refusal.ts';
import { failure, success } from '../../adapters/result.ts';
import { CORRECTIONS, correctedBy, referencesOf, referringTo } from '../../gateway/pipeline/references.ts';
import type { Prepared, ReferencedEvent } from '../../gateway/pipeline/submission.ts';
import type { Standard } from '../../gateway/rules/standards.ts';
import { labelFor, must, POLICY, policy, standards } from '../support/rules-in-force.ts';
import { eventWith } from './invented.ts';

const standardOf = (name: string): Standard => standards.byName.get(name) as Standard;
const correction = standardOf(CORRECTIONS);
const prepared = (data: object, standard = correction): Prepared => ({ standard, event: eventWith(standard.type, data as JsonObject) });

const base = { policy: POLICY, classification: 'OFFICIAL' };
const wholeLabel = { policy: POLICY, classification: 'OFFICIAL', sensitive: true };
const known: ReferencedEvent = {
  source: 'office.north',
  subject: 'their-case',
  partitionkey: 'their-partition',
  type: 'uk.justice.case.registered.v1',
  base,
  eventLabel: wholeLabel,
  sealed: base,
};
const refer = (data: object, events: Readonly<Record<string, ReferencedEvent>> = { one: known, two: known }) =>
  referringTo(prepared(data), { cases: {}, events }, policy);
const refused = (at: string) => failure(refusal('reference-unknown', undefined, at));

describe('the references of an event', () => {
  it('are the corrected event and its replacement', () => {
    const of = (data: object, name = CORRECTIONS) => referencesOf(prepared(data).event, { name });
    expect(of({ corrects: 'one', replacedBy: 'two' })).toEqual(['one', 'two']);
    expect([of({ corrects: 'one' }), of({ corrects: 7 }), of({})]).toEqual([['one'], [], []]);
    expect(of({ corrects: 'one', replacedBy: 'two' }, 'case.registered')).toEqual([]);
  });
});

describe('the event that an event corrects', () => {
  const corrected = (type: string, data: object | undefined) => correctedBy({ type, data } as Parameters<typeof correctedBy>[0]);
  it.each([
    ['is named by a correction', correction.type, { corrects: 'one' }, 'one'],
    ['is named by a correction of any version', 'uk.justice.correction.issued.v12', { corrects: 'one' }, 'one'],
    ['is not named where its name is not text', correction.type, { corrects: 7 }, undefined],
    ['is not named where there is no data', correction.type, undefined, undefined],
    ['is not named by another event', standardOf('case.registered').type, { corrects: 'one' }, undefined],
  ])('%s', (_, type, data, expected) => expect(corrected(type, data)).toBe(expected));
});

describe('a correction', () => {
  it('belongs to the case of its event, and inherits the labels', () => {
    const { event, standard, inherited } = must(refer({ corrects: 'one', replacedBy: 'two' }));
    expect(event).toMatchObject({ subject: 'their-case', partitionkey: 'their-partition', data: { corrects: 'one', replacedBy: 'two' } });
    expect(event).toMatchObject({ id: 'an-event', source: 'office.north' });
    expect(standard).toBe(correction);
    expect(inherited).toEqual({
      base: labelFor({ classification: 'OFFICIAL' }),
      eventLabel: labelFor({ classification: 'OFFICIAL', sensitive: true }),
    });
  });
  it('of an event without a case has no case', () => {
    const { subject: _, ...caseless } = known;
    const { event } = must(refer({ corrects: 'one' }, { one: caseless }));
    expect('subject' in event).toBe(false);
    expect(event.partitionkey).toBe('their-partition');
  });
  const ONE_ANSWER: readonly (readonly [string, object, Readonly<Record<string, ReferencedEvent>>?])[] = [
    ['of nothing', {}],
    ['of a value that is not an id', { corrects: 7 }, { 7: known }],
    ['of an unknown event', { corrects: 'three' }],
    ['of a name that every object has', { corrects: 'constructor' }],
    ['of an event of another source', { corrects: 'one' }, { one: { ...known, source: 'office.south' } }],
    ['of an event whose base label cannot be read', { corrects: 'one' }, { one: { ...known, base: { ...base, classification: 'GONE' } } }],
    [
      'of an event whose label cannot be read',
      { corrects: 'one' },
      { one: { ...known, eventLabel: { ...wholeLabel, classification: 'GONE' } } },
    ],
  ];
  for (const [name, data, events] of ONE_ANSWER)
    it(`${name} gets the same refusal`, () => {
      expect(refer(data, events)).toEqual(refused('/corrects'));
      expect(refer(data, events)).toEqual(refer({}));
    });
  const NO_REPLACEMENT: readonly (readonly [string, unknown, Readonly<Record<string, ReferencedEvent>>?])[] = [
    ['itself', 'one'],
    ['an unknown event', 'three'],
    ['an event of another source', 'two', { one: known, two: { ...known, source: 'office.south' } }],
    ['a value that is not an id', 7, { one: known, 7: known }],
    ['nothing', null],
  ];
  for (const [name, replacedBy, events] of NO_REPLACEMENT)
    it(`cannot be replaced by ${name}`, () => {
      expect(refer({ corrects: 'one', replacedBy }, events)).toEqual(refused('/replacedBy'));
    });
});

describe('an event that is not a correction', () => {
  it('has no references, whatever its data', () => {
    const registered = prepared({ corrects: 'one' }, standardOf('case.registered'));
    expect(referringTo(registered, { cases: {}, events: { one: known } }, policy)).toEqual(success(registered));
  });
});
