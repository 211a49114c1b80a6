/** The published code lists, indexed: whether a code is known, and the values of its columns. */

export type CodeCell = string | boolean;

/** The code, then a value for each further column. */
export type CodeRow = readonly CodeCell[];

/** A file of `schemas/codelists/`, parsed; its form is `schemas/codelists/codelist.json`. */
export interface CodeListFile {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  readonly version: string;
  readonly source: string;
  readonly licence: string;
  readonly columns: readonly string[];
  /** Codes that start so belong to the list, listed or not. */
  readonly prefixes?: readonly string[];
  readonly codes: readonly CodeRow[];
}

/** One list, indexed. */
export interface CodeList {
  readonly id: string;
  readonly version: string;
  /** Every code as listed. Where the list has prefixes, it has whatever starts with one of them, although the set does not list it. */
  readonly codes: ReadonlySet<string>;
  /** Whether the list has a code, compared in {@link canonicalCode} form on both sides. */
  readonly has: (code: string) => boolean;
  /** What a column says of a code that is listed. Throws an Error for a column that the list has not. */
  readonly valueOf: (code: string, column: string) => CodeCell | undefined;
  /** All values of a column that are not empty. */
  readonly valuesOf: (column: string) => ReadonlySet<CodeCell>;
}

/** The lists by id. */
export type CodeLists = ReadonlyMap<string, CodeList>;

const PREFIX = 4;
const ASCII = /^[\x20-\x7e]*$/;
const SIGN_OR_ZERO = /^[+0]/;
const INTEGER = /^\+?\d+$/;
const LEADING = /^\+?0*(?=\d)/;

/** A code as codes are compared: in compatible letters (NFKC), trimmed, in upper case, an integer without plus sign and leading zeros. */
export function canonicalCode(code: string): string {
  const canonical = (ASCII.test(code) ? code : code.normalize('NFKC')).trim().toUpperCase();
  return SIGN_OR_ZERO.test(canonical) && INTEGER.test(canonical) ? canonical.replace(LEADING, '') : canonical;
}

/** A code that is newer than the list must not escape what the list protects. */
class CodesWithPrefixes extends Set<string> {
  readonly #prefixes: ReadonlySet<string>;

  constructor(codes: Iterable<string>, prefixes: readonly string[]) {
    super(codes);
    this.#prefixes = new Set(prefixes);
  }

  override has(code: string): boolean {
    return super.has(code) || this.#prefixes.has(code.slice(0, PREFIX));
  }
}

function codesOf({ id, columns, codes: rows, prefixes }: CodeListFile): Set<string> {
  if (columns[0] !== 'code') throw new Error(`Code list ${id}: the first column is not the code`);
  if (prefixes?.some((prefix) => prefix.length !== PREFIX) === true)
    throw new Error(`Code list ${id}: a prefix is not ${PREFIX} characters long`);
  const codes = new Set<string>();
  for (const row of rows) {
    const code = row[0];
    if (typeof code !== 'string' || code === '' || row.length !== columns.length)
      throw new Error(`Code list ${id}: a row does not fit its columns`);
    codes.add(code);
  }
  if (codes.size !== rows.length) throw new Error(`Code list ${id}: a code is in the list twice`);
  return prefixes === undefined ? codes : new CodesWithPrefixes(codes, prefixes);
}

/** Indexes one list. Throws an Error that names the list where it is not in the form of one. */
export function indexCodeList(file: CodeListFile): CodeList {
  const { id, version, columns, codes: rows } = file;
  const codes = codesOf(file);
  const columnAt = (column: string): number => {
    const place = columns.indexOf(column);
    if (place < 0) throw new Error(`Code list ${id} has no column ${column}`);
    return place;
  };
  // Most lists are only ever asked whether they have a code, so the rest is indexed when first asked for.
  let byCode: ReadonlyMap<CodeCell | undefined, CodeRow> | undefined;
  let canonical: ReadonlySet<string> | undefined;
  const hasCanonical = (code: string): boolean => {
    canonical ??= new Set(rows.map((row) => canonicalCode(row[0] as string)));
    // The prefixes of a list are in `codes`.
    return canonical.has(code) || codes.has(code);
  };
  const values = new Map<string, ReadonlySet<CodeCell>>();
  return {
    id,
    version,
    codes,
    has: (code) => codes.has(code) || hasCanonical(canonicalCode(code)),
    valueOf: (code, column) => {
      const place = columnAt(column);
      byCode ??= new Map(rows.map((row) => [row[0], row]));
      return byCode.get(code)?.[place];
    },
    valuesOf: (column) => {
      const known = values.get(column);
      if (known !== undefined) return known;
      const place = columnAt(column);
      const found = new Set(rows.map((row) => row[place] ?? '').filter((value) => value !== ''));
      values.set(column, found);
      return found;
    },
  };
}

/** Indexes all lists. Throws an Error where two have one id. */
export function indexCodeLists(files: Iterable<CodeListFile>): CodeLists {
  const lists = new Map<string, CodeList>();
  for (const file of files) {
    if (lists.has(file.id)) throw new Error(`There are two code lists ${file.id}`);
    lists.set(file.id, indexCodeList(file));
  }
  return lists;
}
