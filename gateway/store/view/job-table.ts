/** The local view's table of jobs that resubmit many messages from quarantine, with what happened to each. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { JobRecord, JobResult, JobStep } from '../../wire/quarantine-records.ts';
import { prepareAll } from './statements.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS quarantine_job (id TEXT PRIMARY KEY, seq INTEGER, body TEXT, version INTEGER, kind TEXT, run TEXT, active TEXT, maker TEXT) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS quarantine_job_maker ON quarantine_job (maker, seq);
  CREATE TABLE IF NOT EXISTS quarantine_result (job TEXT, item TEXT, outcome TEXT, message TEXT, PRIMARY KEY (job, item)) WITHOUT ROWID;`;

const SQL = {
  put: "INSERT OR IGNORE INTO quarantine_job VALUES (?, ?, ?, 0, 'start', ?, ?, ?)",
  step: 'UPDATE quarantine_job SET version = ?, kind = ?, run = ?, active = ? WHERE id = ? AND version = ?',
  active: 'UPDATE quarantine_job SET active = ? WHERE id = ?',
  // A message that was accepted stays so.
  result: `INSERT INTO quarantine_result VALUES (?, ?, ?, ?) ON CONFLICT (job, item)
    DO UPDATE SET outcome = excluded.outcome, message = excluded.message WHERE outcome != 'accepted'`,
  get: 'SELECT seq, body, version, kind, run, active FROM quarantine_job WHERE id = ?',
  of: 'SELECT seq, body, version, kind, run, active FROM quarantine_job WHERE maker = ? AND seq < ? ORDER BY seq DESC LIMIT ?',
  results: 'SELECT item, outcome, message FROM quarantine_result WHERE job = ?',
} as const;

/** A job with its last step. */
export interface JobEntry {
  readonly job: JobRecord;
  /** Its place among all jobs. */
  readonly seq: number;
  readonly version: number;
  readonly kind: JobStep['kind'];
  /** The run of the gateway that does it, or did. */
  readonly run: string;
  /** When something last happened, ISO 8601. */
  readonly active: string;
}

interface Row extends Omit<JobEntry, 'job'> {
  readonly body: string;
}

const entryOf = ({ body, ...rest }: Row): JobEntry => ({ ...rest, job: JSON.parse(body) as JobRecord });

export class JobTable {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#statements = prepareAll(db, SQL);
  }

  begin(job: JobRecord, offset: number): void {
    this.#statements.put.run(job.id, offset + 1, JSON.stringify(job), job.run, job.time, job.by);
  }

  /** Takes a step. Of two steps with the same version, the first is taken. */
  step({ job, version, kind, run, time }: JobStep): void {
    this.#statements.step.run(version, kind, run, time, job, version - 1);
  }

  result({ job, item, outcome, message, time }: JobResult): void {
    this.#statements.result.run(job, item, outcome, message ?? null);
    this.#statements.active.run(time, job);
  }

  get(id: string): JobEntry | undefined {
    const row = this.#statements.get.get(id) as unknown as Row | undefined;
    return row === undefined ? undefined : entryOf(row);
  }

  /** The jobs that a client made, before a place, the newest first. */
  before(maker: string, seq: number, limit: number): readonly JobEntry[] {
    return (this.#statements.of.all(maker, seq, limit) as unknown as Row[]).map(entryOf);
  }

  /** What happened to the items of a job, by item. */
  results(job: string): ReadonlyMap<string, Pick<JobResult, 'outcome' | 'message'>> {
    const rows = this.#statements.results.all(job) as unknown as { item: string; outcome: JobResult['outcome']; message: string | null }[];
    return new Map(rows.map(({ item, outcome, message }) => [item, { outcome, ...(message === null ? {} : { message }) }]));
  }
}
