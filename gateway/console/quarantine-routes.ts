/** The pages of the quarantine. */
import { isStatus, quarantinedPage, quarantinePage } from './quarantine.ts';
import { approve, changesPage, editAgainPage, openedPage, resubmit } from './quarantine-forms.ts';
import { endRule, makeRule, rulesPage } from './quarantine-rules.ts';
import { assignSelected, closeSelected, takeSelection } from './quarantine-selection.ts';
import { addNote, close, plan, reopen, stopEditing } from './quarantine-work.ts';
import { changeJob, jobPage, jobsPage } from './resubmissions.ts';
import { messageIdIn, type Routes } from './routes.ts';
import { textIn } from './visit.ts';

export function quarantineRoutes(routes: Routes): void {
  const { get, post, now } = routes;
  get('/quarantine', (person, { query }) => {
    const status = isStatus(query.status) ? query.status : undefined;
    const [source, code] = [textIn(query.source), textIn(query.code)];
    return quarantinePage(person, { status, source, code, isMine: query.mine === 'yes', cursor: textIn(query.cursor) }, now());
  });
  get('/quarantine/:id', (person, request) => quarantinedPage(person, messageIdIn(request), now()));
  post('/quarantine/:id/content', (person, form, request) => openedPage(person, messageIdIn(request), form, now()));
  post('/quarantine/:id/edit', (person, form, request) => editAgainPage(person, messageIdIn(request), form, now()));
  post('/quarantine/:id/changes', (person, form, request) => changesPage(person, messageIdIn(request), form, now()));
  post('/quarantine/:id/resubmission', (person, form, request) => resubmit(person, messageIdIn(request), form));
  post('/quarantine/:id/label-requests/:request/approval', (person, _form, request) =>
    approve(person, messageIdIn(request), textIn(request.params.request) ?? ''),
  );
  workRoutes(routes);
  manyRoutes(routes);
}

/** The work on one message. */
function workRoutes({ post, now }: Routes): void {
  post('/quarantine/:id/notes', (person, form, request) => addNote(person, messageIdIn(request), form, now()));
  post('/quarantine/:id/plan', (person, form, request) => plan(person, messageIdIn(request), form, now()));
  post('/quarantine/:id/closure', (person, form, request) => close(person, messageIdIn(request), form, now()));
  post('/quarantine/:id/reopening', (person, _form, request) => reopen(person, messageIdIn(request)));
  post('/quarantine/:id/stop-editing', (person, _form, request) => stopEditing(person, messageIdIn(request)));
}

/** Many messages at once, and rules. */
function manyRoutes({ get, post, now }: Routes): void {
  post('/quarantine-selection', (person, form) => takeSelection(person, form, now()));
  post('/quarantine-selection/closure', (person, form) => closeSelected(person, form, now()));
  post('/quarantine-selection/plan', (person, form) => assignSelected(person, form, now()));
  get('/quarantine-jobs', (person, { query }) => jobsPage(person, textIn(query.cursor)));
  get('/quarantine-jobs/:id', (person, request) => jobPage(person, messageIdIn(request)));
  post('/quarantine-jobs/:id/stop', (person, _form, request) => changeJob(person, messageIdIn(request), 'stop'));
  post('/quarantine-jobs/:id/restart', (person, _form, request) => changeJob(person, messageIdIn(request), 'restart'));
  get('/quarantine-rules', (person, { query }) =>
    rulesPage(person, { source: textIn(query.source) ?? '', code: textIn(query.code) ?? '' }),
  );
  post('/quarantine-rules', (person, form) => makeRule(person, form));
  post('/quarantine-rules/:id/end', (person, _form, request) => endRule(person, messageIdIn(request)));
}
