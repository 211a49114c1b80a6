import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import { assess, type QualityIssue, subjectCategory } from '../../gateway/quality/assess.ts';
import { type CodeListFile, indexCodeLists } from '../../gateway/quality/codelists.ts';
import { loadStandards } from '../../gateway/rules/standards.ts';

const FOLDER = join(import.meta.dirname, '../../schemas/codelists');
const lists = indexCodeLists(
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json') && name !== 'codelist.json')
    .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as CodeListFile),
);

const { byName } = loadStandards(join(import.meta.dirname, '../../schemas'));

type Changes = Readonly<Record<string, Json>>;

const result = (changes: Changes = {}): JsonObject => ({
  code: '1015',
  text: 'Fined £100.',
  qualifiers: ['BA'],
  amounts: ['100.00'],
  ...changes,
});
const offence = (changes: Changes = {}): JsonObject => ({
  sequence: '001',
  code: 'TH68010',
  wording: 'On 02/03/2026 stole goods to the value of £42.50 belonging to Smith & Sons.',
  date: { code: '1', start: '2026-03-02', end: '2026-03-02' },
  chargeDate: '2026-03-03',
  plea: '1',
  finding: 'G',
  convictionDate: '2026-05-14',
  convictingCourt: '2576',
  results: [result()],
  ...changes,
});
const defendant = (changes: Changes = {}): JsonObject => ({
  asn: '1101ZD0100000448754K',
  pncId: '2002/0073319Z',
  croNumber: '065656/91H',
  person: { name: { givenNames: ['Ffion'], familyName: 'Prosser' }, dateOfBirth: '1991-04-18', gender: '2' },
  address: { lines: ['14 Heol y Fedwen', 'Aberllyn'] },
  offences: [offence()],
  ...changes,
});
const event = (changes: Changes = {}): JsonObject => ({
  case: { urn: '01ZD1234526', courtReference: '97/1626/008395Q' },
  hearing: { courtHouse: { ouCode: 'B01LY00', psaCode: '2577' }, date: '2026-05-14', time: '10:00:00' },
  defendants: [defendant()],
  ...changes,
});
const withDefendant = (changes: Changes): JsonObject => event({ defendants: [defendant(changes)] });
const withOffence = (changes: Changes): JsonObject => withDefendant({ offences: [offence(changes)] });
const withResult = (changes: Changes): JsonObject => withOffence({ results: [result(changes)] });

const issuesOf = (data: JsonObject): readonly QualityIssue[] => assess('hearing.resulted', data, lists).issues;
const brief = (data: JsonObject): readonly string[] => issuesOf(data).map(({ code, at }) => `${code} ${at}`);
const FIRST = '/defendants/0';
const OFFENCE = `${FIRST}/offences/0`;

const at = (data: Json, pointer: string): Json | undefined =>
  pointer
    .split('/')
    .slice(1)
    .reduce<Json | undefined>(
      (value, name) => (value as Record<string, Json> | undefined)?.[name.replaceAll('~1', '/').replaceAll('~0', '~')],
      data,
    );

it('an event without faults has no issues', () => expect(issuesOf(event())).toEqual([]));

