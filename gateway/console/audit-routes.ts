/** The pages of the audit log. */
import { auditPage, filtersIn, headsPage, startVerification, verificationPage } from './audit.ts';
import { messageIdIn, type Routes } from './routes.ts';
import { textIn } from './visit.ts';

export function auditRoutes({ get, post }: Routes): void {
  get('/audit', (person, { query }) => {
    const filters = filtersIn(query);
    const isAsked = query.search !== undefined || Object.keys(filters).length > 0;
    return auditPage(person, filters, isAsked, textIn(query.cursor));
  });
  get('/audit/heads', headsPage);
  post('/audit/verifications', startVerification);
  get('/audit/verifications/:id', (person, request) => verificationPage(person, messageIdIn(request)));
}
