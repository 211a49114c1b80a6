/** A message: its receipt, and where what came of it can be found. */
import type { Page } from '../pages/page.ts';
import { dataOf, problemOf, type Schemas } from './answers.ts';
import type { Person } from './person.ts';
import { isMessageId } from './routes.ts';
import { inWords } from './times.ts';

export async function messagePage({ api, scopes }: Person, id: string): Promise<Page> {
  const receipt = dataOf<Schemas['Receipt']>(await api.GET('/v1/messages/{id}', { params: { path: { id } } }));
  return {
    template: 'message',
    title: 'Message',
    section: 'messages',
    trail: [{ text: 'Messages', href: '/console/messages' }, { text: 'Message' }],
    receipt,
    received: inWords(receipt.received),
    mayRepair: receipt.status === 'quarantined' && scopes.has('quarantine:read'),
    mayHaveEvidence: scopes.has('evidence:read'),
  };
}

/** The form that finds a message; with what a person asked for, where nothing was found. */
export const findPage = (question = '', fault?: string): Page => ({
  template: 'messages',
  title: 'Messages',
  section: 'messages',
  question,
  fault,
});

/** The address of a message that a person asked for, or the form again. */
export async function findMessage({ api }: Person, question: string): Promise<{ readonly address: string } | Page> {
  const id = question.trim();
  if (id === '') return findPage(question, 'Enter the id of a message');
  if (!isMessageId(id)) return findPage(question, 'The id of a message has 43 letters, digits, hyphens and underscores');
  const answer = await api.GET('/v1/messages/{id}', { params: { path: { id } } });
  if (answer.response.status === 404) return findPage(question, 'There is no such message, or you may not see it');
  if (!answer.response.ok) throw problemOf(answer);
  return { address: `/console/messages/${id}` };
}