describe('The identifiers of a defendant', () => {
  it.each([
    ['asn', '1101ZD0100000448754L', 'asn-check-letter', '1101ZD0100000448754L'],
    ['asn', '11/01ZD/01/448754L', 'asn-check-letter', '1101ZD0100000448754L'],
    ['asn', '11/01ZD/01/448754K', 'asn-written-form', '1101ZD0100000448754K'],
    ['asn', 'TFL', 'asn-unreadable', undefined],
    ['pncId', '2002/0073319A', 'pnc-id-check-letter', '2002/0073319A'],
    ['pncId', '20020073319Z', 'pnc-id-written-form', '2002/0073319Z'],
    ['pncId', 'unknown', 'pnc-id-unreadable', undefined],
    ['croNumber', '65656/91A', 'cro-number-check-letter', '065656/91A'],
    ['croNumber', '65656/91H', 'cro-number-written-form', '065656/91H'],
    ['croNumber', '?', 'cro-number-unreadable', undefined],
  ])('%s %s is reported as %s, with its standard form where it can be read', (property, value, code, canonical) => {
    const [issue, ...others] = issuesOf(withDefendant({ [property]: value }));
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ code, at: `${FIRST}/${property}` });
    expect(issue?.canonical).toBe(canonical);
  });

  it.each(['', '   ', '\n'])('are not reported where they are empty (%j)', (value) => {
    expect(issuesOf(withDefendant({ asn: value, pncId: value, croNumber: value }))).toEqual([]);
  });

  it('are checked at their place in any defendant', () => {
    expect(brief(event({ defendants: [defendant(), defendant({ pncId: '2002/0073319A' })] }))).toEqual([
      'pnc-id-check-letter /defendants/1/pncId',
    ]);
  });
});

describe('A court case reference', () => {
  it('with a wrong letter is reported', () =>
    expect(brief(event({ case: { courtReference: '97/1626/008395A' } }))).toEqual(['court-reference-check-letter /case/courtReference']));
  it('of another kind is not reported', () => expect(issuesOf(event({ case: { courtReference: 'T20237123' } }))).toEqual([]));
});

describe('Codes', () => {
  it.each([
    [withOffence({ code: 'ZZ99999' }), [`offence-code-unknown ${OFFENCE}/code`]],
    [withOffence({ code: ' ' }), [`offence-code-unknown ${OFFENCE}/code`]],
    [withOffence({ convictingCourt: '0001' }), [`court-unknown ${OFFENCE}/convictingCourt`]],
    [withResult({ code: '9997' }), [`result-code-unknown ${OFFENCE}/results/0/code`]],
    [withResult({ qualifiers: ['BA', 'ÿÿ'] }), [`qualifier-unknown ${OFFENCE}/results/0/qualifiers/1`]],
    [
      withResult({ nextHearing: { courtHouse: { ouCode: 'Z01EF01' } } }),
      [`court-unknown ${OFFENCE}/results/0/nextHearing/courtHouse/ouCode`],
    ],
    [
      event({ hearing: { courtHouse: { ouCode: 'B99ZZ00', psaCode: '0000' } } }),
      ['court-unknown /hearing/courtHouse/ouCode', 'court-unknown /hearing/courtHouse/psaCode'],
    ],
  ])('that are not in their lists are reported (case %#)', (data, expected) => expect(brief(data)).toEqual(expected));

  it('of an offence are valid with the letter of an attempt, whether listed or not', () => {
    expect(lists.get('offences')?.has('TH68010I')).toBe(false);
    for (const letter of 'ABCI') expect(issuesOf(withOffence({ code: `TH68010${letter}` }))).toEqual([]);
    expect(brief(withOffence({ code: 'TH68010X' }))).toEqual([`offence-code-unknown ${OFFENCE}/code`]);
  });

  it('of a local offence are valid only in the area of the court', () => {
    const inArea = (ouCode: string) =>
      event({
        hearing: { courtHouse: { ouCode }, date: '2026-05-14' },
        defendants: [defendant({ offences: [offence({ code: 'YY000057' })] })],
      });
    expect(lists.get('offences')?.has('10YY000057')).toBe(true);
    expect(brief(inArea('B10JQ00'))).not.toContain(`offence-code-unknown ${OFFENCE}/code`);
    expect(brief(inArea('B01LY00'))).toContain(`offence-code-unknown ${OFFENCE}/code`);
  });

  it('of a court are valid by their court house, in any room', () => {
    expect(issuesOf(event({ hearing: { courtHouse: { ouCode: 'B01LY07' } } }))).toEqual([]);
    expect(issuesOf(event({ hearing: { courtHouse: { ouCode: 'b01ly00' } } }))).toEqual([]);
  });

  it('are not reported where their list is not loaded', () => {
    const data = event({
      defendants: [defendant({ offences: [offence({ code: 'ZZ99999', results: [result({ code: '9997', qualifiers: ['ÿÿ'] })] })] })],
      hearing: { courtHouse: { ouCode: 'B99ZZ00', psaCode: '0000' } },
    });
    expect(assess('hearing.resulted', data, new Map()).issues).toEqual([]);
  });
});

