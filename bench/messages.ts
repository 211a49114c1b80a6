/** What the benchmarks run on: the corpus where it is, else the sample messages many times. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOME } from '../gateway/config.ts';
import { corpus } from '../test/support/corpus.ts';

/** Court results and new cases as bytes. */
export function messages(): readonly Buffer[] {
  const real = corpus('spi-resulted-case', 'spi-new-case').map(({ bytes }) => bytes);
  const samples = ['new-case.xml', 'court-result.xml'].map((name) => readFileSync(join(HOME, 'examples/messages', name)));
  return real.length > 0 ? real : Array.from({ length: 100 }, (_, n) => samples[n % 2] as Buffer);
}

/** Messages of the court, each with a case of its own, made from one of median size; numbered from `from`. */
export function distinct(count: number, from = 0): readonly Buffer[] {
  const [sample] = messages()
    .filter((bytes) => bytes.includes('ResultedCaseMessage'))
    .toSorted((a, b) => a.length - b.length)
    .slice(60);
  const text = (sample ?? (messages()[0] as Buffer)).toString();
  const urn = /PTIURN>([^<]+)</.exec(text)?.[1] ?? '';
  return Array.from({ length: count }, (_, n) => Buffer.from(text.replace(urn, `BX${String(from + n).padStart(8, '0')}`)));
}
