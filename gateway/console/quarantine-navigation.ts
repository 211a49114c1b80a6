/** What all pages of the quarantine show in the same way. */
import type { Schemas } from './answers.ts';
import { CONSOLE_PATH } from './visit.ts';

export const QUARANTINE_PATH = `${CONSOLE_PATH}/quarantine`;
export const JOBS_PATH = `${CONSOLE_PATH}/quarantine-jobs`;
export const RULES_PATH = `${CONSOLE_PATH}/quarantine-rules`;

/** The parts of the quarantine, with the one that is shown. */
export const partsOfQuarantine = (active: string) =>
  [
    { text: 'Messages that wait', href: QUARANTINE_PATH },
    { text: 'Assigned to me', href: `${QUARANTINE_PATH}?mine=yes` },
    { text: 'Closed', href: `${QUARANTINE_PATH}?status=closed` },
    { text: 'Resubmitted', href: `${QUARANTINE_PATH}?status=resubmitted` },
    { text: 'Jobs', href: JOBS_PATH },
    { text: 'Rules', href: RULES_PATH },
  ].map((part) => ({ ...part, active: part.text === active }));

/** Why an item is closed, in words. */
export const CLOSING_CODES: Readonly<Record<Schemas['ClosingCode'], string>> = {
  duplicate: 'It is a duplicate',
  'sent-again': 'Its sender sent it again correctly',
  'sent-in-error': 'It was sent in error',
  'not-for-us': 'It is not for this gateway',
  test: 'It was a test',
  other: 'Another reason',
};
export const isClosingCode = (value: unknown): value is Schemas['ClosingCode'] =>
  typeof value === 'string' && Object.hasOwn(CLOSING_CODES, value);

export const LONGEST_TEXT = 2000;
