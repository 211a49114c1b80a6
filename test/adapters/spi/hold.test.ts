/** Values that a message without residue cannot hold are refused with their places, or left out and listed on request. */
import { join } from 'node:path';
import fc from 'fast-check';
import { XmlDocument } from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import type { Encoded, EncodeOptions, Json, JsonObject } from '../../../adapters/adapter.ts';
import { newCase, resultedCase } from '../../../adapters/spi/index.ts';
import { CORPUS, hasCorpus } from '../../support/corpus.ts';
import { officialSchema } from '../../support/xml.ts';

type Changes = Readonly<Record<string, Json>>;

const RESULT: JsonObject = { code: '1015', text: 'Fined.', amounts: ['120.00'] };
const OFFENCE: JsonObject = {
  sequence: '1',
  code: 'TH68010',
  wording: 'Stole a rowing boat.',
  date: { code: '1', start: '2026-10-02' },
  initiatedDate: '2026-10-05',
  finalDisposal: 'Y',
};
const resultOf = (defendant: Changes = {}, offence: Changes = {}, result: Changes = {}, more: Changes = {}): JsonObject => ({
  case: { urn: '52WX7000101' },
  hearing: { courtHouse: { ouCode: 'B01EF01', psaCode: '2576' }, date: '2026-11-16', time: '10:00:00' },
  defendants: [
    {
      asn: '2652WX0100000000421C',
      person: { name: { givenNames: ['Kerra'], familyName: 'Rosevear' }, dateOfBirth: '1988-02-03', gender: '2' },
      address: { lines: ['2 Quay Lane', 'Porthmellin'] },
      bailStatus: 'A',
      presence: 'A',
      offences: [{ ...OFFENCE, results: [{ ...RESULT, ...result }], ...offence }],
      ...defendant,
    },
  ],
  ...more,
});
const person = (name: Changes): Changes => ({ person: { name, dateOfBirth: '1988-02-03', gender: '2' } });

const encode = (data: JsonObject, options?: EncodeOptions): Encoded =>
  resultedCase.encode?.([{ standard: 'hearing.resulted', data }], options) as Encoded;
const lostIn = (data: JsonObject): readonly (string | undefined)[] => {
  const encoded = encode(data);
  return encoded.ok ? [] : encoded.refusals.map(({ code, at }) => (code === 'adapter.spi-resulted-case.cannot-hold' ? at : code));
};
const textOf = (encoded: Encoded): string => (encoded.ok ? Buffer.from(encoded.value.bytes).toString() : 'refused');

const FIRST = '/defendants/0';
const CANNOT: readonly (readonly [string, JsonObject, readonly string[]])[] = [
  [
    'a fourth given name',
    resultOf(person({ givenNames: ['A', 'B', 'C', 'Merryn'], familyName: 'Rosevear' })),
    [`${FIRST}/person/name/givenNames/3`],
  ],
  ['a sixth address line', resultOf({ address: { lines: ['1', '2', '3', '4', '5', '6'] } }), [`${FIRST}/address/lines/5`]],
  ['an address without its first line', resultOf({ address: { lines: ['', 'Porthmellin'] } }), [`${FIRST}/address/lines/1`]],
  ['an address in lines and in parts', resultOf({ address: { lines: ['2 Quay Lane'], town: 'Porthmellin' } }), [`${FIRST}/address/town`]],
  ['a second amount', resultOf({}, {}, { amounts: ['1.00', '2.00'] }), [`${FIRST}/offences/0/results/0/amounts/1`]],
  [
    'a third duration',
    resultOf({}, {}, { durations: [1, 2, 3].map((n) => ({ value: `${n}`, unit: 'D' })) }),
    ['value', 'unit'].map((name) => `${FIRST}/offences/0/results/0/durations/2/${name}`),
  ],
  ['a third e-mail address', resultOf({ person: { contact: { emails: ['a@b', 'c@d', 'e@f'] } } }), [`${FIRST}/person/contact/emails/2`]],
  ['an e-mail address behind a hole', resultOf({ person: { contact: { emails: ['', 'c@d'] } } }), [`${FIRST}/person/contact/emails/1`]],
  ['a title of an offence', resultOf({}, { title: 'Theft' }), [`${FIRST}/offences/0/title`]],
  ['a language of the hearing', resultOf({}, {}, {}, { hearing: { date: '2026-11-16', language: 'W' } }), ['/hearing/language']],
  ['a text that is too long', resultOf(person({ familyName: 'R'.repeat(36) })), [`${FIRST}/person/name/familyName`]],
  [
    'an invalid time',
    resultOf({}, { date: { code: '1', start: '2026-10-02', startTime: '99:00:00' } }),
    [`${FIRST}/offences/0/date/startTime`],
  ],
  ['extensions of another system', resultOf({}, {}, {}, { extensions: { court: { room: '2' } } }), ['/extensions/court']],
  ['a control character', resultOf({}, {}, { text: 'Fin\u0001ed.' }), [`${FIRST}/offences/0/results/0/text`]],
  ['a noncharacter', resultOf({}, {}, { text: 'Fined\uffff' }), [`${FIRST}/offences/0/results/0/text`]],
  ['a lone surrogate', resultOf({}, {}, { text: 'Fined\ud800' }), [`${FIRST}/offences/0/results/0/text`]],
];

