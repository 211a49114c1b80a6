/** What a person does with a message in quarantine: opens it, changes it, resubmits it, approves a lower label. */
import type { Page } from '../pages/page.ts';
import { ProblemAnswered, problemOf } from './answers.ts';
import type { Person } from './person.ts';
import { changedLines, editableText, editedBytes, openMessage, quarantinedPage } from './quarantine.ts';
import { isReasonToRead } from './reasons.ts';
import { type Answer, CONSOLE_PATH } from './visit.ts';

/** The message with its content, for the reason in the form. */
export async function openedPage(person: Person, id: string, form: URLSearchParams, now: number): Promise<Page> {
  const reason = form.get('reason');
  if (!isReasonToRead(reason))
    return { ...(await quarantinedPage(person, id, now)), fault: 'Select why you need to read the message', status: 400 };
  const text = editableText(await openMessage(person, id, reason));
  return quarantinedPage(person, id, now, { text, reason });
}

/** The lines that a person has changed, before the message is sent. */
export async function changesPage(person: Person, id: string, form: URLSearchParams): Promise<Page> {
  const reason = form.get('reason');
  if (!isReasonToRead(reason)) throw new ProblemAnswered(400, { title: 'Open the message again' });
  const original = editableText(await openMessage(person, id, reason)) ?? '';
  const text = Buffer.from(editedBytes(form.get('text') ?? '', original)).toString();
  return {
    template: 'changes',
    title: 'Check your changes',
    section: 'quarantine',
    trail: [
      { text: 'Quarantine', href: `${CONSOLE_PATH}/quarantine` },
      { text: 'Message', href: `${CONSOLE_PATH}/quarantine/${id}` },
      { text: 'Check your changes' },
    ],
    id,
    text,
    isCrlf: original.includes('\r\n'),
    changes: changedLines(original, text),
  };
}

/** Sends the text of the form, or the message as it is. Leads to the new message, which may wait again. */
export async function resubmit({ api }: Person, id: string, form: URLSearchParams): Promise<Answer> {
  const text = form.get('text');
  const body = text === null ? undefined : editedBytes(text, form.get('lineEnds') === 'crlf' ? '\r\n' : '');
  const answer = await api.POST('/v1/quarantine/{id}/resubmission', {
    params: { path: { id } },
    headers: { 'Content-Type': 'application/octet-stream' },
    body: body as never,
    bodySerializer: (bytes: unknown) => bytes as never,
  });
  if (answer.data !== undefined) return { address: `${CONSOLE_PATH}/messages/${(answer.data as { readonly id: string }).id}` };
  const refused = problemOf(answer);
  const { receipt } = refused.problem;
  if (refused.status === 422 && receipt !== undefined) return { address: `${CONSOLE_PATH}/quarantine/${receipt}` };
  throw refused;
}

/** Approves a request for a lower label, as a second person. */
export async function approve({ api }: Person, id: string, request: string): Promise<Answer> {
  const answer = await api.POST('/v1/quarantine/{id}/label-requests/{request}/approval', { params: { path: { id, request } } });
  if (!answer.response.ok) throw problemOf(answer);
  return { address: `${CONSOLE_PATH}/quarantine/${id}` };
}
