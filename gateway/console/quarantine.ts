/** Messages in quarantine: what waits by its cause, and one message with what can be done about it. */
import { dayOf } from '../labels/day.ts';
import type { Page } from '../pages/page.ts';
import { dataOf, type Schemas } from './answers.ts';
import type { FormFault } from './form-fault.ts';
import type { Person } from './person.ts';
import { CLOSING_CODES, partsOfQuarantine, QUARANTINE_PATH } from './quarantine-navigation.ts';
import { REASONS_TO_READ, type ReasonToRead } from './reasons.ts';
import { dayInWords, inWords, sinceWhen } from './times.ts';

const ON_A_PAGE = 200;
/** The longest message that can be edited in the page. */
export const MOST_EDITED = 200_000;

const STATUSES: Readonly<Record<Schemas['QuarantineStatus'], readonly [title: string, part: string]>> = {
  open: ['Quarantine', 'Messages that wait'],
  closed: ['Quarantine: closed messages', 'Closed'],
  resubmitted: ['Quarantine: resubmitted messages', 'Resubmitted'],
};
export const isStatus = (value: unknown): value is Schemas['QuarantineStatus'] =>
  typeof value === 'string' && Object.hasOwn(STATUSES, value);

const rowOf = ({ id, received, classification, reasons, record, assignee, due, lock }: Schemas['QuarantineItem'], now: number) => ({
  id,
  classification,
  received: inWords(received),
  since: sinceWhen(received, now),
  line: record?.line ?? reasons[0]?.line,
  at: reasons[0]?.at,
  assignee,
  due: due === undefined ? undefined : dayInWords(due),
  isLate: due !== undefined && due < dayOf(now),
  lockedBy: lock?.by,
});

const keyOf = (source: string, code: string): string => JSON.stringify([source, code]);
const causeOf = ({ reasons: [first] }: Schemas['QuarantineItem']): string => first?.code ?? '';

/** The causes, the most frequent first: the first reason of each message of a source. */
function groupsOf(items: readonly Schemas['QuarantineItem'][], { groups }: Schemas['QuarantineGroups'], now: number): readonly object[] {
  const counted = new Map(groups.map(({ source, code, count }) => [keyOf(source, code), count]));
  return [...Map.groupBy(items, (item) => keyOf(item.source, causeOf(item)))]
    .flatMap(([key, [first, ...others]]) => {
      if (first === undefined) return [];
      const { source, reasons } = first;
      const code = causeOf(first);
      const rows = [first, ...others].map((item) => rowOf(item, now));
      return [{ source, code, reason: reasons[0]?.reason, count: Math.max(counted.get(key) ?? 0, rows.length), rows }];
    })
    .toSorted((a, b) => b.count - a.count || a.code.localeCompare(b.code));
}

/** Which messages a page of the quarantine shows. */
export interface Wanted {
  readonly status?: Schemas['QuarantineStatus'] | undefined;
  readonly source?: string | undefined;
  readonly code?: string | undefined;
  readonly isMine?: boolean | undefined;
  readonly cursor?: string | undefined;
}

