/** Which topics the view follows. */
import { APPROVALS, AUDIT, LEDGER, MESSAGES, ORDER, PROTECTIONS, RECEIPTS, SUBSCRIPTIONS } from '../../wire/streams.ts';
import { isEvents } from '../../wire/topics.ts';

const SEEN = new Set([ORDER, RECEIPTS, MESSAGES, LEDGER, AUDIT, SUBSCRIPTIONS, PROTECTIONS, APPROVALS]);

/** Whether the view follows a topic. */
export const isSeen = (topic: string): boolean => isEvents(topic) || SEEN.has(topic);

/** What has to be followed to know of something. */
export const STREAMS = {
  order: [ORDER],
  receipts: [RECEIPTS, MESSAGES],
  ledger: [RECEIPTS, LEDGER],
  subscriptions: [SUBSCRIPTIONS],
  told: [AUDIT],
  protections: [PROTECTIONS],
  approvals: [APPROVALS],
} as const;
