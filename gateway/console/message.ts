/** A message: its receipt, what happened to it, and where its results can be found. */
import type { Page } from '../pages/page.ts';
import { dataOf, type Schemas } from './answers.ts';
import type { Person } from './person.ts';
import { shownSteps } from './timeline.ts';
import { inWords } from './times.ts';

export const TRAIL = [{ text: 'Messages', href: '/console/messages' }] as const;

export async function messagePage({ api, scopes }: Person, id: string): Promise<Page> {
  const params = { path: { id } };
  const [receipt, timeline] = await Promise.all([
    api.GET('/v1/messages/{id}', { params }).then(dataOf<Schemas['Receipt']>),
    api.GET('/v1/messages/{id}/timeline', { params }).then(dataOf<Schemas['Timeline']>),
  ]);
  const isRefused = receipt.status === 'quarantined';
  return {
    template: 'message',
    title: 'Message',
    section: 'messages',
    trail: [...TRAIL, { text: 'Message' }],
    receipt,
    received: inWords(receipt.received),
    steps: shownSteps(timeline.steps),
    isMore: timeline.more,
    mayRepair: isRefused && scopes.has('quarantine:read'),
    mayOpen: isRefused ? scopes.has('quarantine:read') : scopes.has('events:read') && receipt.events.length > 0,
    mayHaveEvidence: scopes.has('evidence:read'),
  };
}
