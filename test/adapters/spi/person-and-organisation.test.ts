import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../adapters/adapter.ts';
import { resultedCase } from '../../../adapters/spi/index.ts';

const written = (defendant: JsonObject): string => {
  const encoded = resultedCase.encode?.([
    { standard: 'hearing.resulted', data: { case: { urn: '52WX1000555' }, hearing: { date: '2026-11-16' }, defendants: [defendant] } },
  ]);
  if (encoded === undefined || !encoded.ok) throw new Error('It cannot be written');
  return Buffer.from(encoded.value.bytes).toString();
};
const person: JsonObject = { name: { familyName: 'Pengelly' }, dateOfBirth: '2012-05-05' };

describe('a defendant with both a person and an organisation', () => {
  it.each([
    ['an empty one', {}, /Pengelly/, /CorporateDefendant/],
    ['a named one', { name: 'Tern Boats Limited' }, /Pengelly[\s\S]*Tern Boats Limited/, /nothing/],
  ])('is written with the person: %s', (_, organisation, present, absent) => {
    const text = written({ person, organisation });
    expect(text).toMatch(present);
    expect(text).not.toMatch(absent);
  });
  it('with only one of them is written as that one', () => {
    expect(written({ person })).not.toContain('CorporateDefendant');
    expect(written({ organisation: { name: 'Tern Boats Limited' } })).not.toContain('IndividualDefendant');
  });
});
