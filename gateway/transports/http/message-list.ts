/** `GET /v1/messages`, and what happened to one message: for its sender, and for operators. */
import { markingOf } from '../../../contracts/client/label.ts';
import type { MessageList } from '../../messages/message-list.ts';
import type { Timelines } from '../../messages/timeline.ts';
import type { Cursors } from '../../reading/cursor.ts';
import type { Client } from '../../rules/clients.ts';
import type { ListPlace } from '../../store/view/merge-groups.ts';
import type { ListedMessage } from '../../store/view/message-list-table.ts';
import { callerOf } from './auth.ts';
import type { OperationHandler } from './call.ts';
import { standingAt } from './cursors.ts';
import { millisecondsOf } from './instants.ts';
import { HttpProblem } from './problem.ts';

export interface MessageListHttpContext {
  readonly messageList: MessageList;
  readonly timelines: Timelines;
  readonly cursors: Cursors;
}

const TOPIC = 'messages';

const publicMessage = ({ id, group, received, events, warnings, reason, resubmissionOf, resubmittedAs, record }: ListedMessage) => ({
  id,
  status: group.status,
  source: group.source,
  ...(group.adapter === undefined ? {} : { adapter: group.adapter }),
  received: new Date(received).toISOString(),
  classification: markingOf(group.seen.label),
  events,
  warnings,
  ...(reason === undefined ? {} : { reason }),
  ...(resubmissionOf === undefined ? {} : { resubmissionOf }),
  ...(resubmittedAs === undefined ? {} : { resubmittedAs }),
  ...(record === undefined ? {} : { record }),
});

async function placeAfter(
  { cursors }: MessageListHttpContext,
  client: Client,
  cursor: string | undefined,
  filters: Parameters<typeof standingAt>[3],
): Promise<ListPlace | undefined> {
  if (cursor === undefined) return undefined;
  const standing = await standingAt(cursors, client, cursor, filters);
  const [received, tie] = [0, 1].map((part) => standing[TOPIC]?.[part]);
  return received === undefined || tie === undefined ? undefined : { received, tie };
}

export const listMessages =
  (context: MessageListHttpContext): OperationHandler<'listMessages'> =>
  async ({ query: { cursor, limit, from, to, ...filters } }, response) => {
    const { client } = callerOf(response.locals);
    const all = { ...filters, from, to };
    const { messages, end, more } = await context.messageList.page(client, {
      ...filters,
      about: filters.about?.split(','),
      from: from === undefined ? undefined : millisecondsOf(from, '/query/from'),
      to: to === undefined ? undefined : millisecondsOf(to, '/query/to'),
      after: await placeAfter(context, client, cursor, all),
      limit,
    });
    const standing = { [TOPIC]: { 0: end.received, 1: end.tie } };
    response.json({ messages: messages.map(publicMessage), cursor: await context.cursors.write(client.id, standing, all), more });
  };

export const getTimeline =
  ({ timelines }: MessageListHttpContext): OperationHandler<'getTimeline'> =>
  async ({ path }, response) => {
    const { client } = callerOf(response.locals);
    const found = await timelines.of(client, path.id);
    if (found === undefined) throw new HttpProblem('not-found');
    response.json({ message: found.receipt.id, steps: found.steps, more: found.more });
  };
