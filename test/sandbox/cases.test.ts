import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Adapter, Json, JsonObject } from '../../adapters/adapter.ts';
import { readAsn, readCroNumber, readPncId } from '../../adapters/identifiers.ts';
import { newCase, resultedCase } from '../../adapters/spi/index.ts';
import { yearsBetween } from '../../gateway/protections/age.ts';
import { assess } from '../../gateway/quality/assess.ts';
import { loadStandards } from '../../gateway/rules/standards.ts';
import { type SyntheticCase, syntheticCases } from '../../gateway/sandbox/cases.ts';
import { isDate, plusDays } from '../../gateway/sandbox/days.ts';
import { FORCE } from '../../gateway/sandbox/numbers.ts';
import { seededRandom, xoshiro128 } from '../../gateway/sandbox/random.ts';
import { THEMES } from '../../gateway/sandbox/themes.ts';
import { CORPUS, hasCorpus } from '../support/corpus.ts';
import { officialSchema } from '../support/xml.ts';

const { byName, codeLists } = loadStandards(join(import.meta.dirname, '../../schemas'));

const TODAY = '2026-11-16';
function casesOf(seed: number, count: number, today = TODAY): readonly SyntheticCase[] {
  const all = syntheticCases({ seed, today });
  return Array.from({ length: count }, () => all.next().value as SyntheticCase);
}

/** Enough that everything in the mixture occurs. */
const many = casesOf(1, 2000);

/** First cases of any seed on any day: what holds for them holds for all. */
const seeds = fc.oneof(fc.integer(), fc.maxSafeInteger());
const days = fc.integer({ min: 0, max: 365 * 100 }).map((day) => plusDays('2000-01-01', day));
const firstCases = (promise: (synthetic: SyntheticCase, today: string) => void): void =>
  fc.assert(
    fc.property(seeds, days, (seed, today) => {
      for (const synthetic of casesOf(seed, 6, today)) promise(synthetic, today);
    }),
    { numRuns: 60 },
  );

const list = (value: unknown): readonly JsonObject[] => (value ?? []) as readonly JsonObject[];
const object = (value: unknown): JsonObject => (value ?? {}) as JsonObject;
const text = (value: unknown): string => String(value ?? '');
const defendantsOf = (data: JsonObject | undefined): readonly JsonObject[] => list(data?.defendants);
const offencesOf = (data: JsonObject | undefined): readonly JsonObject[] => defendantsOf(data).flatMap(({ offences }) => list(offences));
const resultsOf = (data: JsonObject | undefined): readonly JsonObject[] => offencesOf(data).flatMap(({ results }) => list(results));
const urnOf = (data: JsonObject | undefined): string => text(object(data?.case).urn);
const hearingDate = (data: JsonObject | undefined): string => text(object(data?.hearing).date);

/** The events of a case by their standard. */
const eventsOf = ({ registered, resulted, stop }: SyntheticCase): readonly (readonly [string, JsonObject])[] => [
  ['case.registered', registered],
  ...(resulted === undefined ? [] : [['hearing.resulted', resulted] as const]),
  ...(stop === undefined ? [] : [['person.stopped', stop] as const]),
];

/** All texts of a value, with the name of the property of each. */
function textsOf(value: Json, under = ''): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return [[under, value]];
  if (Array.isArray(value)) return value.flatMap((item: Json) => textsOf(item, under));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, below]) => textsOf(below, name));
}

/** All texts of many cases, by the name of the property. */
const texts = Map.groupBy(
  many.flatMap((synthetic) => eventsOf(synthetic).flatMap(([, data]) => textsOf(data))),
  ([under]) => under,
);
const named = (name: string): readonly string[] => (texts.get(name) ?? []).map(([, value]) => value);

