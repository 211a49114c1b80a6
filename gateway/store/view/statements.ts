/** The SQL statements of a table, prepared once. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Prepares statements under the names of their texts. The tables must exist. */
export const prepareAll = <Name extends string>(
  db: DatabaseSync,
  texts: Readonly<Record<Name, string>>,
): Readonly<Record<Name, StatementSync>> =>
  Object.fromEntries(Object.entries<string>(texts).map(([name, text]) => [name, db.prepare(text)])) as Record<Name, StatementSync>;
