/** Daily, firm and warned lists of the Crown Court, as XHIBIT and Common Platform write them. */
import { listAdapter } from '../xml/list-adapter.ts';
import { DAILY, FIRM, WARNED } from './lists.ts';

export const xhibitList = listAdapter({
  id: 'xhibit-list',
  title: 'XHIBIT daily, firm and warned lists',
  version: '1.0.0',
  mediaTypes: ['application/xhibit-list+xml', 'application/xml', 'text/xml'],
  carriesMarkings: true,
  specs: [DAILY, FIRM, WARNED],
});
