/** The page of the configuration. */
import { configurationPage } from './configuration.ts';
import type { Routes } from './routes.ts';

export function configurationRoutes({ get, now }: Routes): void {
  get('/configuration', (person) => configurationPage(person, now()));
}
