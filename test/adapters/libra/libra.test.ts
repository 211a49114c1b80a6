import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../adapters/adapter.ts';
import { libraCourtList } from '../../../adapters/libra/index.ts';
import { CORPUS, hasCorpus } from '../../support/corpus.ts';
import { bareOf, eventsOf, listCorpus, listSamples, writtenBy } from '../../support/list-corpus.ts';
import { canonicalBytes, elementSchema } from '../../support/xml.ts';

const [sample] = listSamples('libra', '.xml');
const bytes = sample?.bytes as Buffer;
const messages = listCorpus('libra-court-list', '.xml');

describe('a Libra court list', () => {
  it('makes one event for each case, with the details of the list around it', () => {
    const [first, , third] = eventsOf(libraCourtList, bytes).map(({ data }) => data);
    expect(first).toMatchObject({
      list: { kind: 'daily', printDate: '2026-11-15' },
      case: { courtReference: '2600000101' },
      hearing: { courtHouse: { psaCode: '2992', name: "Trewarren Magistrates' Court" }, date: '2026-11-16', time: '09:00:00' },
      sitting: { room: '01', start: '09:00:00', slot: { text: 'First Hearings Slot' } },
      defendants: [{ person: { dateOfBirth: '1991-04-17', gender: '1' }, offences: [{ code: 'TH68010', plea: '1' }] }],
      message: { source: 'CP_NPS_ML', destinations: ['CP_NPS'] },
    });
    expect(third).toMatchObject({ hearing: { panel: 'Youth Panel', time: '14:00:00' }, sitting: { room: '02' } });
  });

  it('has an organisation where the list names one', () => {
    const [, second] = eventsOf(libraCourtList, bytes).map(({ data }) => data);
    expect(second).toMatchObject({ defendants: [{ kind: 'O', organisation: { name: 'Nancarrow Haulage Ltd' } }] });
    expect(second).not.toHaveProperty('defendants.0.person');
  });

  it('is written back byte for byte', () => {
    expect(writtenBy(libraCourtList, eventsOf(libraCourtList, bytes)).toString()).toBe(bytes.toString());
  });

  it('is written from the values alone as a list with the same content', () => {
    const bare = bareOf(eventsOf(libraCourtList, bytes));
    const again = bareOf(eventsOf(libraCourtList, writtenBy(libraCourtList, bare)));
    expect(again.map(({ data: { message, ...data } }) => data)).toEqual(bare.map(({ data: { message, ...data } }) => data));
  });

  it('can be written with only one of its cases', () => {
    const [, , third] = eventsOf(libraCourtList, bytes);
    const alone = eventsOf(libraCourtList, writtenBy(libraCourtList, third === undefined ? [] : [third]));
    expect(alone.map(({ data }) => (data.case as JsonObject).courtReference)).toEqual(['2600000102']);
  });

  it('is refused with the places that the format cannot hold', () => {
    const [event] = bareOf(eventsOf(libraCourtList, bytes));
    const data = { ...event?.data, parties: [{ role: 'RESPONDENT' }] } as JsonObject;
    expect(libraCourtList.encode?.([{ standard: 'hearing.listed', data }])).toMatchObject({
      ok: false,
      refusals: [{ code: 'adapter.libra-court-list.cannot-hold', at: '/parties/0/role' }],
    });
  });

  it('keeps values of the wrong type, and names them', () => {
    const wrong = Buffer.from(bytes.toString().replace('17/04/1991', '31/02/1991').replace('<doh>16/11/2026', '<doh>soon'));
    const [first, second] = eventsOf(libraCourtList, wrong);
    expect(first?.malformed).toEqual(['/hearing/date', '/defendants/0/person/dateOfBirth']);
    expect(second?.malformed).toEqual(['/hearing/date']);
    expect(writtenBy(libraCourtList, eventsOf(libraCourtList, wrong)).toString()).toBe(wrong.toString());
  });

  it.each([
    ['no case', /<sessions>.*<\/sessions>/s, '', 'no-case'],
    ['another namespace', 'magistrates/external/ExternalDocumentRequest', 'magistrates/other', 'wrong-namespace'],
    ['another document', /ExternalDocumentRequest(?=[\s>])/g, 'SomethingElse', 'wrong-format'],
    ['a second list', '</soap:Body>', '<ns35:ExternalDocumentRequest/></soap:Body>', 'two-messages'],
    ['a document type', '<soap:Envelope', '<!DOCTYPE x><soap:Envelope', 'xml-doctype'],
    ['an end that is missing', '</soap:Envelope>', '', 'xml-not-well-formed'],
  ])('with %s is refused', (_, from, to, code) => {
    expect(libraCourtList.decode(Buffer.from(bytes.toString().replace(from, to)))).toMatchObject({ ok: false, refusals: [{ code }] });
  });
});

describe.runIf(hasCorpus)('the corpus of Libra court lists', () => {
  it('is accepted where a list contains a case, and refused where it does not', () => {
    expect(messages.length).toBe(2);
    for (const message of messages) {
      const decoded = libraCourtList.decode(message.bytes);
      if (message.bytes.includes('<case>')) expect(decoded.ok).toBe(true);
      else expect(decoded).toMatchObject({ ok: false, refusals: [{ code: 'no-case' }] });
    }
  });

  it('is written back with the same information set, and is valid against the official schema', () => {
    const check = elementSchema(join(CORPUS, 'libra-court-list-xsd/cp/external/ExternalDocumentRequest.xsd'), 'ExternalDocumentRequest');
    for (const message of messages.filter((candidate) => candidate.bytes.includes('<case>'))) {
      const events = eventsOf(libraCourtList, message.bytes);
      const back = writtenBy(libraCourtList, events);
      expect(canonicalBytes(back)).toBe(canonicalBytes(message.bytes));
      expect(check(back.toString())).toEqual([]);
      expect(check(writtenBy(libraCourtList, bareOf(events), true).toString())).toEqual([]);
    }
  });
});
