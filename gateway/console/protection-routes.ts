/** The pages of the register of protections. */
import { impose, imposePage } from './impose.ts';
import { approveLift, isProtectionStatus, protectionPage, protectionsPage, requestLift } from './protections.ts';
import type { Routes } from './routes.ts';
import { textIn } from './visit.ts';

export function protectionRoutes({ get, post, now }: Routes): void {
  get('/protections', (person, { query }) => {
    const status = isProtectionStatus(query.status) ? query.status : undefined;
    return protectionsPage(person, { status, cursor: textIn(query.cursor) });
  });
  get('/protections/new', async () => imposePage());
  post('/protections/new', impose);
  get('/protections/:id', (person, { params }) => protectionPage(person, textIn(params.id) ?? '', now()));
  post('/protections/:id/lift', (person, form, { params }) => requestLift(person, textIn(params.id) ?? '', form, now()));
  post('/protections/:id/lift-requests/:request/approval', (person, form, { params }) =>
    approveLift(person, textIn(params.id) ?? '', textIn(params.request) ?? '', form),
  );
}
