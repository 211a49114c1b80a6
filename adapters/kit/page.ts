/** Makes the documentation page of a mapping: the place of each column in the event, and its form. */
import type { EventDocument, FieldDocument, MappingDocument } from '../mapping/document.ts';
import type { LensSpec } from '../mapping/lenses.ts';
import type { Column, Table, TableDescription } from '../table/description.ts';

const SHOWN_CODES = 60;
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (text: string): string => `\`${cell(text)}\``;
const listOf = (words: readonly string[]): string => words.map(code).join(', ');

const CHARACTERS: Readonly<Record<string, string>> = {
  ',': 'a comma',
  '|': 'a vertical bar',
  ';': 'a semicolon',
  '\t': 'a tab',
  ' ': 'a space',
};
const ENDS: Readonly<Record<string, string>> = { '\r\n': 'CR LF', '\n': 'LF', '\r': 'CR', '\u0085': 'NEL' };
const named = (character: string): string => CHARACTERS[character] ?? code(character);

/** Describes the form of a lens in words. */
function lensText(lens: LensSpec): string {
  switch (lens.as) {
    case 'text':
      return 'text';
    case 'padded':
      return `text, filled up in front with ${code(lens.with)} to ${lens.length} characters`;
    case 'date':
    case 'time':
    case 'dateTime':
      return `${lens.as === 'dateTime' ? 'date and time' : lens.as} as ${code(lens.format)}`;
    case 'integer':
    case 'decimal':
      return lens.as === 'integer' ? 'whole number' : 'number';
    case 'boolean':
      return `${code(lens.true)} for true, ${code(lens.false)} for false`;
    case 'code':
      return 'code';
    case 'identifier':
      return `${lens.kind} number, in its standard form where the check letter is right`;
    case 'list':
      return `list, divided by ${named(lens.separator)}${lens.of === undefined || lens.of.as === 'text' ? '' : `, of: ${lensText(lens.of)}`}`;
    case 'parts':
      return `in parts, divided by ${named(lens.separator)}: ${lens.parts.map(lensText).join('; then ')}`;
    case 'join':
      return `one text from several columns, joined by ${named(lens.separator)}`;
  }
}

/** The codes of a lens, or of the lenses inside it. */
function codesOf(lens: LensSpec): readonly Extract<LensSpec, { as: 'code' }>[] {
  if (lens.as === 'code') return [lens];
  if (lens.as === 'list') return lens.of === undefined ? [] : codesOf(lens.of);
  return lens.as === 'parts' ? lens.parts.flatMap(codesOf) : [];
}

const UNKNOWN = {
  keep: 'Another code is kept as it is.',
  'leave-out': 'Another code is left out of the event, and the record is kept to the letter.',
  refuse: 'A record with another code waits in quarantine.',
} as const;

const titleOf = ({ name, path, titles = path ?? name }: Column): string => titles;

function columnRows(columns: readonly Column[], fields: readonly FieldDocument[], within: string): readonly string[] {
  return columns.map((column) => {
    const field = fields.find((candidate) => candidate.column === column.name || candidate.columns?.includes(column.name) === true);
    const places = field === undefined ? [] : [field.to].flat().map((to) => `${within}${to}`);
    const isNeeded = column.required === true || field?.empty === 'refuse';
    const nulls = [column.null ?? []].flat().filter((text) => text !== '');
    const says = [
      field === undefined ? 'kept beside the event' : lensText(field.lens ?? { as: 'text' }),
      ...(isNeeded ? ['required'] : []),
      ...(column.datatype === undefined || column.datatype === 'string' ? [] : [`a ${column.datatype} in JSON`]),
      ...(nulls.length === 0 ? [] : [`${listOf(nulls)} for no value`]),
    ];
    const where = column.start === undefined ? '' : ` ${column.start} to ${column.start - 1 + (column.length ?? 0)} |`;
    return `| ${code(titleOf(column))} |${where} ${says.join('; ')} | ${listOf(places)} |`;
  });
}

