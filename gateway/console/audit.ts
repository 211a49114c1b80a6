/** The audit log: a search, its signed heads, and a verification of all of it. */
import type { Page } from '../pages/page.ts';
import { isId } from '../wire/id-form.ts';
import { dataOf, type Schemas } from './answers.ts';
import type { Person } from './person.ts';
import { inWords, isDay } from './times.ts';
import { type Answer, CONSOLE_PATH } from './visit.ts';

const PATH = `${CONSOLE_PATH}/audit`;
const ON_A_PAGE = 50;

const ACTIONS: Readonly<Record<Schemas['AuditAction'], string>> = {
  collection: 'Collected',
  alteration: 'Changed',
  consultation: 'Looked at',
  disclosure: 'Given',
  combination: 'Linked',
  erasure: 'Erased',
  start: 'Started',
  stop: 'Stopped',
  timestamp: 'Timestamped',
};
const DECISIONS: Readonly<Record<Schemas['AuditDecision'], string>> = {
  permit: 'Permitted',
  redact: 'Permitted in part',
  deny: 'Denied',
  none: 'No decision',
};

interface Field {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  readonly isRight: (value: string) => boolean;
  readonly fault: string;
  readonly choices?: readonly { readonly value: string; readonly text: string }[];
}

const choicesOf = (texts: Readonly<Record<string, string>>): NonNullable<Field['choices']> =>
  Object.entries(texts).map(([value, text]) => ({ value, text }));
const oneOf =
  (texts: Readonly<Record<string, string>>) =>
  (value: string): boolean =>
    Object.hasOwn(texts, value);

const ID_FAULT = 'has 43 letters, digits, hyphens and underscores';
const DAY_FAULT = 'Enter a real date, such as 2026-11-16';
const FIELDS: readonly Field[] = [
  { name: 'from', label: 'From', hint: 'A day (UTC), such as 2026-11-16', isRight: isDay, fault: DAY_FAULT },
  { name: 'to', label: 'Before', hint: 'A day (UTC), such as 2026-11-17', isRight: isDay, fault: DAY_FAULT },
  {
    name: 'who',
    label: 'Client or person',
    hint: 'The id in the configuration',
    isRight: (value) => /^[a-z0-9][a-z0-9.-]{0,99}$/.test(value),
    fault: 'An id must only include lower-case letters, numbers, dots and hyphens',
  },
  { name: 'action', label: 'Action', hint: '', isRight: oneOf(ACTIONS), fault: 'Select an action', choices: choicesOf(ACTIONS) },
  {
    name: 'decision',
    label: 'Decision',
    hint: '',
    isRight: oneOf(DECISIONS),
    fault: 'Select a decision',
    choices: choicesOf(DECISIONS),
  },
  { name: 'message', label: 'Message', hint: 'The id of the message', isRight: isId, fault: `The id of a message ${ID_FAULT}` },
  { name: 'event', label: 'Event', hint: 'The id of the event', isRight: isId, fault: `The id of an event ${ID_FAULT}` },
  {
    name: 'subject',
    label: 'Case or person',
    hint: 'The pseudonym, never the reference or the name',
    isRight: (value) => /^[\w-]{22}$/.test(value),
    fault: 'A pseudonym has 22 letters, digits, hyphens and underscores',
  },
];

export type AuditFilters = Readonly<Record<string, string>>;

/** The filters of an address, without empty ones. */
export const filtersIn = (query: Readonly<Record<string, unknown>>): AuditFilters =>
  Object.fromEntries(
    FIELDS.flatMap(({ name }) => {
      const value = query[name];
      return typeof value === 'string' && value.trim() !== '' ? [[name, value.trim()]] : [];
    }),
  );

const addressOf = (filters: AuditFilters, more: AuditFilters = {}): string => `${PATH}?${new URLSearchParams({ ...filters, ...more })}`;

/** The filters as people read them, each with the address of the search without it. */
const chipsOf = (filters: AuditFilters): readonly object[] =>
  FIELDS.flatMap(({ name, label, choices }) => {
    const value = filters[name];
    if (value === undefined) return [];
    const { [name]: _, ...others } = filters;
    return [{ label, value: choices?.find((choice) => choice.value === value)?.text ?? value, href: addressOf(others, { search: 'yes' }) }];
  });

