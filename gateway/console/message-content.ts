/** What is in a message: its events as the person may read them, or the refused original with its faults marked. Opened for a reason. */
import type { Page } from '../pages/page.ts';
import { isId } from '../wire/id-form.ts';
import { dataOf, ProblemAnswered, problemOf, type Schemas } from './answers.ts';
import { markedText } from './marked-text.ts';
import { TRAIL } from './message.ts';
import type { Person } from './person.ts';
import { openMessage } from './quarantine.ts';
import { isReasonToRead, REASONS_TO_READ, type ReasonToRead, reasonFor } from './reasons.ts';
import { type Answer, CONSOLE_PATH } from './visit.ts';

const EVENTS_ON_A_PAGE = 10;
/** The largest original that is shown, in bytes. */
const MOST_SHOWN = 4_000_000;

const pathOf = (id: string): string => `${CONSOLE_PATH}/messages/${id}`;
const trailOf = (id: string, last: string) => [...TRAIL, { text: 'Message', href: pathOf(id) }, { text: last }];

/** Asks why the person opens the message, before anything of it is read. */
const reasonPage = (id: string, page: string, fault?: string): Page => ({
  template: 'message-reason',
  title: 'Open the message',
  section: 'messages',
  trail: trailOf(id, 'Open the message'),
  id,
  page,
  reasonsToRead: Object.entries(REASONS_TO_READ),
  ...(fault === undefined ? {} : { fault, status: 400 }),
});

/** Takes the reason of the form, and leads to the page that it was asked for. */
export async function openForReason(person: Person, id: string, form: URLSearchParams): Promise<Answer> {
  const reason = form.get('reason');
  const event = form.get('page') ?? '';
  const page = isId(event) ? event : '';
  if (!isReasonToRead(reason)) return reasonPage(id, page, 'Select why you need to read the message');
  await person.remember(id, reason);
  return { address: page === '' ? `${pathOf(id)}/content` : `${pathOf(id)}/events/${page}` };
}

/** An event as the person may read it, in JSON. */
async function eventOf({ api }: Person, id: string, reason: ReasonToRead) {
  const found = await api.GET('/v1/events/{id}', { params: { path: { id }, header: { 'Interchange-Reason': reason } } });
  if (found.response.status === 404) return { id };
  if (!found.response.ok) throw problemOf(found);
  const event = found.data as Readonly<Record<string, unknown>>;
  return { id, isRedacted: event.rendition !== undefined, classification: event.classification, text: JSON.stringify(event, null, 2) };
}

/** The content of a message. */
export async function contentPage(person: Person, id: string, from: number): Promise<Page> {
  const { api, scopes, session } = person;
  const receipt = dataOf<Schemas['Receipt']>(await api.GET('/v1/messages/{id}', { params: { path: { id } } }));
  const reason = reasonFor(session, id);
  if (reason === undefined) return reasonPage(id, '');
  const shared = { section: 'messages', id, reason: REASONS_TO_READ[reason] };
  if (receipt.status === 'quarantined') {
    const bytes = await openMessage(person, id, reason);
    const isText = bytes.length <= MOST_SHOWN;
    const marked = isText ? markedText(Buffer.from(bytes).toString(), receipt.reasons) : undefined;
    return { ...shared, template: 'message-original', title: 'The original', trail: trailOf(id, 'The original'), marked };
  }
  if (!scopes.has('events:read')) throw new ProblemAnswered(403, { title: 'You may not read events' });
  const start = Math.max(0, Math.min(from, receipt.events.length));
  const some = receipt.events.slice(start, start + EVENTS_ON_A_PAGE);
  const events = [];
  for (const { id: event, type } of some) events.push({ type, ...(await eventOf(person, event, reason)) });
  const next = start + EVENTS_ON_A_PAGE;
  return {
    ...shared,
    template: 'message-events',
    title: 'Events of the message',
    trail: trailOf(id, 'Events'),
    events,
    first: start + 1,
    count: receipt.events.length,
    ...(next < receipt.events.length ? { next: `${pathOf(id)}/content?from=${next}` } : {}),
  };
}

const VERDICTS: Readonly<Record<Schemas['Reader']['verdict'], readonly [text: string, colour: string]>> = {
  permit: ['All of it', 'green'],
  redact: ['Redacted', 'yellow'],
  deny: ['Nothing', 'red'],
};

/** What each client would be given of an event of the message, and the copy of one of them. */
export async function readersPage(person: Person, id: string, event: string, as: string | undefined): Promise<Page> {
  const { api, session } = person;
  const receipt = dataOf<Schemas['Receipt']>(await api.GET('/v1/messages/{id}', { params: { path: { id } } }));
  const isOfMessage = receipt.events.some((listed) => listed.id === event);
  if (!isOfMessage) throw new ProblemAnswered(404, { title: 'There is no such event, or you may not see it' });
  const reason = reasonFor(session, id);
  if (reason === undefined) return reasonPage(id, event);
  const params = { path: { id: event }, query: as === undefined ? {} : { as }, header: { 'Interchange-Reason': reason } };
  const { readers, shown } = dataOf<Schemas['Readers']>(await api.GET('/v1/events/{id}/readers', { params }));
  const verdict = (reader: Schemas['Reader']) => ({
    ...reader,
    verdictText: VERDICTS[reader.verdict][0],
    colour: VERDICTS[reader.verdict][1],
  });
  return {
    template: 'readers',
    title: 'See it as',
    section: 'messages',
    trail: [...TRAIL, { text: 'Message', href: pathOf(id) }, { text: 'Events', href: `${pathOf(id)}/content` }, { text: 'See it as' }],
    id,
    event,
    readers: readers.map(verdict),
    ...(shown === undefined
      ? {}
      : {
          shown: {
            ...verdict(shown),
            withheld: shown.withheld,
            text: shown.event === undefined ? undefined : JSON.stringify(shown.event, null, 2),
          },
        }),
  };
}
