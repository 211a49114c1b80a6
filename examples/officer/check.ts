/** “Check a person”: shows what the task grants about a person. The form is posted, so that no name is in an address or a log. */
import express, { type Router } from 'express';
import { type Body, type FormError, readForm, renderForm } from '../../contracts/client/forms/forms.ts';
import type { Granted, Wanted } from './granted.ts';
import type { Render } from './pages.ts';
import { peopleOf } from './person.ts';
import { checkForm } from './questions.ts';
import { highestOf, shownPerson } from './shown.ts';

export interface CheckContext {
  readonly granted: Pick<Granted, 'catchUp' | 'find'>;
  readonly render: Render;
  readonly genders: ReadonlyMap<string, string>;
}

const TITLE = 'Check a person';
const NOTHING: FormError = { text: 'Enter a name and date of birth, or a vehicle registration', pointer: '/person/familyName' };

function titleOf(people: readonly unknown[]): string {
  if (people.length === 0) return 'Nothing found';
  return people.length === 1 ? '1 person found' : `${people.length} people found`;
}

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
    const shownErrors = errors.length === 0 && Object.keys(data).length === 0 ? [NOTHING] : errors;
    if (shownErrors.length > 0) {
      response.status(400).send(page(body, shownErrors));
      return;
    }
    const { person = {}, registration } = data as { readonly person?: Wanted; readonly registration?: string };
    const isUpToDate = await granted.catchUp();
    const found = granted.find({ ...person, ...(registration === undefined ? {} : { registration }) });
    const people = peopleOf(found).map((records) => shownPerson(records, genders, person.familyName));
    const marking = highestOf(found.map((record) => record.marking));
    response.send(
      render('found', {
        title: titleOf(people),
        ...(marking === undefined ? {} : { marking }),
        // People with exactly this name come before people with a similar name.
        people: people.toSorted((one, other) => Number(one.isNear) - Number(other.isNear)),
        isUpToDate,
      }),
    );
  });
  return router;
}
