/**
 * The description of a table, in the vocabulary of CSV on the Web (W3C, CSVW), which the UK government recommends, with `start` and `length` for
 * fixed width, `role`, `when` and `totals` for files of several record types, and `quoting`. `format`, `record` and `path` are for records
 * that nest, in XML and JSON.
 */

export interface Dialect {
  /** One of the charsets of `charsets.ts`. */
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly quoteChar?: string | null;
  /** Whether the first line has the titles of the columns. Only for delimited text with one kind of record. */
  readonly header?: boolean;
  /** The allowed line ends. The first one is written. Without any, fixed-width records have no separator. */
  readonly lineTerminators?: readonly string[];
  /** Which fields are quoted in the normal form: only where necessary, or all. */
  readonly quoting?: 'minimal' | 'all';
}

export interface Column {
  readonly name: string;
  /** Its title in the header line. Default: its name. */
  readonly titles?: string;
  readonly required?: boolean;
  /** Texts that mean an absent value. The first one is written. */
  readonly null?: string | readonly string[];
  /** Fixed width: the first character, from 1, and the number of characters. */
  readonly start?: number;
  readonly length?: number;
  /** The padding of a fixed width, and the side of the value. */
  readonly pad?: string;
  readonly align?: 'left' | 'right';
  /** XML and JSON: the place of the value in a record. */
  readonly path?: string;
  /** JSON: the type of the value. Default: text. */
  readonly datatype?: 'string' | 'number' | 'boolean';
}

export interface TableSchema {
  readonly columns: readonly Column[];
}

/** A control total in a header or trailer, which must match the rows. */
export interface Total {
  /** The column with the number. */
  readonly column: string;
  /** `rows`: the number of rows, of these record types or of all. `records`: the number with header and trailer. Otherwise the sum of a column of the rows. */
  readonly of: 'rows' | 'records' | { readonly sum: string };
  readonly types?: readonly string[];
}

/** One kind of record. */
export interface Table {
  readonly name: string;
  readonly role?: 'header' | 'row' | 'trailer';
  /** The value of a column that identifies records of this kind. */
  readonly when?: { readonly column: string; readonly equals: string };
  readonly totals?: readonly Total[];
  readonly tableSchema: TableSchema;
}

export interface TableDescription {
  readonly '@context'?: unknown;
  /** The format of nested records. Default: delimited or fixed-width text. */
  readonly format?: 'xml' | 'json';
  /** XML: the names of the elements from the root to a record. JSON: a JSON Pointer to the list of records. */
  readonly record?: string;
  /** XML: the namespace of the elements. Default: none. */
  readonly namespace?: string;
  readonly dialect?: Dialect;
  /** A file with one kind of record. */
  readonly tableSchema?: TableSchema;
  /** A file with several kinds of record. */
  readonly tables?: readonly Table[];
}

/** The limits of a table. */
export interface TableLimits {
  /** The most characters of one record. */
  readonly recordLength: number;
  readonly columns: number;
  readonly rows: number;
}

export const TABLE_LIMITS: TableLimits = { recordLength: 65_536, columns: 1000, rows: 100_000 };

/** A complete description, with all defaults. */
export interface CompiledDialect {
  readonly encoding: string;
  readonly delimiter: string;
  readonly quote: string | undefined;
  readonly hasTitles: boolean;
  readonly lineTerminators: readonly string[];
  readonly quoting: 'minimal' | 'all';
  readonly isFixed: boolean;
  /** The number of characters of a fixed-width record. */
  readonly width: number;
}

export interface CompiledTable extends Table {
  readonly role: 'header' | 'row' | 'trailer';
  readonly columns: readonly Column[];
  readonly places: ReadonlyMap<string, number>;
  readonly titles: readonly string[];
  /** Fixed width: the gaps between columns, as start and end in characters from 0. */
  readonly gaps: readonly (readonly [from: number, to: number])[];
}

export interface CompiledDescription {
  readonly dialect: CompiledDialect;
  readonly tables: readonly CompiledTable[];
  readonly rows: readonly CompiledTable[];
  readonly header: CompiledTable | undefined;
  readonly trailer: CompiledTable | undefined;
}

/** A fault of a description: a JSON Pointer and the reason. */
export interface DescriptionFault {
  readonly at: string;
  readonly reason: string;
}

/** The gaps between fixed-width columns, and after the last one. */
function gapsOf(columns: readonly Column[]): readonly (readonly [number, number])[] {
  const gaps: (readonly [number, number])[] = [];
  let end = 0;
  for (const { start = 1, length = 0 } of columns) {
    if (start - 1 > end) gaps.push([end, start - 1]);
    end = start - 1 + length;
  }
  return [...gaps, [end, Number.POSITIVE_INFINITY]];
}

const compileTable = (table: Table): CompiledTable => {
  const { columns } = table.tableSchema;
  return {
    ...table,
    role: table.role ?? 'row',
    columns,
    places: new Map(columns.map(({ name }, place) => [name, place])),
    titles: columns.map(({ name, titles }) => titles ?? name),
    gaps: gapsOf(columns),
  };
};

/** Completes a description with defaults. It must have no faults ({@link faultsOf}). */
export function compileDescription({ dialect = {}, tableSchema, tables }: TableDescription): CompiledDescription {
  const compiled = (tables ?? [{ name: 'row', tableSchema: tableSchema ?? { columns: [] } }]).map(compileTable);
  const all = compiled.flatMap(({ columns }) => columns);
  const isFixed = all.some(({ start }) => start !== undefined);
  return {
    tables: compiled,
    rows: compiled.filter(({ role }) => role === 'row'),
    header: compiled.find(({ role }) => role === 'header'),
    trailer: compiled.find(({ role }) => role === 'trailer'),
    dialect: {
      encoding: dialect.encoding ?? 'utf-8',
      delimiter: dialect.delimiter ?? ',',
      quote: dialect.quoteChar === null ? undefined : (dialect.quoteChar ?? '"'),
      hasTitles: !isFixed && (dialect.header ?? tables === undefined),
      lineTerminators: dialect.lineTerminators ?? ['\r\n', '\n'],
      quoting: dialect.quoting ?? 'minimal',
      isFixed,
      width: Math.max(0, ...all.map(({ start = 1, length = 0 }) => start - 1 + length)),
    },
  };
}
