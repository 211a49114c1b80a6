import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Adapter, DecodedEvent, Json, JsonObject } from '../../../adapters/adapter.ts';
import { canonicalJson } from '../../../adapters/canonical-json.ts';
import { byTable, ID } from '../../../adapters/common-platform/hearing-resulted.ts';
import { hearingResulted } from '../../../adapters/common-platform/index.ts';
import { at } from '../../../adapters/json.ts';
import { resultedCase } from '../../../adapters/spi/index.ts';
import { decide } from '../../../gateway/labels/redact.ts';
import { writeMessage } from '../../../gateway/pipeline/write-delivery.ts';
import { mappingCheck } from '../../../gateway/rules/mappings.ts';
import { CORPUS, hasCorpus } from '../../support/corpus.ts';
import { eventsOf, listCorpus, listSamples } from '../../support/list-corpus.ts';
import { clearanceFor, labelling, must, NOW, standards, take, verifier, withAdapter } from '../../support/rules-in-force.ts';
import { officialSchema } from '../../support/xml.ts';

const samples = listSamples('common-platform', '.json');
const messages = listCorpus('common-platform-hearing-resulted', '.json');
const sample = (name: string): Buffer => samples.find((known) => known.name === `${name}.json`)?.bytes as Buffer;
const changed = (name: string, from: string | RegExp, to: string): Buffer => Buffer.from(sample(name).toString().replace(from, to));
const dataOf = (bytes: Uint8Array): readonly JsonObject[] => eventsOf(hearingResulted, bytes).map(({ data }) => data);
const firstOf = (bytes: Uint8Array): JsonObject => dataOf(bytes)[0] as JsonObject;
const resultsIn = (data: JsonObject | undefined): Json | undefined => at(data ?? {}, '/defendants/0/offences/0/results');
const keptBy = ({ data }: DecodedEvent): JsonObject | undefined => at(data, `/extensions/${ID}`) as JsonObject | undefined;

/** The document that events came from, rebuilt from what they kept. The frame of the document is kept by one of them. */
function documentOf(events: readonly DecodedEvent[]): unknown {
  const kept = events.map(keptBy).filter((piece) => piece !== undefined);
  const { kind, frame } = kept.find((piece) => piece.frame !== undefined) ?? {};
  const keptEvents = kept.map((piece, n) => ({
    standard: 'hearing.resulted',
    data: { extensions: { [ID]: { part: piece.part, entry: piece.entry, ...(n === 0 ? { kind, frame } : {}) } } } as JsonObject,
  }));
  const encoded = byTable.encode?.(keptEvents);
  return encoded?.ok ? JSON.parse(Buffer.from(encoded.value.bytes).toString()) : encoded;
}

