/** `GET /v1/disclosures`: who was told about a case or a person. */
import type { Cursors } from '../../reading/cursor.ts';
import { DISCLOSURES_START, type DisclosurePlace, type DisclosureReader } from '../../reading/disclosure-reader.ts';
import { callerOf } from './auth.ts';
import type { OperationHandler } from './call.ts';
import { closedSignal } from './closed.ts';
import { standingAt } from './cursors.ts';
import { HttpProblem } from './problem.ts';

export interface DisclosuresHttpContext {
  readonly disclosureReader: DisclosureReader;
  readonly cursors: Cursors;
}

const TOPIC = 'disclosures';

/** A place in the form of a standing, which a cursor holds. */
const standingOf = ({ seq, record, outcome }: DisclosurePlace) => ({ [TOPIC]: { 0: seq, 1: record, 2: outcome } });

export const listDisclosures =
  ({ disclosureReader, cursors }: DisclosuresHttpContext): OperationHandler<'listDisclosures'> =>
  async ({ query: { about, cursor, limit }, header }, response) => {
    const { client } = callerOf(response.locals);
    if (client.tasks !== undefined)
      throw new HttpProblem('forbidden', { detail: 'This client reads only for a task, and disclosures are for none' });
    const filters = { about };
    const at = cursor === undefined ? undefined : (await standingAt(cursors, client, cursor, filters))[TOPIC];
    const from = at === undefined ? DISCLOSURES_START : { seq: at[0] ?? 0, record: at[1] ?? 0, outcome: at[2] ?? 0 };
    const query = { about: about.split(','), reason: header['Interchange-Reason'], from, limit, signal: closedSignal(response) };
    const { disclosures, next, more } = await disclosureReader.list(client, query);
    response.json({ disclosures, cursor: await cursors.write(client.id, standingOf(next), filters), more });
  };
