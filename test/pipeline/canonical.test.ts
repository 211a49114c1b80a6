/** Canonical events at intake: text that two readers could understand differently is refused, with its place and without its value. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Refusal } from '../../adapters/adapter.ts';
import { parseStrict } from '../../adapters/json.ts';
import { decodeCanonical } from '../../gateway/pipeline/canonical.ts';
import { loadStandards } from '../../gateway/rules/standards.ts';

const standards = loadStandards(join(import.meta.dirname, '../../schemas'));

/** An event as JSON text, with parts of the text replaced. */
const event = (familyName = '"HOSKEN"', more = '', extensions = '{}'): string =>
  `{"specversion":"1.0","type":"uk.justice.case.registered.v1",${more}"data":{"case":{"urn":"52WX7000001"},` +
  `"defendants":[{"person":{"name":{"familyName":${familyName}}}}],"extensions":${extensions}}}`;

const refusalOf = (text: string): Refusal | undefined => {
  const { message } = decodeCanonical(Buffer.from(text), standards, () => false);
  return message.ok ? undefined : message.refusals[0];
};

const NAME = '/defendants/0/person/name/familyName';

describe('the text of a canonical event', () => {
  it.each([
    ['a lone high surrogate', '"HOS\\ud83dKEN"', 'json-lone-surrogate'],
    ['a lone low surrogate', '"\\uDE00HOSKEN"', 'json-lone-surrogate'],
    ['a control character', '"HOS\\u0008KEN"', 'control-character'],
    ['a NUL', '"HOSKEN\\u0000"', 'control-character'],
    ['U+FFFE', '"HOS\\ufffeKEN"', 'control-character'],
    ['U+FFFF', '"HOS\uffffKEN"', 'control-character'],
  ])('with %s is refused with its place', (_, written, code) => {
    const refusal = refusalOf(event(written));
    expect(refusal).toMatchObject({ code, at: NAME });
    expect(JSON.stringify(refusal)).not.toMatch(/HOS|KEN/);
  });
  it('in a name from the sender is refused without repeating that name', () => {
    expect(refusalOf(event(undefined, '', '{"own":{"Jory\\u0001":1}}'))).toMatchObject({ code: 'control-character', at: '/extensions' });
    expect(refusalOf(event(undefined, '', '{"own":{"Jory\\ud800":1}}'))).toMatchObject({ code: 'json-lone-surrogate', at: '/extensions' });
    expect(refusalOf(event('"x","Jory":"\\u0001"'))).toMatchObject({ code: 'control-character', at: '/defendants/0/person/name' });
  });
  it('with surrogate pairs, tabs and line breaks is accepted', () => {
    expect(refusalOf(event('"HOS\\ud83d\\ude00KEN\\t\\r\\n\\u0085"'))).toBeUndefined();
  });
});

describe('a number in JSON', () => {
  it.each(['9007199254740993', '-9007199254740992', '1524831183200260097', '1e400', '1e-400', '0.1234567890123456789', '1e16'])(
    '%s is refused with its place, not rounded',
    (written) =>
      expect(refusalOf(event(undefined, '', `{"own":{"n":[1,${written}]}}`))).toMatchObject({ code: 'json-number', at: '/extensions' }),
  );
  it.each(['0', '-0', '1.10', '9007199254740991', '1e3', '0.1', '12.500e2', '0e5'])('%s is accepted', (written) =>
    expect(refusalOf(event(undefined, '', `{"own":{"n":${written}}}`))).toBeUndefined(),
  );
  it('outside extensions is reported with its place', () =>
    expect(refusalOf(event('1e999'))).toMatchObject({ code: 'json-number', at: NAME, line: 1 }));
  it('in the form that JavaScript writes is accepted', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }), (value) => parseStrict(JSON.stringify({ value })).ok),
    );
  });
  it('is reported at its place, after any other values', () => {
    const value = fc.oneof(fc.constant({ a: [1, '2,"[', {}] }), fc.constant([[], [1, 2]]), fc.string(), fc.integer());
    fc.assert(
      fc.property(fc.array(value), (before) => {
        const text = JSON.stringify({ before, at: [...before, 0] }).replace(/0\]\}$/, '1e999]}');
        const parsed = parseStrict(text);
        expect(parsed.ok ? undefined : parsed.path).toEqual(['at', before.length]);
      }),
    );
  });
});

describe('the context of a canonical event', () => {
  it.each(['"last Tuesday"', '"2026-11-16"', '"2026-02-30T10:00:00Z"', '"2026-11-16T10:00:00"', '"2026-11-16T24:01:00Z"', '17', 'null'])(
    'with the time %s is refused at /time',
    (time) => expect(refusalOf(event(undefined, `"time":${time},`))).toMatchObject({ code: 'schema-violation', at: '/time' }),
  );
  it.each(['2026-11-16T10:00:00Z', '2026-11-16t10:00:00.123+01:00', '2024-02-29T23:59:60Z'])('with the time %s is accepted', (time) =>
    expect(refusalOf(event(undefined, `"time":"${time}",`))).toBeUndefined(),
  );
  it.each(['"text/csv"', '"application/xml"', '1', 'null'])('with the content type %s is refused at /datacontenttype', (type) =>
    expect(refusalOf(event(undefined, `"datacontenttype":${type},`))).toMatchObject({ code: 'schema-violation', at: '/datacontenttype' }),
  );
  it('with the content type application/json is accepted', () =>
    expect(refusalOf(event(undefined, '"datacontenttype":"application/json",'))).toBeUndefined());
  it.each([
    ['traceparent', '/traceparent'],
    ['sequence', '/sequence'],
    ['data_base64', '/data_base64'],
    ['jorytremayne', '/'],
  ])('with the attribute %s is refused at %s', (name, at) =>
    expect(refusalOf(event(undefined, `"${name}":"x",`))).toMatchObject({ code: 'schema-violation', at }),
  );
  it('in headers (binary mode) is refused with a reason that says so', () => {
    const refusal = refusalOf('{"case":{"urn":"52WX7000001"},"defendants":[]}');
    expect(refusal).toMatchObject({ code: 'schema-violation', at: '/' });
    expect(refusal?.reason).toContain('binary mode');
  });
});
