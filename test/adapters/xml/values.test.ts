/** Values that the official schema allows are read with their meaning, and written back unchanged. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DecodedEvent, JsonObject, Refusal } from '../../../adapters/adapter.ts';
import { newCase, resultedCase } from '../../../adapters/spi/index.ts';

const XSI = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
const result = readFileSync(new URL('../../../examples/messages/court-result.xml', import.meta.url), 'utf8');
const bare = result.slice(result.indexOf('<DC:ResultedCaseMessage'), result.indexOf('</DC:ResultedCaseMessage>') + 25);
const sample = readFileSync(new URL('../../../examples/messages/new-case.xml', import.meta.url), 'utf8');

/** The event of a message that must be read and come back to the letter. */
function eventOf(text: string, adapter = resultedCase): DecodedEvent {
  const decoded = adapter.decode(Buffer.from(text));
  if (!decoded.ok) throw new Error(decoded.refusals[0]?.reason);
  const encoded = adapter.encode?.(decoded.value.events);
  expect(encoded?.ok && Buffer.from(encoded.value.bytes).toString()).toBe(text);
  return decoded.value.events[0] as DecodedEvent;
}
const refusalOf = (text: string | Uint8Array, adapter = resultedCase): Refusal | undefined => {
  const decoded = adapter.decode(typeof text === 'string' ? Buffer.from(text) : text);
  return decoded.ok ? undefined : decoded.refusals[0];
};
/** The message with the content of every element of a name replaced, attributes added to it. */
const withValue = (name: string, content: string, attributes = '', text = result): string => {
  const changed = text.replaceAll(new RegExp(`<((?:DC:)?${name})>[^<]*<`, 'g'), (_, tag: string) => `<${tag}${attributes}>${content}<`);
  expect(changed).not.toBe(text);
  return changed;
};
// biome-ignore lint/suspicious/noExplicitAny: a test looks at any place
const defendantOf = ({ data }: DecodedEvent): any => (data.defendants as readonly JsonObject[])[0];
// biome-ignore lint/suspicious/noExplicitAny: a test looks at any place
const outcomeOf = (event: DecodedEvent): any => defendantOf(event).offences[0].results[0];

describe('an XML Schema value', () => {
  it.each([
    ['24:00:00', '24:00:00'],
    ['24:00:00.000Z', '24:00:00.000Z'],
    ['09:30:00.0123456789', '09:30:00.0123456789'],
  ])('of the time %s is read as %s', (written, meant) => {
    const event = eventOf(withValue('TimeOfHearing', written));
    expect([(event.data.hearing as JsonObject).time, event.warnings]).toEqual([meant, []]);
  });
  it.each(['24:00:01', '24:01:00', '25:00:00', '12:60:00'])('of the time %s is refused', (written) =>
    expect(eventOf(withValue('TimeOfHearing', written)).warnings.map(({ code }) => code)).toContain('value-out-of-type'),
  );
  it.each([
    ['+75.50', '75.50'],
    ['75.', '75'],
    ['.5', '0.5'],
    ['0075.50', '0075.50'],
  ])('of the amount %s is read as %s', (written, meant) => {
    const event = eventOf(withValue('ResultAmountSterling', written));
    expect([outcomeOf(event).amounts, event.warnings]).toEqual([[meant], []]);
  });
  it.each(['', '.', '-5.00', '1e3', '+ 5', '1,000'])('of the amount %j is refused', (written) =>
    expect(outcomeOf(eventOf(withValue('ResultAmountSterling', written))).amounts).toBeUndefined(),
  );
  it.each([
    ['03015', '3015'],
    ['+3015', '3015'],
    [' 3015 ', '3015'],
    ['0', '0'],
    ['X12', 'X12'],
  ])('of the result code %j is read as %s', (written, meant) =>
    expect(outcomeOf(eventOf(withValue('ResultCode', written))).code).toBe(meant),
  );
});

