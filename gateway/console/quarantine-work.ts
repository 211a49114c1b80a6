/** What a person does about a message in quarantine without its content: notes, assignment, closing, reopening. */
import type { Page } from '../pages/page.ts';
import { problemOf } from './answers.ts';
import type { FormFault } from './form-fault.ts';
import type { Person } from './person.ts';
import { quarantinedPage } from './quarantine.ts';
import { isClosingCode, LONGEST_TEXT, QUARANTINE_PATH } from './quarantine-navigation.ts';
import { dayOf } from './times.ts';
import type { Answer } from './visit.ts';

interface Sent {
  readonly response: Response;
  readonly data?: unknown;
  readonly error?: unknown;
}

/** Leads back to the message. Throws ProblemAnswered. */
async function back(id: string, sent: Promise<Sent>): Promise<Answer> {
  const answer = await sent;
  if (!answer.response.ok) throw problemOf(answer);
  return { address: `${QUARANTINE_PATH}/${id}` };
}

const textIn = (form: URLSearchParams, name: string): string => (form.get(name) ?? '').replaceAll('\r\n', '\n').trim();

const tooLong = (field: string): FormFault => ({ field, text: `Use ${LONGEST_TEXT} characters or fewer` });

type Outcome = Promise<Answer | Page>;

export async function addNote(person: Person, id: string, form: URLSearchParams, now: number): Outcome {
  const text = textIn(form, 'note');
  if (text === '') return quarantinedPage(person, id, now, { fault: { field: 'note', text: 'Enter a note' } });
  if (text.length > LONGEST_TEXT) return quarantinedPage(person, id, now, { fault: tooLong('note') });
  return back(id, person.api.POST('/v1/quarantine/{id}/notes', { params: { path: { id } }, body: { text } }));
}

export async function close(person: Person, id: string, form: URLSearchParams, now: number): Outcome {
  const code = form.get('code');
  const text = textIn(form, 'text');
  if (!isClosingCode(code))
    return quarantinedPage(person, id, now, { fault: { field: 'code-1', text: 'Select why you are closing the message' } });
  if (text.length > LONGEST_TEXT) return quarantinedPage(person, id, now, { fault: tooLong('text') });
  const body = { code, ...(text === '' ? {} : { text }) };
  return back(id, person.api.POST('/v1/quarantine/{id}/closure', { params: { path: { id } }, body }));
}

export const reopen = ({ api }: Person, id: string): Promise<Answer> =>
  back(id, api.POST('/v1/quarantine/{id}/reopening', { params: { path: { id } } }));

export const stopEditing = ({ api }: Person, id: string): Promise<Answer> =>
  back(id, api.DELETE('/v1/quarantine/{id}/lock', { params: { path: { id } } }));

/** The plan in a form: the person, and the day of its three fields; null where they are empty. Or what is wrong. */
export function planIn(form: URLSearchParams): { readonly assignee: string | null; readonly due: string | null } | FormFault {
  const [day, month, year] = ['due-day', 'due-month', 'due-year'].map((name) => textIn(form, name)) as [string, string, string];
  const isEmpty = `${day}${month}${year}` === '';
  const due = isEmpty ? null : dayOf(day, month, year);
  if (due === undefined) return { field: 'due-day', text: 'Enter a real date' };
  const assignee = textIn(form, 'assignee');
  return { assignee: assignee === '' ? null : assignee, due };
}

export async function plan(person: Person, id: string, form: URLSearchParams, now: number): Outcome {
  const found = planIn(form);
  if ('field' in found) return quarantinedPage(person, id, now, { fault: found });
  const version = Number(form.get('version'));
  const body = { ...found, ...(Number.isSafeInteger(version) ? { version } : {}) };
  const headers = { 'Content-Type': 'application/merge-patch+json' };
  return back(id, person.api.PATCH('/v1/quarantine/{id}/work', { params: { path: { id } }, headers, body }));
}
