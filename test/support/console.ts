/** The console as a person uses it who has signed in, in a real browser or without one. */
import type { Page } from 'playwright-core';

/** The people of the development configuration. */
export const PEOPLE = {
  operator: 'Olu Ferreira, operator (invented)',
  approver: 'Mair Pugh, approver (invented)',
  auditor: 'Idris Vale, auditor (invented)',
  owner: 'Una Marsh, information asset owner (invented)',
} as const;

/** Signs a person in, and opens a page of the console. */
export async function signIn(page: Page, url: string, person: keyof typeof PEOPLE, path = '/console'): Promise<void> {
  await page.goto(url + path);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel(PEOPLE[person]).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL(({ pathname }) => pathname.startsWith('/console') && pathname !== '/console/signed-in');
}
