import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Adapter, JsonObject } from '../../../adapters/adapter.ts';
import { newCase, resultedCase } from '../../../adapters/spi/index.ts';
import { canonicalDocument } from '../../support/xml.ts';

const sample = readFileSync(new URL('../../../examples/messages/new-case.xml', import.meta.url), 'utf8');
const result = readFileSync(new URL('../../../examples/messages/court-result.xml', import.meta.url), 'utf8');

const refusalOf = (adapter: Adapter, text: string | Uint8Array, charset?: string) => {
  const decoded = adapter.decode(typeof text === 'string' ? Buffer.from(text) : text, charset === undefined ? {} : { charset });
  return decoded.ok ? undefined : decoded.refusals[0];
};

/** The first defendant of the first event of a new case that must be read. */
const defendantOf = (text: string): JsonObject => {
  const decoded = newCase.decode(Buffer.from(text));
  if (!decoded.ok) throw new Error(decoded.refusals[0]?.reason);
  const [event] = decoded.value.events;
  return ((event?.data.defendants ?? []) as readonly JsonObject[])[0] ?? {};
};

const back = (adapter: Adapter, text: string): string => {
  const decoded = adapter.decode(Buffer.from(text));
  const encoded = decoded.ok ? adapter.encode?.(decoded.value.events) : undefined;
  return encoded?.ok ? Buffer.from(encoded.value.bytes).toString() : `refused: ${decoded.ok ? '' : decoded.refusals[0]?.reason}`;
};

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

describe('a malformed message is refused with its line and reason', () => {
  it.each([
    ['an unclosed element', sample.replace('</Case>', ''), 'xml-not-well-formed'],
    ['a truncated message', sample.slice(0, sample.length / 2), 'xml-not-well-formed'],
    ['two roots', `${sample}<NewCaseMessage/>`, 'xml-not-well-formed'],
    ['a duplicate attribute', sample.replace('SchemaVersion="0.6g"', 'SchemaVersion="0.6g" SchemaVersion="0.6g"'), 'xml-not-well-formed'],
    [
      'attributes of one expanded name',
      sample.replace('<Case>', '<Case xmlns:a="urn:x" xmlns:b="urn:x" a:n="1" b:n="2">'),
      'xml-not-well-formed',
    ],
    ['an unbound prefix', sample.replace('<Case>', '<Case x:n="1">'), 'xml-not-well-formed'],
    ['an undefined entity', sample.replace('Jory', '&jory;'), 'xml-not-well-formed'],
    ['a document type', sample.replace('<NewCaseMessage', '<!DOCTYPE NewCaseMessage>\n<NewCaseMessage'), 'xml-doctype'],
    [
      'an entity declaration in the inner document',
      `<RouteData><DataStreamContent>${escaped('<!DOCTYPE x [<!ENTITY a "b">]><x/>')}</DataStreamContent></RouteData>`,
      'xml-doctype',
    ],
    ['another format', '<Other/>', 'wrong-format'],
    ['no case', '<NewCaseMessage xmlns="http://www.dca.gov.uk/xmlschemas/libra"/>', 'no-case'],
    ['text that is not XML', 'URN,NAME\n1,2', 'xml-not-well-formed'],
    ['nothing', '', 'xml-not-well-formed'],
  ])('%s', (_, text, code) => {
    const refusal = refusalOf(newCase, text);
    expect(refusal?.code).toBe(code);
    expect(refusal?.reason).not.toMatch(/jory|tremayne|prosser/i);
    if (code.startsWith('xml')) expect(refusal?.line).toBeGreaterThan(0);
  });

  it('two messages in one envelope', () => {
    const message = sample.replace(/^<\?xml.*\?>\n/, '');
    expect(refusalOf(newCase, `<RouteData>${message}${message}</RouteData>`)?.code).toBe('two-messages');
  });

  it('names the line', () => {
    const lines = sample.split('\n');
    lines[20] = '<Broken';
    expect(refusalOf(newCase, lines.join('\n'))?.line).toBe(22);
  });
});

