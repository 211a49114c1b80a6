/** What is signed, and what of an event may change on its way without breaking its seal. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../adapters/json.ts';
import type { SealedEvent } from '../../../contracts/client/event.ts';
import type { Label } from '../../../contracts/client/label.ts';
import {
  isMarkedRightly,
  isSealedContext,
  portionClaim,
  type SealClaims,
  spelling,
  topicSaltOf,
} from '../../../contracts/client/seal-form.ts';

const CONTEXT = { specversion: '1.0', id: 'an-event', time: '2026-11-23T12:00:00.25Z', recordedtime: '2026-11-23T12:00:00Z' };
const eventWith = (more: object): SealedEvent =>
  ({ ...CONTEXT, data: {}, classification: 'OFFICIAL', seal: 'jws~salt', ...more }) as unknown as SealedEvent;
const claimsWith = (more: object): SealClaims => ({ event: CONTEXT, ...more }) as unknown as SealClaims;
const isSealed = (more: object, signed: JsonObject = CONTEXT): boolean => isSealedContext(claimsWith({ event: signed }), eventWith(more));

describe('the context of an event', () => {
  it.each([
    ['2026-11-23T12:00:00.25Z', '2026-11-23T12:00:00.250Z'],
    ['2026-11-23T12:00:00.25Z', '2026-11-23T12:00:00.25000+00:00'],
    ['2026-11-23T12:00:00Z', '2026-11-23T12:00:00+00:00'],
    ['2026-11-23T12:00:00Z', '2026-11-23T12:00:00.0Z'],
    ['2026-11-23T12:00:00Z', '2026-11-23T12:00:00.000+00:00'],
    ['2026-11-23T12:00:00.10203Z', '2026-11-23T12:00:00.102030Z'],
  ])('is the same with an instant written in another way: %s and %s', (one, other) => {
    for (const name of ['time', 'recordedtime'])
      for (const [signed, sent] of [
        [one, other],
        [other, one],
        [other, other],
      ])
        expect([name, isSealed({ [name]: sent }, { ...CONTEXT, [name]: signed as string })]).toEqual([name, true]);
  });
  it('is another with another instant', () => {
    const instant = fc
      .record({ seconds: fc.integer({ min: 0, max: 59 }), fraction: fc.stringMatching(/^(?:\.[0-9]{0,3}[1-9])?$/) })
      .map(({ seconds, fraction }) => `2026-11-23T12:00:${String(seconds).padStart(2, '0')}${fraction}`);
    fc.assert(
      fc.property(instant, instant, fc.constantFrom('Z', '+00:00'), (signed, sent, zone) => {
        expect(isSealed({ time: `${sent}${zone}` }, { ...CONTEXT, time: `${signed}Z` })).toBe(signed === sent);
      }),
      { numRuns: 1000 },
    );
  });
  it.each([
    ['another time zone', { time: '2026-11-23T12:00:00.25+01:00' }],
    ['a zone that stands before the end', { time: '2026-11-23T12:00:00.25Z?' }],
    ['an instant that is not text', { time: 5 }],
    ['no instant', { time: undefined }],
    ['an attribute that nobody signed', { extension: 'x' }],
    ['the form of an instant in another attribute', { id: 'an-event+00:00' }],
  ])('is another with %s', (_, more) => expect(isSealed(more)).toBe(false));
  it('is compared as it stands in what is not an instant', () => {
    expect(isSealed({ id: '1.0Z' }, { ...CONTEXT, id: '1Z' })).toBe(false);
    expect(isSealed({ id: '1.0Z' }, { ...CONTEXT, id: '1.0Z' })).toBe(true);
  });
});

describe('a label in canonical form', () => {
  const label = (): Label => ({ policy: { id: 'office', version: '1.0.0' }, classification: 'OPEN' });
  const OPEN = '{"classification":"OPEN","policy":{"id":"office","version":"1.0.0"}}';
  it('is remembered only where nobody can change the label any more', () => {
    const changing = label() as { -readonly [name in keyof Label]: Label[name] };
    expect(spelling(changing)).toBe(OPEN);
    changing.classification = 'CLOSED';
    expect(spelling(changing)).toBe(OPEN.replace('OPEN', 'CLOSED'));
    const frozen = Object.freeze(label());
    expect([spelling(frozen), spelling(frozen)]).toEqual([OPEN, OPEN]);
  });
  it('is signed together with its value', () => {
    expect(portionClaim(label(), { b: 1, a: 'x' })).toBe(`{"label":${OPEN},"value":{"a":"x","b":1}}`);
  });
});

describe('the salt of the topic', () => {
  it.each([
    ['jws~salt~more', 'salt'],
    ['jws~~more', ''],
    ['jws', ''],
  ])('of %s is %j', (seal, salt) => expect(topicSaltOf(eventWith({ seal }))).toBe(salt));
});

describe('a redacted copy', () => {
  const COMPLETE = 'digest';
  it.each<readonly [string, object, object, boolean]>([
    ['a complete event without a rendition', {}, { whole: COMPLETE }, true],
    ['a complete event with a rendition', { rendition: 'OFFICIAL' }, { whole: COMPLETE }, false],
    ['a copy with its rendition', { rendition: 'OFFICIAL' }, { whole: 'other' }, true],
    ['a copy without a rendition', {}, { whole: 'other' }, false],
    ['a copy with another marking', { rendition: 'SECRET' }, { whole: 'other' }, false],
    ['an older seal, with a topic and no rendition', {}, {}, true],
    ['an older seal, with a topic and a rendition', { rendition: 'OFFICIAL' }, {}, true],
    ['an older seal, without a topic and with a rendition', { rendition: 'OFFICIAL', seal: 'jws~' }, {}, true],
    ['an older seal, with neither', { seal: 'jws~' }, {}, false],
    ['an older seal, with another marking', { rendition: 'SECRET' }, {}, false],
  ])('is marked as one, and nothing else is: %s', (_, more, claims, expected) => {
    expect(isMarkedRightly(eventWith(more), claimsWith(claims), COMPLETE)).toBe(expected);
  });
});
