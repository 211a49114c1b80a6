/** `/v1/quarantine`: what waits, why, and the message itself for those who may read it. */
import { markingOf } from '../../../contracts/client/label.ts';
import type { Quarantine, QuarantineItem } from '../../quarantine/quarantine.ts';
import type { Cursors } from '../../reading/cursor.ts';
import { callerOf } from './auth.ts';
import { accountOf } from './body.ts';
import type { OperationHandler } from './call.ts';
import { standingAt } from './cursors.ts';
import { HttpProblem } from './problem.ts';

export interface QuarantineHttpContext {
  readonly quarantine: Quarantine;
  readonly cursors: Cursors;
}

/** Under which name cursors hold a place among the items. */
export const QUARANTINE_PLACE = 'quarantine';

const publicItem = ({ receipt, status, resubmittedAs, closed, assignee, due, lock }: QuarantineItem) => ({
  id: receipt.id,
  status,
  source: receipt.source,
  ...(receipt.adapter === undefined ? {} : { adapter: receipt.adapter }),
  received: receipt.received,
  sha256: receipt.sha256,
  classification: markingOf(receipt.label),
  reasons: receipt.reasons,
  ...(resubmittedAs === undefined ? {} : { resubmittedAs }),
  ...(receipt.record === undefined ? {} : { record: receipt.record }),
  ...(closed === undefined ? {} : { closed }),
  ...(assignee === undefined ? {} : { assignee }),
  ...(due === undefined ? {} : { due }),
  ...(lock === undefined ? {} : { lock: { by: lock.by, until: lock.until } }),
});

export const listQuarantine =
  ({ quarantine, cursors }: QuarantineHttpContext): OperationHandler<'listQuarantine'> =>
  async ({ query: { cursor, limit, ...filter } }, response) => {
    const { client } = callerOf(response.locals);
    const standing = cursor === undefined ? {} : await standingAt(cursors, client, cursor, filter);
    const { items, next, more } = await quarantine.list(client, standing[QUARANTINE_PLACE]?.[0] ?? 0, limit, filter);
    const place = await cursors.write(client.id, { [QUARANTINE_PLACE]: { 0: next } }, filter);
    response.json({ items: items.map(publicItem), cursor: place, more });
  };

export const listQuarantineGroups =
  ({ quarantine, cursors }: QuarantineHttpContext): OperationHandler<'listQuarantineGroups'> =>
  async ({ query }, response) => {
    const { client } = callerOf(response.locals);
    const { groups, place, more } = await quarantine.groups(client, query);
    response.json({ groups, place: await cursors.write(client.id, { [QUARANTINE_PLACE]: { 0: place } }, {}), more });
  };

export const getQuarantined =
  ({ quarantine }: QuarantineHttpContext): OperationHandler<'getQuarantined'> =>
  async ({ path, header }, response) => {
    const { client } = callerOf(response.locals);
    const found = await quarantine.read(client, path.id, {
      hasRoom: accountOf(response.locals).take,
      reason: header['Interchange-Reason'],
    });
    if (found === undefined) throw new HttpProblem('not-found');
    const { mediaType } = found.item.receipt;
    response.json({
      ...publicItem(found.item),
      ...(mediaType === undefined ? {} : { mediaType }),
      content: Buffer.from(found.content).toString('base64'),
    });
  };
