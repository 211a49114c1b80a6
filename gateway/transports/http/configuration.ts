/** `GET /v1/configuration`: what is in force in this gateway, for those who are cleared for all that it may hold. */
import { actorOf } from '../../rules/clients.ts';
import type { Journal } from '../../store/journal.ts';
import { type ClearedContext, clearedCaller } from './audit.ts';
import type { OperationHandler } from './call.ts';

export interface ConfigurationHttpContext extends ClearedContext {
  readonly journal: Journal;
  readonly policy: () => string;
  /** What is in force, as the contract has it. */
  readonly configuration: () => object;
}

export const getConfiguration =
  (context: ConfigurationHttpContext): OperationHandler<'getConfiguration'> =>
  async (_call, response) => {
    const client = clearedCaller(context, response.locals);
    const { journal, policy, configuration } = context;
    await journal.commit(
      [],
      [{ action: 'consultation', ...actorOf(client), decision: 'permit', change: 'configuration', policy: policy() }],
    );
    response.json(configuration());
  };
