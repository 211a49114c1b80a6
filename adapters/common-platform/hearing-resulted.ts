/** The message by its table. What encode writes of all events of a message is the message; nothing else can be written in its form. */
import type { Adapter } from '../adapter.ts';
import { jsonListAdapter } from '../json/list-adapter.ts';
import { toEvent } from './event.ts';
import { placesOf, pointerOf } from './places.ts';
import { object } from './results.ts';
import { MESSAGE } from './table.ts';

export const ID = 'common-platform-hearing-resulted';

export const byTable: Adapter = jsonListAdapter({
  id: ID,
  title: 'Common Platform hearing resulted: the outcome of a hearing',
  version: '1.0.0',
  mediaTypes: ['application/hearing-resulted+json'],
  carriesMarkings: false,
  detect: (head) =>
    /^(?:\xef\xbb\xbf)?\s*\{/.test(head) && /"hearing"\s*:\s*\{/.test(head) && /"(?:prosecutionCases|courtApplications)"\s*:/.test(head),
  specs: [
    {
      standard: 'hearing.resulted',
      kind: 'hearing-resulted',
      root: MESSAGE,
      isKindOf: ({ hearing }) => Object.keys(object(hearing)).length > 0,
      caseReferences: [['case', 'urn']],
      toEvent,
      // Nothing is written of the values alone, so that every event keeps its entry.
      fromEvent: () => ({}),
      placesOf,
      pointerOf,
      longest: {},
    },
  ],
});
