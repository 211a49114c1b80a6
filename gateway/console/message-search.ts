/** The search for messages: nothing is searched until it is asked for. */
import type { Page } from '../pages/page.ts';
import { isId } from '../wire/id-form.ts';
import { dataOf, problemOf, type Schemas } from './answers.ts';
import { errorsOf, type Faults } from './form-fault.ts';
import { addressOf, chipsOf, type Entered, enteredIn, FILTERS, queryOf, STATUSES } from './message-filters.ts';
import type { Person } from './person.ts';
import { type EnteredReference, enteredReference, pseudonymsOf } from './reference-form.ts';
import { inWords } from './times.ts';
import { type Answer, CONSOLE_PATH } from './visit.ts';

const PATH = `${CONSOLE_PATH}/messages`;
const ON_A_PAGE = 50;

/** What a person entered: the filters, and for a form that is shown again also the reference. */
interface Form {
  readonly entered: Entered;
  readonly reference?: EnteredReference;
  readonly faults?: Faults;
  /** The id that was looked for, and what is wrong with it. */
  readonly id?: string;
}

const rowOf = ({ id, status, source, adapter, received, classification, events, warnings, reason, record }: Schemas['ListedMessage']) => {
  const [statusText, colour] = STATUSES[status];
  const what = status === 'accepted' ? `${events} event${events === 1 ? '' : 's'}` : reason?.reason;
  const also = warnings === 0 ? '' : `${warnings} warning${warnings === 1 ? '' : 's'}`;
  return { id, statusText, colour, source, adapter, received: inWords(received), classification, what, also, line: record?.line };
};

/** The adapters that can be filtered by: those of the gateway. */
async function adaptersOf({ api }: Person): Promise<readonly string[]> {
  const { data } = await api.GET('/info');
  const { adapters = [] } = (data ?? {}) as { readonly adapters?: readonly { readonly id: string }[] };
  return [...new Set([...adapters.map(({ id }) => id), 'canonical'])].toSorted();
}

async function formPage(person: Person, { entered, reference, faults = {}, id = '' }: Form): Promise<Page> {
  return {
    template: 'messages',
    title: 'Messages',
    section: 'messages',
    question: id,
    entered,
    reference: reference ?? {},
    faults,
    errors: errorsOf(faults),
    adapters: await adaptersOf(person),
    statuses: Object.entries(STATUSES).map(([value, [text]]) => ({ value, text })),
    mayNameSubjects: person.scopes.has('pseudonyms:read'),
    chips: chipsOf(PATH, entered),
    ...(Object.keys(faults).length === 0 ? {} : { status: 400 }),
  };
}

/** The form, and what an address asks for. */
export async function searchPage(person: Person, query: Readonly<Record<string, unknown>>): Promise<Page> {
  const values = new Map(Object.entries(query).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : [])));
  const entered = enteredIn(values);
  const isAsked = values.has('all') || Object.keys(entered).length > 0;
  if (!isAsked) return formPage(person, { entered });
  const { query: asked, faults } = queryOf(entered);
  if (Object.keys(faults).length > 0) return formPage(person, { entered, faults });
  const cursor = values.get('cursor');
  const answer = await person.api.GET('/v1/messages', {
    params: { query: { limit: ON_A_PAGE, ...asked, ...(cursor === undefined ? {} : { cursor }) } },
  });
  if (answer.response.status === 400 && cursor === undefined) return formPage(person, { entered, faults: faultsOf(answer) });
  const { messages, more, cursor: next } = dataOf<Schemas['MessagePage']>(answer);
  return {
    ...(await formPage(person, { entered })),
    results: messages.map(rowOf),
    isFirst: cursor === undefined,
    first: addressOf(PATH, entered),
    ...(more ? { next: addressOf(PATH, entered, { cursor: next }) } : {}),
  };
}

/** What the gateway found wrong with a filter, at its field. */
function faultsOf(answer: Parameters<typeof problemOf>[0]): Faults {
  const refused = problemOf(answer);
  const faults = (refused.problem.reasons ?? []).flatMap(({ at = '', reason }) => {
    const name = at.replace('/query/', '');
    return Object.hasOwn(FILTERS, name) ? [[name === 'about' ? 'urn' : name, `${FILTERS[name as keyof typeof FILTERS]}: ${reason}`]] : [];
  });
  if (faults.length === 0) throw refused;
  return Object.fromEntries(faults) as Faults;
}

/** Leads to the address of a search. The reference in the form becomes a pseudonym there. */
export async function search(person: Person, form: URLSearchParams): Promise<Answer> {
  const entered = enteredIn(form);
  const reference = enteredReference(form);
  const { faults } = queryOf(entered);
  const named = person.scopes.has('pseudonyms:read') ? await pseudonymsOf(person, reference) : undefined;
  const all = { ...faults, ...(named !== undefined && 'faults' in named ? named.faults : {}) };
  if (Object.keys(all).length > 0) return formPage(person, { entered, reference, faults: all });
  const about = named !== undefined && 'about' in named ? { about: named.about } : {};
  return { address: addressOf(PATH, { ...entered, ...about }) };
}

/** The address of a message that a person asked for by its id or the id of one of its events, or the form again. */
export async function findMessage(person: Person, question: string): Promise<{ readonly address: string } | Page> {
  const id = question.trim();
  const again = (fault: string) => formPage(person, { entered: {}, id: question, faults: { id: fault } });
  if (id === '') return again('Enter the id of a message');
  if (!isId(id)) return again('The id of a message has 43 letters, digits, hyphens and underscores');
  const answer = await person.api.GET('/v1/messages/{id}', { params: { path: { id } } });
  if (answer.response.ok) return { address: `${PATH}/${id}` };
  if (answer.response.status !== 404) throw problemOf(answer);
  const { messages } = dataOf<Schemas['MessagePage']>(await person.api.GET('/v1/messages', { params: { query: { event: id, limit: 1 } } }));
  const [found] = messages;
  return found === undefined ? again('There is no such message, or you may not see it') : { address: `${PATH}/${found.id}` };
}
