/** The pages of messages. */
import type { Request, Response } from 'express';
import { dataOf } from './answers.ts';
import { findMessage, findPage, messagePage } from './message.ts';
import type { Person } from './person.ts';
import { messageIdIn, type Routes } from './routes.ts';
import { textIn } from './visit.ts';

const LONGEST_QUESTION = 200;

async function sendEvidence({ api }: Person, request: Request, response: Response): Promise<undefined> {
  const id = messageIdIn(request);
  const evidence = await api.GET('/v1/messages/{id}/evidence', { params: { path: { id } }, parseAs: 'arrayBuffer' });
  const bytes = Buffer.from(dataOf<ArrayBuffer>(evidence));
  response.set('Cache-Control', 'no-store').attachment(`evidence-${id}.zip`).type('application/zip');
  response.send(bytes);
}

export function messageRoutes({ get, post }: Routes): void {
  get('/messages', async (person, { query }) => {
    const question = textIn(query.id);
    return question === undefined ? findPage() : findMessage(person, question.slice(0, LONGEST_QUESTION));
  });
  get('/messages/:id', (person, request) => messagePage(person, messageIdIn(request)));
  post('/messages/:id/evidence', (person, _form, request, response) => sendEvidence(person, request, response));
}
