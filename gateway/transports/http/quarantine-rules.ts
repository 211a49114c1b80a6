/** `/v1/quarantine-rules`: what is done by itself about messages in quarantine. */
import type { QuarantineRules, RequestedRule } from '../../quarantine/rules.ts';
import type { RuleEntry } from '../../store/view/rule-table.ts';
import { callerOf } from './auth.ts';
import type { OperationHandler } from './call.ts';
import type { OperationId } from './parameters.ts';
import { HttpProblem } from './problem.ts';

export interface QuarantineRulesHttpContext {
  readonly quarantineRules: QuarantineRules;
}

type Handler<Id extends OperationId> = (context: QuarantineRulesHttpContext) => OperationHandler<Id>;

const publicRule = ({ rule: { id, source, code, assign, resubmitWhen, by, time }, end }: RuleEntry) => ({
  id,
  source,
  code,
  ...(assign === undefined ? {} : { assign }),
  ...(resubmitWhen === undefined ? {} : { resubmitWhen }),
  by,
  time,
  ...(end === undefined ? {} : { ended: { by: end.by, time: end.time } }),
});

export const listQuarantineRules: Handler<'listQuarantineRules'> =
  ({ quarantineRules }) =>
  async (_call, response) => {
    response.json({ rules: (await quarantineRules.list(callerOf(response.locals).client)).map(publicRule) });
  };

export const makeQuarantineRule: Handler<'makeQuarantineRule'> =
  ({ quarantineRules }) =>
  async ({ body }, response) => {
    const made = await quarantineRules.make(callerOf(response.locals).client, body() as RequestedRule);
    if (!made.ok) throw new HttpProblem('invalid-request', { reasons: made.refusals });
    response.status(201).json(publicRule(made.value));
  };

export const endQuarantineRule: Handler<'endQuarantineRule'> =
  ({ quarantineRules }) =>
  async ({ path }, response) => {
    const ended = await quarantineRules.end(callerOf(response.locals).client, path.id);
    if (ended === undefined) throw new HttpProblem('not-found');
    response.json(publicRule(ended));
  };
