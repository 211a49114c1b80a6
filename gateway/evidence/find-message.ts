/** Finds a message by its id, or by the id of one of its events. */
import type { Bus } from '../bus/bus.ts';
import type { View } from '../store/view/view.ts';
import type { ReceiptRecord } from '../wire/streams.ts';
import { auditRecordAt } from './audit-proofs.ts';

export interface FindMessageContext {
  readonly bus: Pick<Bus, 'read' | 'offsetAt'>;
  readonly view: View;
}

/** The record of its collection is the first that names an event; a forged one before it is passed over. */
const MOST_LOOKED_AT = 50;

async function find({ bus, view }: FindMessageContext, id: string): Promise<ReceiptRecord | undefined> {
  const receiptById = view.receipt(id);
  if (receiptById !== undefined) return receiptById;
  for (const offset of view.trail.of([id], MOST_LOOKED_AT)) {
    const { messageId } = (await auditRecordAt({ bus }, offset))?.record ?? {};
    const receipt = messageId === undefined ? undefined : view.receipt(messageId);
    if (receipt?.events.some((event) => event.id === id) === true) return receipt;
  }
  return undefined;
}

/** The receipt of the message; undefined where the id means none. */
export async function findMessage(context: FindMessageContext, id: string): Promise<ReceiptRecord | undefined> {
  const found = await find(context, id);
  if (found !== undefined) return found;
  // Another gateway may have taken it a moment ago.
  await Promise.all([context.view.caughtUp('receipts'), context.view.caughtUp('disclosures')]);
  return find(context, id);
}
