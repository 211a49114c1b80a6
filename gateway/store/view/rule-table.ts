/** The local view's table of the rules of the quarantine, and on which items they acted. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RuleAct, RuleEnd, RuleRecord } from '../../wire/quarantine-records.ts';
import { prepareAll } from './statements.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS quarantine_rule (id TEXT PRIMARY KEY, seq INTEGER, body TEXT, ended TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS quarantine_act (rule TEXT, item TEXT, PRIMARY KEY (rule, item)) WITHOUT ROWID;`;

const SQL = {
  put: 'INSERT OR IGNORE INTO quarantine_rule VALUES (?, ?, ?, NULL)',
  end: 'UPDATE quarantine_rule SET ended = ? WHERE id = ? AND ended IS NULL',
  act: 'INSERT OR IGNORE INTO quarantine_act VALUES (?, ?)',
  has: 'SELECT 1 FROM quarantine_act WHERE rule = ? AND item = ?',
  all: 'SELECT body, ended FROM quarantine_rule ORDER BY seq',
} as const;

export interface RuleEntry {
  readonly rule: RuleRecord;
  readonly end?: RuleEnd;
}

export class RuleTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
  }

  begin(rule: RuleRecord, offset: number): void {
    this.#statements.put.run(rule.id, offset + 1, JSON.stringify(rule));
  }

  end(end: RuleEnd): void {
    this.#statements.end.run(JSON.stringify(end), end.rule);
  }

  act({ rule, item }: RuleAct): void {
    this.#statements.act.run(rule, item);
  }

  hasActed(rule: string, item: string): boolean {
    return this.#statements.has.get(rule, item) !== undefined;
  }

  /** All rules, the oldest first. */
  all(): readonly RuleEntry[] {
    const rows = this.#statements.all.all() as unknown as { body: string; ended: string | null }[];
    return rows.map(({ body, ended }) => ({
      rule: JSON.parse(body) as RuleRecord,
      ...(ended === null ? {} : { end: JSON.parse(ended) as RuleEnd }),
    }));
  }
}