describe('Every coded value in the standard', () => {
  const { codes } = byName.get('hearing.resulted') ?? expect.fail('There is no such standard');
  const named = (data: JsonObject): readonly string[] =>
    assess('hearing.resulted', data, lists, codes).issues.map(({ code, at }) => `${code} ${at}`);

  it('is valid where it is in its list or form', () => expect(named(event())).toEqual([]));

  it.each([
    [withDefendant({ bailStatus: 'Prosser' }), `${FIRST}/bailStatus`],
    [withDefendant({ custodyStatus: 'X' }), `${FIRST}/custodyStatus`],
    [withDefendant({ presence: 'Yes' }), `${FIRST}/presence`],
    [withDefendant({ languages: { hearing: 'Cymraeg' } }), `${FIRST}/languages/hearing`],
    [
      withDefendant({ person: { gender: 'M', ethnicity: { observed: 'white' } } }),
      `${FIRST}/person/gender`,
      `${FIRST}/person/ethnicity/observed`,
    ],
    [withOffence({ plea: 'G' }), `${OFFENCE}/plea`],
    [withOffence({ date: { code: '9' } }), `${OFFENCE}/date/code`],
    [withOffence({ victims: [{}, { gender: 'f' }] }), `${OFFENCE}/victims/1/gender`],
    [withResult({ bailStatus: 'ÿ' }), `${OFFENCE}/results/0/bailStatus`],
    [withResult({ durations: [{ unit: 'fortnights' }] }), `${OFFENCE}/results/0/durations/0/unit`],
    [event({ case: { urn: 'R v Prosser', initiation: 'charged' } }), '/case/urn', '/case/initiation'],
  ])('is reported where it is not (case %#)', (data, ...places) =>
    expect(named(data)).toEqual(places.map((place) => `code-not-listed ${place}`)),
  );

  it('is reported once, by the most specific issue', () => {
    const canary = 'CANARY7';
    const data = event({
      case: { urn: '01ZD1234526', courtReference: canary },
      hearing: { courtHouse: { ouCode: canary, psaCode: canary }, date: '2026-05-14' },
      defendants: [
        defendant({
          asn: canary,
          pncId: canary,
          croNumber: canary,
          offences: [offence({ code: canary, convictingCourt: canary, results: [result({ code: canary, qualifiers: [canary] })] })],
        }),
      ],
    });
    const found = named(data);
    expect(new Set(found.map((issue) => issue.split(' ')[1])).size).toBe(found.length);
    expect(found.filter((issue) => issue.startsWith('code-not-listed'))).toEqual(['code-not-listed /case/courtReference']);
    expect(found.filter((issue) => issue.includes('unreadable'))).toHaveLength(3);
  });

  it('is valid where it is blank, except for an offence', () => {
    const blank = withDefendant({ bailStatus: ' ', presence: '', offences: [offence({ plea: ' \n', code: ' ' })] });
    expect(named(blank)).toEqual([`offence-code-unknown ${OFFENCE}/code`]);
  });

  it('is valid with padding, or in lower case', () =>
    expect(named(withOffence({ modeOfTrial: '01', finding: ' g', results: [result({ code: '01015' })] }))).toEqual([]));

  it('is checked in data of any shape', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const data of [
          event({ case: value as Json }),
          withDefendant({ person: value as Json }),
          withOffence({ results: value as Json }),
        ])
          for (const { at: place } of assess('hearing.resulted', data, lists, codes).issues) expect(at(data, place)).toBeDefined();
      }),
    );
  });
});