const check = hasCorpus ? officialSchema(join(CORPUS, 'spi-xsd/CPP-StdProsPoliceResult-v1-2.xsd')) : () => [];

describe('an event that a message without residue cannot hold', () => {
  it.each(CANNOT)('%s is refused with the place', (_, data, at) => {
    expect(lostIn(data)).toEqual(at);
    const refused = encode(data);
    expect(refused.ok ? '' : JSON.stringify(refused.refusals)).not.toMatch(/Merryn|Porthmellin|Theft/);
  });
  it.each(CANNOT)('%s is left out and listed on request, and the message is well-formed', (_, data, at) => {
    const encoded = encode(data, { isLenient: true });
    expect(encoded.ok && encoded.value.leftOut).toEqual(at);
    expect(() => XmlDocument.fromString(textOf(encoded)).dispose()).not.toThrow();
    expect(textOf(encoded)).not.toMatch(/\ufffd|Merryn|Theft/);
  });
  it('is named where there are several', () => {
    const events = [resultOf(), resultOf({}, { title: 'Theft' })].map((data) => ({ standard: 'hearing.resulted', data }));
    expect(resultedCase.encode?.(events)).toMatchObject({ refusals: [{ at: `/events/1${FIRST}/offences/0/title` }] });
  });
  it('with two defendants is refused, because a result has only one', () => {
    const [defendant] = resultOf().defendants as readonly JsonObject[];
    expect(lostIn({ ...resultOf(), defendants: [defendant as JsonObject, { asn: '2652WX0100000000422D' }] })).toEqual([
      '/defendants/1/asn',
    ]);
  });
  it('about a new case is refused for address lines, because SPI has an address in parts', () => {
    const data: JsonObject = { case: { urn: '52WX7000102' }, defendants: [{ person: {}, address: { lines: ['2 Quay Lane'] } }] };
    expect(newCase.encode?.([{ standard: 'case.registered', data }])).toMatchObject({
      refusals: [{ at: '/defendants/0/address/lines/0' }],
    });
  });
});

describe('an event that a message without residue can hold', () => {
  const fitting: readonly (readonly [string, JsonObject])[] = [
    ['as it is', resultOf()],
    ['with holes in its address', resultOf({ address: { lines: ['2 Quay Lane', '', ' ', '', 'ZZ1 1AA'] } })],
    ['with a hole in its names', resultOf(person({ title: ' ', givenNames: ['', 'Kerra'], familyName: 'Rosevear' }))],
    ['with empty parts', resultOf({}, { vehicle: {}, alcohol: {}, plea: '' }, { durations: [], nextHearing: {} })],
    [
      'with what the gateway adds',
      resultOf({ subjectCategory: 'suspect' }, {}, {}, { quality: { basis: 'fact' }, message: { identifier: '1' } }),
    ],
    ['without a reference', resultOf({}, {}, {}, { case: {} })],
    [
      'at the end of the day',
      resultOf({}, {}, {}, { hearing: { courtHouse: { ouCode: 'B01EF01', psaCode: '2576' }, date: '2026-11-16', time: '24:00:00' } }),
    ],
  ];
  it.each(fitting)('%s is written completely and is valid', (_, data) => {
    expect(lostIn(data)).toEqual([]);
    expect(check(textOf(encode(data)))).toEqual([]);
    expect(textOf(encode(data))).not.toMatch(/<(\w+)><\/(?!PTIURN)\w+>/);
  });
  it('keeps the positions of a list', () => expect(textOf(encode(fitting[1]?.[1] as JsonObject))).toMatch(/AddressLine5>ZZ1 1AA/));
});

describe('property: any text in an event', () => {
  it('is written so that libxml2 reads the same text, or refused', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }));
    fc.assert(
      fc.property(text, (wording) => {
        const encoded = encode(resultOf({}, { wording }));
        if (!encoded.ok) {
          expect(encoded.refusals[0]?.at).toBe(`${FIRST}/offences/0/wording`);
          return;
        }
        using document = XmlDocument.fromString(textOf(encoded));
        expect(document.get("//*[local-name()='OffenceWording']")?.content).toBe(wording);
      }),
    );
  });
});
