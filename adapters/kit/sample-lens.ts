/** What the values of a column in a sample are: dates, codes, identifiers by their check letters. */
import { type Reading, readAsn, readCroNumber, readPncId } from '../identifiers.ts';
import { compileDate } from '../mapping/dates.ts';
import type { LensSpec } from '../mapping/lenses.ts';

const MOST_CODES = 12;
const DATES = [
  'yyyy-MM-dd',
  'dd/MM/yyyy',
  'MM/dd/yyyy',
  'dd-MM-yyyy',
  'dd.MM.yyyy',
  'yyyyMMdd',
  'ddMMyyyy',
  'd/M/yyyy',
  'dd MMM yyyy',
  'dd-MMM-yyyy',
];
const TIMES = ['HH:mm:ss', 'HH:mm', 'HHmm'];
const TRUTHS = [
  ['Y', 'N'],
  ['Yes', 'No'],
  ['YES', 'NO'],
  ['T', 'F'],
  ['true', 'false'],
  ['TRUE', 'FALSE'],
] as const;

const fits = (values: readonly string[], reads: (value: string) => boolean): boolean => values.length > 0 && values.every(reads);

function dateFormats(kind: 'date' | 'time', values: readonly string[]): readonly string[] {
  return (kind === 'date' ? DATES : TIMES).filter((format) => {
    const compiled = compileDate(kind, format);
    return typeof compiled !== 'string' && fits(values, (value) => compiled.read(value) !== undefined);
  });
}

const IDENTIFIERS: readonly (readonly [kind: 'pnc' | 'cro' | 'asn', read: (value: string) => Reading])[] = [
  ['asn', readAsn],
  ['pnc', readPncId],
  ['cro', readCroNumber],
];

/** An identifier whose check letter is right in four of five values: by chance it is in one of 23. */
const identifierOf = (values: readonly string[]) =>
  IDENTIFIERS.find(([, read]) => values.length >= 3 && values.filter((value) => read(value).valid).length >= values.length * 0.8)?.[0];

/** The lens of a column by its values, and what is not certain of it. */
export function lensOf(title: string, values: readonly string[], note: (text: string) => void): LensSpec | undefined {
  const kind = identifierOf(values);
  if (kind !== undefined) return { as: 'identifier', kind };
  const dates = dateFormats('date', values);
  if (dates.length > 0) {
    if (dates.includes('dd/MM/yyyy') && dates.includes('MM/dd/yyyy'))
      note(`${title}: every date fits dd/MM/yyyy and MM/dd/yyyy. The first is proposed.`);
    return { as: 'date', format: dates[0] as string };
  }
  const [time] = dateFormats('time', values);
  if (time !== undefined) return { as: 'time', format: time };
  const truth = TRUTHS.find((pair) => fits(values, (value) => (pair as readonly string[]).includes(value)));
  if (truth !== undefined) return { as: 'boolean', true: truth[0], false: truth[1] };
  const distinct = [...new Set(values)];
  if (distinct.length <= MOST_CODES && values.length >= 2 * distinct.length && distinct.every((value) => value.length <= 40)) {
    return { as: 'code', codes: Object.fromEntries(distinct.toSorted().map((value) => [value, value])), unknown: 'keep' };
  }
  return undefined;
}
