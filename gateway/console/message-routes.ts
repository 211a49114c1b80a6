/** The pages of messages. */
import type { Request, Response } from 'express';
import { dataOf } from './answers.ts';
import { messagePage } from './message.ts';
import { contentPage, openForReason, readersPage } from './message-content.ts';
import { findMessage, search, searchPage } from './message-search.ts';
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
    return question === undefined ? searchPage(person, query) : findMessage(person, question.slice(0, LONGEST_QUESTION));
  });
  post('/messages', (person, form) => {
    const question = form.get('id');
    return question === null ? search(person, form) : findMessage(person, question.slice(0, LONGEST_QUESTION));
  });
  get('/messages/:id', (person, request) => messagePage(person, messageIdIn(request)));
  get('/messages/:id/content', (person, request) =>
    contentPage(person, messageIdIn(request), Number(textIn(request.query.from) ?? 0) || 0),
  );
  post('/messages/:id/content', (person, form, request) => openForReason(person, messageIdIn(request), form));
  get('/messages/:id/events/:event', (person, request) =>
    readersPage(person, messageIdIn(request), textIn(request.params.event) ?? '', textIn(request.query.as)),
  );
  post('/messages/:id/evidence', (person, _form, request, response) => sendEvidence(person, request, response));
}