describe('an empty value', () => {
  it.each(['', '  ', '\n\t'])('in a name of %j counts as absent', (blank) => {
    const text = ['PersonTitle', 'PersonGivenName1'].reduce((message, name) => withValue(name, blank, '', message), sample);
    for (const name of [defendantOf(eventOf(text, newCase)).person.name]) {
      expect(name.title).toBeUndefined();
      expect(name.givenNames?.[0] ?? '').toBe('');
    }
  });
  it.each(['true', '1', ' true '])('with xsi:nil="%s" counts as absent, and is written back', (nil) => {
    const event = eventOf(
      withValue('Birthdate', '', ` xsi:nil="${nil}"`, sample.replace('<NewCaseMessage', `<NewCaseMessage${XSI}`)),
      newCase,
    );
    expect(defendantOf(event).person).not.toHaveProperty('dateOfBirth');
    expect(event.warnings).toEqual([]);
    const pnc = eventOf(
      withValue('PNCidentifier', '', ` xsi:nil="${nil}"`, sample.replace('<NewCaseMessage', `<NewCaseMessage${XSI}`)),
      newCase,
    );
    expect(defendantOf(pnc)).not.toHaveProperty('pncId');
  });
  it.each(['', ' '])('in a PTIURN of %j counts as absent', (blank) => {
    const event = eventOf(withValue('PTIURN', blank));
    expect(event.caseReference).toBeUndefined();
    expect(event.data.case ?? {}).not.toHaveProperty('urn');
  });
});

it('an invalid date is listed as malformed, with the place that it would have', () => {
  expect(eventOf(withValue('DateOfHearing', '16/11/2026')).malformed).toEqual(['/hearing/date']);
  expect(eventOf(withValue('Birthdate', '1991-02-30', '', sample), newCase).malformed).toContain('/defendants/0/person/dateOfBirth');
  expect(eventOf(result).malformed).toBeUndefined();
});

describe('a document inside a carrier', () => {
  const escaped = bare.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const carrier = (content: string): string => `<Message>${content}</Message>`;
  it.each([
    ['with a comment before it', `<!-- batch 7 -->${escaped}`],
    ['with a comment and an instruction in it', escaped.replace('&gt;', '&gt;<!-- a & b --><?own x?>')],
    ['with one character escaped in two ways', escaped.replace('"', '&quot;').replace('&gt;', '>')],
    ['in part as CDATA', `<![CDATA[${bare.slice(0, 40)}]]>${escaped.slice(bare.slice(0, 40).replace('<', '&lt;').length)}`],
    ['with line ends of Windows', escaped.replaceAll('\n', '\r\n')],
    ['with line ends of two kinds', escaped.replace('\n', '\r\n')],
  ])('%s is written back byte for byte', (_, content) => {
    expect(eventOf(carrier(content)).caseReference).toBe('52WX1000426');
  });
  it('with changed values does not get the edits of the original', () => {
    const decoded = resultedCase.decode(Buffer.from(carrier(`<!-- batch 7 -->${escaped.replace('"', '&quot;')}`)));
    const [event] = decoded.ok ? decoded.value.events : [];
    const other = { ...event?.data, hearing: { ...(event?.data.hearing as JsonObject), time: '11:11:11' } } as JsonObject;
    const encoded = resultedCase.encode?.([{ standard: 'hearing.resulted', data: other }]);
    const again = resultedCase.decode(encoded?.ok ? encoded.value.bytes : new Uint8Array());
    expect(again.ok && again.value.events[0]?.data.hearing).toMatchObject({ time: '11:11:11' });
  });
});

describe('a reason for an integrator', () => {
  it.each([
    ['no namespace', '<ResultedCaseMessage><Session/></ResultedCaseMessage>'],
    ['another namespace', '<ResultedCaseMessage xmlns="urn:x"><Session/></ResultedCaseMessage>'],
    [
      'children without it',
      '<ResultedCaseMessage xmlns="http://www.dca.gov.uk/xmlschemas/libra"><Session xmlns=""/></ResultedCaseMessage>',
    ],
  ])('%s', (_, text) => {
    const refusal = refusalOf(text);
    expect(refusal).toMatchObject({ code: 'wrong-namespace', at: '/ResultedCaseMessage' });
    expect(refusal?.reason).toContain('http://www.dca.gov.uk/xmlschemas/libra');
  });
  it.each([
    ['big endian', (text: string) => Buffer.from(text, 'utf16le').swap16()],
    ['little endian', (text: string) => Buffer.from(text, 'utf16le')],
  ])('UTF-16 without a byte order mark, %s', (_, write) => {
    const refusal = refusalOf(write(result.replace('UTF-8', 'UTF-16')));
    expect(refusal?.code).toBe('charset');
    expect(refusal?.reason).toContain('no byte order mark');
  });
});
