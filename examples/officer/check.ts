/** “Check a person”: what the task grants about somebody. What is asked for is posted, so that no name stands in an address or a log. */
import express, { type Router } from 'express';
import { type Body, type FormError, readForm, renderForm } from '../../contracts/client/forms/forms.ts';
import type { Granted, Wanted } from './granted.ts';
import type { Render } from './pages.ts';
import { checkForm } from './questions.ts';
import { highestOf, shownRecord } from './shown.ts';

export interface CheckContext {
  readonly granted: Pick<Granted, 'catchUp' | 'find'>;
  readonly render: Render;
  readonly genders: ReadonlyMap<string, string>;
}

const TITLE = 'Check a person';
const NOTHING: FormError = { text: 'Enter a name and date of birth, or a vehicle registration', pointer: '/person/familyName' };

export function checkPages({ granted, render, genders }: CheckContext): Router {
  const page = (values: Body = {}, errors: readonly FormError[] = []): string =>
    render('ask', {
      title: TITLE,
      isWrong: errors.length > 0,
      html: renderForm(checkForm, { action: '/check', title: TITLE, submit: 'Check', values, errors }),
    });
  const router = express.Router();
  router.get('/', (_request, response) => {
    response.send(page());
  });
  router.get('/check', (_request, response) => {
    response.redirect(303, '/');
  });
  router.post('/check', async (request, response) => {
    const body = (request.body ?? {}) as Body;
    const { data, errors } = readForm(checkForm, body);
    const all = errors.length === 0 && Object.keys(data).length === 0 ? [NOTHING] : errors;
    if (all.length > 0) {
      response.status(400).send(page(body, all));
      return;
    }
    const { person = {}, registration } = data as { readonly person?: Wanted; readonly registration?: string };
    const isUpToDate = await granted.catchUp();
    const found = granted.find({ ...person, ...(registration === undefined ? {} : { registration }) });
    const marking = highestOf(found.map((record) => record.marking));
    response.send(
      render('found', {
        title: found.length === 0 ? 'Nothing found' : found.length === 1 ? '1 record found' : `${found.length} records found`,
        ...(marking === undefined ? {} : { marking }),
        records: found.map((record) => shownRecord(record, genders)),
        isUpToDate,
      }),
    );
  });
  return router;
}
