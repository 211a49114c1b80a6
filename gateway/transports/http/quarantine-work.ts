/** `/v1/quarantine/{id}/work` and what changes it: closing, notes, assignment, editing; and the dry run of a resubmission. */
import type { DryRun } from '../../quarantine/dry-run.ts';
import type { ItemWork, Plan, SeenWork, WorkFault, WorkResult } from '../../quarantine/item-work.ts';
import type { WorkLock } from '../../store/view/work-table.ts';
import type { ClosingCode } from '../../wire/quarantine-records.ts';
import { callerOf } from './auth.ts';
import { accountOf, bytesOf } from './body.ts';
import type { OperationHandler } from './call.ts';
import type { OperationId } from './parameters.ts';
import { HttpProblem } from './problem.ts';

export interface QuarantineWorkHttpContext {
  readonly work: ItemWork;
  readonly dryRun: DryRun;
}

type Handler<Id extends OperationId> = (context: QuarantineWorkHttpContext) => OperationHandler<Id>;

const FAULTS: Readonly<Record<Exclude<WorkFault, 'locked'>, () => HttpProblem>> = {
  'not-open': () => new HttpProblem('item-changed', { detail: 'The message was closed or resubmitted' }),
  'not-closed': () => new HttpProblem('item-changed', { detail: 'The message is not closed' }),
  changed: () => new HttpProblem('item-changed', { detail: 'Somebody has changed the work on the message since: read it again' }),
  'unknown-person': () => invalid('/body/assignee', 'No such person may see and repair the message'),
  'too-many-notes': () => invalid('/body/text', 'The message has as many notes as it may'),
};

const invalid = (at: string, reason: string) =>
  new HttpProblem('invalid-request', { reasons: [{ code: 'parameter-invalid', at, reason }] });

/** The problem of a person who may not change what another is editing. It names the other: whoever may see the item may see this. */
export const lockedBy = ({ by, until }: WorkLock): HttpProblem =>
  new HttpProblem('item-locked', { detail: `${by} is editing the message until ${until}` });

function publicWork({ item, state, lock, people }: SeenWork) {
  const { version, closed, assignee, due, notes } = state;
  return {
    id: item.receipt.id,
    status: item.status,
    version,
    ...(closed === undefined ? {} : { closed }),
    ...(assignee === undefined ? {} : { assignee }),
    ...(due === undefined ? {} : { due }),
    ...(lock === undefined ? {} : { lock: { by: lock.by, until: lock.until, own: lock.isOwn } }),
    notes,
    people,
  };
}

/** The work after a change. Throws HttpProblem where there is none. */
async function changed(result: Promise<WorkResult>): Promise<ReturnType<typeof publicWork>> {
  const done = await result;
  if (done === 'not-found') throw new HttpProblem('not-found');
  if (!('fault' in done)) return publicWork(done);
  if (done.fault !== 'locked') throw FAULTS[done.fault]();
  throw done.lock === undefined ? new HttpProblem('item-locked') : lockedBy(done.lock);
}

export const getQuarantineWork: Handler<'getQuarantineWork'> =
  ({ work }) =>
  async ({ path }, response) => {
    const found = await work.read(callerOf(response.locals), path.id);
    if (found === undefined) throw new HttpProblem('not-found');
    response.json(publicWork(found));
  };

export const planQuarantineWork: Handler<'planQuarantineWork'> =
  ({ work }) =>
  async ({ path, body }, response) => {
    response.json(await changed(work.plan(callerOf(response.locals), path.id, body() as Plan)));
  };

export const addQuarantineNote: Handler<'addQuarantineNote'> =
  ({ work }) =>
  async ({ path, body }, response) => {
    response.status(201).json(await changed(work.note(callerOf(response.locals), path.id, body().text)));
  };

export const closeQuarantined: Handler<'closeQuarantined'> =
  ({ work }) =>
  async ({ path, body }, response) => {
    const closure = body() as { readonly code: ClosingCode; readonly text?: string };
    response.json(await changed(work.close(callerOf(response.locals), path.id, closure)));
  };

export const reopenQuarantined: Handler<'reopenQuarantined'> =
  ({ work }) =>
  async ({ path }, response) => {
    response.json(await changed(work.reopen(callerOf(response.locals), path.id)));
  };

export const lockQuarantined: Handler<'lockQuarantined'> =
  ({ work }) =>
  async ({ path }, response) => {
    response.json(await changed(work.lock(callerOf(response.locals), path.id)));
  };

export const unlockQuarantined: Handler<'unlockQuarantined'> =
  ({ work }) =>
  async ({ path }, response) => {
    response.json(await changed(work.unlock(callerOf(response.locals), path.id)));
  };

export const previewResubmission: Handler<'previewResubmission'> =
  ({ dryRun }) =>
  async ({ path, header, request }, response) => {
    const bytes = bytesOf(request.body);
    const tried = await dryRun.try(callerOf(response.locals).client, path.id, bytes.length === 0 ? undefined : bytes, {
      hasRoom: accountOf(response.locals).take,
      reason: header['Interchange-Reason'],
    });
    if (tried === undefined) throw new HttpProblem('not-found');
    const { isCompared: compared, hasMoreDifferences: moreDifferences, ...rest } = tried;
    response.json({ ...rest, compared, moreDifferences });
  };
