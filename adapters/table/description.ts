/**
 * How a table is described: the vocabulary of CSV on the Web (W3C, CSVW), which the UK government recommends, with `start` and `length` for
 * fixed width, `role`, `when` and `totals` for files of several record types, and `quoting`. `format`, `record` and `path` are for records
 * that nest, in XML and JSON.
 */

export interface Dialect {
  /** One of the charsets of `charsets.ts`. */
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly quoteChar?: string | null;
  /** Whether the first line holds the titles of the columns. Only in delimited text, and with one kind of record. */
  readonly header?: boolean;
  /** The first is the one that is written. Without any, records of fixed width follow each other. */
  readonly lineTerminators?: readonly string[];
  /** Which fields have quotes in the normal form: those that need them, or all. */
  readonly quoting?: 'minimal' | 'all';
}

export interface Column {
  readonly name: string;
  /** What the header line calls it; its name where nothing is said. */
  readonly titles?: string;
  readonly required?: boolean;
  /** Texts that stand for no value. The first is written. */
  readonly null?: string | readonly string[];
  /** The first character, from 1, and how many characters: fixed width. */
  readonly start?: number;
  readonly length?: number;
  /** What fills the rest of a fixed width, and on which side the value stands. */
  readonly pad?: string;
  readonly align?: 'left' | 'right';
  /** XML and JSON: where the value stands in a record. */
  readonly path?: string;
  /** JSON: what the value is written as; text where nothing is said. */
  readonly datatype?: 'string' | 'number' | 'boolean';
}

export interface TableSchema {
  readonly columns: readonly Column[];
}

/** A number in a header or trailer that must be what the rows give. */
export interface Total {
  /** The column of this record that holds the number. */
  readonly column: string;
  /** `rows`: how many rows there are, of these record types or of all; `records`: with header and trailer; a sum of a column of the rows. */
  readonly of: 'rows' | 'records' | { readonly sum: string };
  readonly types?: readonly string[];
}

/** One kind of record. */
export interface Table {
  readonly name: string;
  readonly role?: 'header' | 'row' | 'trailer';
  /** How a record of this kind is known: what a column of it holds. */
  readonly when?: { readonly column: string; readonly equals: string };
  readonly totals?: readonly Total[];
  readonly tableSchema: TableSchema;
}

export interface TableDescription {
  readonly '@context'?: unknown;
  /** What records are written in, where they nest. Delimited text, or text of fixed width, where nothing is said. */
  readonly format?: 'xml' | 'json';
  /** XML: the names of the elements from the root to a record. JSON: a JSON Pointer to the list of records. */
  readonly record?: string;
  /** XML: the namespace of the elements; none where nothing is said. */
  readonly namespace?: string;
  readonly dialect?: Dialect;
  /** A file of one kind of record. */
  readonly tableSchema?: TableSchema;
  /** A file of several. */
  readonly tables?: readonly Table[];
}

/** What a table may hold at most. */
export interface TableLimits {
  /** Characters of one record. */
  readonly recordLength: number;
  readonly columns: number;
  readonly rows: number;
}

export const TABLE_LIMITS: TableLimits = { recordLength: 65_536, columns: 1000, rows: 100_000 };

/** A description with everything said. */
export interface CompiledDialect {
  readonly encoding: string;
  readonly delimiter: string;
  readonly quote: string | undefined;
  readonly hasTitles: boolean;
  readonly lineTerminators: readonly string[];
  readonly quoting: 'minimal' | 'all';
  readonly isFixed: boolean;
  /** Characters of a record of fixed width. */
  readonly width: number;
}

export interface CompiledTable extends Table {
  readonly role: 'header' | 'row' | 'trailer';
  readonly columns: readonly Column[];
  readonly places: ReadonlyMap<string, number>;
  readonly titles: readonly string[];
  /** Fixed width: where no column is, from and to, in characters from 0. */
  readonly gaps: readonly (readonly [from: number, to: number])[];
}

export interface CompiledDescription {
  readonly dialect: CompiledDialect;
  readonly tables: readonly CompiledTable[];
  readonly rows: readonly CompiledTable[];
  readonly header: CompiledTable | undefined;
  readonly trailer: CompiledTable | undefined;
}

/** Something wrong with a description: a JSON Pointer into it, and why. */
export interface DescriptionFault {
  readonly at: string;
  readonly reason: string;
}

/** The places between columns of fixed width, and behind the last. */
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

/** Makes a description ready for use. It must have no fault ({@link faultsOf}). */
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
