/** Whether a value is in its list or form. Other values count as free text, so a name must never be found in a list. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../gateway/config.ts';
import type { CodeKind } from '../../gateway/labels/schema.ts';
import { type CodePlan, codePlanOf } from '../../gateway/quality/codes.ts';
import { isListed } from '../../gateway/quality/listed.ts';
import { loadStandards } from '../../gateway/rules/standards.ts';

const { byName, codeLists, files } = loadStandards(join(HOME, 'schemas'));
const listed = (code: CodeKind, value: string, area = '') => isListed(codeLists, code, value, area);

describe('A code of a list', () => {
  it.each([
    ['result-codes', '4510'],
    ['result-codes', '04510'],
    ['result-codes', '01015'],
    ['result-codes', ' 4510\n'],
    ['mode-of-trial', '01'],
    ['offences', 'th68010'],
    ['offences', ' TH68010 '],
    ['offences', 'TH68010A'],
    ['offences', 'th68010i'],
    ['organisation-units', 'B01LY00'],
    ['organisation-units', 'B01LY07'],
    ['organisation-units', ' b01ly00'],
    ['stop-powers', 'PACE1984_S1'],
    ['plea', ''],
    ['plea', ' \t\n'],
  ])('of %s is listed as %j', (codelist, value) => expect(listed({ codelist }, value)).toBe(true));

  it.each([
    ['result-codes', '45100'],
    ['result-codes', '-4510'],
    ['result-codes', '4510 Prosser'],
    ['plea', 'Guilty'],
    ['plea', '01 Prosser'],
    ['offences', 'TH68010X'],
    ['offences', 'PROSSERA'],
    ['organisation-units', 'PROSS00'],
    ['organisation-units', 'B01LY0'],
    ['stop-powers', '__proto__'],
    ['no-such-list', '1'],
  ])('of %s is not listed as %j', (codelist, value) => expect(listed({ codelist }, value)).toBe(false));

  it('of a local offence is listed only in the area of the court', () => {
    expect([listed({ codelist: 'offences' }, 'YY000057', '10'), listed({ codelist: 'offences' }, ' yy000057', '10')]).toEqual([true, true]);
    expect([listed({ codelist: 'offences' }, 'YY000057', '01'), listed({ codelist: 'offences' }, 'YY000057')]).toEqual([false, false]);
  });

  it('is listed as written, with spaces, in lower case and, for an integer, with leading zeros', () => {
    const lists = [...codeLists.values()].filter(({ codes }) => codes.size > 0);
    const code = fc.constantFrom(...lists).chain(({ id, codes }) => fc.tuple(fc.constant(id), fc.constantFrom(...codes)));
    fc.assert(
      fc.property(code, fc.stringMatching(/^[ \t\n]{0,3}$/), fc.nat(3), ([codelist, value], blank, zeros) => {
        const padded = /^\d+$/.test(value) ? '0'.repeat(zeros) + value : value;
        for (const spelling of [value, blank + value + blank, value.toLowerCase(), padded])
          expect([spelling, listed({ codelist }, spelling)]).toEqual([spelling, true]);
      }),
      { numRuns: 1000 },
    );
  });
});

/** Each code with its place, such as `/case/urn`. */
function* codesOf(plan: CodePlan, at = ''): Generator<readonly [string, CodeKind]> {
  for (const { property, code } of plan.codes) yield [`${at}/${property}`, code];
  for (const [property, below] of plan.objects) yield* codesOf(below, `${at}/${property}`);
  for (const [property, below] of plan.arrays) yield* codesOf(below, `${at}/${property}/*`);
}
const allCodes = new Map([...byName.values()].flatMap(({ codes }) => [...codesOf(codes)]));
const at = (place: string) => allCodes.get(place) ?? expect.fail(`There is no code ${place}`);

