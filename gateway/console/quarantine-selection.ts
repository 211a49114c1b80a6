/** What a person does with several messages in quarantine at once. The set is fixed when the button is pressed. */
import type { Page } from '../pages/page.ts';
import { isId } from '../wire/id-form.ts';
import { dataOf, ProblemAnswered, type Schemas } from './answers.ts';
import type { Person } from './person.ts';
import { quarantinePage } from './quarantine.ts';
import { CLOSING_CODES, isClosingCode, JOBS_PATH, LONGEST_TEXT, QUARANTINE_PATH } from './quarantine-navigation.ts';
import { planIn } from './quarantine-work.ts';
import type { Answer } from './visit.ts';

/** How many messages are closed or assigned at once. */
const MOST_SELECTED = 200;

const idsIn = (form: URLSearchParams): readonly string[] => form.getAll('id').filter(isId).slice(0, MOST_SELECTED);

async function start({ api }: Person, body: Schemas['ResubmissionRequest']): Promise<Answer> {
  const job = dataOf<Schemas['ResubmissionJob']>(await api.POST('/v1/quarantine-resubmissions', { body }));
  return { address: `${JOBS_PATH}/${job.id}` };
}

/** What is asked before many messages are closed or assigned. */
async function askPage({ api }: Person, kind: 'close' | 'assign', ids: readonly string[], fault?: string): Promise<Page> {
  const [id = ''] = ids;
  const { people } = dataOf<Schemas['QuarantineWork']>(await api.GET('/v1/quarantine/{id}/work', { params: { path: { id } } }));
  const title = `${kind === 'close' ? 'Close' : 'Assign'} ${ids.length} message${ids.length === 1 ? '' : 's'}`;
  return {
    template: 'selection',
    title,
    section: 'quarantine',
    trail: [{ text: 'Quarantine', href: QUARANTINE_PATH }, { text: title }],
    kind,
    ids,
    people,
    closingCodes: Object.entries(CLOSING_CODES),
    ...(fault === undefined ? {} : { fault, status: 400 }),
  };
}

/** The buttons below a group of messages. */
export async function takeSelection(person: Person, form: URLSearchParams, now: number): Promise<Answer> {
  const [source, code, before] = [form.get('source') ?? '', form.get('code') ?? '', form.get('before') ?? ''];
  const action = form.get('action');
  const isMine = form.get('mine') === 'yes';
  if (action === 'resubmit-all') return start(person, { group: { source, code, before, ...(isMine ? { assignee: person.id } : {}) } });
  const ids = idsIn(form);
  if (ids.length === 0) return quarantinePage(person, { source, code, isMine }, now, 'Select at least one message');
  if (action === 'close' || action === 'assign') return askPage(person, action, ids);
  if (action !== 'resubmit') throw new ProblemAnswered(400, { title: 'Select what to do with the messages' });
  return start(person, { ids: [...ids] });
}

/** Does something with each message, and counts those that it could be done with: others have changed meanwhile. */
async function each(ids: readonly string[], send: (id: string) => Promise<{ readonly response: Response }>): Promise<Page> {
  let done = 0;
  for (const id of ids) if ((await send(id)).response.ok) done++;
  return {
    template: 'selected',
    title: `${done} of ${ids.length} messages done`,
    section: 'quarantine',
    trail: [{ text: 'Quarantine', href: QUARANTINE_PATH }, { text: 'Done' }],
    done,
    count: ids.length,
  };
}

export async function closeSelected(person: Person, form: URLSearchParams, now: number): Promise<Answer> {
  const ids = idsIn(form);
  const code = form.get('code');
  const text = (form.get('text') ?? '').trim();
  if (ids.length === 0) return quarantinePage(person, {}, now, 'Select at least one message');
  if (!isClosingCode(code)) return askPage(person, 'close', ids, 'Select why you are closing the messages');
  if (text.length > LONGEST_TEXT) return askPage(person, 'close', ids, `Use ${LONGEST_TEXT} characters or fewer`);
  const body = { code, ...(text === '' ? {} : { text }) };
  return each(ids, (id) => person.api.POST('/v1/quarantine/{id}/closure', { params: { path: { id } }, body }));
}

export async function assignSelected(person: Person, form: URLSearchParams, now: number): Promise<Answer> {
  const ids = idsIn(form);
  const plan = planIn(form);
  if (ids.length === 0) return quarantinePage(person, {}, now, 'Select at least one message');
  if ('field' in plan) return askPage(person, 'assign', ids, plan.text);
  // The form begins empty, whatever the messages have: what is left empty stays as it is.
  const { assignee, due } = plan;
  const body = { ...(assignee === null ? {} : { assignee }), ...(due === null ? {} : { due }) };
  if (Object.keys(body).length === 0) return askPage(person, 'assign', ids, 'Select a person or enter a day');
  const headers = { 'Content-Type': 'application/merge-patch+json' };
  return each(ids, (id) => person.api.PATCH('/v1/quarantine/{id}/work', { params: { path: { id } }, headers, body }));
}
