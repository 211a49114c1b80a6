/** What the command line says of itself, from the table of verbs. */
import { COMMON_OPTIONS, type OptionDescription, type VerbDescription } from './verbs/description.ts';
import { ALL_VERBS } from './verbs/verbs.ts';

/** Two columns, the second one aligned. */
function columns(rows: readonly (readonly [left: string, right: string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

const optionName = (name: string, { short, value }: OptionDescription): string =>
  `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;

const optionText = ({ description, choices }: OptionDescription): string =>
  choices === undefined ? description : `${description}: ${choices.join(', ')}`;

/** The help of one verb. */
export function helpOf({ name, summary, usage, example, actions, options }: VerbDescription): readonly string[] {
  const all: readonly (readonly [string, OptionDescription])[] = Object.entries({ ...options, ...COMMON_OPTIONS });
  return [
    `interchange ${name}: ${summary}`,
    '',
    ...usage.map((form, n) => `${n === 0 ? 'Usage:' : '      '} interchange ${name} ${form}`),
    ...(actions === undefined ? [] : ['', ...columns(Object.entries(actions))]),
    '',
    'Options:',
    ...columns(all.map(([option, description]) => [optionName(option, description), optionText(description)])),
    '',
    `Example: ${example}`,
  ];
}

/** The help of all verbs. */
export const overview = (): readonly string[] => [
  'Justice Interchange: legacy messages of the Criminal Justice System in, labelled events out.',
  '',
  'Usage: interchange VERB',
  '',
  ...columns(ALL_VERBS.map(({ name, summary }) => [name, summary])),
  '',
  '"interchange VERB --help" says more. "interchange --version" says which version this is.',
];
