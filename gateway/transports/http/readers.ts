/** `GET /v1/events/{id}/readers`: what each client would be given of an event, for an operator who may read all of it. */
import type { SeenBy, SeenByReadersOf } from '../../reading/seen-by-readers.ts';
import { callerOf } from './auth.ts';
import { accountOf } from './body.ts';
import type { OperationHandler } from './call.ts';
import { HttpProblem } from './problem.ts';

export interface ReadersHttpContext {
  readonly seenByReaders: SeenByReadersOf;
}

const publicReader = ({ client, title, task, verdict, reasons }: SeenBy) => ({
  client,
  title,
  ...(task === undefined ? {} : { task }),
  verdict,
  reasons,
});

export const listReaders =
  ({ seenByReaders }: ReadersHttpContext): OperationHandler<'listReaders'> =>
  async ({ path, query, header }, response) => {
    const { client } = callerOf(response.locals);
    if (!client.operator) throw new HttpProblem('forbidden', { detail: 'Only an operator may see what others would be given' });
    const found = await seenByReaders.of(client, path.id, {
      as: query.as,
      reason: header['Interchange-Reason'],
      hasRoom: accountOf(response.locals).take,
    });
    if (found === undefined) throw new HttpProblem('not-found');
    const { readers, shown } = found;
    response.json({
      event: path.id,
      readers: readers.map(publicReader),
      ...(shown === undefined
        ? {}
        : {
            shown: {
              ...publicReader(shown),
              withheld: shown.withheld,
              ...(shown.event === undefined ? {} : { event: shown.event }),
            },
          }),
    });
  };