function tableSection(
  title: string,
  { tableSchema: { columns }, when, totals = [] }: Pick<Table, 'tableSchema' | 'when' | 'totals'>,
  fields: readonly FieldDocument[],
  within = '',
): readonly string[] {
  const isFixed = columns.some(({ start }) => start !== undefined);
  return [
    ...[`## ${title}`, ''],
    ...(when === undefined ? [] : [`Known by ${code(when.equals)} in ${code(when.column)}.`, '']),
    `| column |${isFixed ? ' characters |' : ''} holds | in the event |`,
    `| --- |${isFixed ? ' --- |' : ''} --- | --- |`,
    ...columnRows(columns, fields, within),
    '',
    ...fields
      .filter(({ value }) => value !== undefined)
      .map(({ to, value }) => `Every event has ${code(JSON.stringify(value))} in ${code(`${within}${[to].flat()[0]}`)}.\n`),
    ...totals.map(
      ({ column, of, types }) =>
        `${code(column)} must be ${typeof of === 'object' ? `the sum of ${code(of.sum)}` : of === 'rows' ? 'the number of rows' : 'the number of all records'}${types === undefined ? '' : ` of the kind ${listOf(types)}`}, or the whole message is refused.\n`,
    ),
  ];
}

function codeSections(fields: readonly FieldDocument[], columns: readonly Column[]): readonly string[] {
  return fields.flatMap(({ column, lens }) =>
    (lens === undefined ? [] : codesOf(lens)).flatMap(({ codes, unknown = 'leave-out' }) => {
      const pairs = Object.entries(codes);
      const title = columns.find(({ name }) => name === column);
      return [
        ...[`### Codes of ${title === undefined ? column : titleOf(title)}`, '', '| code | in the event |', '| --- | --- |'],
        ...pairs.slice(0, SHOWN_CODES).map(([text, value]) => `| ${code(text)} | ${code(value)} |`),
        ...['', ...(pairs.length > SHOWN_CODES ? [`And ${pairs.length - SHOWN_CODES} more.`, ''] : []), UNKNOWN[unknown], ''],
      ];
    }),
  );
}

const rowsOf = ({ tables, tableSchema }: TableDescription): readonly Table[] =>
  tables ?? [{ name: 'row', tableSchema: tableSchema ?? { columns: [] } }];

/** The tables of a mapping in order, with a description of their records. */
function fieldsOf(events: readonly EventDocument[], table: Table): readonly { fields: readonly FieldDocument[]; within: string }[] {
  return events.flatMap(({ table: name = 'row', fields, items = [] }) => [
    ...(name === table.name ? [{ fields, within: '' }] : []),
    ...items.filter((item) => item.table === table.name).map((item) => ({ fields: item.fields, within: `${item.to}/*` })),
  ]);
}

/** Describes the form of nested records in words. */
function recordsText({ format, record = '', namespace }: TableDescription): string {
  if (format === 'xml')
    return `XML, an element ${code(record)} for each record${namespace === undefined ? '' : `, in the namespace ${code(namespace)}`}`;
  return `JSON, ${record === '' ? 'a list of records' : `the records in the list ${code(record)}`}`;
}

/** The page in Markdown. `path` is the path of the mapping in the repository. */
export function pageOf({ id, title, version, mediaTypes = [], source, events, ...rest }: MappingDocument, path: string): string {
  const { description } = rest as { description?: string };
  const { dialect = {} } = source;
  const tables = rowsOf(source);
  const isFixed = tables.some(({ tableSchema }) => tableSchema.columns.some(({ start }) => start !== undefined));
  const { encoding = 'utf-8', delimiter = ',', lineTerminators = ['\r\n', '\n'] } = dialect;
  const ends = lineTerminators.map((end) => ENDS[end] ?? end).join(' or ');
  const lines = `${isFixed ? 'fixed width' : `fields divided by ${named(delimiter)}`}; lines end with ${ends}`;
  const written = source.format === undefined ? lines : recordsText(source);
  const sections = tables.flatMap((table) => {
    const [mapped = { fields: [], within: '' }] = fieldsOf(events, table);
    const heading = tables.length === 1 ? 'Columns' : `Records: ${table.name}`;
    return [...tableSection(heading, table, mapped.fields, mapped.within), ...codeSections(mapped.fields, table.tableSchema.columns)];
  });
  return [
    `<!-- Generated by \`npm run generate:pages\` from ${path}. Do not edit. -->`,
    `# ${title}`,
    '',
    ...(description === undefined ? [] : [description, '']),
    '| | |',
    '| --- | --- |',
    `| adapter | ${code(id)}, version ${version} |`,
    `| makes | ${listOf([...new Set(events.map(({ standard }) => standard))])} |`,
    `| media types | ${listOf(mediaTypes)} |`,
    `| charset | ${source.format === undefined ? code(encoding) : `as the message says; \`utf-8\` where it says nothing`} |`,
    `| written | ${written} |`,
    `| protective markings | ${rest.carriesMarkings === false ? 'no record can carry one' : 'a record can carry one'} |`,
    `| mapping | [\`${path}\`](../../${path}) |`,
    '',
    ...sections,
  ]
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd()
    .concat('\n');
}
