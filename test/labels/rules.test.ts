import { describe, expect, it } from 'vitest';
import { planOf } from '../../gateway/labels/portions.ts';
import { yearsBetween } from '../../gateway/labels/rules.ts';
import { eventOf, sampleCase } from '../support/law.ts';

const restrictionsAt = async (text: string, pointer: string): Promise<readonly string[]> => {
  const { event } = await eventOf(text);
  return event.data.portions.find(({ at }) => at.includes(pointer))?.label.restrictions ?? [];
};

const rape = sampleCase.replace('CJ88116', 'SX03001');

describe('a complainant of a sexual offence', () => {
  it.each([
    '/defendants/0/offences/0/victims',
    '/defendants/0/offences/0/wording',
    '/defendants/0/offences/0/prosecutionFacts',
    '/defendants/0/bailConditions',
  ])('is anonymous for life in %s (SOAA 1992 s.1)', async (pointer) => {
    expect(await restrictionsAt(rape, pointer)).toContain('SOAA1992_s1');
    expect(await restrictionsAt(sampleCase, pointer)).toEqual([]);
  });

  it('an offence code that no list knows counts as one, so that a mistyped code opens nothing', async () => {
    expect(await restrictionsAt(sampleCase.replace('CJ88116', 'SX0300l'), '/defendants/0/offences/0/victims')).toContain('SOAA1992_s1');
  });

  it('another offence of the same defendant keeps its own label', async () => {
    const offence = /<Offence>[\s\S]*<\/Offence>/.exec(sampleCase)?.[0] ?? '';
    const two = sampleCase.replace(offence, offence + offence.replace('CJ88116', 'SX03001'));
    expect(await restrictionsAt(two, '/defendants/0/offences/0/victims')).toEqual([]);
    expect(await restrictionsAt(two, '/defendants/0/offences/1/victims')).toContain('SOAA1992_s1');
  });
});

describe('a defendant under 18 at the hearing (CYPA 1933 s.49)', () => {
  const name = '/defendants/0/person/name';
  it.each([
    ['2008-11-17', true, 'is 17'],
    ['2008-11-16', false, 'turns 18 that day'],
    ['1991-04-17', false, 'is an adult'],
  ])('born %s: restricted %s, because the defendant %s', async (born, isRestricted) => {
    expect((await restrictionsAt(sampleCase.replace('1991-04-17', born), name)).includes('CYPA1933_s49')).toBe(isRestricted);
  });

  it('of unknown age is treated as one', async () => {
    expect(await restrictionsAt(sampleCase.replace('<Birthdate>1991-04-17</Birthdate>', ''), name)).toContain('CYPA1933_s49');
    expect(await restrictionsAt(sampleCase.replace('1991-04-17', '17/04/1991'), name)).toContain('CYPA1933_s49');
  });

  it('name, address, numbers, family and free text go together', async () => {
    const youth = sampleCase.replace('1991-04-17', '2010-01-01');
    for (const pointer of [
      'asn',
      'address',
      'bailConditions',
      'person/name',
      'person/dateOfBirth',
      'person/contact',
      'offences/0/wording',
      'offences/0/location',
    ])
      expect([pointer, await restrictionsAt(youth, `/defendants/0/${pointer}`)]).toEqual([
        pointer,
        expect.arrayContaining(['CYPA1933_s49']),
      ]);
  });

  it('a birthday on 29 February falls on 1 March', () => {
    expect([yearsBetween('2008-02-29', '2026-02-28'), yearsBetween('2008-02-29', '2026-03-01')]).toEqual([17, 18]);
  });
});

describe('the plan of a standard', () => {
  it('refuses a reference that it cannot follow', () => {
    expect(() => planOf({ $ref: 'urn:none' }, () => undefined)).toThrow(/urn:none/);
  });
});
