/** The attribute `time`: from the data, from the sender, or from the recording, and never what a reader may not read. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import { at } from '../../adapters/json.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { type Labelling, labelEvent, makeLabelling } from '../../gateway/labels/label-event.ts';
import { compilePolicy } from '../../gateway/labels/policy.ts';
import { planOf } from '../../gateway/labels/portions.ts';
import { compileProfile } from '../../gateway/labels/profile.ts';
import { decide, type Terms } from '../../gateway/labels/redact.ts';
import { seal } from '../../gateway/labels/seal.ts';
import { makeProtect } from '../../gateway/protections/protect.ts';
import { compileRules } from '../../gateway/protections/rules.ts';
import { clearanceIn, counting, document, eventWith, KEY, labelIn } from './invented.ts';

const RECORDED = '2026-11-23T12:00:00.000Z';
const CLASSES = ['name', 'home', 'note', 'text', 'any'] as const;
type Class = (typeof CLASSES)[number];
/** The portions of a standard: the class of the visit, its day and its hour, where they are one. */
type Portions = { readonly [place in 'visit' | 'day' | 'hour']?: Class | undefined };

const labelled = (schema: object, portion: Class | undefined) => (portion === undefined ? schema : { ...schema, 'x-portion': portion });

/** The law of the office with one standard, whose events are visits. */
function lawOf({ visit, day, hour }: Portions, more: object = { 'x-time': ['/visit/day', '/visit/hour'] }): Labelling {
  const policy = compilePolicy(document);
  const properties = {
    day: labelled({ type: 'string', format: 'date' }, day),
    hour: labelled({ type: 'string', pattern: '^\\d{2}:\\d{2}:\\d{2}$' }, hour),
  };
  const schema = { $id: 'urn:office:visit', properties: { visit: labelled({ type: 'object', properties }, visit) }, ...more };
  const plan = planOf(schema, () => undefined);
  return makeLabelling(
    policy,
    makeProtect(
      policy,
      compileRules(policy, () => undefined),
    ),
    new Map([['visit', plan]]),
    () => () => true,
  );
}

const OPEN = { classification: 'OPEN' } as const;

/** The labelled event of a visit, with what its sender states. */
function visit(law: Labelling, data: JsonObject, time?: string) {
  const event = { ...eventWith('visit', { visit: data }), ...(time === undefined ? {} : { time }) };
  return labelEvent(law, event, labelIn(law.policy, OPEN));
}

const SUMMER = { day: '2026-07-01', hour: '10:00:00' };
const IN_UTC = '2026-07-01T09:00:00.000Z';

