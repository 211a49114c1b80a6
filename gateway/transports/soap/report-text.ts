/** What happened to a message, in a sentence for the sender. It names places and reasons, never a value. */
import { isComplete, type Report } from '../outcome.ts';

/** Enough to see what is wrong. The receipt has all. */
const MOST_REASONS = 5;

export function reportText(report: Report): string {
  const { status, receipt, reasons, records = [] } = report;
  const kept = receipt === undefined ? '' : ` Receipt: ${receipt}.`;
  if (isComplete(report)) return `Accepted.${kept}`;
  if (status === 'accepted') return `Accepted, but for ${records.length} records that are in quarantine.${kept}`;
  const all = reasons.slice(0, MOST_REASONS).map(({ code, reason, at, line }) => {
    const place = [at === undefined ? [] : `at ${at}`, line === undefined ? [] : `line ${line}`].flat().join(', ');
    return ` ${code}: ${reason}${place === '' ? '' : ` (${place})`}.`;
  });
  return `${receipt === undefined ? 'Refused. Nothing is kept.' : 'Refused, and kept in quarantine.'}${kept}${all.join('')}`;
}
