/** `/v1/shadow-runs`: candidates tried over archived messages, for those who are cleared for all messages. */
import { actorOf } from '../../rules/clients.ts';
import type { ShadowScope } from '../../shadow/archive.ts';
import type { ShadowRunState, ShadowRuns } from '../../shadow/shadow-runs.ts';
import type { Journal } from '../../store/journal.ts';
import { type ClearedContext, clearedCaller } from './audit.ts';
import type { Call, OperationHandler } from './call.ts';
import { millisecondsOf } from './instants.ts';
import { HttpProblem } from './problem.ts';

export interface ShadowRunsHttpContext extends ClearedContext {
  readonly shadowRuns: ShadowRuns;
  readonly journal: Journal;
  readonly policy: () => string;
}

const withoutReport = ({ messages, signed: _, ...state }: ShadowRunState) => ({ ...state, ...messages });
const shownRun = (state: ShadowRunState) => ({
  ...withoutReport(state),
  ...(state.signed === undefined ? {} : { signed: state.signed }),
});

export const listShadowRuns =
  (context: ShadowRunsHttpContext): OperationHandler<'listShadowRuns'> =>
  (_call, response) => {
    clearedCaller(context, response.locals);
    const { candidates, list } = context.shadowRuns;
    response.json({ candidates, runs: list.map(withoutReport) });
  };

function scopeOf({ from, to, source, limit, quarantined }: ReturnType<Call<'startShadowRun'>['body']>): ShadowScope {
  return {
    ...(from === undefined ? {} : { from: millisecondsOf(from, '/body/from') }),
    ...(to === undefined ? {} : { to: millisecondsOf(to, '/body/to') }),
    ...(source === undefined ? {} : { source }),
    ...(limit === undefined ? {} : { limit }),
    ...(quarantined === true ? { isQuarantined: true } : {}),
  };
}

export const startShadowRun =
  (context: ShadowRunsHttpContext): OperationHandler<'startShadowRun'> =>
  async ({ body }, response) => {
    const client = clearedCaller(context, response.locals);
    const { shadowRuns, journal, policy } = context;
    const { candidate, ...scope } = body();
    if (!shadowRuns.candidates.includes(candidate))
      throw new HttpProblem('invalid-request', {
        reasons: [{ code: 'schema-violation', at: '/body/candidate', reason: 'The configuration has no candidate of that name' }],
      });
    const wanted = scopeOf({ candidate, ...scope });
    // Where a run is under way, the answer is that one.
    const run = shadowRuns.current?.candidate ?? candidate;
    await journal.commit(
      [],
      [{ action: 'consultation', ...actorOf(client), decision: 'permit', change: `shadow run ${run}`, policy: policy() }],
    );
    const state = shadowRuns.start(client.id, candidate, wanted);
    if (state === undefined) throw new HttpProblem('unavailable');
    response.status(202).json(shownRun(state));
  };

export const getShadowRun =
  (context: ShadowRunsHttpContext): OperationHandler<'getShadowRun'> =>
  ({ path: { id } }, response) => {
    clearedCaller(context, response.locals);
    const found = context.shadowRuns.get(id);
    if (found === undefined) throw new HttpProblem('not-found');
    response.json(shownRun(found));
  };

export const stopShadowRun =
  (context: ShadowRunsHttpContext): OperationHandler<'stopShadowRun'> =>
  ({ path: { id } }, response) => {
    clearedCaller(context, response.locals);
    const found = context.shadowRuns.stop(id);
    if (found === undefined) throw new HttpProblem('not-found');
    response.json(shownRun(found));
  };
