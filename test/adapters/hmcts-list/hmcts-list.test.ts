import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EncodableEvent, JsonObject } from '../../../adapters/adapter.ts';
import { canonicalJson } from '../../../adapters/canonical-json.ts';
import { hmctsList } from '../../../adapters/hmcts-list/index.ts';
import { hmctsPublicList } from '../../../adapters/hmcts-public-list/index.ts';
import { decide } from '../../../gateway/labels/redact.ts';
import { schemaOf } from '../../support/closed-schema.ts';
import { CORPUS, hasCorpus } from '../../support/corpus.ts';
import { bareOf, eventsOf, listCorpus, listSamples, writtenBy } from '../../support/list-corpus.ts';
import { clearanceFor, labelling, must, NOW, standards, take, verifier, withAdapter } from '../../support/rules-in-force.ts';

const samples = listSamples('hmcts-list', '.json');
const sample = (name: string): Buffer => samples.find((known) => known.name === `${name}.json`)?.bytes as Buffer;
const messages = listCorpus('hmcts-list', '.json');
const jsonOf = (bytes: Uint8Array): string => canonicalJson(JSON.parse(Buffer.from(bytes).toString()));

/** The official schema of each kind of sample. */
const SCHEMAS: Readonly<Record<string, string>> = {
  'crown-daily-list': 'crown_daily_pdda_list',
  'crown-firm-list': 'crown_firm_pdda_list',
  'crown-warned-list': 'crown_warned_pdda_list',
  'magistrates-standard-list': 'magistrates_standard_list',
  'magistrates-public-list': 'magistrates_public_list',
  'single-justice-press-list': 'single_justice_procedure_press',
  'single-justice-public-list': 'single_justice_procedure_public',
};
const official = (name: string) => schemaOf(JSON.parse(readFileSync(join(CORPUS, 'hmcts-list-schema', `${name}.json`), 'utf8')));

/** The events of a list as a client reads them that publishes. */
async function readBy(recipient: 'PUBLIC' | 'MEDIA', bytes: Buffer): Promise<readonly EncodableEvent[]> {
  const outcome = take(bytes, {}, withAdapter(hmctsList));
  if (outcome.kind === 'refused') throw new Error(outcome.refusals.map(({ code, at }) => `${code} ${at}`).join());
  const clearance = clearanceFor({ classifications: ['OFFICIAL'], releasableTo: [recipient] });
  return Promise.all(
    outcome.events.map(async ({ event, topic }) => {
      const decision = decide(labelling, must(await verifier().verify(event, topic)), clearance, NOW);
      if (decision.verdict === 'deny') throw new Error(decision.reasons.join());
      return { standard: 'hearing.listed', data: decision.event.data as unknown as JsonObject };
    }),
  );
}