describe('Dates out of order', () => {
  it.each([
    [
      'birth after the hearing',
      withDefendant({ person: { dateOfBirth: '2026-05-15' } }),
      [`birth-after-hearing ${FIRST}/person/dateOfBirth`],
    ],
    [
      'birth of a parent after the hearing',
      withDefendant({ parentGuardian: { dateOfBirth: '2062-01-01' } }),
      [`birth-after-hearing ${FIRST}/parentGuardian/dateOfBirth`],
    ],
    [
      'birth of a victim after the hearing',
      withOffence({ victims: [{ dateOfBirth: '2062-01-01' }] }),
      [`birth-after-hearing ${OFFENCE}/victims/0/dateOfBirth`],
    ],
    [
      'end before start',
      withOffence({ date: { code: '4', start: '2026-03-02', end: '2026-03-01' } }),
      [`offence-end-before-start ${OFFENCE}/date/end`],
    ],
    ['charge before the offence', withOffence({ chargeDate: '2026-03-01' }), [`charge-before-offence ${OFFENCE}/chargeDate`]],
    [
      'conviction before the offence',
      withOffence({ convictionDate: '2026-03-01' }),
      [`conviction-before-offence ${OFFENCE}/convictionDate`],
    ],
    ['hearing before the charge', withOffence({ chargeDate: '2026-05-15' }), [`hearing-before-charge ${OFFENCE}/chargeDate`]],
  ])('are reported: %s', (_what, data, expected) => expect(brief(data)).toEqual(expected));

  it('do not include two on the same day', () => {
    const day = '2026-05-14';
    expect(
      issuesOf(
        withDefendant({
          person: { dateOfBirth: day },
          offences: [offence({ date: { start: day, end: day }, chargeDate: day, convictionDate: day })],
        }),
      ),
    ).toEqual([]);
  });

  it.each(['2', '6'])('are not assumed from a date that is only the latest possible start (date code %s)', (code) => {
    expect(issuesOf(withOffence({ date: { code, start: '2026-03-02' }, chargeDate: '2026-03-01', convictionDate: '2026-03-01' }))).toEqual(
      [],
    );
  });

  it('are not reported for values that are not ISO dates', () => {
    expect(
      issuesOf(withOffence({ date: { start: '02/03/2026', end: 'yesterda.y' }, chargeDate: '1', convictionDate: '2026-5-1' })),
    ).toEqual([]);
  });
});

describe('Text', () => {
  it('with lost characters is reported anywhere', () => {
    expect(brief(withResult({ text: 'Fined \uFFFD200.' }))).toEqual([`damaged-text ${OFFENCE}/results/0/text`]);
    expect(brief(event({ case: { urn: '1', 'a/b~c': ['x', '\uFFFD'] } }))).toEqual(['damaged-text /case/a~1b~0c/1']);
  });

  it.each(['Smith &amp; Sons', '&lt;b&gt;', '&#163;40', '&#xA3;40', 'the defendant&apos;s'])(
    'that was escaped twice is reported: %s',
    (wording) => {
      expect(brief(withOffence({ wording }))).toEqual([`escaped-text ${OFFENCE}/wording`]);
    },
  );

  it.each(['Smith & Sons', 'A&E; B&Q', '&', '& amp;', 'AT&T;', '£40 – “so”'])('with a plain ampersand is valid: %s', (wording) =>
    expect(issuesOf(withOffence({ wording }))).toEqual([]),
  );

  it('of the original message, in extensions, is not checked, because it can be escaped', () => {
    expect(issuesOf(event({ extensions: { 'spi-resulted-case': { unmapped: [{ xml: '<A>&amp;\uFFFD</A>' }] } } }))).toEqual([]);
  });
});

