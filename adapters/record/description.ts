/** The description of nested records: a format, the path to the records, and the path of each column. */
import {
  type CompiledDescription,
  type CompiledTable,
  compileDescription,
  type DescriptionFault,
  type TableDescription,
} from '../table/description.ts';
import { type PathNode, type RecordFormat, recordSteps, treeOf } from './paths.ts';

export interface CompiledRecords {
  readonly format: RecordFormat;
  /** The names from the root to the list of records (JSON), or to a record (XML). */
  readonly steps: readonly string[];
  /** The namespace of the elements; none where it is empty. */
  readonly namespace: string;
  readonly root: PathNode;
  readonly table: CompiledTable;
}

/** A complete description. It has `records` where the source is XML or JSON. */
export interface CompiledSource extends CompiledDescription {
  readonly records?: CompiledRecords;
}

const URI = /^[A-Za-z][A-Za-z\d+.-]*:[^\s<>"'&]+$/;

/** The faults of a description of nested records that is valid against the schema. */
export function recordFaults({ format, record, namespace, dialect, tableSchema, tables }: TableDescription): readonly DescriptionFault[] {
  if (format === undefined) return [];
  const faults: DescriptionFault[] = [];
  const report = (at: string, reason: string): void => void faults.push({ at, reason });
  if (record === undefined) report('', 'Say in record where the records are');
  const steps = record === undefined ? [] : recordSteps(format, record);
  if (typeof steps === 'string') report('/record', steps);
  if (dialect !== undefined) report('/dialect', 'XML and JSON say for themselves how they are written: there is no dialect');
  if (tables !== undefined || tableSchema === undefined)
    report('/tables', 'XML and JSON have one kind of record: describe it in tableSchema');
  if (namespace !== undefined && (format === 'json' || !URI.test(namespace)))
    report('/namespace', format === 'json' ? 'JSON has no namespaces' : 'The URI of the namespace of the elements');
  const columns = tableSchema?.columns ?? [];
  const names = new Set<string>();
  for (const [n, { name, start, length, pad, align, datatype, titles }] of columns.entries()) {
    const at = `/tableSchema/columns/${n}`;
    if (names.has(name)) report(`${at}/name`, 'Two columns have this name');
    names.add(name);
    if ([start, length, pad, align].some((member) => member !== undefined))
      report(at, 'Only a column of fixed width has start, length, pad or align');
    if (titles !== undefined) report(`${at}/titles`, 'A column of XML or JSON is called by its path');
    if (datatype !== undefined && format === 'xml') report(`${at}/datatype`, 'Every value in XML is text');
  }
  const { faults: wrong } = treeOf(
    format,
    columns.map(({ path }) => path),
  );
  for (const { column, reason } of wrong)
    report(`/tableSchema/columns/${column}${columns[column]?.path === undefined ? '' : '/path'}`, reason);
  return faults;
}

/** Completes the description of a source. It must have no faults. */
export function compileSource(source: TableDescription): CompiledSource {
  const { format, record = '', namespace = '' } = source;
  if (format === undefined) return compileDescription(source);
  const columns = (source.tableSchema?.columns ?? []).map((column) => ({ ...column, titles: column.path ?? column.name }));
  const described = compileDescription({ tableSchema: { columns }, dialect: { lineTerminators: [], header: false } });
  const steps = recordSteps(format, record);
  const { root } = treeOf(
    format,
    columns.map(({ path }) => path),
  );
  return {
    ...described,
    records: { format, steps: typeof steps === 'string' ? [] : steps, namespace, root, table: described.rows[0] as CompiledTable },
  };
}
