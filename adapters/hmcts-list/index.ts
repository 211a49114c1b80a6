/** Court lists as the publication service of HMCTS has them (JSON): magistrates, single justice procedure, Crown Court. */
import { jsonListAdapter } from '../json/list-adapter.ts';
import { DAILY, FIRM, WARNED } from './crown.ts';
import { PUBLIC, STANDARD } from './magistrates.ts';
import { PRESS, SINGLE_JUSTICE_PUBLIC } from './single-justice.ts';

const isList = (head: string): boolean =>
  /^(?:\xef\xbb\xbf)?\s*\{/.test(head) && /"(?:courtLists|DailyList|FirmList|WarnedList)"\s*:/.test(head);

const COMMON = { version: '1.0.0', specs: [DAILY, FIRM, WARNED, PUBLIC, STANDARD, SINGLE_JUSTICE_PUBLIC, PRESS] } as const;

/** Every list in its own form. */
export const hmctsList = jsonListAdapter({
  ...COMMON,
  id: 'hmcts-list',
  title: 'HMCTS court list',
  mediaTypes: ['application/hmcts-list+json'],
  carriesMarkings: true,
  detect: isList,
});

/** The same for everybody: whatever list an event is of, it is written in the form of the public list. It has to be named. */
export const hmctsPublicList = jsonListAdapter({
  ...COMMON,
  id: 'hmcts-public-list',
  title: 'HMCTS public court list',
  mediaTypes: ['application/hmcts-public-list+json'],
  carriesMarkings: true,
  writtenAs: { standard: 'public', 'single-justice-press': 'single-justice-public' },
  detect: () => false,
});