describe('the time of an event', () => {
  const law = lawOf({});
  it.each([
    ['what the data says', SUMMER, undefined, IN_UTC, undefined],
    ['that, where the sender states the same', SUMMER, IN_UTC, IN_UTC, undefined],
    ['that, where the sender states another', SUMMER, '2026-07-01T10:00:00.000Z', IN_UTC, 'contradicted'],
    ['the recording, for a date alone', { day: '2026-07-01' }, undefined, RECORDED, undefined],
    [
      'what the sender states, on the day of a date alone',
      { day: '2026-07-01' },
      '2026-06-30T23:30:00.000Z',
      '2026-06-30T23:30:00.000Z',
      undefined,
    ],
    ['the recording, where the sender states another day', { day: '2026-07-01' }, '2026-06-30T12:00:00.000Z', RECORDED, 'contradicted'],
    ['the recording, for what is after it', { day: '2026-11-23', hour: '12:00:01' }, undefined, RECORDED, undefined],
    ['the recording, for an hour that came twice', { day: '2026-10-25', hour: '01:30:00' }, undefined, RECORDED, undefined],
    [
      'what the sender states of that hour',
      { day: '2026-10-25', hour: '01:30:00' },
      '2026-10-25T01:30:00.000Z',
      '2026-10-25T01:30:00.000Z',
      undefined,
    ],
    ['what the sender states, where the data says nothing', {}, '2026-06-30T12:00:00.000Z', '2026-06-30T12:00:00.000Z', undefined],
    ['the recording, where nobody says anything', {}, undefined, RECORDED, undefined],
    ['the recording, for what is not text', { day: 20260701, hour: ['10:00:00'] }, undefined, RECORDED, undefined],
  ])('is %s', (_, data, stated, time, notUsed) => {
    const { event, timeNotUsed } = visit(law, data, stated);
    expect([event.time, timeNotUsed]).toEqual([time, notUsed]);
  });

  it('is the time that the sender states, or of the recording, where the standard names no property', () => {
    const silent = lawOf({}, {});
    expect(visit(silent, SUMMER).event.time).toBe(RECORDED);
    expect(visit(silent, SUMMER, '2026-06-30T12:00:00.000Z').event.time).toBe('2026-06-30T12:00:00.000Z');
  });

  it.each<[string, Portions]>([
    ['the object around it', { visit: 'name' }],
    ['the date', { day: 'text' }],
    ['the time of day', { hour: 'any' }],
  ])('is the time of the recording where %s is a portion, whatever its label and whatever the sender states', (_, portions) => {
    const closed = lawOf(portions);
    expect(visit(closed, SUMMER)).toMatchObject({ event: { time: RECORDED } });
    expect(visit(closed, SUMMER, IN_UTC)).toMatchObject({ event: { time: RECORDED }, timeNotUsed: 'in-a-portion' });
  });

  it.each([
    ['one pointer', ['/visit/day']],
    ['three', ['/visit/day', '/visit/hour', '/visit']],
    ['no list', '/visit/day'],
    ['a place that is not there', ['/visit/day', '/visit/minute']],
    ['no place', ['/visit/day', '']],
  ])('cannot be named by %s', (_, named) => expect(() => lawOf({}, { 'x-time': named })).toThrow(/^urn:office:visit: x-time/));
});

describe('T22 the time of an event', () => {
  const portion = fc.option(fc.constantFrom(...CLASSES), { nil: undefined });
  const day = fc
    .date({ min: new Date('2020-01-01'), max: new Date('2026-11-20'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
  const two = (most: number) => fc.integer({ min: 0, max: most }).map((n) => String(n).padStart(2, '0'));
  const hour = fc.tuple(two(23), two(59), two(59)).map((parts) => parts.join(':'));
  const said = fc.record({ day, hour });
  const reader = fc.record({
    classifications: fc.subarray(['OPEN', 'SHUT', 'LOCKED']),
    restrictions: fc.subarray(['YOUTH', 'LIFE']),
    releasableTo: fc.subarray(['NORTH', 'SOUTH']),
  });

  it('reveals no date or time that the reader does not get, for any labels, clearances and times', () => {
    let hidden = 0;
    fc.assert(
      fc.property(
        fc.record({ visit: portion, day: portion, hour: portion }),
        said,
        said,
        reader,
        fc.boolean(),
        fc.boolean(),
        (portions, first, second, clearance, hasTask, isStated) => {
          const law = lawOf(portions);
          const type = { type: 'visit', plan: law.plans.get('visit') as never };
          const nothing = { id: 'none', version: '1', title: '', purpose: '', law: '', standards: { visit: [], 'correction.issued': [] } };
          const terms: Terms = hasTask ? { profile: compileProfile(nothing, () => type) } : {};
          const given = (data: JsonObject): SealedEvent | undefined => {
            const known = visit(lawOf({}), data).event.time;
            const made = visit(law, data, isStated ? known : undefined);
            const sealed = seal(made, ['low'], () => 'low', KEY, counting);
            const decision = decide(law, sealed, clearanceIn(law.policy, clearance), 0, terms);
            return decision.verdict === 'deny' ? undefined : decision.event;
          };
          const [one, other] = [given({ ...first }), given({ ...second })];
          if (one === undefined || other === undefined) return;
          const getsBoth = ['/visit/day', '/visit/hour'].every((pointer) => at(one.data, pointer) !== undefined);
          if (getsBoth) return;
          hidden++;
          expect(one.time).toBe(other.time);
        },
      ),
      { numRuns: 1000 },
    );
    expect(hidden).toBeGreaterThan(200);
  });
});
