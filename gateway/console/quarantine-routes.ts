/** The pages of the quarantine. */
import { isStatus, quarantinedPage, quarantinePage } from './quarantine.ts';
import { approve, changesPage, openedPage, resubmit } from './quarantine-forms.ts';
import { messageIdIn, type Routes } from './routes.ts';
import { textIn } from './visit.ts';

export function quarantineRoutes({ get, post, now }: Routes): void {
  get('/quarantine', (person, { query }) => {
    const status = isStatus(query.status) ? query.status : undefined;
    return quarantinePage(person, { status, cursor: textIn(query.cursor) }, now());
  });
  get('/quarantine/:id', (person, request) => quarantinedPage(person, messageIdIn(request), now()));
  post('/quarantine/:id/content', (person, form, request) => openedPage(person, messageIdIn(request), form, now()));
  post('/quarantine/:id/changes', (person, form, request) => changesPage(person, messageIdIn(request), form));
  post('/quarantine/:id/resubmission', (person, form, request) => resubmit(person, messageIdIn(request), form));
  post('/quarantine/:id/label-requests/:request/approval', (person, _form, request) =>
    approve(person, messageIdIn(request), textIn(request.params.request) ?? ''),
  );
}
