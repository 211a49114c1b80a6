/** How a value is asked for: which kind of input fits its schema, and between which codes one chooses. */
import { type CodeList, type FieldKind, type JsonSchema, NO, type Option, YES } from './field.ts';

const MOST_RADIOS = 10;
/** Beyond it a list of codes is no help to anybody, and the code is typed. */
const MOST_OPTIONS = 300;
/** More characters than this are given more than one line. */
const LONG = 500;

/** `person-search` as people read it. */
export function sentence(code: string): string {
  const words = code
    .replaceAll('-', ' ')
    .replaceAll(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function optionsOfList({ columns = [], codes }: CodeList): readonly Option[] {
  const at = (name: string, otherwise: number) => (columns.includes(name) ? columns.indexOf(name) : otherwise);
  const code = at('code', 0);
  const text = at('title', at('name', 1));
  return codes.map((row) => {
    const title = String(row[text] ?? row[code]);
    return { code: String(row[code]), text: title.charAt(0).toUpperCase() + title.slice(1) };
  });
}

/** The codes of a value, and none where it is free or there are more than anybody would look through. */
export function optionsOf(
  { 'x-codelist': listed = '', enum: values = [], type }: JsonSchema,
  codeLists: ReadonlyMap<string, CodeList> | undefined,
  override?: string | readonly Option[],
): readonly Option[] {
  if (typeof override === 'object') return override;
  const list = codeLists?.get(override ?? listed);
  if (override !== undefined && list === undefined) throw new Error(`The code list ${override} is not among the code lists`);
  if (list !== undefined) return list.codes.length > MOST_OPTIONS ? [] : optionsOfList(list);
  if (type === 'boolean')
    return [
      { code: YES, text: 'Yes' },
      { code: NO, text: 'No' },
    ];
  return values.filter((code) => typeof code === 'string').map((code) => ({ code, text: sentence(code) }));
}

/** A code as codes are compared: in upper case, an integer without leading zeros. Messages pad some codes. */
const canonical = (code: string): string => code.toUpperCase().replace(/^0+(?=\d+$)/, '');

/** The option that a code is, however it is written. */
export const optionFor = (options: readonly Option[], code: string): Option | undefined =>
  options.find((option) => option.code === code) ?? options.find((option) => canonical(option.code) === canonical(code));

/** The kind of input for a value, or for each value of a list. */
export function kindOf({ type, format, $id = '', maxLength = 0 }: JsonSchema, isList: boolean, options: readonly Option[]): FieldKind {
  const isShort = options.length <= MOST_RADIOS;
  if (isList) return options.length > 0 && isShort ? 'checkboxes' : 'lines';
  if (options.length > 0) return isShort ? 'radios' : 'select';
  if (type === 'integer' || type === 'number') return 'number';
  if (format === 'date') return 'date';
  if (format === 'time' || $id.includes('/components/time/')) return 'time';
  return maxLength > LONG ? 'textarea' : 'text';
}