const shown = (record: Schemas['AuditRecordShown']): object => ({
  ...record,
  timeText: inWords(record.time),
  actionText: ACTIONS[record.action],
  decisionText: DECISIONS[record.decision],
});

/** The form of a search, and what was found where one was asked for. */
export async function auditPage({ api }: Person, filters: AuditFilters, isAsked: boolean, cursor: string | undefined): Promise<Page> {
  const faults = FIELDS.flatMap((field) => {
    const value = filters[field.name];
    return value === undefined || field.isRight(value) ? [] : [{ name: field.name, text: field.fault }];
  });
  const fields = FIELDS.map((field) => ({
    ...field,
    value: filters[field.name] ?? '',
    fault: faults.find(({ name }) => name === field.name)?.text,
  }));
  const page = { template: 'audit', title: 'Audit log', section: 'audit', fields, faults };
  if (faults.length > 0) return { ...page, status: 400 };
  if (!isAsked) return page;
  const { from, to, ...others } = filters;
  const query = {
    ...others,
    limit: ON_A_PAGE,
    ...(from === undefined ? {} : { from: `${from}T00:00:00Z` }),
    ...(to === undefined ? {} : { to: `${to}T00:00:00Z` }),
    ...(cursor === undefined ? {} : { cursor }),
  };
  const found = dataOf<Schemas['AuditPage']>(await api.GET('/v1/audit', { params: { query: query as never } }));
  return {
    ...page,
    isAsked,
    chips: chipsOf(filters),
    records: found.records.map(shown),
    ...(found.more ? { next: addressOf(filters, { search: 'yes', cursor: found.cursor }) } : {}),
  };
}

const WITNESS: Readonly<Record<Schemas['AuditHeads']['witness'], readonly [text: string, colour: string]>> = {
  pass: ['The witness has the heads', 'green'],
  warn: ['The witness does not answer', 'yellow'],
  fail: ['The witness does not take the heads', 'red'],
  none: ['No witness is configured', 'grey'],
};
const TIMESTAMPS: Readonly<Record<string, readonly [text: string, colour: string]>> = {
  pass: ['The authority timestamps the heads', 'green'],
  warn: ['The authority does not answer', 'yellow'],
  fail: ['There is no timestamp', 'red'],
};

export async function headsPage({ api }: Person): Promise<Page> {
  const { heads, witness, timestamp } = dataOf<Schemas['AuditHeads']>(await api.GET('/v1/audit/heads'));
  return {
    template: 'audit-heads',
    title: 'Heads of the audit log',
    section: 'audit',
    trail: [{ text: 'Audit log', href: PATH }, { text: 'Heads' }],
    heads: heads.map((head) => ({ ...head, timeText: inWords(head.time) })),
    witness: WITNESS[witness],
    timestamps: timestamp === undefined ? undefined : TIMESTAMPS[timestamp],
  };
}

/** Begins a verification, and leads to the page that shows it. */
export async function startVerification({ api }: Person): Promise<Answer> {
  const { id } = dataOf<Schemas['AuditVerification']>(await api.POST('/v1/audit/verifications'));
  return { address: `${PATH}/verifications/${id}` };
}

const RESULTS: Readonly<Record<Schemas['AuditVerification']['status'], readonly [text: string, colour: string]>> = {
  running: ['Under way', 'blue'],
  verifies: ['The log verifies', 'green'],
  broken: ['The log does not verify', 'red'],
  failed: ['The log could not be read', 'red'],
};

export async function verificationPage({ api }: Person, id: string): Promise<Page> {
  const answer = await api.GET('/v1/audit/verifications/{id}', { params: { path: { id } } });
  const verification = dataOf<Schemas['AuditVerification']>(answer);
  return {
    template: 'audit-verification',
    title: 'Verification of the audit log',
    section: 'audit',
    trail: [{ text: 'Audit log', href: PATH }, { text: 'Heads', href: `${PATH}/heads` }, { text: 'Verification' }],
    verification,
    result: RESULTS[verification.status],
    started: inWords(verification.started),
  };
}
