/** `/v1/protections/{id}/lift` and `/v1/protections/{id}/lift-requests`: lifting a protection takes two people. */
import type { LiftRequests } from '../../store/lift-requests.ts';
import type { LiftRequestEntry } from '../../store/view/lift-request-table.ts';
import { callerOf } from './auth.ts';
import type { OperationHandler } from './call.ts';
import { HttpProblem } from './problem.ts';
import { publicProtection } from './protections.ts';
import { shownRequest } from './shown-request.ts';

export interface LiftRequestsHttpContext {
  readonly liftRequests: LiftRequests;
}

const publicRequest = ({ request, approval }: Omit<LiftRequestEntry, 'seq'>) => ({
  ...shownRequest(request, approval),
  protection: request.protection,
});

export const liftProtection =
  ({ liftRequests }: LiftRequestsHttpContext): OperationHandler<'liftProtection'> =>
  async ({ path, body }, response) => {
    const asked = await liftRequests.ask(callerOf(response.locals), path.id, body().because);
    if (asked === 'not-found' || asked === 'not-in-force') throw new HttpProblem(asked);
    response.status(202).json(publicRequest({ request: asked }));
  };

export const listLiftRequests =
  ({ liftRequests }: LiftRequestsHttpContext): OperationHandler<'listLiftRequests'> =>
  async ({ path }, response) => {
    const requests = await liftRequests.list(callerOf(response.locals).client, path.id);
    if (requests === undefined) throw new HttpProblem('not-found');
    response.json({ requests: requests.map(publicRequest) });
  };

export const approveLift =
  ({ liftRequests }: LiftRequestsHttpContext): OperationHandler<'approveLift'> =>
  async ({ path, body }, response) => {
    const lifted = await liftRequests.approve(callerOf(response.locals), path.id, path.request, body().sha256);
    if (lifted === 'not-found') throw new HttpProblem('not-found');
    if (lifted === 'same-person') throw new HttpProblem('forbidden', { detail: 'A different person must approve the request' });
    if (lifted === 'lapsed') throw new HttpProblem('request-lapsed');
    response.json(publicProtection(lifted));
  };
