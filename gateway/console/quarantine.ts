/** Messages in quarantine: what waits by its cause, and one message with what can be done about it. */
import type { Page } from '../pages/page.ts';
import { dataOf, type Schemas } from './answers.ts';
import type { Person } from './person.ts';
import { REASONS_TO_READ, type ReasonToRead } from './reasons.ts';
import { inWords, sinceWhen } from './times.ts';

const ON_A_PAGE = 200;
/** The longest message that can be edited in the page. */
export const MOST_EDITED = 200_000;

export const isStatus = (value: unknown): value is Schemas['QuarantineItem']['status'] => value === 'open' || value === 'resubmitted';

const rowOf = ({ id, source, received, classification, reasons, record }: Schemas['QuarantineItem'], now: number) => ({
  id,
  source,
  classification,
  received: inWords(received),
  since: sinceWhen(received, now),
  line: record?.line ?? reasons[0]?.line,
  at: reasons[0]?.at,
});

/** The causes, the most frequent first: the first reason of each message. */
function groupsOf(items: readonly Schemas['QuarantineItem'][], now: number): readonly object[] {
  return [...Map.groupBy(items, ({ reasons: [first] }) => `${first?.code ?? ''}`)]
    .map(([code, ofCode]) => ({
      code,
      reason: ofCode[0]?.reasons[0]?.reason,
      count: ofCode.length,
      rows: ofCode.map((item) => rowOf(item, now)),
    }))
    .toSorted((a, b) => b.count - a.count || a.code.localeCompare(b.code));
}

export async function quarantinePage(
  { api }: Person,
  { status = 'open', cursor }: { readonly status?: Schemas['QuarantineItem']['status'] | undefined; readonly cursor?: string | undefined },
  now: number,
): Promise<Page> {
  const query = { limit: ON_A_PAGE, status, ...(cursor === undefined ? {} : { cursor }) };
  const { items, more, cursor: next } = dataOf<Schemas['QuarantinePage']>(await api.GET('/v1/quarantine', { params: { query } }));
  return {
    template: 'quarantine',
    title: status === 'open' ? 'Quarantine' : 'Quarantine: resubmitted messages',
    section: 'quarantine',
    status,
    groups: groupsOf(items, now),
    isFirst: cursor === undefined,
    ...(more ? { next: `/console/quarantine?${new URLSearchParams({ status, cursor: next })}` } : {}),
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
}

/** The content of a message, for a reason that the audit log has. */
export async function openMessage({ api }: Person, id: string, reason: ReasonToRead): Promise<Uint8Array> {
  const found = await api.GET('/v1/quarantine/{id}', { params: { path: { id }, header: { 'Interchange-Reason': reason } } });
  return Buffer.from(dataOf<Schemas['QuarantinedMessage']>(found).content, 'base64');
}

/** A message in quarantine without its content, from its receipt. */
export async function quarantinedPage({ api, scopes }: Person, id: string, now: number, opened?: OpenedMessage | undefined): Promise<Page> {
  const receipt = dataOf<Schemas['Receipt']>(await api.GET('/v1/messages/{id}', { params: { path: { id } } }));
  const { requests } = dataOf<Schemas['LabelRequestList']>(
    await api.GET('/v1/quarantine/{id}/label-requests', { params: { path: { id } } }),
  );
  return {
    template: 'quarantined',
    title: 'Message in quarantine',
    section: 'quarantine',
    trail: [{ text: 'Quarantine', href: '/console/quarantine' }, { text: 'Message' }],
    receipt,
    received: inWords(receipt.received),
    since: sinceWhen(receipt.received, now),
    requests: requests.map((request) => ({ ...request, time: inWords(request.time), expires: inWords(request.expires) })),
    mayResubmit: scopes.has('quarantine:write'),
    mayApprove: scopes.has('quarantine:approve'),
    reasonsToRead: Object.entries(REASONS_TO_READ),
    opened,
  };
}
