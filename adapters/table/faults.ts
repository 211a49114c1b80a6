/** Finds all faults of a table's description that its schema cannot find. */
import { CHARSETS } from './charsets.ts';
import type { Column, DescriptionFault, Table, TableDescription } from './description.ts';

function faultsOfColumns(columns: readonly Column[], at: string, isFixed: boolean): readonly DescriptionFault[] {
  const faults: DescriptionFault[] = [];
  const names = new Set<string>();
  const titles = new Set<string>();
  let end = 0;
  for (const [n, { name, titles: title = name, start, length, pad, path, datatype }] of columns.entries()) {
    const place = `${at}/columns/${n}`;
    if (path !== undefined || datatype !== undefined)
      faults.push({ at: place, reason: 'Only a column of XML or JSON has path or datatype: set format in the source' });
    if (names.has(name)) faults.push({ at: `${place}/name`, reason: 'Two columns have this name' });
    if (titles.has(title)) faults.push({ at: place, reason: 'Two columns have this title' });
    names.add(name);
    titles.add(title);
    if ((start !== undefined) !== isFixed || (length !== undefined) !== isFixed)
      faults.push({ at: place, reason: 'Every column of a fixed-width table needs start and length, and no other column has them' });
    else if (start !== undefined && length !== undefined) {
      if (start <= end) faults.push({ at: `${place}/start`, reason: 'The column overlaps the previous column' });
      end = start - 1 + length;
    }
    if (pad !== undefined && (pad.length !== 1 || !isFixed))
      faults.push({ at: `${place}/pad`, reason: 'One character, in a table of fixed width' });
  }
  return faults;
}

function faultsOfTable(
  table: Table,
  at: string,
  isAlone: boolean,
  tables: readonly Table[],
  isFixed: boolean,
): readonly DescriptionFault[] {
  const { columns } = table.tableSchema;
  const has = (candidates: readonly Column[], name: string) => candidates.some((column) => column.name === name);
  const faults: DescriptionFault[] = [...faultsOfColumns(columns, `${at}/tableSchema`, isFixed)];
  if (!isAlone && table.when === undefined) faults.push({ at, reason: 'Use "when" to identify records of this kind' });
  if (table.when !== undefined && !has(columns, table.when.column))
    faults.push({ at: `${at}/when/column`, reason: 'There is no column of this name' });
  const rows = tables.filter(({ role = 'row' }) => role === 'row');
  for (const [n, { column, of, types = [] }] of (table.totals ?? []).entries()) {
    const place = `${at}/totals/${n}`;
    if ((table.role ?? 'row') === 'row') faults.push({ at: place, reason: 'Only a header or trailer has totals' });
    if (!has(columns, column)) faults.push({ at: `${place}/column`, reason: 'There is no column of this name' });
    for (const [m, type] of types.entries())
      if (!rows.some(({ name }) => name === type)) faults.push({ at: `${place}/types/${m}`, reason: 'There is no row table of this name' });
    if (typeof of === 'object' && !rows.some(({ tableSchema }) => has(tableSchema.columns, of.sum)))
      faults.push({ at: `${place}/of/sum`, reason: 'No row table has a column of this name' });
  }
  return faults;
}

/** The faults of a description that is valid against the schema. */
export function faultsOf(description: TableDescription): readonly DescriptionFault[] {
  const { dialect = {}, tableSchema, tables } = description;
  const faults: DescriptionFault[] = [];
  if (description.record !== undefined || description.namespace !== undefined)
    faults.push({ at: '', reason: 'Only a source of XML or JSON has record or namespace: set format' });
  if ((tableSchema === undefined) === (tables === undefined))
    return [{ at: '', reason: 'Use either tableSchema, for one kind of record, or tables, for several' }];
  const { encoding, delimiter = ',', quoteChar = '"', lineTerminators = ['\n'] } = dialect;
  if (encoding !== undefined && !CHARSETS.includes(encoding))
    faults.push({ at: '/dialect/encoding', reason: `One of: ${CHARSETS.join(', ')}` });
  const all: readonly Table[] = tables ?? [{ name: 'row', tableSchema: tableSchema ?? { columns: [] } }];
  const isFixed = all.some((table) => table.tableSchema.columns.some(({ start }) => start !== undefined));
  if (delimiter.length !== 1 || /[\r\n\0]/.test(delimiter))
    faults.push({ at: '/dialect/delimiter', reason: 'One character, and no line end' });
  if (quoteChar !== null && (quoteChar.length !== 1 || quoteChar === delimiter || /[\r\n\0]/.test(quoteChar)))
    faults.push({ at: '/dialect/quoteChar', reason: 'One character, and not the delimiter' });
  if (lineTerminators.length === 0 && !isFixed)
    faults.push({ at: '/dialect/lineTerminators', reason: 'Only records of fixed width follow each other without a line end' });
  if (lineTerminators.some((lineTerminator) => !['\r\n', '\n', '\r', '\u0085'].includes(lineTerminator)))
    faults.push({ at: '/dialect/lineTerminators', reason: 'Each is CR LF, LF, CR or NEL (U+0085)' });
  if (dialect.header === true && (isFixed || all.length > 1))
    faults.push({ at: '/dialect/header', reason: 'Only delimited text with one kind of record has a header line' });
  const names = new Set<string>();
  for (const [n, table] of all.entries()) {
    const at = tables === undefined ? '' : `/tables/${n}`;
    if (names.has(table.name)) faults.push({ at: `${at}/name`, reason: 'Two tables have this name' });
    names.add(table.name);
    faults.push(...faultsOfTable(table, at, all.length === 1, all, isFixed));
  }
  for (const role of ['header', 'trailer'] as const)
    if (all.filter((table) => table.role === role).length > 1) faults.push({ at: '/tables', reason: `There is more than one ${role}` });
  if (!all.some(({ role = 'row' }) => role === 'row')) faults.push({ at: '/tables', reason: 'There is no table of rows' });
  return faults;
}
