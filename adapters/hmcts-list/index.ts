/** Court lists as the publication service of HMCTS has them (JSON): magistrates, single justice procedure, Crown Court. */
import { jsonListAdapter } from '../json/list-adapter.ts';
import { DAILY, FIRM, WARNED } from './crown.ts';
import { PUBLIC, STANDARD } from './magistrates.ts';
import { PRESS, SINGLE_JUSTICE_PUBLIC } from './single-justice.ts';

/** Whether the head of a message is of a list. */
export const isList = (head: string): boolean =>
  /^(?:\xef\xbb\xbf)?\s*\{/.test(head) && /"(?:courtLists|DailyList|FirmList|WarnedList)"\s*:/.test(head);

/** What both adapters of these lists read. */
export const COMMON = { version: '1.0.0', specs: [DAILY, FIRM, WARNED, PUBLIC, STANDARD, SINGLE_JUSTICE_PUBLIC, PRESS] } as const;

/** Every list in its own form. */
export const hmctsList = jsonListAdapter({
  ...COMMON,
  id: 'hmcts-list',
  title: 'HMCTS court list',
  mediaTypes: ['application/hmcts-list+json'],
  carriesMarkings: true,
  detect: isList,
});
