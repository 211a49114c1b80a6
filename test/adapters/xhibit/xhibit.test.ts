import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../adapters/adapter.ts';
import { xhibitList } from '../../../adapters/xhibit/index.ts';
import { HOME } from '../../../gateway/config.ts';
import { CORPUS, hasCorpus } from '../../support/corpus.ts';
import { bareOf, eventsOf, listCorpus, listSamples, writtenBy } from '../../support/list-corpus.ts';
import { standards, take, withAdapter } from '../../support/rules-in-force.ts';
import { canonicalBytes, elementSchema } from '../../support/xml.ts';

const samples = listSamples('xhibit', '.xml');
const sample = (name: string): Buffer => samples.find((known) => known.name === name)?.bytes as Buffer;
/** Not among the samples: no machine may let it through. */
const restricted = readFileSync(join(HOME, 'test/fixtures/xhibit/restricted-list.xml'));
const messages = listCorpus('xhibit-lists', '.xml');
const isList = (bytes: Buffer): boolean => /<cs:(?:Daily|Firm|Warned)List\b/.test(bytes.toString());
const lists = messages.filter(({ bytes }) => isList(bytes));

describe('an XHIBIT list', () => {
  it('makes one event for each hearing, with its court and sitting', () => {
    const [first] = eventsOf(xhibitList, sample('daily-list.xml')).map(({ data }) => data);
    expect(first).toMatchObject({
      list: { kind: 'daily', version: 'FINAL v1', published: '2026-11-15T16:16:50', court: { shortName: 'TREWA' } },
      hearing: { courtHouse: { crestCode: '499' }, date: '2026-11-16', type: { code: 'TRL', text: 'For Trial' } },
      sitting: { room: '2', start: '10:00:00', judge: { name: { familyName: 'PUGH' } } },
      case: { courtReference: 'T20267001', prosecution: { authority: 'Crown Prosecution Service' } },
      defendants: [{ urn: '52TW1000126', offences: [{ sequence: '1', code: 'TH68023', title: 'Robbery' }] }],
    });
  });

  it('of firm cases has a date for each court, and reserve hearings', () => {
    const events = eventsOf(xhibitList, sample('firm-list.xml')).map(({ data }) => data);
    expect(events.map(({ sitting }) => (sitting as JsonObject | undefined)?.date)).toEqual(['2026-11-23', '2026-11-24', undefined]);
  });

  it('of warned cases has cases with and without a date', () => {
    const events = eventsOf(xhibitList, sample('warned-list.xml')).map(({ data }) => data);
    expect(events.map(({ hearing }) => (hearing as JsonObject).date)).toEqual(['2026-12-07', undefined]);
    expect(events[0]).toMatchObject({ list: { instructions: ['Cases can be called at a day of notice'] } });
  });

  it('hides the true name of a masked person', () => {
    const [, second] = eventsOf(xhibitList, sample('daily-list.xml')).map(({ data }) => data);
    const [{ person }] = (second as { defendants: [{ person: JsonObject }] }).defendants;
    expect(person).toMatchObject({ concealedName: { familyName: 'PENROSE' } });
    expect(person).not.toHaveProperty('name');
  });

  it.each(samples)('$name is written back byte for byte, and with the same content from the values alone', ({ bytes }) => {
    const events = eventsOf(xhibitList, bytes);
    expect(writtenBy(xhibitList, events).toString()).toBe(bytes.toString());
    expect(bareOf(eventsOf(xhibitList, writtenBy(xhibitList, bareOf(events))))).toEqual(bareOf(events));
  });

  it.each(samples)('$name is valid under the standard', ({ bytes }) => {
    const check = standards.byName.get('hearing.listed')?.check;
    expect(eventsOf(xhibitList, bytes).flatMap(({ data }) => check?.(data))).toEqual([]);
  });

  it('with two kinds of list in one document is refused', () => {
    const [daily, firm] = ['daily-list.xml', 'firm-list.xml'].map((name) =>
      sample(name)
        .toString()
        .replace(/^<\?xml.*?\?>/, ''),
    );
    const both = Buffer.from(`<lists>${daily}${firm}</lists>`);
    expect(xhibitList.decode(both)).toMatchObject({ ok: false, refusals: [{ code: 'two-messages' }] });
  });
});

