/** The pages of the register of protections. */
import { isProtectionStatus, liftProtection, protectionPage, protectionsPage } from './protections.ts';
import type { Routes } from './routes.ts';
import { textIn } from './visit.ts';

export function protectionRoutes({ get, post }: Routes): void {
  get('/protections', (person, { query }) => {
    const status = isProtectionStatus(query.status) ? query.status : undefined;
    return protectionsPage(person, { status, cursor: textIn(query.cursor) });
  });
  get('/protections/:id', (person, request) => protectionPage(person, textIn(request.params.id) ?? ''));
  post('/protections/:id/lift', (person, form, request) => liftProtection(person, textIn(request.params.id) ?? '', form));
}
