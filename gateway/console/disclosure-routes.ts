/** The pages of disclosures. */
import { disclosuresForm, exportDisclosures, findDisclosures, nextDisclosures } from './disclosures.ts';
import type { Routes } from './routes.ts';

export function disclosureRoutes({ get, post }: Routes): void {
  get('/disclosures', async () => disclosuresForm());
  post('/disclosures', findDisclosures);
  post('/disclosures/next', nextDisclosures);
  post('/disclosures/export', (person, form, _request, response) => exportDisclosures(person, form, response));
}
