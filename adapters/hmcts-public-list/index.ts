/** Court lists of HMCTS in the form of the public list, whatever list an event came from. */
import { COMMON, isList } from '../hmcts-list/index.ts';
import { jsonListAdapter } from '../json/list-adapter.ts';

/** The same for everybody: whatever list an event is of, it is written in the form of the public list. Name it: other lists are detected as `hmcts-list`. */
export const hmctsPublicList = jsonListAdapter({
  ...COMMON,
  id: 'hmcts-public-list',
  title: 'HMCTS public court list',
  mediaTypes: ['application/hmcts-public-list+json'],
  carriesMarkings: true,
  writtenAs: { standard: 'public', 'single-justice-press': 'single-justice-public' },
  detect: isList,
});
