/** Runs the checks of a suite in its order, and says which level is reached. */
import type { Suite, SuiteCheck } from './suite.ts';

export type Status = 'passed' | 'failed' | 'not-run';

/** What a check found. The detail is one sentence, and holds nothing of what was sent or answered but status codes. */
export interface Verdict {
  readonly status: Status;
  readonly detail: string;
  /** Why nothing after it can be found out. */
  readonly ends?: string;
}

export type Check<Context> = (context: Context) => Promise<Verdict>;

/** The checks of a suite by their ids. */
export type Checks<Context> = Readonly<Record<string, Check<Context>>>;

export interface CheckResult extends Pick<SuiteCheck, 'id' | 'level' | 'title'> {
  readonly status: Status;
  readonly detail: string;
}

export const passed = (detail: string): Verdict => ({ status: 'passed', detail });
export const failed = (detail: string): Verdict => ({ status: 'failed', detail });
export const notRun = (detail: string): Verdict => ({ status: 'not-run', detail });

export interface Running {
  /** Called for each check when it is done. */
  readonly onResult?: (result: CheckResult) => void;
  /** Aborted when nobody waits for the rest. */
  readonly interrupted?: AbortSignal;
}

/** Runs every check. Rejects only when the suite itself fails, never because of what a system does. */
export async function runSuite<Context>(
  suite: Suite,
  checks: Checks<Context>,
  context: Context,
  { onResult, interrupted }: Running = {},
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  let ended: string | undefined;
  for (const { id, level, title } of suite.checks) {
    if (interrupted?.aborted === true) ended ??= 'The run was interrupted.';
    const check = checks[id];
    if (check === undefined) throw new Error(`The suite ${suite.id} has a check that this version does not know: ${id}`);
    const verdict: Verdict = ended === undefined ? await check(context) : notRun(ended);
    ended ??= verdict.ends;
    const result = { id, level, title, status: verdict.status, detail: verdict.detail };
    results.push(result);
    onResult?.(result);
  }
  return results;
}

/** The highest level of which, and below which, every check passed; 0 for none. */
export function levelReached({ levels }: Pick<Suite, 'levels'>, results: readonly CheckResult[]): number {
  let reached = 0;
  for (const { number } of levels) {
    const levelResults = results.filter(({ level }) => level === number);
    if (number !== reached + 1 || levelResults.length === 0 || levelResults.some(({ status }) => status !== 'passed')) break;
    reached = number;
  }
  return reached;
}
