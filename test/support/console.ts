/** The console as a person uses it who has signed in, in a real browser or without one. */
import type { Page } from 'playwright-core';
import type { ClientConfig } from '../../gateway/rules/clients.ts';
import { SCOPES } from '../../gateway/start/console.ts';
import { POLICY } from './rules-in-force.ts';

/** The people of the development configuration, and one of these tests. */
export const PEOPLE = {
  operator: 'Olu Ferreira, operator (invented)',
  approver: 'Mair Pugh, approver (invented)',
  auditor: 'Idris Vale, auditor (invented)',
  owner: 'Una Marsh, information asset owner (invented)',
  low: 'Low operator (invented)',
} as const;

/** A person with every scope that the console asks for, who may read very little. */
export const LOW_PERSON: ClientConfig = {
  id: 'low.person',
  title: PEOPLE.low,
  person: true,
  operator: true,
  scopes: [...SCOPES],
  clearance: { policy: POLICY, classifications: ['OFFICIAL'] },
};

/** Signs a person in, and opens a page of the console. */
export async function signIn(page: Page, url: string, person: keyof typeof PEOPLE, path = '/console'): Promise<void> {
  await page.goto(url + path);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel(PEOPLE[person]).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL(({ pathname }) => pathname.startsWith('/console') && pathname !== '/console/signed-in');
}
