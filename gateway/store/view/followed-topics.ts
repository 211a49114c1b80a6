/** Which topics the view follows. */
import { APPROVALS, AUDIT, LEDGER, MESSAGES, ORDER, PROTECTIONS, QUARANTINE, RECEIPTS, SUBSCRIPTIONS } from '../../wire/streams.ts';
import { isEvents } from '../../wire/topics.ts';

const FOLLOWED = new Set([ORDER, RECEIPTS, MESSAGES, LEDGER, AUDIT, SUBSCRIPTIONS, PROTECTIONS, APPROVALS, QUARANTINE]);

/** Whether the view follows a topic. */
export const isFollowed = (topic: string): boolean => isEvents(topic) || FOLLOWED.has(topic);

/** The streams to read for each kind of information. */
export const STREAMS = {
  order: [ORDER],
  receipts: [RECEIPTS, MESSAGES],
  ledger: [RECEIPTS, LEDGER],
  subscriptions: [SUBSCRIPTIONS],
  disclosures: [AUDIT],
  protections: [PROTECTIONS],
  approvals: [APPROVALS],
  quarantine: [RECEIPTS, QUARANTINE],
} as const;
