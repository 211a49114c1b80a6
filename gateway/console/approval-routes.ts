/** The page of approvals. */
import { approvalsPage } from './approvals.ts';
import type { Routes } from './routes.ts';
import { textIn } from './visit.ts';

export function approvalRoutes({ get }: Routes): void {
  get('/approvals', (person, { query }) => approvalsPage(person, textIn(query.cursor)));
}
