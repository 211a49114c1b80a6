/** “Record a stop”: the form of the standard, filled with who was checked, and sent once. */
import express, { type Request, type Router } from 'express';
import type { Interchange } from '../../contracts/client/client.ts';
import { type Body, bodyOf, type Form, type FormError, readForm, renderForm } from '../../contracts/client/forms/forms.ts';
import type { Granted, GrantedRecord } from './granted.ts';
import type { Render } from './pages.ts';
import { send } from './send.ts';

export interface StopContext {
  readonly client: Pick<Interchange, 'submit' | 'api'>;
  readonly granted: Pick<Granted, 'get'>;
  readonly render: Render;
  readonly form: Form;
  readonly now: () => number;
  readonly newKey: () => string;
}

const TITLE = 'Record a stop';
const KEY = 'idempotency-key';
const PATIENCE = 5_000;
const RECEIPT = /^[A-Za-z0-9_-]{43}$/;
const KEY_FORM = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const bodyIn = ({ body }: Request): Body => (body ?? {}) as Body;
const textIn = (body: Body, name: string): string => (typeof body[name] === 'string' ? body[name] : '');

/** The day and the minute where the officer is. */
function momentOf(now: number): { readonly date: string; readonly time: string } {
  const [date = '', time = ''] = new Date(now).toLocaleString('sv-SE', { timeZone: 'Europe/London' }).split(' ');
  return { date, time: `${time.slice(0, 5)}:00` };
}

const personOf = ({ givenNames, familyName, dateOfBirth, gender }: GrantedRecord) => ({
  name: { givenNames, familyName },
  ...(dateOfBirth === undefined ? {} : { dateOfBirth }),
  ...(gender === undefined ? {} : { gender }),
});

export function stopPages({ client, granted, render, form, now, newKey }: StopContext): Router {
  const page = (values: Body, key: string, errors: readonly FormError[] = []): string =>
    render('ask', {
      title: TITLE,
      isWrong: errors.length > 0,
      html: renderForm(form, { action: '/stop', title: TITLE, submit: 'Send the record', values, errors, hidden: { [KEY]: key } }),
    });
  const receiptOf = (id: string) =>
    client.api.GET('/v1/messages/{id}', { params: { path: { id } }, signal: AbortSignal.timeout(PATIENCE) }).catch(() => undefined);
  const router = express.Router();
  router.get('/stop', (_request, response) => {
    response.send(page(bodyOf(form, { stop: momentOf(now()) }), newKey()));
  });
  router.post('/stop/person', (request, response) => {
    const record = granted.get(textIn(bodyIn(request), 'record'));
    const about = record === undefined ? {} : { person: personOf(record) };
    response.send(page(bodyOf(form, { stop: momentOf(now()), ...about }), newKey()));
  });
  router.post('/stop', async (request, response) => {
    const body = bodyIn(request);
    const given = textIn(body, KEY);
    const key = KEY_FORM.test(given) ? given : newKey();
    const { data, errors } = readForm(form, body);
    if (errors.length > 0) {
      response.status(400).send(page(body, key, errors));
      return;
    }
    const sent = await send(client, form, data, key);
    if (sent.isSent) response.redirect(303, `/stop/sent/${sent.receipt}`);
    else response.status(sent.status).send(page(body, sent.isSettled ? newKey() : key, sent.errors));
  });
  router.get('/stop/sent/:id', async (request, response) => {
    const { id } = request.params;
    const found = RECEIPT.test(id) ? await receiptOf(id) : undefined;
    const isAbsent = !RECEIPT.test(id) || found?.response.status === 404;
    if (isAbsent) {
      response.status(404).send(render('message', { title: 'Record not found', text: 'This app has sent no record with this number.' }));
      return;
    }
    const { data } = found ?? {};
    response.send(
      render('sent', { title: 'Stop recorded', id, ...(data === undefined ? {} : { marking: data.classification, isKnown: true }) }),
    );
  });
  return router;
}
