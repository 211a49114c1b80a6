/** `interchange completion`: programs with which shells complete verbs, actions and options, from the table of verbs. */
import { type ExitCode, type Io, UsageError, type Verb } from './verb.ts';
import { COMMON_OPTIONS, type OptionDescription, type VerbDescription } from './verbs/description.ts';
import { ALL_VERBS, VERBS } from './verbs/verbs.ts';

type Options = readonly (readonly [name: string, option: OptionDescription])[];

const optionsOf = ({ options }: VerbDescription): Options => Object.entries({ ...options, ...COMMON_OPTIONS });

/** A text in single quotes, for any of the three shells. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const MADE = '# Made by "interchange completion": make it again after each upgrade.';

/** What completes the value of an option in Bash. */
const bashValue = ({ value, choices }: OptionDescription): string => {
  if (choices !== undefined) return `COMPREPLY=($(compgen -W ${quoted(choices.join(' '))} -- "$word"))`;
  return value === 'FOLDER' ? 'COMPREPLY=($(compgen -d -- "$word"))' : 'COMPREPLY=($(compgen -f -- "$word"))';
};

function bashVerb(verb: VerbDescription): string {
  const options = optionsOf(verb);
  const values = options
    .filter(([, { type }]) => type === 'string')
    .map(([name, option]) => `      --${name}) ${bashValue(option)}; return ;;`);
  const words = options.map(([name]) => `--${name}`).join(' ');
  return [
    `    ${verb.name})`,
    ...(values.length === 0 ? [] : ['      case "$before" in', ...values, '      esac']),
    `      options=${quoted(words)}`,
    `      actions=${quoted(Object.keys(verb.actions ?? {}).join(' '))} ;;`,
  ].join('\n');
}

const bash = (): string =>
  [
    MADE,
    '_interchange() {',
    '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" options="" actions=""',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W ${quoted([...ALL_VERBS.map(({ name }) => name), '--help', '--version'].join(' '))} -- "$word"))`,
    '    return',
    '  fi',
    '  case "${COMP_WORDS[1]}" in',
    ...ALL_VERBS.map(bashVerb),
    '  esac',
    '  if [[ "$word" == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$word"))',
    '  elif [ "$COMP_CWORD" -eq 2 ] && [ -n "$actions" ]; then COMPREPLY=($(compgen -W "$actions" -- "$word"))',
    '  else COMPREPLY=($(compgen -f -- "$word"))',
    '  fi',
    '}',
    'complete -o filenames -F _interchange interchange',
  ].join('\n');

/** In a specification of `_arguments`, brackets and colons have a meaning. */
const zshText = (text: string): string => text.replaceAll(/[[\]:]/g, (character) => `\\${character}`);

const zshOption = ([name, { type, value = '', choices, description }]: Options[number]): string => {
  if (type === 'boolean') return quoted(`--${name}[${zshText(description)}]`);
  const files = value === 'FOLDER' ? '_files -/' : '_files';
  const action = choices === undefined ? files : `(${choices.join(' ')})`;
  return quoted(`--${name}[${zshText(description)}]:${zshText(value)}:${action}`);
};

const zshPairs = (pairs: readonly (readonly [string, string])[]): string =>
  pairs.map(([name, description]) => quoted(`${name}:${description.replaceAll(':', '\\:')}`)).join(' ');

const zshVerb = (verb: VerbDescription): string =>
  [
    `    ${verb.name})`,
    `      actions=(${zshPairs(Object.entries(verb.actions ?? {}))})`,
    `      _arguments ${optionsOf(verb).map(zshOption).join(' ')} '*:: :_interchange_words' ;;`,
  ].join('\n');

const zsh = (): string =>
  [
    '#compdef interchange',
    MADE,
    '_interchange_words() {',
    '  if (( CURRENT == 1 && ${#actions} )); then _describe action actions; else _files; fi',
    '}',
    '_interchange() {',
    '  local -a verbs actions',
    '  if (( CURRENT == 2 )); then',
    `    verbs=(${zshPairs(ALL_VERBS.map(({ name, summary }) => [name, summary]))})`,
    '    _describe verb verbs',
    '    return',
    '  fi',
    '  shift words; (( CURRENT-- ))',
    '  case "$words[1]" in',
    ...ALL_VERBS.map(zshVerb),
    '  esac',
    '}',
    'if [ "$funcstack[1]" = "_interchange" ]; then _interchange "$@"; else compdef _interchange interchange; fi',
  ].join('\n');

/** How fish completes the value of an option. */
function fishValue({ type, choices }: Options[number][1]): string {
  if (type === 'boolean') return '';
  return choices === undefined ? ' -r' : ` -x -a ${quoted(choices.join(' '))}`;
}

const fishVerb = (verb: VerbDescription): readonly string[] => {
  const seen = `__fish_seen_subcommand_from ${verb.name}`;
  const actions = Object.keys(verb.actions ?? {});
  return [
    `complete -c interchange -n __fish_use_subcommand -f -a ${verb.name} -d ${quoted(verb.summary)}`,
    ...Object.entries(verb.actions ?? {}).map(
      ([name, description]) =>
        `complete -c interchange -n ${quoted(`${seen}; and not __fish_seen_subcommand_from ${actions.join(' ')}`)} -a ${name} -d ${quoted(description)}`,
    ),
    ...optionsOf(verb).map(
      ([name, option]) => `complete -c interchange -n ${quoted(seen)} -l ${name}${fishValue(option)} -d ${quoted(option.description)}`,
    ),
  ];
};

const fish = (): string => [MADE, ...ALL_VERBS.flatMap(fishVerb)].join('\n');

const SHELLS = { bash, zsh, fish } as const;

/** The program of a shell. */
export const completionOf = (shell: keyof typeof SHELLS): string => SHELLS[shell]();

export const verb: Verb = {
  ...VERBS.completion,
  run: async (_values, [shell = '', ...more], io: Io): Promise<ExitCode> => {
    if (!Object.hasOwn(SHELLS, shell) || more.length > 0) throw new UsageError('Name your shell: bash, zsh or fish');
    io.data(Buffer.from(`${completionOf(shell as keyof typeof SHELLS)}\n`));
    return 0;
  },
};
