/** `/v1/quarantine/{id}/label-requests`: lowering the label of a message in quarantine takes two persons. */
import type { LabelRequests, RequestedLabel } from '../../quarantine/label-requests.ts';
import type { Quarantine } from '../../quarantine/quarantine.ts';
import type { Client } from '../../rules/clients.ts';
import type { LabelRequestEntry } from '../../store/view/approvals-table.ts';
import { callerOf } from './auth.ts';
import type { OperationHandler } from './call.ts';
import { HttpProblem } from './problem.ts';
import { shownRequest } from './shown-request.ts';

export interface LabelRequestsHttpContext {
  readonly quarantine: Quarantine;
  readonly requests: LabelRequests;
}

const publicRequest = ({ request, approval }: LabelRequestEntry) => ({ ...shownRequest(request, approval), label: request.label });

/** Ends the request where the client may not see the message. */
async function mustSee({ quarantine }: LabelRequestsHttpContext, client: Client, id: string): Promise<void> {
  if ((await quarantine.find(client, id)) === undefined) throw new HttpProblem('not-found');
}

export const listLabelRequests =
  (context: LabelRequestsHttpContext): OperationHandler<'listLabelRequests'> =>
  async ({ path }, response) => {
    const { client } = callerOf(response.locals);
    await mustSee(context, client, path.id);
    response.json({ requests: (await context.requests.list(path.id)).map(publicRequest) });
  };

export const requestLabel =
  (context: LabelRequestsHttpContext): OperationHandler<'requestLabel'> =>
  async ({ path, body }, response) => {
    const caller = callerOf(response.locals);
    const { id } = path;
    await mustSee(context, caller.client, id);
    const wanted = body() as RequestedLabel;
    const made = await context.requests.ask(caller, id, wanted);
    if (!made.ok) throw new HttpProblem('invalid-request', { reasons: made.refusals });
    response.status(201).json(publicRequest({ request: made.value }));
  };

export const approveLabel =
  (context: LabelRequestsHttpContext): OperationHandler<'approveLabel'> =>
  async ({ path }, response) => {
    const caller = callerOf(response.locals);
    const { id, request: name } = path;
    await mustSee(context, caller.client, id);
    const approved = await context.requests.approve(caller, id, name);
    if (approved === 'not-found') throw new HttpProblem('not-found');
    if (approved === 'same-person') throw new HttpProblem('forbidden', { detail: 'A different person must approve the request' });
    if (approved === 'lapsed') throw new HttpProblem('request-lapsed');
    response.json(publicRequest(approved));
  };