describe('Damaged text', () => {
  const of = (wording: string) => brief(withOffence({ wording }));
  it.each(['SiÃ¢n', 'fined Â£40', 'DaffÃ´', 'Åµyn', 'JOSÃ‰', 'itâ€™s', 'Ã–BERG', 'Ã\u0093', 'â\u0080\u0099', 'Â\u00a0'])(
    'that is UTF-8 read as Latin-1 is reported: %j',
    (wording) => expect(of(wording)).toEqual([`mojibake ${OFFENCE}/wording`]),
  );
  it.each(['O\u0092Brien', '\u0080 40', 'a\u009f'])('with C1 controls is reported: %j', (wording) =>
    expect(of(wording)).toEqual([`control-characters ${OFFENCE}/wording`]),
  );
  it.each(['Siân', '£40', 'SÃO', 'Âme', 'Å', 'Århus', 'JOSÉ', '€5', 'l’âge', 'CÂMARA – Ã', 'Łódź ŴYN ŷ', 'â€'])(
    'is not reported where text is correct: %j',
    (wording) => expect(of(wording)).toEqual([]),
  );
});

describe('An assessment', () => {
  it('classifies statements of courts and records as facts, and others as assessments', () => {
    const basis = (standard: string) => assess(standard, event(), lists).basis;
    expect(['hearing.resulted', 'hearing.listed', 'record.returned'].map(basis)).toEqual(['fact', 'fact', 'fact']);
    expect(['case.registered', 'intelligence.submitted', 'crime.recorded', 'nobody.knows', '__proto__'].map(basis)).toEqual(
      Array(5).fill('assessment'),
    );
  });

  it('points at existing values, and never repeats them in a reason', () => {
    const canary = 'CANARY7';
    const data = event({
      hearing: { courtHouse: { ouCode: canary, psaCode: canary }, date: '2026-05-14' },
      defendants: [
        defendant({
          asn: canary,
          pncId: canary,
          croNumber: canary,
          offences: [offence({ code: canary, wording: `${canary}&lt;\uFFFD`, results: [result({ code: canary, qualifiers: [canary] })] })],
        }),
      ],
    });
    const issues = issuesOf(data);
    expect(issues.length).toBe(10);
    for (const issue of issues) {
      expect(JSON.stringify(issue)).not.toContain(canary);
      expect(String(at(data, issue.at))).toContain(canary);
      expect(issue.reason).toMatch(/^[A-Z].*[a-z]$/);
    }
  });

  it('reports at most 100 issues, and that there are more', () => {
    const issues = issuesOf(event({ defendants: Array.from({ length: 5_000 }, () => defendant({ asn: 'X' })) }));
    expect(issues.length).toBe(101);
    expect(issues.at(-1)).toMatchObject({ code: 'more-issues', at: '/quality/issues' });
  });

  it('never has a longer pointer than a standard allows', () => {
    const name = 'n'.repeat(600);
    expect(brief(event({ case: { [name]: { [name]: '\uFFFD' } } }))).toEqual([`damaged-text /case/${name}`]);
  });

  it('never throws, changes nothing and is repeatable, for any data', () => {
    const odd: fc.Arbitrary<Json> = fc.oneof(
      fc.jsonValue() as fc.Arbitrary<Json>,
      fc.constantFrom<Json>('\uFFFD', '&amp;', '2026-05-14', '1101ZD0100000448754K', 'TH68010', [], {}, [null], '__proto__'),
    );
    const names = [
      'case',
      'hearing',
      'courtHouse',
      'ouCode',
      'psaCode',
      'date',
      'start',
      'end',
      'code',
      'chargeDate',
      'convictionDate',
      'asn',
      'pncId',
      'croNumber',
      'courtReference',
      'person',
      'dateOfBirth',
      'qualifiers',
      'nextHearing',
      'text',
      'finding',
    ];
    const shape = fc.letrec<{ node: Json }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        odd,
        fc.dictionary(fc.constantFrom(...names, 'defendants', 'offences', 'results', 'victims'), tie('node')),
        fc.array(tie('node'), { maxLength: 3 }),
      ) as fc.Arbitrary<Json>,
    })).node;
    const anything = fc.dictionary(fc.constantFrom('case', 'hearing', 'defendants', 'extensions', 'other'), shape);
    fc.assert(
      fc.property(fc.constantFrom('hearing.resulted', 'case.registered', 'toString'), anything, (standard, data) => {
        const before = JSON.stringify(data);
        const first = assess(standard, data as JsonObject, lists);
        expect(assess(standard, data as JsonObject, lists)).toEqual(first);
        expect(JSON.stringify(data)).toBe(before);
        for (const issue of first.issues) expect(at(data as Json, issue.at)).toBeDefined();
        subjectCategory(standard, data as JsonObject);
      }),
      { numRuns: 500 },
    );
  });

  it('does not overflow the stack on deeply nested data', () => {
    let deep: Json = '\uFFFD';
    for (let n = 0; n < 100_000; n++) deep = [deep];
    expect(() => assess('hearing.resulted', { case: deep, defendants: deep }, lists)).not.toThrow();
  });

  it('of a typical event takes far less than 60 microseconds', () => {
    const data = withDefendant({ offences: [offence(), offence(), offence()] });
    const rounds = 2_000;
    const times = Array.from({ length: 8 }, () => {
      const start = performance.now();
      for (let n = 0; n < rounds; n++) assess('hearing.resulted', data, lists, byName.get('hearing.resulted')?.codes);
      return ((performance.now() - start) * 1000) / rounds;
    });
    expect(Math.min(...times)).toBeLessThan(60);
  });
});

