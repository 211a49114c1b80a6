/** Court lists of the magistrates' courts as Libra sends them to probation: `ExternalDocumentRequest`, alone or in a SOAP 1.2 envelope. */
import { listAdapter } from '../xml/list-adapter.ts';
import { COURT_LIST } from './court-list.ts';

export const libraCourtList = listAdapter({
  id: 'libra-court-list',
  title: 'Libra court list',
  version: '1.0.0',
  mediaTypes: ['application/libra-court-list+xml', 'application/xml', 'text/xml', 'application/soap+xml'],
  carriesMarkings: false,
  specs: [COURT_LIST],
});
