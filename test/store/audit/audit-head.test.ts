/** Heads of the audit log, as far as they are read without a check. */
import { expect, it } from 'vitest';
import { keyOfHead } from '../../../gateway/store/audit/audit-head.ts';

it('names the key of a head, and none of a record that is not a head', () => {
  const of = (header: string) => keyOfHead(`${Buffer.from(header).toString('base64url')}.claims.signature`);
  expect(of('{"kid":"k1"}')).toBe('k1');
  expect(['', 'x', '{}', 'null', '{"kid":1}'].map(of)).toEqual(Array.from({ length: 5 }, () => undefined));
});
