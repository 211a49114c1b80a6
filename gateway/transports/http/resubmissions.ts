/** `/v1/quarantine-resubmissions`: jobs that resubmit many items. */
import type { Quarantine } from '../../quarantine/quarantine.ts';
import type { ResubmissionJobs, SeenJob } from '../../quarantine/resubmission-jobs.ts';
import type { Cursors } from '../../reading/cursor.ts';
import type { JobResult } from '../../wire/quarantine-records.ts';
import { MOST_ITEMS } from '../../wire/quarantine-schema.ts';
import { callerOf } from './auth.ts';
import type { OperationHandler } from './call.ts';
import { standingAt } from './cursors.ts';
import type { OperationId } from './parameters.ts';
import { QUARANTINE_PLACE } from './quarantine.ts';
import { there } from './subscriptions.ts';

export interface ResubmissionsHttpContext {
  readonly quarantine: Quarantine;
  readonly jobs: ResubmissionJobs;
  readonly cursors: Cursors;
}

type Handler<Id extends OperationId> = (context: ResubmissionsHttpContext) => OperationHandler<Id>;

const TOPIC = 'resubmissions';
const MOST_JOBS = 20;
const OUTCOMES = ['accepted', 'quarantined', 'locked', 'closed', 'gone', 'failed'] as const satisfies readonly JobResult['outcome'][];

function publicSummary({ id, by, time, state, active, items }: SeenJob) {
  const count = (wanted: JobResult['outcome'] | undefined) => items.filter(({ outcome }) => outcome === wanted).length;
  const counts = { waiting: count(undefined), ...Object.fromEntries(OUTCOMES.map((outcome) => [outcome, count(outcome)])) };
  return { id, by, time, state, active, total: items.length, counts };
}

const publicJob = (job: SeenJob) => ({ ...publicSummary(job), items: job.items });

export const listResubmissions: Handler<'listResubmissions'> =
  ({ jobs, cursors }) =>
  async ({ query: { cursor, limit } }, response) => {
    const { client } = callerOf(response.locals);
    const standing = cursor === undefined ? {} : await standingAt(cursors, client, cursor, {});
    const before = standing[TOPIC]?.[0] ?? Number.MAX_SAFE_INTEGER;
    const page = await jobs.list(client, before, Math.min(limit, MOST_JOBS));
    const place = page.jobs.at(-1)?.seq ?? before;
    response.json({
      jobs: page.jobs.map(publicSummary),
      cursor: await cursors.write(client.id, { [TOPIC]: { 0: place } }, {}),
      more: page.more,
    });
  };

export const startResubmissions: Handler<'startResubmissions'> =
  ({ jobs, quarantine, cursors }) =>
  async ({ body }, response) => {
    const caller = callerOf(response.locals);
    const wanted = body();
    const idsOf = async (): Promise<readonly string[]> => {
      if ('ids' in wanted) return wanted.ids;
      const { source, code, assignee, before } = wanted.group;
      const standing = await standingAt(cursors, caller.client, before, {}, '/body/group/before');
      return quarantine.idsUntil(caller.client, { source, code, assignee }, standing[QUARANTINE_PLACE]?.[0] ?? 0, MOST_ITEMS);
    };
    const job = there(await jobs.start(caller, await idsOf()));
    response.status(202).set('Location', `/v1/quarantine-resubmissions/${job.id}`).json(publicJob(job));
  };

export const getResubmissions: Handler<'getResubmissions'> =
  ({ jobs }) =>
  async ({ path }, response) => {
    response.json(publicJob(there(await jobs.get(callerOf(response.locals).client, path.id))));
  };

export const stopResubmissions: Handler<'stopResubmissions'> =
  ({ jobs }) =>
  async ({ path }, response) => {
    response.json(publicJob(there(await jobs.stop(callerOf(response.locals), path.id))));
  };

export const restartResubmissions: Handler<'restartResubmissions'> =
  ({ jobs }) =>
  async ({ path }, response) => {
    response.json(publicJob(there(await jobs.restart(callerOf(response.locals), path.id))));
  };
