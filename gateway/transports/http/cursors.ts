/** Cursors as requests bring them. */

import type { CursorFault, Cursors, Filters, Standing } from '../../reading/cursor.ts';
import type { Client } from '../../rules/clients.ts';
import { HttpProblem } from './problem.ts';

const REASONS: Readonly<Record<CursorFault, string>> = {
  unknown: 'The cursor is not one that this client was given',
  'other-filters': 'The cursor was made with other filters. Use it with the same filters, or start without a cursor',
};

/** The position of a cursor. Throws HttpProblem `invalid-request` for one that cannot be used with these filters. */
export async function standingAt(
  cursors: Cursors,
  client: Client,
  cursor: string,
  filters: Filters,
  at = '/query/cursor',
): Promise<Standing> {
  const standing = await cursors.read(client.id, cursor, filters);
  if (typeof standing !== 'string') return standing;
  const reason = REASONS[standing];
  throw new HttpProblem('invalid-request', { detail: reason, reasons: [{ code: `cursor-${standing}`, at, reason }] });
}