describe('A defendant', () => {
  const category = (standard: string, ...defendants: Json[]) => subjectCategory(standard, { defendants });
  const open = { finding: 'N', convictionDate: '' };

  it('is convicted once an offence has a conviction date or a guilty verdict', () => {
    const proved = [{ finding: 'G' }, { convictionDate: '2026-05-14' }, { finding: ' G ' }, { finding: 'N', convictionDate: '2026-05-14' }];
    for (const charge of proved) expect(category('hearing.resulted', { offences: [open, charge] })).toEqual(['convicted']);
  });

  it('is a suspect otherwise', () => {
    for (const charge of [open, {}, { plea: '1' }, { finding: 'g' }, { finding: 'NG' }, { convictionDate: '  ' }])
      expect(category('hearing.resulted', { offences: [charge] })).toEqual(['suspect']);
    expect(category('hearing.resulted', {})).toEqual(['suspect']);
  });

  it('is a suspect in any event that is not a court result', () =>
    expect(category('case.registered', { offences: [{ finding: 'G', convictionDate: '2020-01-01' }] })).toEqual(['suspect']));

  it('is classified separately, at their place', () => {
    expect(category('hearing.resulted', { offences: [open] }, { offences: [{ finding: 'G' }] }, {})).toEqual([
      'suspect',
      'convicted',
      'suspect',
    ]);
  });

  it('that is not an object has no category', () => {
    expect(category('hearing.resulted', null, 'x', [], 1)).toEqual([undefined, undefined, undefined, undefined]);
    expect(subjectCategory('incident.reported', {})).toEqual([]);
  });
});

describe('the codes of a stop and search', () => {
  const lists = indexCodeLists([
    { id: 'stop-powers', columns: ['code', 'title'], codes: [['PACE1984_s1', 'Search']] },
  ] as unknown as Parameters<typeof indexCodeLists>[0]);
  it('are checked against their lists, and not where a list is missing', () => {
    const of = (stop: object) =>
      assess('person.stopped', { stop } as unknown as JsonObject, lists).issues.map(({ code, at }) => [code, at]);
    expect(of({ power: 'PACE1984_s1', object: 'anything' })).toEqual([]);
    expect(of({ power: 'NOT-A-POWER' })).toEqual([['stop-code-unknown', '/stop/power']]);
  });
});
