/** The SQL statements of a table, prepared once. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** By the same names as their texts. The tables that they name must be there. */
export const prepareAll = <Name extends string>(
  db: DatabaseSync,
  texts: Readonly<Record<Name, string>>,
): Readonly<Record<Name, StatementSync>> =>
  Object.fromEntries(Object.entries<string>(texts).map(([name, text]) => [name, db.prepare(text)])) as Record<Name, StatementSync>;
