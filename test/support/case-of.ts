/** The invented messages of `examples/messages`, for cases with any number. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const sample = (name: string): string => readFileSync(join(import.meta.dirname, '../../examples/messages', name), 'utf8');

const numbered =
  (text: string) =>
  (n: number | string): string =>
    text.replaceAll(/52WX1000\d{3}/g, `52WX2${String(n).padStart(6, '0')}`);

export const sampleCase = sample('new-case.xml');
/** A new case, with the number in its reference. */
export const caseOf = numbered(sampleCase);
export const sampleResult = sample('court-result.xml');
/** The results of a case, with the number in its reference. */
export const resultOf = numbered(sampleResult);
