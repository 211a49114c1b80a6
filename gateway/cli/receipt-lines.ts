/** What `interchange send` says of the answer to a message: why it cannot pass, and where; what goes beyond the standard. Never a value. */
import { refusalLine, type StatedRefusal } from './refusal-line.ts';

/** The part of a receipt, or of a problem report, that says what is wrong or odd. */
export interface Findings {
  readonly reasons?: readonly StatedRefusal[];
  readonly warnings?: readonly StatedRefusal[];
  readonly records?: { readonly quarantined: readonly { readonly line: number; readonly reasons: readonly StatedRefusal[] }[] };
}

/** How many lines one message gets of each kind. */
const MOST_LINES = 50;

function bounded(lines: readonly string[], what: string): readonly string[] {
  const more = lines.length - MOST_LINES;
  return more > 0 ? [...lines.slice(0, MOST_LINES), `and ${more} more ${what}`] : lines;
}

/** One line for each finding, with its place. */
export function findingLines(outcome: string, { reasons = [], warnings = [], records }: Findings): readonly string[] {
  const ofRecords = (records?.quarantined ?? []).flatMap(({ line, reasons: recordReasons }) =>
    recordReasons.map((reason) => `record quarantined: ${refusalLine({ ...reason, line: reason.line ?? line })}`),
  );
  return [
    ...bounded(
      reasons.map((reason) => `${outcome}: ${refusalLine(reason)}`),
      'reasons',
    ),
    ...bounded(ofRecords, 'reasons of records'),
    ...bounded(
      warnings.map((warning) => `warning: ${refusalLine(warning)}`),
      'warnings',
    ),
  ];
}