describe('an HMCTS list', () => {
  it('of a magistrates’ court makes one event for each case and each application', () => {
    const events = eventsOf(hmctsList, sample('magistrates-standard-list')).map(({ data }) => data);
    expect(events.length).toBe(4);
    expect(events[0]).toMatchObject({
      list: { kind: 'standard', published: '2026-11-15T16:30:00Z' },
      case: { urn: '52TW1000126', reportingRestriction: 'N' },
      hearing: { date: '2026-11-16', time: '10:00:00Z', panel: 'ADULT', channels: ['In person', 'Video'] },
      sitting: { room: 'Courtroom 1', judiciary: [{ knownAs: 'District Judge Rosewarne', isPresiding: 'Y' }] },
      defendants: [
        {
          role: 'DEFENDANT',
          person: { dateOfBirth: '1991-04-17', age: '35' },
          custodyStatus: 'In custody',
          offences: [{ code: 'TH68010', plea: '1' }],
        },
      ],
      parties: [{ role: 'PROSECUTING_AUTHORITY', organisation: 'Crown Prosecution Service' }],
    });
    expect(events[2]).toMatchObject({
      case: { application: { reference: '52TWAPP0000012' } },
      parties: [{ role: 'RESPONDENT' }, { role: 'APPLICANT' }],
    });
  });

  it('of the single justice procedure has defendants with their offences, and the prosecutor', () => {
    const [first, second] = eventsOf(hmctsList, sample('single-justice-press-list')).map(({ data }) => data);
    expect(first).toMatchObject({
      list: { kind: 'single-justice-press' },
      hearing: { date: '2026-11-15' },
      defendants: [{ person: { dateOfBirth: '1991-04-17' }, offences: [{ reportingRestriction: 'N' }] }],
      parties: [{ role: 'PROSECUTOR', organisation: 'TV Licensing' }],
    });
    expect(second).toMatchObject({ defendants: [{ organisation: { name: 'Nancarrow Haulage Ltd' }, address: { postcode: 'ZZ9 3CC' } }] });
  });

  it.each(samples)('$name is written back with the same value, and is valid under the standard', ({ bytes }) => {
    const events = eventsOf(hmctsList, bytes);
    expect(jsonOf(writtenBy(hmctsList, events))).toBe(jsonOf(bytes));
    expect(events.flatMap(({ data }) => standards.byName.get('hearing.listed')?.check(data))).toEqual([]);
    expect(bareOf(eventsOf(hmctsList, writtenBy(hmctsList, bareOf(events))))).toEqual(bareOf(events));
  });

  it('keeps values that have no place in the standard, with a warning', () => {
    const odd = sample('magistrates-standard-list')
      .toString()
      .replace('"caseUrn"', '"caseColour": "blue", "caseUrn"')
      .replace('"age": 35', '"age": "35"');
    const events = eventsOf(hmctsList, Buffer.from(odd));
    expect(events[0]?.warnings.map(({ code, at }) => `${code} ${at}`)).toEqual([
      'unmapped-element /courtLists/courtHouse/courtRoom/session/sittings/hearing/case/caseColour',
      'value-out-of-type /courtLists/courtHouse/courtRoom/session/sittings/hearing/case/party/individualDetails/age',
    ]);
    expect(events[0]?.malformed).toEqual(['/defendants/0/person/age']);
    expect(jsonOf(writtenBy(hmctsList, events))).toBe(jsonOf(Buffer.from(odd)));
  });

  it.each([
    ['a name that stands twice', '"courtLists"', '"courtLists": [], "courtLists"', 'json-duplicate-name'],
    ['another document', /"courtLists"/, '"lists"', 'wrong-format'],
    ['no case', /"case": \[/g, '"cases": [', 'no-case'],
    ['no JSON', '{', '', 'json-malformed'],
  ])('with %s is refused', (_, from, to, code) => {
    const text = sample('magistrates-public-list').toString().replace(from, to);
    expect(hmctsList.decode(Buffer.from(text))).toMatchObject({ ok: false, refusals: [{ code }] });
  });

  it('keeps the marking of a firm list', () => {
    const text = sample('crown-firm-list').toString().replace('"DocumentType"', '"SecurityClassification": "RESTRICTED", "DocumentType"');
    expect(eventsOf(hmctsList, Buffer.from(text)).map(({ marking }) => marking)).toEqual(['RESTRICTED', 'RESTRICTED', 'RESTRICTED']);
    const refusals = [0, 1, 2].map((n) => ({ code: 'legacy-marking', at: `/events/${n}` }));
    expect(take(text, {}, withAdapter(hmctsList))).toMatchObject({ kind: 'refused', refusals });
  });
});

/** Every member of a document, by its path. */
function membersOf(value: unknown, path = '', found: Set<string> = new Set()): ReadonlySet<string> {
  if (Array.isArray(value)) for (const item of value) membersOf(item, path, found);
  else if (typeof value === 'object' && value !== null)
    for (const [name, member] of Object.entries(value)) membersOf(member, `${path}/${name}`, found.add(`${path}/${name}`));
  return found;
}

describe('a public list made by redaction', () => {
  it.each([
    [
      'magistrates-standard-list',
      'magistrates-public-list',
      /1991|2010|Fore Street|Chapel|Unit 7|ZZ9 [123]|0073319|012345|stole|TH68010|GUILTY|Penrose|Ysella|Contrary|custody|bail at/i,
    ],
    ['single-justice-press-list', 'single-justice-public-list', /1991|Fore Street|Mawgan|Jory|ZZ9|Unit 7|0426|Mr\b|used a/],
  ])('from a %s has the members of a %s, and none that the public list withholds', async (from, to, withheld) => {
    const written = writtenBy(hmctsPublicList, await readBy('PUBLIC', sample(from)));
    const document = JSON.parse(written.toString());
    const allowed = new Set([...membersOf(JSON.parse(sample(to).toString())), ...PUBLIC_MEMBERS]);
    expect([...membersOf(document)].filter((member) => !allowed.has(member))).toEqual([]);
    expect(written.toString()).toContain('Tremayne');
    expect(written.toString()).not.toMatch(withheld);
    if (hasCorpus) expect(official(SCHEMAS[to] as string).closed(document)).toEqual([]);
  });

  it('lists what it leaves out, so that it can be compared after reading it back', async () => {
    const [event] = await readBy('PUBLIC', sample('magistrates-standard-list'));
    const encoded = hmctsPublicList.encode?.([event as EncodableEvent]);
    expect(encoded?.ok ? [...(encoded.value.leftOut ?? [])].sort() : encoded).toEqual([
      '/case/sequence',
      '/defendants/0/offences/0/code',
      '/defendants/0/offences/0/reportingRestriction',
      '/defendants/0/person/name/givenNames/1',
      '/hearing/courtHouse/area',
      '/hearing/courtHouse/name',
      '/hearing/panel',
      '/list/kind',
    ]);
  });

  it('from unredacted events is refused, because it has no place for the details', () => {
    expect(hmctsPublicList.encode?.(bareOf(eventsOf(hmctsList, sample('magistrates-standard-list'))))).toMatchObject({ ok: false });
  });
});

/** Members of the official public schemas that the samples of public lists do not have. */
const PUBLIC_MEMBERS = [
  ...['/venue/venueAddress/town', '/venue/venueAddress/county'],
  ...['isPresiding'].map((name) => `/courtLists/courtHouse/courtRoom/session/judiciary/${name}`),
  ...[
    '',
    '/applicationReference',
    '/applicationType',
    '/party',
    '/party/partyRole',
    '/party/organisationDetails',
    '/party/organisationDetails/organisationName',
  ].map((name) => `/courtLists/courtHouse/courtRoom/session/sittings/hearing/application${name}`),
  '/courtLists/courtHouse/courtRoom/session/sittings/hearing/case/party/subject',
];

describe('a press list made by redaction', () => {
  it('has the date of birth and the address, and no text about an offence without a code, because it may have a complainant', async () => {
    const written = writtenBy(hmctsList, await readBy('MEDIA', sample('single-justice-press-list')));
    expect(written.toString()).toMatch(/1991-04-17[\s\S]*3 Fore Street/);
    expect(written.toString()).not.toMatch(/used a|kept a|television/i);
    if (hasCorpus) expect(official('single_justice_procedure_press').closed(JSON.parse(written.toString()))).toEqual([]);
  });
});

describe.runIf(hasCorpus)('the corpus of HMCTS lists', () => {
  it('is written back with the same value, or refused for a duplicate name', () => {
    expect(messages.length).toBe(3);
    for (const { bytes, name } of messages) {
      if (name.startsWith('crown')) {
        expect(hmctsList.decode(bytes)).toMatchObject({ ok: false, refusals: [{ code: 'json-duplicate-name', line: 93 }] });
        continue;
      }
      const events = eventsOf(hmctsList, bytes);
      expect(jsonOf(writtenBy(hmctsList, events)), name).toBe(jsonOf(bytes));
      expect(
        events.flatMap(({ data }) => standards.byName.get('hearing.listed')?.check(data)),
        name,
      ).toEqual([]);
    }
  });

  it('is valid against the official schemas, like the samples, also when written from the values alone', () => {
    for (const { bytes, name } of samples) {
      const { open } = official(SCHEMAS[name.replace('.json', '')] as string);
      expect(open(JSON.parse(bytes.toString())), name).toEqual([]);
      expect(open(JSON.parse(writtenBy(hmctsList, bareOf(eventsOf(hmctsList, bytes))).toString())), name).toEqual([]);
    }
  });
});