describe('a Common Platform message', () => {
  it.each([...samples, ...messages])('$name becomes valid events that together contain all of its data', ({ bytes }) => {
    const events = eventsOf(hearingResulted, bytes);
    expect(events.flatMap(({ data }) => standards.byName.get('hearing.resulted')?.check(data))).toEqual([]);
    expect(canonicalJson(documentOf(events) as JsonObject)).toBe(canonicalJson(JSON.parse(bytes.toString())));
    expect(take(bytes, {}, withAdapter(hearingResulted)).kind).not.toBe('refused');
  });

  it('of the Crown Court keeps the results and their prompts, with times in London', () => {
    expect(dataOf(sample('crown-court'))).toMatchObject([
      {
        case: { urn: '52TW1000126', initiation: 'C', originator: '052ZZ00' },
        hearing: { date: '2026-07-14', time: '10:30:00', courtHouse: { ouCode: 'C52TW00', psaCode: '0452' } },
        defendants: [
          {
            asn: '2652TW0100000000421C',
            person: { name: { givenNames: ['Jory', 'Piran'], familyName: 'Tremayne' }, gender: '1' },
            address: { lines: ['3 Fore Street', 'Trewarren', 'ZZ9 1AA'] },
            needs: { special: 'Hearing loop' },
            presence: 'Y',
            offences: [
              {
                sequence: '001',
                plea: '1',
                modeOfTrial: '4',
                initiatedDate: '2026-03-04',
                finalDisposal: 'Y',
                results: [
                  {
                    code: '1002',
                    text: 'Imprisonment\nImprisonment Period 18 Months\nPrison HMP Carnforth',
                    durations: [{ value: '18', unit: 'M' }],
                  },
                  { code: '3117', text: 'Surcharge\nTo pay a surcharge of £187.00', amounts: ['187.00'] },
                ],
              },
              { plea: '2', finalDisposal: 'N', vehicle: { registration: 'ZZ26 AAA' } },
            ],
          },
        ],
      },
    ]);
  });

  it('makes one event for each defendant of each case', () => {
    const [adult, youth, firm] = dataOf(sample('several-cases'));
    expect(adult).toMatchObject({
      case: { urn: '52TW1000226', marker: 'DV' },
      hearing: { language: 'W' },
      defendants: [{ bailConditions: 'Not to contact any witness', offences: [{ victims: [{ name: { familyName: 'Pascoe' } }] }] }],
    });
    expect(resultsIn(adult)).toMatchObject([
      { code: '4506', qualifiers: ['GE'], bailStatus: 'B', nextHearing: { date: '2026-12-07', time: '10:00:00', reason: 'For trial' } },
      { code: '4510', text: expect.stringMatching(/^Complainant's anonymity[^\n]*\nOrdered 2026-11-16$/) },
      { code: '4592' },
    ]);
    expect(youth).toMatchObject({
      case: { urn: '52TW1000326', prosecutor: 'A52TW00' },
      defendants: [{ presence: 'Y', parentGuardian: { name: { givenNames: ['Ysella'] } }, aliases: [{ givenNames: ['Dem'] }] }],
    });
    expect(firm).toMatchObject({
      case: { urn: '52TW1000326' },
      defendants: [{ asn: '2652TW0100000000424F', presence: 'N', organisation: { name: 'Nancarrow Haulage Ltd' } }],
    });
    expect(resultsIn(firm)).toEqual([{ code: '1015', text: 'FO - Fine\nFined £1,250.00', amounts: ['1250.00'] }]);
  });

  it('with an application makes an event for its first case, and an event for the offences of each other case', () => {
    const [first, second, ...others] = eventsOf(hearingResulted, sample('application'));
    expect([first?.caseReference, second?.caseReference, others.length]).toEqual(['52TW1000425', '52TW1000525', 0]);
    expect(first?.data).toMatchObject({
      case: { urn: '52TW1000425', courtReference: '52TWAPP0000012' },
      defendants: [
        {
          person: { name: { familyName: 'Bosanko' } },
          offences: [
            { code: 'CJ03510', plea: '7', results: [{ code: '1015', amounts: ['50.00'] }] },
            { code: 'TH68010', wording: expect.stringContaining('kettle') },
          ],
        },
      ],
    });
    expect(second?.data).toMatchObject({
      case: { urn: '52TW1000525' },
      defendants: [{ person: { name: { familyName: 'Bosanko' } }, offences: [{ wording: expect.stringContaining('toaster') }] }],
    });
  });

  it('T55 with an application by another defendant makes an event with both people', () => {
    const document = JSON.parse(sample('application').toString());
    const [application] = document.hearing.courtApplications;
    application.respondents = structuredClone(application.respondents);
    application.respondents[0].masterDefendant.masterDefendantId = 'another';
    application.respondents[0].masterDefendant.personDefendant.personDetails.lastName = 'Rosevear';
    expect(firstOf(Buffer.from(JSON.stringify(document)))).toMatchObject({
      defendants: [{ person: { name: { familyName: 'Bosanko' } } }, { person: { name: { familyName: 'Rosevear' } } }],
    });
  });

  it('with an application without a subject is quarantined: it does not say whose results they are', () => {
    const outcome = take(changed('application', '"subject"', '"topic"'), {}, withAdapter(hearingResulted));
    expect(outcome).toMatchObject({ kind: 'refused', refusals: [{ code: 'schema-violation' }] });
  });

  it('with one sitting and no hearing day takes the day from the sitting, and keeps a time without a zone unchanged', () => {
    const text = sample('application')
      .toString()
      .replace('2026-11-16T14:00:00.000Z', '2026-11-17T09:15:00')
      .replace('"hearingDay": "2026-11-16",', '');
    expect(firstOf(Buffer.from(text))).toMatchObject({ hearing: { date: '2026-11-17', time: '09:15:00' } });
  });

  it('keeps values that have no place or code in the standard, with a warning', () => {
    const odd = changed('crown-court', '"pleaValue": "GUILTY"', '"pleaValue": "PARDON"');
    const [event] = eventsOf(hearingResulted, odd);
    expect(event?.malformed).toEqual(['/defendants/0/offences/0/plea']);
    expect(event?.warnings.map(({ code, at }) => `${code} ${at}`)).toEqual(
      expect.arrayContaining([
        'value-out-of-type /hearing/prosecutionCases/defendants/offences/plea/pleaValue',
        'unmapped-element /hearing/courtCentre/roomName',
      ]),
    );
    expect(documentOf([event as DecodedEvent])).toEqual(JSON.parse(odd.toString()));
  });

  it.each([
    ['a name that stands twice', '"hearing":', '"hearing": {}, "hearing":', 'json-duplicate-name'],
    ['no cases', '"prosecutionCases"', '"courtCases"', 'no-case'],
    ['no hearing', /"hearing":/, '"sitting":', 'wrong-format'],
    ['no JSON', '{', '', 'json-malformed'],
  ])('with %s is refused', (_, from, to, code) =>
    expect(hearingResulted.decode(changed('crown-court', from, to))).toMatchObject({ ok: false, refusals: [{ code }] }),
  );

  it('has documentation that names only places of the standard', () => {
    const { hasPlace } = mappingCheck(standards);
    const { fields = [] } = hearingResulted;
    expect(fields.length).toBeGreaterThan(100);
    expect(fields.filter(({ standard, at }) => !hasPlace(standard, at.replaceAll('*', '0'))).map(({ at }) => at)).toEqual([]);
  });
});

describe('a reshare', () => {
  const [shared, reshared] = ['crown-court', 'crown-court-reshared'].map((name) => take(sample(name), {}, withAdapter(hearingResulted)));

  it('makes a new version of the same event: same case, reference and day, with a later time of sharing', () => {
    if (shared?.kind !== 'accepted' || reshared?.kind !== 'accepted') throw new Error('refused');
    const [before, after] = [shared, reshared].map(({ events }) => events[0]?.event);
    expect(after?.subject).toBe(before?.subject);
    expect(after?.partitionkey).toBe(before?.partitionkey);
    expect(after?.id).not.toBe(before?.id);
    const [old, later] = [before, after].map((event) => at(event?.data as unknown as JsonObject, '/message') as JsonObject);
    expect(later).toEqual({ ...old, type: 'hearing-resulted (reshared)', created: '2026-07-15T08:02:51.004Z' });
    expect(`${old?.created}` < `${later?.created}`).toBe(true);
  });

  it('contains the current results, without deleted ones', () => {
    const data = firstOf(sample('crown-court-reshared'));
    expect(at(data, '/defendants/0/offences')).toMatchObject([
      { results: [{ code: '1002', durations: [{ value: '12', unit: 'M' }] }, { code: '3117' }] },
      { finding: 'N', finalDisposal: 'Y', results: [{ code: '2051' }] },
    ]);
    expect(JSON.stringify(data.defendants)).not.toContain('18 Months');
  });
});

describe('the people of a hearing', () => {
  const restrictionsOf = (bytes: Buffer): readonly (readonly string[])[] => {
    const outcome = take(bytes, {}, withAdapter(hearingResulted));
    if (outcome.kind === 'refused') throw new Error(outcome.refusals.map(({ code, at }) => `${code} ${at}`).join());
    return outcome.events.map(({ event }) => event.data.label.restrictions ?? []);
  };
  const YOUTH = 'CYPA1933_s49';

  it('are protected as in every other format: a complainant, a person named in a restriction, a youth, and the others in the case', () => {
    const [adult, youth, firm] = restrictionsOf(sample('several-cases'));
    expect(adult).toEqual(expect.arrayContaining(['SOAA1992_s1', 'YJCEA1999_s45', 'YJCEA1999_s45A', 'YJCEA1999_s46']));
    expect(adult).not.toContain(YOUTH);
    expect([youth, firm]).toEqual([[YOUTH], [YOUTH]]);
  });

  it('T55 are protected where a restriction applies to the hearing as a whole', () => {
    const bytes = changed('crown-court', '"hearing": {', '"hearing": { "reportingRestrictionReason": "Section 45",');
    expect(restrictionsOf(sample('crown-court'))).toEqual([[]]);
    expect(restrictionsOf(bytes)[0]).toContain('YJCEA1999_s45');
  });

  it.each([
    ['of whom the message says a youth and the date of birth an adult', 'crown-court', '"isYouth": false', '"isYouth": true'],
    ['of whom no date of birth is known', 'crown-court', '"dateOfBirth": "1991-04-17",', ''],
    ['with an application, and called a youth', 'application', '"isYouth": false', '"isYouth": true'],
  ] as const)('T56 %s are protected, because their age is not known', (_, name, from, to) => {
    for (const restrictions of restrictionsOf(changed(name, from, to))) expect(restrictions).toContain(YOUTH);
  });

  it('T55 are not named to a reader without the restrictions, and neither are the values that the adapter kept', async () => {
    const outcome = take(sample('several-cases'), {}, withAdapter(hearingResulted));
    if (outcome.kind === 'refused') throw new Error('refused');
    const clearance = clearanceFor({ classifications: ['OFFICIAL'], sensitive: true, releasableTo: ['POLICE', 'CPS', 'COURTS'] });
    const read = await Promise.all(
      outcome.events.map(async ({ event, topic }) => decide(labelling, must(await verifier().verify(event, topic)), clearance, NOW)),
    );
    const texts = read.map((decision) => (decision.verdict === 'deny' ? '' : JSON.stringify(decision.event.data)));
    expect(texts.join()).toContain('"code":"CJ88116"');
    expect(texts.join()).not.toMatch(/Penrose|Demelza|Ysella|Chapel Row|Pascoe|Loveday|Chenoweth|anonymity/);
  });

  it('T55 are not named by the hearing’s notes in the events of other cases', () => {
    const noted = changed('several-cases', '"hearing": {', '"hearing": { "hearingCaseNotes": [{ "note": "Demelza was tearful" }],');
    const events = eventsOf(hearingResulted, noted);
    expect(events.map((event) => JSON.stringify(keptBy(event)).includes('tearful'))).toEqual([false, true, false]);
    expect(events.map(({ warnings }) => warnings.length > 0)).toEqual([false, true, false]);
  });
});

const check = hasCorpus ? officialSchema(join(CORPUS, 'spi-xsd/CPP-StdProsPoliceResult-v1-2.xsd')) : () => [];
const spi = (adapter: Adapter, data: JsonObject, isLenient: boolean) =>
  writeMessage(adapter, [{ standard: 'hearing.resulted', data }], { isLenient, mostBytes: 1_000_000 });
const textOf = (written: ReturnType<typeof spi>): string => (written.ok ? Buffer.from(written.value.bytes).toString() : '');

describe('a Common Platform event in SPI', () => {
  it('is refused with exactly the places that SPI does not have', () => {
    const data = firstOf(sample('crown-court'));
    const written = spi(resultedCase, data, false);
    const code = 'adapter.spi-resulted-case.cannot-hold';
    const reason = 'The format has no place for this value';
    const places = [
      ...['/case/originator', '/case/informant', '/case/initiation', '/hearing/language', '/hearing/courtHouse/name'],
      ...['person/ethnicity/observed', 'person/ethnicity/selfDefined', 'languages/documentation', 'occupation/text', 'occupation/code']
        .concat(['needs/special', 'offences/0/title', 'offences/1/title'])
        .map((place) => `/defendants/0/${place}`),
      `/extensions/${ID}`,
    ];
    const refusals = written.ok ? [] : [...written.refusals].sort((one, other) => (`${one.at}` < `${other.at}` ? -1 : 1));
    expect(refusals).toEqual(places.sort().map((at) => ({ code, at, reason })));
  });

  it('of the Crown Court can be delivered to a force that reads only SPI: it is valid, with the person, the address and every result', () => {
    for (const name of ['crown-court', 'crown-court-reshared'])
      for (const data of dataOf(sample(name))) {
        const text = textOf(spi(resultedCase, data, true));
        expect(check(text)).toEqual([]);
        for (const value of ['C52TW00', '10:30:00', 'Tremayne', 'AddressLine3>ZZ9 1AA<', '>187.00<', 'Prison HMP Carnforth'])
          expect(text).toContain(value);
      }
  });

  it('of a youth, of a complainant or of several cases is also valid', () => {
    const texts = dataOf(sample('several-cases')).map((data) => textOf(spi(resultedCase, data, true)));
    expect(texts.slice(0, 2).flatMap(check)).toEqual([]);
    expect(texts.map((text) => text.includes('Penrose'))).toEqual([false, true, false]);
  });

  it('of several cases and defendants becomes one message, with a list of what each event leaves out', () => {
    const events = dataOf(sample('several-cases')).map((data) => ({ standard: 'hearing.resulted', data }));
    const written = writeMessage(resultedCase, events, { isLenient: true, mostBytes: 1_000_000 });
    expect(written.ok ? written.value.leftOut : written.refusals).toEqual(
      expect.arrayContaining(['/events/0/case/marker', '/events/1/case/prosecutor', '/events/2/defendants/0/address/lines/5']),
    );
    expect(textOf(written).match(/<PTIURN>\d\w+/g)).toEqual(['<PTIURN>52TW1000226', '<PTIURN>52TW1000326', '<PTIURN>52TW1000326']);
  });

  it('contains every value of the event, or lists it as left out', () => {
    for (const { bytes, name } of [...samples, ...messages])
      for (const data of dataOf(bytes)) {
        const written = spi(resultedCase, data, true);
        expect(written.ok ? [] : written.refusals, name).toEqual([]);
        expect(textOf(written)).not.toMatch(/<Defendant>\s*<\/Defendant>/);
      }
  });

  it('is refused for a sixth address line, for the postcode, and for a second defendant', () => {
    const firm = dataOf(sample('several-cases'))[2] as JsonObject;
    expect(spi(resultedCase, firm, false)).toMatchObject({
      refusals: expect.arrayContaining([expect.objectContaining({ at: '/defendants/0/address/lines/5' })]),
    });
    const data = firstOf(sample('application'));
    const two = { ...data, defendants: [at(data, '/defendants/0') as JsonObject, { asn: '2652TW0100000000421C' }] };
    expect(spi(resultedCase, two, false)).toMatchObject({
      refusals: expect.arrayContaining([expect.objectContaining({ at: '/defendants/1/asn' })]),
    });
    expect(textOf(spi(resultedCase, two, true)).match(/<Defendant>/g)?.length).toBe(1);
  });
});

describe.runIf(hasCorpus)('the corpus of Common Platform messages', () => {
  it('is complete, and gives the expected cases, defendants and applications', () => {
    expect(
      Object.fromEntries(messages.map(({ name, bytes }) => [name.replace('public.events.hearing.', ''), dataOf(bytes).length])),
    ).toEqual({
      'hearing-resulted-court-order.json': 1,
      'hearing-resulted-crown.json': 1,
      'hearing-resulted.json': 1,
      'hearing-resulted_for_staging_enforcement.json': 1,
      'hearing-results-reshared-crown.json': 1,
      'reshare-twocase-fourdefendant-eightoffence-twohearing.json': 4,
    });
  });
});
