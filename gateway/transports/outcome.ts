/** What happened to a message, as a transport without a protocol for answers tells it: in a file next to the message, or in a reply message. */
import type { Refusal } from '../../adapters/adapter.ts';
import type { IntakeResult } from '../intake/message-intake.ts';

/** Why something was not accepted: a refusal, or a reason of the transport. */
export type ReportReason = Omit<Refusal, 'code'> & { readonly code: string };

/** A report to the sender. It names places and reasons, never a value. */
export interface Report {
  readonly status: 'accepted' | 'quarantined' | 'refused';
  /** The id of the receipt, to ask for it by. Absent where nothing was kept. */
  readonly receipt?: string;
  readonly reasons: readonly ReportReason[];
  /** Records of the message that wait in quarantine, where the others were accepted. */
  readonly records?: readonly { readonly id: string; readonly line: number; readonly reasons: readonly Refusal[] }[];
}

/** Whether all of a message was accepted. */
export const isComplete = ({ status, records = [] }: Report): boolean => status === 'accepted' && records.length === 0;

/** A report on what was refused before it was read: nothing was kept of it. */
export const refusedReport = (code: string, reason: string): Report => ({ status: 'refused', reasons: [{ code, reason }] });

export function reportOf(result: IntakeResult): Report {
  // Only a sender that gives keys can use one twice.
  if (result.kind !== 'receipt') return refusedReport(result.kind, 'The key of this message belongs to another one');
  const { id, status, reasons, records } = result.receipt;
  const kept = records?.quarantined ?? [];
  return { status, receipt: id, reasons, ...(kept.length === 0 ? {} : { records: kept }) };
}

export const writeReport = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;