describe('a message in another charset than it declares is refused (T47)', () => {
  const welsh = sample.replace('Jory', 'Siân Ŵyn');
  it('Windows-1252 declared as UTF-8, with the line', () => {
    const refusal = refusalOf(newCase, Buffer.from(sample.replace('Jory', 'Si\u00e2n'), 'latin1'));
    expect([refusal?.code, refusal?.line]).toEqual(['charset', sample.split('\n').findIndex((line) => line.includes('Jory')) + 1]);
  });
  it('UTF-16 without a byte order mark', () =>
    expect(refusalOf(newCase, Buffer.from(sample.replace('UTF-8', 'UTF-16'), 'utf16le'))).toBeDefined());
  it('two contradictory charsets', () => expect(refusalOf(newCase, sample, 'iso-8859-1')?.code).toBe('charset'));
  it('an unknown charset', () => expect(refusalOf(newCase, sample.replace('UTF-8', 'EBCDIC-CP-GB'))?.code).toBe('charset'));
  it.each([
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${welsh}`)],
    ['UTF-16 little endian', Buffer.from(`\ufeff${welsh.replace('UTF-8', 'UTF-16')}`, 'utf16le')],
    ['UTF-16 big endian', Buffer.from(`\ufeff${welsh.replace('UTF-8', 'UTF-16')}`, 'utf16le').swap16()],
    ['ISO 8859-1', Buffer.from(sample.replace('UTF-8', 'ISO-8859-1').replace('Jory', 'Siân'), 'latin1')],
    ['Windows-1252', Buffer.from(sample.replace('UTF-8', 'windows-1252').replace('Jory', 'O\u0092Dwyer'), 'latin1')],
  ])('%s is written back byte for byte', (_, bytes) => {
    const decoded = newCase.decode(bytes);
    const encoded = decoded.ok ? newCase.encode?.(decoded.value.events) : undefined;
    expect(encoded?.ok && Buffer.compare(Buffer.from(encoded.value.bytes), bytes)).toBe(0);
  });
});

describe('content beyond the schema is kept, listed and written back', () => {
  it.each([
    [
      'an unknown element',
      sample.replace('<CaseInitiation>', '<Priority level="2">High <b>!</b></Priority>\n\t\t<CaseInitiation>'),
      'unmapped-element',
      '/NewCaseMessage/Case[1]/Priority',
    ],
    [
      'an unknown attribute',
      sample.replace('<CaseInitiation>', '<CaseInitiation source="x">'),
      'unmapped-attribute',
      '/NewCaseMessage/Case[1]/CaseInitiation/@source',
    ],
    ['text between elements', sample.replace('<CaseInitiation>', 'stray <CaseInitiation>'), 'unmapped-text', '/NewCaseMessage/Case[1]'],
    [
      'an invalid date',
      sample.replace('1991-04-17', 'DATE_OF_BIRTH'),
      'value-out-of-type',
      '/NewCaseMessage/Case[1]/Defendant[1]/PoliceIndividualDefendant/PersonDefendant/BasePersonDetails/Birthdate',
    ],
    [
      'a second single element',
      sample.replace('<CaseInitiation>C</CaseInitiation>', '<CaseInitiation>C</CaseInitiation><CaseInitiation>Q</CaseInitiation>'),
      'unmapped-element',
      '/NewCaseMessage/Case[1]/CaseInitiation',
    ],
    [
      'an element of the right name in a wrong namespace',
      sample
        .replace('<CaseMarker', '<CaseMarker')
        .replace('<CPSorganisation>', '<x:CaseMarker xmlns:x="urn:x">M</x:CaseMarker><CPSorganisation>'),
      'unmapped-element',
      '/NewCaseMessage/Case[1]/CaseMarker',
    ],
    ['a document version that is not 0.6g', sample.replace('"0.6g"', '"0.7"'), 'value-out-of-type', '/NewCaseMessage/@SchemaVersion'],
  ])('%s', (_, text, code, at) => {
    const decoded = newCase.decode(Buffer.from(text));
    expect(decoded.ok && decoded.value.events[0]?.warnings).toContainEqual(expect.objectContaining({ code, at }));
    expect(back(newCase, text)).toBe(text);
  });

  it('comments, processing instructions, CDATA, unusual order, unusual layout, entities and empty elements are written back byte for byte', () => {
    const odd = sample
      .replace('<Case>', '<!-- a comment --><?x y?><Case>')
      .replace('Jory', '<![CDATA[Jo & ry]]>')
      .replace('TREMAYNE', 'TRE<!-- m -->MAYNE &#x26; S&#243;n ')
      .replace('<Occupation>Boat builder</Occupation>', '<Occupation/>\r\n<OccupationCode> 007\n</OccupationCode>')
      .replace(
        '<ChargeDate>2026-11-03</ChargeDate>\n\t\t\t\t\t<ArrestDate>2026-11-02</ArrestDate>',
        '<ArrestDate >2026-11-02</ArrestDate ><ChargeDate>\n2026-11-03</ChargeDate>',
      );
    const defendant = defendantOf(odd);
    expect(defendant).toMatchObject({
      person: { name: { givenNames: ['Jo & ry'], familyName: 'TREMAYNE & Són ' } },
      occupation: { text: '', code: '007' },
    });
    expect((defendant.offences as readonly JsonObject[])[0]).toMatchObject({ chargeDate: '2026-11-03', arrestDate: '2026-11-02' });
    expect(back(newCase, odd)).toBe(odd);
  });

  it('a value that contains an element has no canonical value, because two readers would read different values (T33)', () => {
    const text = sample.replace('TREMAYNE', 'TRE<b>MAY</b>NE');
    expect((defendantOf(text).person as { name: JsonObject }).name).toEqual({ title: 'Mr', givenNames: ['Jory'] });
    expect(back(newCase, text)).toBe(text);
  });

  it('values keep leading zeros, trailing spaces and text that looks like a number', () => {
    const text = sample.replace('Boat builder', '12E5 ').replace('<OffenceSequenceNumber>001', '<OffenceSequenceNumber>007');
    const defendant = defendantOf(text);
    expect(defendant).toMatchObject({ occupation: { text: '12E5 ' }, offences: [{ sequence: '007' }] });
  });
});

describe('envelopes', () => {
  const bare = result.slice(result.indexOf('<DC:ResultedCaseMessage'), result.indexOf('</Message>')).trimEnd();
  const route = (content: string) =>
    `<RouteData xmlns="http://schemas.cjse.gov.uk/common/operations" VersionNumber="1.0"><RequestFromSystem><CorrelationID> CID-1 </CorrelationID><TestOperation>true</TestOperation></RequestFromSystem><DataStream><DataStreamContent>${content}</DataStreamContent></DataStream></RouteData>`;
  it.each([
    ['bare', bare],
    ['DeliverRequest', result],
    ['RouteData, escaped', route(escaped(bare))],
    ['RouteData, escaped with quotes', route(escaped(bare).replaceAll('"', '&quot;'))],
    ['RouteData, doubly escaped', route(escaped(escaped(bare)))],
    ['RouteData, in CDATA', route(`\n<![CDATA[${bare}]]>\n`)],
    [
      'SOAP around an escaped RouteData',
      `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><SubmitRequestMes xmlns="http://schemas.cjse.gov.uk/endpoint/types/"><RequestID>R1</RequestID><Message>${escaped(route(escaped(`<?xml version="1.0"?>\n${bare}`)))}</Message></SubmitRequestMes></s:Body></s:Envelope>`,
    ],
  ])('%s: the event is the same, and the message is written back byte for byte', (_, text) => {
    const decoded = resultedCase.decode(Buffer.from(text));
    expect(decoded.ok && decoded.value.events[0]?.caseReference).toBe('52WX1000426');
    expect(back(resultedCase, text)).toBe(text);
  });

  it('the event contains the details of the envelope', () => {
    const decoded = resultedCase.decode(Buffer.from(route(escaped(bare))));
    expect(decoded.ok && decoded.value.events[0]?.data.message).toMatchObject({ correlationId: 'CID-1', testOperation: 'true' });
  });

  it('more nested envelopes than real messages have are refused', () => {
    let text = bare;
    for (let n = 0; n < 9; n++) text = `<Message>${escaped(text)}</Message>`;
    expect(refusalOf(resultedCase, text)?.code).toBe('too-many-layers');
  });

  it('several cases make several events, which together make the message again', () => {
    const from = result.indexOf('\t\t\t\t<DC:Case>');
    const to = result.indexOf('</DC:Case>') + '</DC:Case>\n'.length;
    const two = `${result.slice(0, to)}<!-- second -->${result.slice(from, to).replace('52WX1000426', '52WX1000427')}${result.slice(to)}`;
    const decoded = resultedCase.decode(Buffer.from(two));
    expect(decoded.ok && decoded.value.events.map(({ caseReference }) => caseReference)).toEqual(['52WX1000426', '52WX1000427']);
    expect(back(resultedCase, two)).toBe(two);
    const second = decoded.ok ? resultedCase.encode?.(decoded.value.events.slice(1)) : undefined;
    expect(second?.ok && Buffer.from(second.value.bytes).toString()).toContain('52WX1000427');
  });
});

/** Changes that no schema foresees, at random places between tags. */
const tags = [...sample.matchAll(/>\s*(?=<[A-Za-z/])/g)].map((match) => (match.index ?? 0) + 1).slice(2, -1);
const insertion = fc.constantFrom(
  '<New/>',
  '<New a="1">x</New>',
  '<!-- c -->',
  ' text ',
  '\r\n',
  '<PTIURN>again</PTIURN>',
  '<Offence/>',
  '<bs:Town>T</bs:Town>',
  '&amp;',
  '<![CDATA[<x>]]>',
);
const leaves = [...sample.matchAll(/>([^<>\s][^<>]*)</g)]
  .map((match) => ({ at: (match.index ?? 0) + 1, length: match[1]?.length ?? 0 }))
  .slice(1);
const value = fc.oneof(
  fc.constantFrom('', ' ', '0012 ', '12E5', '&lt;b&gt;', '\n 2011-09-26 \n', '2011-02-30', '&#13;', 'ÿŵ𝒳\ufffd'),
  fc.string({ unit: fc.constantFrom('a', ' ', 'é', "'", '"', '>') }),
);

describe('property: encode(decode(x)) is x for any message', () => {
  it('with insertions and changes anywhere', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(tags.length - 1), insertion), { maxLength: 4 }),
        fc.array(fc.tuple(fc.nat(leaves.length - 1), value), { maxLength: 4 }),
        (inserts, changes) => {
          const edits = [
            ...inserts.map(([n, text]) => ({ at: tags[n] as number, length: 0, text })),
            ...new Map(
              changes.map(([n, text]) => [n, { ...(leaves[n] as { at: number; length: number }), text: text.replaceAll(']]>', '') }]),
            ).values(),
          ].sort((a, b) => b.at - a.at);
          let text = sample;
          for (const edit of edits) text = text.slice(0, edit.at) + edit.text + text.slice(edit.at + edit.length);
          const again = back(newCase, text);
          if (again !== text) expect(canonicalDocument(again)).toBe(canonicalDocument(text));
          expect(again).toBe(text);
        },
      ),
      { numRuns: 400 },
    );
  });
});