describe('the old marking of a list', () => {
  const text = restricted.toString();
  const markedWith = (marking: string) => take(text.replace('RESTRICTED', marking), {}, withAdapter(xhibitList));

  it('is kept with every event as received, outside the data', () => {
    const events = eventsOf(xhibitList, restricted);
    expect(events.map(({ marking }) => marking)).toEqual(['RESTRICTED']);
    expect(JSON.stringify(bareOf(events))).not.toContain('RESTRICTED');
  });

  it.each(['RESTRICTED', 'CONFIDENTIAL', 'PROTECT', 'NPM', 'Unclassified'])('%s has no automatic meaning: the owner decides', (marking) => {
    expect(markedWith(marking)).toMatchObject({ kind: 'refused', refusals: [{ code: 'legacy-marking' }] });
  });

  it('lets the list pass after its owner has decided, or together with a current marking', () => {
    const original = { policy: { id: 'uk.gov.gsc', version: '1.2.0' }, classification: 'OFFICIAL', sensitive: true };
    expect(take(text, { isDecided: true, original }, withAdapter(xhibitList)).kind).toBe('accepted');
    expect(markedWith('OFFICIAL-SENSITIVE').kind).toBe('accepted');
  });
});

describe.runIf(hasCorpus)('the corpus of XHIBIT lists', () => {
  it('is complete: nine lists, and four pages for public screens that are not lists', () => {
    expect([lists.length, messages.length]).toEqual([9, 13]);
  });

  it.each(messages)('$name is written back with the same information set, or refused because it is not a list', ({ bytes }) => {
    if (!isList(bytes)) {
      expect(xhibitList.detect(bytes.toString('latin1'))).toBe(false);
      expect(xhibitList.decode(bytes)).toMatchObject({ ok: false, refusals: [{ code: 'wrong-format' }] });
      return;
    }
    expect(xhibitList.detect(bytes.toString('latin1'))).toBe(true);
    expect(canonicalBytes(writtenBy(xhibitList, eventsOf(xhibitList, bytes)))).toBe(canonicalBytes(bytes));
  });

  it.each(lists)('$name is valid under the standard, unless it does not describe the list', ({ bytes }) => {
    const check = standards.byName.get('hearing.listed')?.check;
    const isFragment = !bytes.includes('<cs:DocumentID>');
    const refusals = eventsOf(xhibitList, bytes).flatMap(({ data }) => check?.(data));
    if (isFragment) expect(new Set(refusals.map((refusal) => refusal?.reason))).toEqual(new Set(['A required property is missing (list)']));
    else expect(refusals).toEqual([]);
  });

  it('is valid against the official schemas when written from the values alone, where the list is valid apart from its placeholder time', () => {
    const schema = (root: string) => elementSchema(join(CORPUS, 'xhibit-xsd', `${root}.xsd`), root);
    const checks = new Map(['DailyList', 'FirmList', 'WarnedList'].map((root) => [root, schema(root)]));
    const errors = (bytes: Buffer): readonly string[] =>
      checks.get(/<cs:(\w+List)\b/.exec(bytes.toString())?.[1] ?? '')?.(bytes.toString()) ?? ['no list'];
    // The placeholder of the time of the test files is the only fault of most: it is not a value, so it is not written.
    const sound = lists.filter(
      ({ bytes }) => errors(Buffer.from(bytes.toString().replace('#TIME_STAMP#', '2019-11-04T09:00:00'))).length === 0,
    );
    expect(sound.length).toBe(5);
    for (const { bytes, name } of [...sound, ...samples]) {
      const events = eventsOf(xhibitList, bytes);
      expect(errors(writtenBy(xhibitList, bareOf(events))), name).toEqual([]);
      expect(errors(writtenBy(xhibitList, events)), name).toEqual(errors(bytes));
    }
  });
});
