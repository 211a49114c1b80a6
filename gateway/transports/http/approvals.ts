/** `GET /v1/approvals`: what waits for a second person. */
import { markingOf } from '../../../contracts/client/label.ts';
import type { Approvals, WaitingApproval } from '../../quarantine/approvals.ts';
import type { Cursors } from '../../reading/cursor.ts';
import type { Scope } from '../../rules/clients.ts';
import { callerOf } from './auth.ts';
import type { OperationHandler } from './call.ts';
import { standingAt } from './cursors.ts';

export interface ApprovalsHttpContext {
  readonly approvals: Approvals;
  readonly cursors: Cursors;
}

const TOPIC = 'approvals';

const publicApproval = (waiting: WaitingApproval) => {
  const { id, sha256, because, by, time, expires } = waiting.request;
  return {
    kind: waiting.kind,
    id,
    sha256,
    because,
    by,
    time,
    expires,
    isYours: waiting.isYours,
    ...(waiting.kind === 'label'
      ? { about: waiting.request.message, classification: markingOf(waiting.request.label) }
      : { about: waiting.request.protection, restrictions: waiting.protection.protection.restrictions }),
  };
};

export const listApprovals =
  ({ approvals, cursors }: ApprovalsHttpContext): OperationHandler<'listApprovals'> =>
  async ({ query: { cursor, limit } }, response) => {
    const caller = callerOf(response.locals);
    const { client, scopes } = caller;
    const has = (scope: Scope) => scopes.has(scope) && client.scopes.has(scope);
    const may = { labels: has('quarantine:read'), lifts: has('protections:read') };
    const standing = cursor === undefined ? {} : await standingAt(cursors, client, cursor, {});
    const { waiting, next, more } = await approvals.list(caller, may, { after: standing[TOPIC]?.[0] ?? 0, limit });
    response.json({ waiting: waiting.map(publicApproval), cursor: await cursors.write(client.id, { [TOPIC]: { 0: next } }, {}), more });
  };
