/** What the command line says of a verb without loading its code: for help, suggestions and shell completion. */

/** What an option takes, for people and for completion. `FILE` and `FOLDER` are completed with paths. */
export interface OptionDescription {
  readonly type: 'string' | 'boolean';
  /** One letter. */
  readonly short?: string;
  /** What follows the option, in capitals. Only options of type `string` have one. */
  readonly value?: string;
  /** The only values that the option can have. */
  readonly choices?: readonly string[];
  readonly description: string;
}

export interface VerbDescription {
  readonly name: string;
  readonly summary: string;
  /** What follows the verb's name, one form a line. */
  readonly usage: readonly string[];
  readonly example: string;
  /** The first word after the verb, where it says what to do. */
  readonly actions?: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, OptionDescription>>;
}

/** An option that takes a value. */
export const takes = (value: string, description: string, choices?: readonly string[]): OptionDescription => ({
  type: 'string',
  value,
  description,
  ...(choices === undefined ? {} : { choices }),
});

/** An option that is given or not. */
export const flag = (description: string, short?: string): OptionDescription => ({
  type: 'boolean',
  description,
  ...(short === undefined ? {} : { short }),
});

/** The options of every verb. */
export const COMMON_OPTIONS = {
  json: flag('Write JSON, for programs'),
  help: flag('Show this help', 'h'),
} as const satisfies VerbDescription['options'];

/** The options of every verb that calls a gateway. */
export const REMOTE_OPTIONS = {
  as: takes('PERSONA', 'Work as this client of the configuration. Only on the machine of a gateway with the development issuer'),
  token: takes('TOKEN', 'The access token to send. Default: INTERCHANGE_TOKEN'),
  url: takes('URL', 'The address of the gateway. Default: INTERCHANGE_URL, or where the configuration says it listens'),
} as const satisfies VerbDescription['options'];

/** The option of every verb that reads what a gateway stored. */
export const DATA_OPTION = {
  data: takes('FOLDER', 'The data folder of the gateway. Default: INTERCHANGE_DATA, or the one of the configuration'),
} as const satisfies VerbDescription['options'];
