/** Complainants of sexual offences are protected in recorded crimes and detentions, before any proceedings. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import { take } from '../support/rules-in-force.ts';

const VICTIMS = [{ name: { givenNames: ['Ffion'], familyName: 'Prosser' } }];

async function eventOf(standard: string, data: JsonObject) {
  const outcome = await take(JSON.stringify({ specversion: '1.0', type: `uk.justice.${standard}.v1`, data }), { canonical: true });
  if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.refusals));
  const [first] = outcome.events;
  if (first === undefined) throw new Error('There is no event');
  return first.event;
}

async function restrictionsAt(standard: string, data: JsonObject, pointer: string): Promise<readonly string[]> {
  const { portions } = (await eventOf(standard, data)).data;
  const portion = portions.find(({ at }) => at.includes(pointer));
  if (portion === undefined) throw new Error(`There is no portion at ${pointer}`);
  return portion.label.restrictions ?? [];
}

const crime = (details: JsonObject): JsonObject => ({
  crime: { recordedDate: '2026-11-20', location: '14 Heol y Fedwen, Aberllyn', method: 'Ffion Prosser knows him.', ...details },
  victims: VICTIMS,
});

describe('the complainant of a recorded crime', () => {
  it.each([
    ['a classification of sexual offences', { classification: '019/08' }],
    ['a classification that no list knows', { classification: '19C' }],
    ['no code at all', {}],
    ['a public category with sexual offences in it', { category: 'violent-crime' }],
    ['the national code of a sexual offence with another classification', { classification: '044/00', offenceCode: 'SX03001' }],
    ['a national code that no list knows', { classification: '044/00', offenceCode: 'SX0300l' }],
  ])('is anonymous for life with %s', async (_, details) => {
    for (const place of ['/victims', '/crime/location', '/crime/method'])
      expect([place, await restrictionsAt('crime.recorded', crime(details), place)]).toEqual([place, ['SOAA1992_s1']]);
  });

  it.each([
    ['theft of a bicycle', { classification: '044/00' }],
    ['the same, in a category that is coarser', { classification: '044/00', category: 'violent-crime' }],
    ['a category without sexual offences', { category: 'bicycle-theft' }],
    ['a blank classification, in a category without sexual offences', { classification: ' ', category: 'bicycle-theft' }],
    ['a blank national code', { classification: '044/00', offenceCode: ' ' }],
    ['a national code of another offence', { classification: '044/00', offenceCode: 'TH68006' }],
  ])('is not restricted with %s', async (_, details) => {
    expect(await restrictionsAt('crime.recorded', crime(details), '/victims')).toEqual([]);
  });

  it('is named among the protected persons', async () => {
    const { protections } = (await eventOf('crime.recorded', crime({ classification: '019/08' }))).data;
    expect(protections).toEqual([expect.objectContaining({ at: '/victims/0', reason: 'sexual-offence', restrictions: ['SOAA1992_s1'] })]);
  });
});

describe('a person in detention', () => {
  const detained = (code: string): JsonObject => ({
    detention: { arrived: { date: '2026-11-20', time: '22:15:00' }, necessityReason: 'Ffion Prosser is afraid of him.' },
    safeguards: {
      vulnerabilities: ['child'],
      appropriateAdult: { isNeeded: true, name: { familyName: 'Maddox' } },
      riskAssessment: 'Self-harm.',
    },
    detainee: { person: { name: { familyName: 'Maddox' }, dateOfBirth: '2009-11-23' } },
    offences: [{ code, victims: VICTIMS }],
  });

  it('is known only to the police, and so are the safeguards', async () => {
    const { portions } = (await eventOf('person.detained', detained('TH68006'))).data;
    for (const place of ['/safeguards', '/detainee/person', '/detention/necessityReason'])
      expect([place, portions.find(({ at }) => at.includes(place))?.label]).toEqual([
        place,
        expect.objectContaining({ sensitive: true, descriptors: ['PERSONAL DATA'], releasableTo: ['POLICE'] }),
      ]);
  });

  it('for a sexual offence is not named together with the complainant', async () => {
    for (const place of ['/offences/0/victims', '/detention/necessityReason', '/safeguards'])
      expect([place, await restrictionsAt('person.detained', detained('SX03001'), place)]).toEqual([place, ['SOAA1992_s1']]);
    expect(await restrictionsAt('person.detained', detained('TH68006'), '/offences/0/victims')).toEqual([]);
  });
});
