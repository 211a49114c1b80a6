/** `/v1/messages` and `POST /v1/events`: what comes in, and its receipt. */
import type { Response } from 'express';
import type { Json } from '../../../adapters/adapter.ts';
import { parseStrict } from '../../../adapters/json.ts';
import { markingOf } from '../../../contracts/client/label.ts';
import type { IntakeResult } from '../../intake/message-intake.ts';
import type { Quarantine } from '../../quarantine/quarantine.ts';
import type { Resubmitter } from '../../quarantine/resubmitter.ts';
import { actorOf } from '../../rules/clients.ts';
import type { View } from '../../store/view/view.ts';
import type { ReceiptRecord } from '../../wire/streams.ts';
import type { Arrival, Receive } from '../transport.ts';
import { type Caller, callerOf } from './auth.ts';
import { bytesOf, contentTypeOf } from './body.ts';
import type { OperationHandler } from './call.ts';
import type { Observe } from './observe.ts';
import { HttpProblem, sendProblem } from './problem.ts';
import { lockedBy } from './quarantine-work.ts';
import { traceOf } from './trace.ts';

export interface MessagesContext {
  /** Takes a message in. */
  readonly receive: Receive;
  readonly quarantine: Quarantine;
  readonly resubmitter: Resubmitter;
  readonly view: View;
  readonly observe: Observe;
}

/** The receipt as its sender sees it. */
const publicReceipt = (
  { id, status, adapter, received, sha256, events, warnings, reasons, protections, label, resubmissionOf, record, records }: ReceiptRecord,
  isSpooled: boolean,
) => ({
  id,
  status,
  stored: isSpooled ? 'spool' : 'bus',
  ...(adapter === undefined ? {} : { adapter }),
  received,
  sha256,
  classification: markingOf(label),
  events,
  warnings,
  reasons,
  ...(protections === undefined ? {} : { protections }),
  ...(resubmissionOf === undefined ? {} : { resubmissionOf }),
  ...(record === undefined ? {} : { record }),
  ...(records === undefined ? {} : { records }),
});

/** Who sends. Throws HttpProblem `forbidden` for a client that is not a source. */
function senderOf({ client }: Caller): Arrival['sender'] {
  if (client.source === undefined) throw new HttpProblem('forbidden', { detail: 'This client is not configured as a source' });
  return { ...actorOf(client), source: client.source };
}

function assertionOf(header: string | undefined): { readonly assertion?: Json } {
  if (header === undefined) return {};
  const parsed = parseStrict(header);
  if (!parsed.ok)
    throw new HttpProblem('invalid-request', { detail: 'Interchange-Label is not a label in JSON', reasons: parsed.refusals });
  return { assertion: parsed.value };
}

const keyOf = (idempotencyKey: string | undefined): Pick<Arrival, 'idempotencyKey'> =>
  idempotencyKey === undefined ? {} : { idempotencyKey };

function answer(response: Response, result: IntakeResult, observe: Observe): void {
  if (result.kind !== 'receipt') {
    sendProblem(response, result.kind);
    return;
  }
  const { receipt, repeated } = result;
  observe.taken(repeated ? 'repeated' : receipt.status);
  response.locals.messageId = receipt.id;
  response.set('Location', `/v1/messages/${receipt.id}`);
  if (repeated) response.set('Interchange-Repeated', 'true');
  if (receipt.status === 'quarantined') sendProblem(response, 'quarantined', { receipt: receipt.id, reasons: receipt.reasons });
  else response.status(202).json(publicReceipt(receipt, result.isSpooled));
}

export const submitMessage =
  ({ receive, observe }: MessagesContext): OperationHandler<'submitMessage'> =>
  async ({ header, request }, response) => {
    const caller = callerOf(response.locals);
    const adapter = header['Interchange-Adapter'];
    const bytes = bytesOf(request.body);
    if (bytes.length === 0) throw new HttpProblem('invalid-request', { detail: 'There is no message in the body' });
    const arrival: Arrival = {
      sender: senderOf(caller),
      bytes,
      ...contentTypeOf(request.get('content-type')),
      ...(adapter === undefined ? {} : { adapter }),
      ...assertionOf(header['Interchange-Label']),
      ...keyOf(header['Idempotency-Key']),
      traceparent: traceOf(response.locals).traceparent,
    };
    response.locals.isCounted = true;
    await receive(arrival, (result) => answer(response, result, observe));
  };

export const submitEvent =
  ({ receive, observe }: MessagesContext): OperationHandler<'submitEvent'> =>
  async ({ header, request }, response) => {
    const caller = callerOf(response.locals);
    const { mediaType = '' } = contentTypeOf(request.get('content-type'));
    if (mediaType !== 'application/cloudevents+json' && mediaType !== 'application/json') throw new HttpProblem('unsupported-media-type');
    const arrival: Arrival = {
      sender: senderOf(caller),
      bytes: bytesOf(request.body),
      mediaType,
      canonical: true,
      ...keyOf(header['Idempotency-Key']),
      traceparent: traceOf(response.locals).traceparent,
    };
    response.locals.isCounted = true;
    await receive(arrival, (result) => answer(response, result, observe));
  };

export const getReceipt =
  ({ view, quarantine }: MessagesContext): OperationHandler<'getReceipt'> =>
  async ({ path: { id } }, response) => {
    const { client } = callerOf(response.locals);
    const find = () => {
      const found = view.receipt(id);
      return found !== undefined && quarantine.mayReadReceipt(client, found) ? found : undefined;
    };
    let receipt = find();
    if (receipt === undefined) {
      // Another gateway may have taken it a moment ago. Absent and not to be seen wait alike.
      await view.caughtUp('receipts');
      receipt = find();
    }
    if (receipt === undefined) throw new HttpProblem('not-found');
    response.json(publicReceipt(receipt, view.isSpooled(id)));
  };

export const resubmitQuarantined =
  ({ resubmitter, observe }: MessagesContext): OperationHandler<'resubmitQuarantined'> =>
  async ({ path, request }, response) => {
    const bytes = bytesOf(request.body);
    const result = await resubmitter.resubmit(callerOf(response.locals), path.id, bytes.length === 0 ? undefined : bytes);
    if (result.kind === 'not-found') throw new HttpProblem('not-found');
    if (result.kind === 'already-resubmitted') throw new HttpProblem('already-resubmitted');
    if (result.kind === 'closed') throw new HttpProblem('item-changed', { detail: 'The message is closed: reopen it first' });
    if (result.kind === 'locked') throw lockedBy(result.lock);
    answer(response, result, observe);
  };
