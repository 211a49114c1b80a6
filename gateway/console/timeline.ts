/** What happened to a message, as a page shows it: each step with how long after the one before it was. */
import type { Schemas } from './answers.ts';
import { REASONS_TO_READ } from './reasons.ts';
import { inWords, laterThan } from './times.ts';

type Step = Schemas['TimelineStep'];

const TITLES: Readonly<Record<Step['kind'], string>> = {
  received: 'Received',
  published: 'Published on the bus',
  quarantined: 'Put in quarantine',
  opened: 'Opened',
  changed: 'Changed',
  'label-requested': 'A lower label was asked for',
  'label-approved': 'The lower label was approved',
  resubmitted: 'Accepted as another message',
  evidence: 'Evidence was downloaded',
  disclosed: 'Read',
  delivered: 'Delivered',
  'delivery-failed': 'A delivery failed',
  'delivery-withheld': 'Withheld: the reader may not read it any more',
  corrected: 'Corrected',
};

/** What the gateway does for a reader. Everything else is done by somebody. */
const FOR_READERS: ReadonlySet<Step['kind']> = new Set(['delivered', 'delivery-failed', 'delivery-withheld']);

const events = (count: number): string => `${count} event${count === 1 ? '' : 's'}`;
const codeInWords = (code: string): string => (REASONS_TO_READ as Readonly<Record<string, string>>)[code] ?? code;

/** What else a step says, in a line each. */
function detailsOf({ events: count, decision, task, reasons = [], times, last, change, subscription }: Step): readonly string[] {
  const lines = [
    count === undefined ? '' : events(count) + (decision === 'redact' ? ', redacted' : ''),
    task === undefined ? '' : `For the task ${task}`,
    change ?? '',
    reasons.map(codeInWords).join(', '),
    subscription === undefined ? '' : `By the subscription ${subscription}`,
    times === undefined || last === undefined ? '' : `${times} times, the last on ${inWords(last)}`,
  ];
  return lines.filter((line) => line !== '');
}

/** The steps for `timeline.njk`. */
export const shownSteps = (steps: readonly Step[]) =>
  steps.map((step, n) => {
    const { time, kind, who, message, event } = step;
    const before = steps[n - 1]?.time;
    return {
      title: TITLES[kind],
      who: who === undefined ? undefined : `${FOR_READERS.has(kind) ? 'to' : 'by'} ${who}`,
      time,
      inWords: inWords(time),
      later: before === undefined ? undefined : laterThan(before, time),
      details: detailsOf(step),
      message,
      event,
    };
  });
