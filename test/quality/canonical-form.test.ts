/** All spellings of a reference count as the same reference. */
import { describe, expect, it } from 'vitest';
import { formerReferencesOf, personsOf, referenceOf } from '../../gateway/pipeline/persons.ts';
import { canonicalUrn } from '../../gateway/quality/canonical-form.ts';

describe('the case reference', () => {
  it.each(['52wx7000301', '52WX/70003/01', ' 52WX 7000301\n', '52WX\u00a07000301', '52\u200bWX7000301\ufeff', '52WX\u00ad7000301'])(
    '%j refers to the same case',
    (written) => expect(canonicalUrn(written)).toBe('52WX7000301'),
  );
  it.each(['52WX7000302', '52WY7000301'])('%s refers to another case', (written) => expect(canonicalUrn(written)).not.toBe('52WX7000301'));
  it('with only separators refers to no case', () => expect(canonicalUrn(' /\u200b ')).toBe(''));
});

describe('a person', () => {
  it.each([
    ['asn', '1101ZD0100000448754K', '11/01ZD/01/448754K'],
    ['asn', '1101ZD0100000448754K', '1101zd 0100000\u200b448754k'],
    ['pnc', '2002/0073319Z', '2002/73319z'],
    ['cro', '065656/91H', '65656/91H'],
    ['cro', '065656/91H', '65656\u200b/91h'],
    ['name', 'ŴYN/Siân/1990-01-02', 'W\u0302yn/Sia\u0302n/1990-01-02'],
    ['name', "O'BRIEN/ANN/1990-01-02", 'o’ brien/Ann/1990-01-02'],
  ] as const)('has one pseudonym by %s: %j and %j', (kind, one, other) => expect(referenceOf(kind, one)).toBe(referenceOf(kind, other)));
  it.each([
    ['asn', '1101ZD0100000448754K', '1101ZD0100000448755L'],
    ['pnc', '2002/0073319Z', '1902/0073319Z'],
    ['name', 'WYN/ANN/1990-01-02', 'ŴYN/ANN/1990-01-02'],
  ] as const)('has two pseudonyms by %s: %j and %j', (kind, one, other) =>
    expect(referenceOf(kind, one)).not.toBe(referenceOf(kind, other)),
  );
  it('in an older record is found by the spelling of that version', () => {
    expect(formerReferencesOf('cro', '65656/91H')).toContain('cro:6565691H');
    expect(formerReferencesOf('name', 'ŴYN/ANN/1990-01-02')).toEqual(['name:ŴYN/ANN/19900102', 'name:WYN/ANN/19900102']);
  });
  it('keeps the pseudonym that most records have', () => {
    for (const [kind, value] of [
      ['asn', '1101ZD0100000448754K'],
      ['pnc', '2002/0073319Z'],
      ['name', 'ŴYN/ANN/1990-01-02'],
    ] as const)
      expect(formerReferencesOf(kind, value)).toContain(referenceOf(kind, value));
  });
  it('in two events with two spellings has one pseudonym', () => {
    const identities = { pseudonym: (kind: string, reference: string) => `${kind}:${reference}` };
    expect(personsOf({ asn: '11/01ZD/01/448754K' }, identities)).toEqual(personsOf({ asn: '1101ZD0100000448754K' }, identities));
  });
});
