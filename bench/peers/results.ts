/** Court results of about 8 kB about people who never were: synthetic cases of the sandbox, in the format that courts send. */
import type { JsonObject } from '../../adapters/adapter.ts';
import { resultedCase } from '../../adapters/spi/index.ts';
import { syntheticCases } from '../../gateway/sandbox/cases.ts';

const BYTES = 8000;
/** How many messages differ in more than the number of the case. */
const DIFFERENT = 250;
const OPTIONS = { seed: 19, today: '2026-11-27' };

interface Template {
  readonly text: string;
  readonly urn: string;
}

/** The results of one defendant, with more offences until the message has its size. */
function templateOf(result: JsonObject, others: readonly JsonObject[]): Template {
  const [defendant] = result.defendants as readonly JsonObject[];
  const offences: JsonObject[] = [];
  for (const offence of others) {
    offences.push({ ...offence, sequence: String(offences.length + 1).padStart(3, '0') });
    const data = { ...result, defendants: [{ ...defendant, offences }] };
    const encoded = resultedCase.encode?.([{ standard: 'hearing.resulted', data }]);
    if (encoded?.ok !== true) throw new Error(`A synthetic result has no message: ${JSON.stringify(encoded)}`);
    if (encoded.value.bytes.length >= BYTES)
      return { text: Buffer.from(encoded.value.bytes).toString(), urn: (result.case as { readonly urn: string }).urn };
  }
  throw new Error('Too few offences for a message of this size');
}

const offencesOf = (result: JsonObject): readonly JsonObject[] =>
  (result.defendants as readonly { readonly offences: readonly JsonObject[] }[]).flatMap(({ offences }) => offences);

/** The reference of case number n of the bench. */
export const urnOf = (n: number): string => `79ZZ${String(n).padStart(7, '0')}`;

/** Court results, each with a case of its own, numbered from `from`. The same numbers give the same bytes. */
export function results(count: number, from = 0): readonly Buffer[] {
  const heard: JsonObject[] = [];
  for (const { resulted } of syntheticCases(OPTIONS)) {
    if (resulted !== undefined) heard.push(resulted);
    if (heard.length === DIFFERENT) break;
  }
  const templates = heard.map((result, n) => templateOf(result, [...heard.slice(n), ...heard.slice(0, n)].flatMap(offencesOf)));
  return Array.from({ length: count }, (_, n) => {
    const { text, urn } = templates[(from + n) % DIFFERENT] as Template;
    return Buffer.from(text.replaceAll(urn, urnOf(from + n)));
  });
}
