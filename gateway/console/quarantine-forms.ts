/** What a person does with the content of a message in quarantine: opens it, changes it, tries it, resubmits it. */
import type { Page } from '../pages/page.ts';
import { dataOf, ProblemAnswered, problemOf, type Schemas } from './answers.ts';
import type { Person } from './person.ts';
import { changedLines, editableText, editedBytes, openMessage, quarantinedPage } from './quarantine.ts';
import { QUARANTINE_PATH } from './quarantine-navigation.ts';
import { isReasonToRead, type ReasonToRead } from './reasons.ts';
import { type Answer, CONSOLE_PATH } from './visit.ts';

const NO_REASON = { field: 'reason-1', text: 'Select why you need to read the message' };
const BYTES = { bodySerializer: (bytes: unknown) => bytes as never };

/** Takes the lock of a message, or keeps it. False where the person may not edit it now. */
async function lock({ api, scopes }: Person, id: string): Promise<boolean> {
  if (!scopes.has('quarantine:write')) return false;
  const answer = await api.POST('/v1/quarantine/{id}/lock', { params: { path: { id } } });
  if (!answer.response.ok && answer.response.status !== 409) throw problemOf(answer);
  return answer.response.ok;
}

/** The message with its content, for the reason in the form. Nobody else can edit it meanwhile. */
export async function openedPage(person: Person, id: string, form: URLSearchParams, now: number): Promise<Page> {
  const reason = form.get('reason');
  if (!isReasonToRead(reason)) return quarantinedPage(person, id, now, { fault: NO_REASON });
  const text = editableText(await openMessage(person, id, reason));
  // Only who repairs it keeps others from it.
  const isEditable = text !== undefined && reason === 'repair' && (await lock(person, id));
  return quarantinedPage(person, id, now, { opened: { text, reason, isEditable } });
}

/** The form again with what the person has written. */
export async function editAgainPage(person: Person, id: string, form: URLSearchParams, now: number): Promise<Page> {
  const reason = form.get('reason');
  if (!isReasonToRead(reason)) throw new ProblemAnswered(400, { title: 'Open the message again' });
  const isEditable = await lock(person, id);
  return quarantinedPage(person, id, now, { opened: { text: form.get('text') ?? '', reason, isEditable } });
}

const VERDICTS = { permit: 'You can read all of it', redact: 'You can read a part of it', deny: 'You may not read it' } as const;
const SECOND_PERSON = {
  'not-needed': 'No second person is needed',
  needed: 'A second person must decide about its label: ask for another label first',
  approved: 'A second person has approved its label',
} as const;

const triedOf = (tried: Schemas['ResubmissionPreview']) => ({
  ...tried,
  secondPersonText: SECOND_PERSON[tried.secondPerson],
  events: tried.events.map(({ verdict, data, ...rest }) => ({
    ...rest,
    verdict: VERDICTS[verdict],
    ...(data === undefined ? {} : { json: JSON.stringify(data, null, 2) }),
  })),
});

async function tryIt(
  { api }: Person,
  id: string,
  body: Uint8Array | undefined,
  reason: ReasonToRead,
): Promise<Schemas['ResubmissionPreview']> {
  const answer = await api.POST('/v1/quarantine/{id}/preview', {
    params: { path: { id }, header: { 'Interchange-Reason': reason } },
    headers: { 'Content-Type': 'application/octet-stream' },
    body: body as never,
    ...BYTES,
  });
  return dataOf<Schemas['ResubmissionPreview']>(answer);
}

/** What a person has changed and what would happen, before the message is sent. Without a text, of the message as it is. */
export async function changesPage(person: Person, id: string, form: URLSearchParams, now: number): Promise<Page> {
  const reason = form.get('reason');
  const isAsItIs = !form.has('text');
  if (!isReasonToRead(reason)) {
    if (isAsItIs) return quarantinedPage(person, id, now, { fault: NO_REASON });
    throw new ProblemAnswered(400, { title: 'Open the message again' });
  }
  const original = editableText(await openMessage(person, id, reason)) ?? '';
  const bytes = isAsItIs ? undefined : editedBytes(form.get('text') ?? '', original);
  const text = bytes === undefined ? undefined : Buffer.from(bytes).toString();
  const isEditable = isAsItIs || (await lock(person, id));
  const tried = await tryIt(person, id, bytes, reason);
  const title = isAsItIs ? 'What would happen' : 'Check your changes';
  return {
    template: 'changes',
    title,
    section: 'quarantine',
    trail: [{ text: 'Quarantine', href: QUARANTINE_PATH }, { text: 'Message', href: `${QUARANTINE_PATH}/${id}` }, { text: title }],
    id,
    text,
    reason,
    isAsItIs,
    isEditable,
    isCrlf: original.includes('\r\n'),
    changes: text === undefined ? [] : changedLines(original, text),
    tried: triedOf(tried),
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
    ...BYTES,
  });
  if (answer.data !== undefined) return { address: `${CONSOLE_PATH}/messages/${(answer.data as { readonly id: string }).id}` };
  const refused = problemOf(answer);
  const { receipt } = refused.problem;
  if (refused.status === 422 && receipt !== undefined) return { address: `${QUARANTINE_PATH}/${receipt}` };
  throw refused;
}

/** Approves a request for a lower label, as a second person. */
export async function approve({ api }: Person, id: string, request: string): Promise<Answer> {
  const answer = await api.POST('/v1/quarantine/{id}/label-requests/{request}/approval', { params: { path: { id, request } } });
  if (!answer.response.ok) throw problemOf(answer);
  return { address: `${QUARANTINE_PATH}/${id}` };
}
