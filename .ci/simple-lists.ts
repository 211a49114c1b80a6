/** The code lists whose rows are entries of the standing data as they are: a code, a title, and codes in other codings. */
import { type CodeList, type Row, type Source, sound } from './codelist-file.ts';

export interface SimpleList extends Pick<CodeList, 'id' | 'title' | 'description' | 'from'> {
  /** The property that holds the code. Entries without it are left out. */
  readonly code: string;
  /** Properties with codes in other codings; each is a column of the same name. */
  readonly otherCodes?: readonly string[];
}

export const SIMPLE_LISTS: readonly SimpleList[] = [
  {
    id: 'result-qualifiers',
    title: 'Result qualifiers',
    description: 'What limits or adds to a result.',
    from: 'result-qualifier-code.json',
    code: 'cjsCode',
  },
  {
    id: 'offence-categories',
    title: 'Offence categories',
    description: 'The kinds of offences and applications that the list of offences uses.',
    from: 'offence-category.json',
    code: 'cjsCode',
  },
  {
    id: 'offence-date-codes',
    title: 'Offence date codes',
    description: 'How the dates of an offence are to be read.',
    from: 'actual-offence-date.json',
    code: 'cjsCode',
  },
  {
    id: 'alcohol-level-methods',
    title: 'Alcohol and drug level methods',
    description: 'What was measured, or in what.',
    from: 'alcohol-level-method.json',
    code: 'spiCode',
  },
  {
    id: 'duration-units',
    title: 'Duration units',
    description: 'Units of durations as SPI has them; `pncCode` as the Police National Computer has them.',
    from: 'duration-unit.json',
    code: 'spiCode',
    otherCodes: ['pncCode'],
  },
  {
    id: 'plea',
    title: 'Pleas',
    description: 'Pleas as SPI has them; `cjsCode` as the CJS data standards have them. 1 and 6 both mean guilty.',
    from: 'plea-status.json',
    code: 'spiCode',
    otherCodes: ['cjsCode', 'pncCode'],
  },
  {
    id: 'finding',
    title: 'Findings',
    description: 'Verdicts as SPI has them; `cjsCode` as the CJS data standards have them.',
    from: 'verdict.json',
    code: 'spiCode',
    otherCodes: ['cjsCode', 'pncCode'],
  },
  {
    id: 'mode-of-trial',
    title: 'Modes of trial',
    description:
      'Why a case is tried where it is, as SPI has it; messages pad the code to two digits. `cjsCode` as the CJS data standards have it.',
    from: 'mode-of-trial-reason.json',
    code: 'spiCode',
    otherCodes: ['cjsCode'],
  },
  {
    id: 'bail-status',
    title: 'Bail and remand statuses',
    description: 'Statuses as SPI has them; `cjsCode` as the CJS data standards have them.',
    from: 'remand-status.json',
    code: 'spiCode',
    otherCodes: ['cjsCode', 'pncCode'],
  },
  {
    id: 'gender',
    title: 'Genders',
    description: 'Genders as SPI has them; `pncCode` as the Police National Computer has them.',
    from: 'gender.json',
    code: 'spiCode',
    otherCodes: ['pncCode'],
  },
  {
    id: 'presence',
    title: 'Presence at the hearing',
    description: 'Whether the defendant was present.',
    from: 'defendant-present-at-hearing.json',
    code: 'cjsCode',
  },
];

/** Makes a list from the entries of its file. */
export function simpleList(
  { id, title, description, from, code: property, otherCodes = [] }: SimpleList,
  source: readonly Source[],
): CodeList {
  const rows = source
    .filter((entry) => (entry[property] ?? '') !== '')
    .map((entry): Row => {
      const code = entry[property] as string;
      return [code, sound(id, code, entry.description ?? ''), ...otherCodes.map((name) => entry[name] ?? '')];
    });
  return { id, title, description, from, columns: ['code', 'title', ...otherCodes], rows };
}