describe('the random number generator', () => {
  it('is xoshiro128** 1.1, with the first words of the reference implementation', () => {
    expect(Array.from({ length: 10 }, xoshiro128([1, 2, 3, 4]))).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });
  it('returns every number of a range about equally often, and none outside', () => {
    const { int } = seededRandom(7);
    const counts = new Map<number, number>();
    for (let n = 0; n < 60_000; n++) {
      const drawn = int(-2, 3);
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((one, other) => one - other)).toEqual([-2, -1, 0, 1, 2, 3]);
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
  it('has the stated probabilities', () => {
    const { chance } = seededRandom(8);
    const taken = Array.from({ length: 20_000 }, () => chance(0.3)).filter(Boolean).length;
    expect(Math.abs(taken - 6000)).toBeLessThan(300);
  });
  it('refuses a seed that is not an integer, and a choice from an empty list', () => {
    expect(() => seededRandom(0.5)).toThrow(RangeError);
    expect(() => seededRandom(1).pick([])).toThrow(RangeError);
  });
});

describe('synthetic cases', () => {
  const wordOf = (cases: readonly SyntheticCase[]): string => JSON.stringify(cases);

  it('are the same for the same seed and day, byte for byte', () => {
    fc.assert(
      fc.property(seeds, days, (seed, today) => {
        const [first, second] = [casesOf(seed, 4, today), casesOf(seed, 4, today)];
        expect(wordOf(second)).toBe(wordOf(first));
      }),
      { numRuns: 40 },
    );
  });
  it('are different for another seed or another day', () => {
    const word = wordOf(casesOf(1, 20));
    expect(wordOf(casesOf(2, 20))).not.toBe(word);
    expect(wordOf(casesOf(1 + 2 ** 32, 20))).not.toBe(word);
    expect(wordOf(casesOf(-1, 20))).not.toBe(word);
    expect(wordOf(casesOf(1, 20, plusDays(TODAY, 1)))).not.toBe(word);
  });
  it.each(['', '2026-02-30', '16/11/2026', '1999-12-31', '2026-11-16T00:00:00Z'])('are refused for the day %j', (today) => {
    expect(() => casesOf(1, 1, today)).toThrow(RangeError);
  });
});

const GATEWAYS: ReadonlySet<string> = new Set(['label', 'portions', 'quality', 'extensions', 'message']);

describe('every event of a synthetic case', () => {
  it('is valid against its standard', () => {
    firstCases((synthetic) => {
      for (const [standard, data] of eventsOf(synthetic)) expect(byName.get(standard)?.check(data)).toEqual([]);
    });
  });
  it('has no quality issues', () => {
    firstCases((synthetic) => {
      for (const [standard, data] of eventsOf(synthetic)) expect(assess(standard, data, codeLists).issues).toEqual([]);
    });
  });
  it('has no members that the gateway adds', () => {
    for (const synthetic of many)
      for (const [, data] of eventsOf(synthetic)) expect(Object.keys(data).filter((name) => GATEWAYS.has(name))).toEqual([]);
    expect(named('subjectCategory')).toEqual([]);
  });
  it('is unchanged after it was written as a legacy message and read', () => {
    const comesBack = (adapter: Adapter, data: JsonObject | undefined): void => {
      if (data === undefined) return;
      const [standard = ''] = adapter.standards;
      const encoded = adapter.encode?.([{ standard, data }]);
      if (!encoded?.ok) throw new Error(`It cannot be encoded: ${JSON.stringify(encoded)}`);
      const decoded = adapter.decode(encoded.value.bytes);
      if (!decoded.ok) throw new Error('It cannot be decoded');
      expect(decoded.value.events).toHaveLength(1);
      expect(decoded.value.events[0]?.warnings).toEqual([]);
      const { extensions, message, ...back } = decoded.value.events[0]?.data ?? {};
      expect(back).toStrictEqual(data);
    };
    firstCases(({ registered, resulted }) => {
      comesBack(newCase, registered);
      // The official schema allows one defendant in a message of results: the adapter says so, and leaves nobody out.
      const { defendants } = (resulted ?? {}) as { readonly defendants?: readonly Json[] };
      if ((defendants ?? []).length > 1)
        expect(resultedCase.encode?.([{ standard: 'hearing.resulted', data: resulted as JsonObject }])).toMatchObject({ ok: false });
      else comesBack(resultedCase, resulted);
    });
  });
});

describe('synthetic identifiers', () => {
  it('have correct check letters, in their standard written form', () => {
    for (const [name, read] of [
      ['asn', readAsn],
      ['pncId', readPncId],
      ['croNumber', readCroNumber],
    ] as const) {
      const values = named(name);
      expect(values.length).toBeGreaterThan(500);
      for (const value of values) expect(read(value)).toEqual({ valid: true, canonical: value });
    }
  });
  it('of cases are unique, and have the form of a PTI-URN', () => {
    const urns = many.map(({ registered }) => urnOf(registered));
    expect(new Set(urns).size).toBe(many.length);
    for (const urn of urns) expect(urn).toMatch(/^79[A-Z]{2}\d{7}$/);
  });
  it('of arrests and summonses are unique to a defendant', () => {
    const asns = many.flatMap(({ registered }) => defendantsOf(registered).map(({ asn }) => text(asn)));
    expect(new Set(asns).size).toBe(asns.length);
  });
  it('have a force that is not in the list of organisation units', () => {
    const units = [...(codeLists.get('organisation-units')?.codes ?? [])];
    expect(units.length).toBeGreaterThan(6000);
    expect(units.filter((unit) => unit.startsWith(FORCE) || unit.slice(1).startsWith(FORCE))).toEqual([]);
  });
});

describe('synthetic codes', () => {
  const isIn = (id: string, codes: readonly string[]): void => {
    expect(codes.length).toBeGreaterThan(0);
    for (const code of new Set(codes)) expect(codeLists.get(id)?.codes.has(code), `${code} of ${id}`).toBe(true);
  };
  it('are in their lists', () => {
    const offences = many.flatMap(({ registered }) => offencesOf(registered));
    const results = many.flatMap(({ resulted }) => resultsOf(resulted));
    isIn(
      'offences',
      offences.map(({ code }) => text(code)),
    );
    isIn(
      'offence-date-codes',
      offences.map(({ date }) => text(object(date).code)),
    );
    isIn('organisation-units', named('ouCode'));
    isIn(
      'result-codes',
      results.map(({ code }) => text(code)),
    );
    isIn('result-qualifiers', named('qualifiers'));
    isIn('duration-units', named('unit'));
    isIn('gender', named('gender'));
    isIn('bail-status', [...named('bailStatus'), ...named('custodyStatus')]);
    isIn('plea', named('plea'));
    isIn('finding', named('finding'));
    isIn('presence', named('presence'));
    isIn('alcohol-level-methods', named('method'));
    // Messages pad this one to two digits.
    isIn(
      'mode-of-trial',
      named('modeOfTrial').map((code) => String(Number(code))),
    );
    isIn('stop-powers', named('power'));
    isIn('stop-objects', named('object'));
    isIn('stop-outcomes', named('outcome'));
  });
  it('include only qualifiers that the list has for their result', () => {
    for (const { code, qualifiers } of many.flatMap(({ resulted }) => resultsOf(resulted))) {
      const allowed = text(codeLists.get('result-codes')?.valueOf(text(code), 'qualifiers')).split(' ');
      for (const qualifier of (qualifiers ?? []) as readonly string[]) expect(allowed, text(code)).toContain(qualifier);
    }
  });
  it('include the petty sessional area of the list for a court', () => {
    for (const { resulted } of many) {
      const { ouCode, psaCode } = object(object(resulted?.hearing).courtHouse);
      if (resulted !== undefined) expect(codeLists.get('organisation-units')?.valueOf(text(ouCode), 'psaCode')).toBe(psaCode);
    }
  });
  it('of sexual offences agree with the list', () => {
    for (const { kinds, isSexual = false } of THEMES)
      for (const { code } of kinds) expect(codeLists.get('sexual-offences')?.codes.has(code), code).toBe(isSexual);
  });
});

describe('the events of one case', () => {
  it('have the same case, people and offences', () => {
    const same = (names: readonly string[], one: JsonObject, other: JsonObject): void => {
      for (const name of names) expect(other[name], name).toEqual(one[name]);
    };
    firstCases(({ registered, resulted, stop }) => {
      if (resulted !== undefined) {
        expect(urnOf(resulted)).toBe(urnOf(registered));
        expect(object(object(resulted.hearing).courtHouse).ouCode).toBe(object(object(registered.hearing).courtHouse).ouCode);
        expect(defendantsOf(resulted)).toHaveLength(defendantsOf(registered).length);
        for (const [n, before] of defendantsOf(registered).entries()) {
          const after = object(defendantsOf(resulted)[n]);
          same(['asn', 'pncId', 'organisation', 'nationality'], before, after);
          same(['name', 'dateOfBirth', 'gender', 'contact'], object(before.person), object(after.person));
          same(['name', 'dateOfBirth', 'gender', 'contact'], object(before.parentGuardian), object(after.parentGuardian));
          expect(object(after.address).postcode ?? (object(after.address).lines as readonly string[]).at(-1)).toBe(
            object(before.address).postcode,
          );
          expect(list(after.offences)).toHaveLength(list(before.offences).length);
          for (const [m, offence] of list(before.offences).entries())
            same(
              ['sequence', 'code', 'wording', 'date', 'location', 'arrestDate', 'chargeDate', 'alcohol', 'vehicle'],
              offence,
              object(list(after.offences)[m]),
            );
        }
      }
      if (stop !== undefined) {
        const [first = {}] = defendantsOf(registered);
        const [offence = {}] = offencesOf(registered);
        expect(urnOf(stop)).toBe(urnOf(registered));
        same(['name', 'dateOfBirth', 'gender', 'ethnicity'], object(first.person), object(stop.person));
        expect(object(stop.stop)).toMatchObject({ date: object(offence.date).start, location: offence.location });
        expect(object(stop.vehicle).registration).toBe(object(offence.vehicle).registration);
        expect(text(object(stop.stop).time) >= text(object(offence.date).startTime)).toBe(true);
      }
    });
  });
  it('have dates in order: offence, arrest, charge, hearing, next hearing', () => {
    firstCases(({ registered, resulted }, today) => {
      for (const data of [registered, ...(resulted === undefined ? [] : [resulted])])
        for (const { date, arrestDate, chargeDate, initiatedDate, results } of offencesOf(data)) {
          const next = list(results).flatMap(({ nextHearing }) => (nextHearing === undefined ? [] : [text(object(nextHearing).date)]));
          const dates = [object(date).start, object(date).end, arrestDate, chargeDate, initiatedDate, hearingDate(data), ...next];
          const known = dates.filter((day) => day !== undefined).map(text);
          expect(known.every(isDate)).toBe(true);
          expect(known).toEqual([...known].sort());
          for (const past of [object(date).start, object(date).end, arrestDate, chargeDate, initiatedDate])
            if (past !== undefined) expect(text(past) <= today).toBe(true);
        }
      if (resulted !== undefined) expect(hearingDate(registered) <= hearingDate(resulted)).toBe(true);
      if (resulted !== undefined) expect(hearingDate(resulted) <= today).toBe(true);
      if (resulted === undefined) expect(hearingDate(registered) > today).toBe(true);
    });
  });
  it('have hearings on weekdays', () => {
    firstCases(({ registered, resulted }) => {
      for (const data of [registered, resulted])
        if (data !== undefined) expect([1, 2, 3, 4, 5]).toContain(new Date(hearingDate(data)).getUTCDay());
    });
  });
  it('have a parent or guardian for a defendant who is under 18 at every hearing and over 10 at the offence, and adults otherwise', () => {
    firstCases(({ registered, resulted }) => {
      for (const data of [registered, resulted])
        for (const { person, parentGuardian, offences } of defendantsOf(data)) {
          if (person === undefined) continue;
          const born = text(object(person).dateOfBirth);
          const atOffence = yearsBetween(born, text(object(list(offences)[0]?.date).start));
          const atHearing = yearsBetween(born, hearingDate(data));
          if (parentGuardian === undefined) expect(atOffence).toBeGreaterThanOrEqual(18);
          else expect([atOffence >= 10, atHearing < 18]).toEqual([true, true]);
          if (parentGuardian === undefined) expect(atHearing).toBeGreaterThanOrEqual(18);
          else expect(yearsBetween(text(object(parentGuardian).dateOfBirth), born)).toBeGreaterThanOrEqual(18);
        }
    });
  });
  it('include sending to the Crown Court for an offence that only it can try', () => {
    const sent = many.flatMap(({ resulted }) => offencesOf(resulted)).filter(({ code }) => code === 'SX03005');
    expect(sent.length).toBeGreaterThan(0);
    for (const { results } of sent) expect(text(object(object(list(results)[0]?.nextHearing).courtHouse).ouCode)).toMatch(/^C/);
  });
});

/** The written form of a telephone number, an email address, a postcode. */
const REACHABLE = /@|\b0\d{9,10}\b|\b0\d{3,4} \d{6}\b|\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b/;

describe('synthetic data refers to no real person', () => {
  it('in telephone numbers, which Ofcom reserves for drama', () => {
    for (const name of ['business', 'home', 'mobile'])
      for (const phone of named(name)) expect(phone).toMatch(name === 'mobile' ? /^07700 900\d{3}$/ : /^01632 960\d{3}$/);
    expect(named('fax')).toEqual([]);
  });
  it('in email addresses, which have reserved domains', () => {
    const emails = named('emails');
    expect(emails.length).toBeGreaterThan(1000);
    for (const email of emails) expect(email).toMatch(/^[a-z.]+\d+@example\.(?:org|com)$|^office\d+@example\.com$/);
  });
  it('in postcodes, which are in the area ZZ without ZZ99', () => {
    for (const postcode of named('postcode')) expect(postcode).toMatch(/^ZZ[1-9] [1-9][A-Z]{2}$/);
    for (const line of named('lines').filter((addressLine) => /\d[A-Z]{2}$/.test(addressLine)))
      expect(line).toMatch(/^ZZ[1-9] [1-9][A-Z]{2}$/);
  });
  it('in any other text that looks like a telephone number, an email address or a postcode', () => {
    const known = new Set([
      'business',
      'home',
      'mobile',
      'emails',
      'postcode',
      'lines',
      'registration',
      'asn',
      'pncId',
      'croNumber',
      'urn',
      'number',
    ]);
    for (const [under] of texts)
      if (!known.has(under))
        expect(
          named(under).filter((value) => REACHABLE.test(value)),
          under,
        ).toEqual([]);
  });
  it('in registration marks, which begin with ZZ, and driver numbers, which end with ZZ', () => {
    for (const mark of named('registration')) expect(mark).toMatch(/^ZZ\d\d [A-HJ-PR-Z]{3}$/);
    const numbers = many.flatMap(({ registered }) => defendantsOf(registered).map(({ driver }) => object(driver).number)).filter(Boolean);
    expect(numbers.length).toBeGreaterThan(50);
    for (const number of numbers) expect(number).toMatch(/^[A-Z9]{5}\d[0156]\d[0-3]\d\d[A-Z9]{2}9ZZ$/);
  });
});

describe('the themes of synthetic cases', () => {
  const share = (holds: (synthetic: SyntheticCase) => boolean): number => many.filter(holds).length / many.length;
  const anyDefendant = (holds: (defendant: JsonObject) => boolean) => (synthetic: SyntheticCase) =>
    defendantsOf(synthetic.registered).some(holds);
  const anyOffence = (pattern: RegExp) => (synthetic: SyntheticCase) =>
    offencesOf(synthetic.registered).some(({ code }) => pattern.test(text(code)));
  const anyResult = (code: string) => (synthetic: SyntheticCase) => resultsOf(synthetic.resulted).some((result) => result.code === code);

  it.each<[string, number, number, (synthetic: SyntheticCase) => boolean]>([
    ['a hearing with results', 0.6, 0.8, ({ resulted }) => resulted !== undefined],
    ['a stop', 0.1, 0.25, ({ stop }) => stop !== undefined],
    ['several defendants', 0.08, 0.2, ({ registered }) => defendantsOf(registered).length > 1],
    ['a defendant under 18 with a parent or guardian', 0.1, 0.3, anyDefendant(({ parentGuardian }) => parentGuardian !== undefined)],
    ['an organisation', 0.03, 0.1, anyDefendant(({ organisation }) => organisation !== undefined)],
    ['bail conditions', 0.2, 0.5, anyDefendant(({ bailConditions }) => bailConditions !== undefined)],
    ['a driver', 0.1, 0.3, anyDefendant(({ driver }) => driver !== undefined)],
    ['an interpreter or an adjustment', 0.02, 0.2, anyDefendant(({ needs }) => needs !== undefined)],
    ['Welsh', 0.05, 0.2, anyDefendant(({ languages }) => object(languages).hearing === 'W')],
    ['an alias', 0.02, 0.2, anyDefendant(({ aliases }) => aliases !== undefined)],
    [
      'a victim with an address',
      0.4,
      0.6,
      ({ registered }) => offencesOf(registered).some(({ victims }) => list(victims)[0]?.address !== undefined),
    ],
    ['theft', 0.2, 0.4, anyOffence(/^TH68/)],
    ['assault', 0.15, 0.3, anyOffence(/^CJ88(?:001|116)|^OF61/)],
    ['a sexual offence with a complainant', 0.05, 0.12, anyOffence(/^SX03/)],
    ['driving with a registration mark', 0.1, 0.3, ({ registered }) => offencesOf(registered).some(({ vehicle }) => vehicle !== undefined)],
    ['a plea of guilty', 0.3, 0.7, ({ resulted }) => offencesOf(resulted).some(({ plea }) => plea === '1')],
    ['a fine', 0.1, 0.5, anyResult('1015')],
    ['an adjournment', 0.1, 0.4, anyResult('4506')],
    ['a community order', 0.02, 0.2, anyResult('1116')],
    ['a referral order', 0.005, 0.1, anyResult('1097')],
    ['a reporting restriction', 0.005, 0.05, anyResult('4510')],
  ])('include cases with %s', (_, least, most, holds) => {
    expect(share(holds)).toBeGreaterThan(least);
    expect(share(holds)).toBeLessThan(most);
  });
  it('have weights that add up to a hundred', () => {
    expect(THEMES.reduce((sum, { weight }) => sum + weight, 0)).toBe(100);
  });
  it('have names of every shape', () => {
    const names = many.flatMap(({ registered }) => defendantsOf(registered).map(({ person }) => object(object(person).name)));
    const families = names.map(({ familyName }) => text(familyName));
    for (const shape of [/'/, /-/, /[^\p{ASCII}]/u, / /, /^.{2}$/, /^.{15,}$/])
      expect(
        families.some((name) => shape.test(name)),
        `${shape}`,
      ).toBe(true);
    expect([...new Set(names.map(({ givenNames }) => list(givenNames).length))].sort()).toEqual([0, 1, 2, 3]);
  });
});

describe.runIf(hasCorpus)('synthetic legacy messages', () => {
  /** What the official schema does not know: the slash in a PNC ID, marks on letters, and house numbers that are not padded. */
  const asOldSystemsWrite = (bytes: Uint8Array): string =>
    Buffer.from(bytes)
      .toString()
      .replaceAll(/(<PNCidentifier>\d+)\/(\d+[A-Z])/g, '$1$2')
      .replaceAll(/(<bs:[PS]AON>)[^<]*/g, '$1   1 ')
      .normalize('NFD')
      .replaceAll(/\p{M}/gu, '')
      .replaceAll(/[łŁ]/g, 'l');
  it.each([
    ['case.registered', newCase, 'CPP-StdProsPoliceCase-v1-2.xsd', ({ registered }: SyntheticCase) => registered],
    ['hearing.resulted', resultedCase, 'CPP-StdProsPoliceResult-v1-2.xsd', ({ resulted }: SyntheticCase) => resulted],
  ] as const)('of %s are valid against the official schema, apart from three known differences', (standard, adapter, xsd, dataOf) => {
    const check = officialSchema(join(CORPUS, 'spi-xsd', xsd));
    for (const synthetic of many.slice(0, 400)) {
      const data = dataOf(synthetic);
      if (data === undefined) continue;
      // A court writes a case for each defendant.
      const parts =
        standard === 'hearing.resulted' ? defendantsOf(data).map((defendant) => ({ ...data, defendants: [defendant] })) : [data];
      const encoded = adapter.encode?.(parts.map((part) => ({ standard, data: part })));
      expect(check(encoded?.ok ? asOldSystemsWrite(encoded.value.bytes) : ''), urnOf(data)).toEqual([]);
    }
  });
});

describe('the code of the generator', () => {
  const folder = join(import.meta.dirname, '../../gateway/sandbox');
  // What the rest of the sandbox does is not promised here.
  const reached = new Set<string>();
  const follow = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const [, next = ''] of readFileSync(join(folder, file), 'utf8').matchAll(/from '\.\/([a-z-]+\.ts)'/g)) follow(next);
  };
  follow('cases.ts');
  it.each([...reached])('%s uses neither the clock nor the machine', (file) => {
    expect(readFileSync(join(folder, file), 'utf8')).not.toMatch(/Math\.random|Date\.now|new Date\(\)|node:|process\./);
  });
  it('has more than one file', () => expect(reached.size).toBeGreaterThan(10));
});
