/** The pages of deliveries. */
import type { Request } from 'express';
import { deliveriesPage, deliveryPage, operate, replay, resend, test } from './deliveries.ts';
import type { Routes } from './routes.ts';
import { textIn } from './visit.ts';

const idIn = ({ params }: Request): string => textIn(params.id) ?? '';

export function deliveryRoutes({ get, post, now }: Routes): void {
  get('/deliveries', (person, { query }) => deliveriesPage(person, textIn(query.cursor), now()));
  get('/deliveries/:id', (person, request) => deliveryPage(person, idIn(request), { now: now(), cursor: textIn(request.query.cursor) }));
  post('/deliveries/:id/status', (person, form, request) => operate(person, idIn(request), form));
  post('/deliveries/:id/test', (person, _form, request) => test(person, idIn(request), now()));
  post('/deliveries/:id/resend', (person, form, request) => resend(person, idIn(request), form, now()));
  post('/deliveries/:id/replay', (person, form, request) => replay(person, idIn(request), form, now()));
}