describe('A code of a form', () => {
  it.each([
    ['/case/urn', ['01ZD0300108', '28739880132', '52WX3600001', '52WX36000012', '28DI5950047', '16AR990439', 'TVL54321', ' 01zd0300108\n']],
    ['/case/courtReference', ['97/1626/008395Q', '97/1626/8395Q', '971626008395Q', '1997/1626/008395Q', 'T20237123', '07/1577/020154M']],
    ['/case/originator', ['116BH00', '116HQ00', '152WX00', '089AB00', '01ZD00']],
    ['/case/prosecutor', ['A01AH00', 'A50BA00']],
    ['/hearing/courtHouse/psaCode', ['2576', '0004']],
    ['/hearing/language', ['E', 'W', 'w']],
    [
      '/defendants/*/asn',
      [
        '1101ZD0100000448754K',
        '11/01ZD/01/448754K',
        '11 01ZD 01 448754K',
        '0800NP0100000000001H',
        '11/A01ZD/01/448754K',
        '1101VK0100000376483e',
      ],
    ],
    ['/defendants/*/pncId', ['2002/0073319Z', '20020073319Z', '79/163001B', '20160000400C', '2016/400C']],
    ['/defendants/*/croNumber', ['65656/91H', '065656/91H', '6565691H', 'SF05/482703J', 'SF05482703J', '123456/2024X']],
    ['/defendants/*/driver/number', ['CRIME709136TC9GZ', 'PROSS904181F99ZZ']],
    ['/defendants/*/nationality', ['GBR', '001']],
    ['/defendants/*/offenderCode', ['PO', 'PPO', 'PYO']],
    ['/defendants/*/occupation/code', ['50', '00050']],
    ['/defendants/*/person/ethnicity/selfDefined', ['W1', 'NS', 'A9']],
    ['/defendants/*/person/ethnicity/observed', ['1', '9']],
    ['/defendants/*/person/perceivedBirthYear', ['2006']],
    ['/defendants/*/offences/*/sequence', ['001', '1', '500']],
    ['/defendants/*/offences/*/finalDisposal', ['Y', 'N', 'n']],
  ])('of %s accepts the codes of messages: %j', (place, values) => {
    for (const value of values) expect([value, listed(at(place), value)]).toEqual([value, true]);
  });

  it.each([...allCodes])('of %s accepts no name and no word', (place, code) => {
    const texts = [
      'Prosser',
      'PROSSER',
      'Ffion Prosser',
      'Ap-Rhys',
      'Rees',
      'None',
      'unknown',
      'Prosser 1991',
      '1 Prosser',
      '2006 Prosser',
      'Prosser\n2006',
    ];
    for (const text of texts) expect([place, text, listed(code, text, '01')]).toEqual([place, text, false]);
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z]{4,12}$/), fc.stringMatching(/^[ '’-]{0,1}[A-Za-z]{0,5}$/), (name, rest) => {
        // A list may hold a code of letters alone.
        if (code.codelist !== undefined && codeLists.get(code.codelist)?.has(name + rest) === true) return;
        expect(listed(code, name + rest, '01')).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});

describe('The coded values of a standard', () => {
  it('include those of references, lists, lists of codes and everything below a portion', () => {
    expect(at('/defendants/*/offences/*/results/*/qualifiers')).toEqual({ codelist: 'result-qualifiers' });
    expect(at('/defendants/*/offences/*/victims/*/gender')).toEqual({ codelist: 'gender' });
    expect(at('/hearing/courtHouse/ouCode')).toEqual({ codelist: 'organisation-units' });
    expect(allCodes.size).toBeGreaterThan(50);
  });
  it('are not found where a reference is unknown', () => expect(() => codePlanOf({ $ref: 'nothing' }, () => undefined)).toThrow('nothing'));
  it('are listed in all examples, apart from invented courts and crimes', () => {
    const unlisted = [...byName.values()].flatMap(({ name, schemaId, codes }) =>
      ((files.get(schemaId)?.examples ?? []) as unknown[]).flatMap((example) =>
        [...unlistedIn(codes, example)].map((value) => `${name} ${value}`),
      ),
    );
    expect(unlisted).toEqual(expect.arrayContaining(['hearing.resulted B89AB00']));
    expect(new Set(unlisted.map((entry) => entry.split(' ')[1]))).toEqual(new Set(['B89AB00', 'C89AB00']));
  });
});

function* unlistedIn(plan: CodePlan, value: unknown): Generator<string> {
  const object = (value ?? {}) as Readonly<Record<string, unknown>>;
  for (const { property, code } of plan.codes)
    for (const text of [object[property]].flat()) if (typeof text === 'string' && !listed(code, text)) yield text;
  for (const [property, below] of plan.objects) yield* unlistedIn(below, object[property]);
  for (const [property, below] of plan.arrays) for (const item of [object[property] ?? []].flat()) yield* unlistedIn(below, item);
}