const addressOf = ({ status = 'open', source, code, isMine, cursor }: Wanted): string => {
  const given = { status, source, code, mine: isMine === true ? 'yes' : undefined, cursor };
  const query = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${QUARANTINE_PATH}?${new URLSearchParams(query)}`;
};

export async function quarantinePage({ id, api, scopes }: Person, wanted: Wanted, now: number, fault?: string): Promise<Page> {
  const { status = 'open', source, code, isMine, cursor } = wanted;
  const assignee = isMine === true ? { assignee: id } : {};
  const which = { ...(source === undefined ? {} : { source }), ...(code === undefined ? {} : { code }), ...assignee };
  const query = { limit: ON_A_PAGE, status, ...which, ...(cursor === undefined ? {} : { cursor }) };
  const [page, counted] = await Promise.all([
    api.GET('/v1/quarantine', { params: { query } }).then(dataOf<Schemas['QuarantinePage']>),
    api.GET('/v1/quarantine-groups', { params: { query: { status, ...assignee } } }).then(dataOf<Schemas['QuarantineGroups']>),
  ]);
  const [title, part] = STATUSES[status];
  return {
    template: 'quarantine',
    title: isMine === true ? 'Quarantine: assigned to me' : title,
    section: 'quarantine',
    parts: partsOfQuarantine(isMine === true ? 'Assigned to me' : part),
    status,
    source,
    code,
    isMine: isMine === true,
    isFiltered: source !== undefined || code !== undefined,
    groups: groupsOf(page.items, counted, now),
    place: counted.place,
    mayWork: scopes.has('quarantine:write') && status === 'open',
    isFirst: cursor === undefined,
    ...(fault === undefined ? {} : { fault, status: 400 }),
    ...(page.more ? { next: addressOf({ ...wanted, cursor: page.cursor }) } : {}),
    first: addressOf({ status, source, code, isMine }),
  };
}

/** The text of a message, where it can be edited in a page and come back as it was. */
export function editableText(content: Uint8Array): string | undefined {
  if (content.length > MOST_EDITED) return undefined;
  const text = Buffer.from(content).toString('utf8');
  // A browser writes every line end of a form in one way, and cannot hold every character.
  const isSame = Buffer.from(text).equals(content) && !/\r(?!\n)|[\0\f]/.test(text);
  const lines = text.split('\n').length - 1;
  const carriageReturns = text.split('\r\n').length - 1;
  return isSame && (carriageReturns === 0 || carriageReturns === lines) && !text.startsWith('\ufeff') ? text : undefined;
}

/** The bytes of a form's text, with the line ends of the original. */
export function editedBytes(text: string, original: string): Uint8Array {
  const lines = text.replaceAll('\r\n', '\n');
  return Buffer.from(original.includes('\r\n') ? lines.replaceAll('\n', '\r\n') : lines);
}

/** The lines that a change takes away and adds, where they are. */
export function changedLines(
  before: string,
  after: string,
): readonly { readonly line: number; readonly before: readonly string[]; readonly after: readonly string[] }[] {
  const [from, to] = [before.split(/\r?\n/), after.split(/\r?\n/)];
  let start = 0;
  while (start < from.length && start < to.length && from[start] === to[start]) start++;
  let end = 0;
  while (end < from.length - start && end < to.length - start && from.at(-1 - end) === to.at(-1 - end)) end++;
  const [taken, added] = [from.slice(start, from.length - end), to.slice(start, to.length - end)];
  return taken.length + added.length === 0 ? [] : [{ line: start + 1, before: taken, after: added }];
}

export interface OpenedMessage {
  /** Undefined where it cannot be edited in the page. */
  readonly text: string | undefined;
  readonly reason: ReasonToRead;
  /** Whether this person may change it now: nobody else can meanwhile. */
  readonly isEditable: boolean;
}

/** The content of a message, for a reason that the audit log has. */
export async function openMessage({ api }: Person, id: string, reason: ReasonToRead): Promise<Uint8Array> {
  const found = await api.GET('/v1/quarantine/{id}', { params: { path: { id }, header: { 'Interchange-Reason': reason } } });
  return Buffer.from(dataOf<Schemas['QuarantinedMessage']>(found).content, 'base64');
}

const workOf = ({ closed, due, lock, notes, assignee, people, ...rest }: Schemas['QuarantineWork']) => ({
  ...rest,
  // Whoever saves only a day must not take away a person who can no longer be chosen.
  people: assignee === undefined || people.some(({ id }) => id === assignee) ? people : [...people, { id: assignee, title: assignee }],
  assignee,
  assigneeTitle: people.find(({ id }) => id === assignee)?.title ?? assignee,
  due,
  dueText: due === undefined ? undefined : dayInWords(due),
  notes: notes.map((note) => ({ ...note, time: inWords(note.time) })),
  ...(closed === undefined ? {} : { closed: { ...closed, reason: CLOSING_CODES[closed.code], time: inWords(closed.time) } }),
  ...(lock === undefined ? {} : { lock: { ...lock, until: inWords(lock.until) } }),
});

/** A message in quarantine without its content, from its receipt, with the work on it. */
export async function quarantinedPage(
  { id: self, api, scopes }: Person,
  id: string,
  now: number,
  { opened, fault }: { readonly opened?: OpenedMessage | undefined; readonly fault?: FormFault | undefined } = {},
): Promise<Page> {
  const params = { params: { path: { id } } };
  const [receipt, work, { requests }] = await Promise.all([
    api.GET('/v1/messages/{id}', params).then(dataOf<Schemas['Receipt']>),
    api.GET('/v1/quarantine/{id}/work', params).then(dataOf<Schemas['QuarantineWork']>),
    api.GET('/v1/quarantine/{id}/label-requests', params).then(dataOf<Schemas['LabelRequestList']>),
  ]);
  const mayWork = scopes.has('quarantine:write');
  const isLocked = work.lock !== undefined && !work.lock.own;
  return {
    template: 'quarantined',
    title: 'Message in quarantine',
    section: 'quarantine',
    trail: [{ text: 'Quarantine', href: QUARANTINE_PATH }, { text: 'Message' }],
    receipt,
    received: inWords(receipt.received),
    since: sinceWhen(receipt.received, now),
    work: workOf(work),
    self,
    requests: requests.map((request) => ({ ...request, time: inWords(request.time), expires: inWords(request.expires) })),
    mayWork,
    mayResubmit: mayWork && work.status === 'open' && !isLocked,
    mayApprove: scopes.has('quarantine:approve'),
    reasonsToRead: Object.entries(REASONS_TO_READ),
    closingCodes: Object.entries(CLOSING_CODES),
    opened,
    ...(fault === undefined ? {} : { fault, status: 400 }),
  };
}
