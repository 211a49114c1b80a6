/** The filters of a search for messages, as the address of a page and the form have them. */
import type { operations } from '../../contracts/generated/openapi.d.ts';
import type { Schemas } from './answers.ts';
import type { Faults } from './form-fault.ts';
import { londonTime } from './times.ts';

type Query = NonNullable<operations['listMessages']['parameters']['query']>;
type Status = Schemas['ListedMessage']['status'];

export const STATUSES: Readonly<Record<Status, readonly [text: string, colour: string]>> = {
  accepted: ['Accepted', 'green'],
  quarantined: ['In quarantine', 'yellow'],
  resubmitted: ['Resubmitted', 'blue'],
};

/** The filters in an address, in the order in which a page shows them. */
export const FILTERS = {
  source: 'Source',
  status: 'Status',
  adapter: 'Adapter',
  from: 'Received from',
  to: 'Received until',
  about: 'Case or person',
} as const;
export type Filter = keyof typeof FILTERS;
const isStatus = (text: string): text is Status => Object.hasOwn(STATUSES, text);

/** The filters that have a value, as they were entered. */
export type Entered = Readonly<Partial<Record<Filter, string>>>;

export function enteredIn(values: { readonly get: (name: string) => string | null | undefined }): Entered {
  return Object.fromEntries(
    (Object.keys(FILTERS) as Filter[]).flatMap((name) => {
      const text = values.get(name)?.trim() ?? '';
      return text === '' ? [] : [[name, text]];
    }),
  );
}

/** The pseudonyms of one case or person, as the operations take them: today's, and those that older records can have. */
export const PSEUDONYMS = /^[\w-]{22}(,[\w-]{22}){0,3}$/;

const TIME_FAULT = 'must be a real date, such as 27/3/2026 or 27/3/2026 14:05';

/** The query for the gateway, or what is wrong with each filter. */
export function queryOf(entered: Entered): { readonly query: Query; readonly faults: Faults } {
  const { source, status, adapter, from, to, about } = entered;
  const faults: Record<string, string> = {};
  const begin = from === undefined ? undefined : londonTime(from, 'start');
  const end = to === undefined ? undefined : londonTime(to, 'end');
  if (source !== undefined && source.length > 100) faults.source = 'The id of a source has 100 characters or fewer';
  if (status !== undefined && !isStatus(status)) faults.status = 'Select a status from the list';
  if (adapter !== undefined && !/^[a-z0-9-]{1,64}$/.test(adapter)) faults.adapter = 'Select an adapter from the list';
  if (from !== undefined && begin === undefined) faults.from = `Received from ${TIME_FAULT}`;
  if (to !== undefined && end === undefined) faults.to = `Received until ${TIME_FAULT}`;
  if (begin !== undefined && end !== undefined && begin >= end) faults.to = 'Received until must be after received from';
  if (about !== undefined && !PSEUDONYMS.test(about)) faults.urn = 'Search for the case or person again';
  return {
    faults,
    query: {
      ...(source === undefined ? {} : { source }),
      ...(status === undefined ? {} : { status: status as Status }),
      ...(adapter === undefined ? {} : { adapter }),
      ...(begin === undefined ? {} : { from: new Date(begin).toISOString() }),
      ...(end === undefined ? {} : { to: new Date(end).toISOString() }),
      ...(about === undefined ? {} : { about }),
    },
  };
}

/** The address of a search. A search without filters is one for all messages. */
export function addressOf(path: string, entered: Entered, more: Readonly<Record<string, string>> = {}): string {
  const all = { ...entered, ...more };
  const query = new URLSearchParams(Object.keys(all).length === 0 ? { all: 'yes' } : all);
  // A plus sign in an address is not a space everywhere.
  return `${path}?${String(query).replaceAll('+', '%20')}`;
}

const inWords = (name: Filter, value: string): string => {
  if (name === 'status' && isStatus(value)) return STATUSES[value][0];
  return name === 'about' ? `with the pseudonym ${value.slice(0, 22)}` : value;
};

/** The filters of a search, each with the address of the search without it. */
export const chipsOf = (path: string, entered: Entered) =>
  (Object.entries(entered) as [Filter, string][]).map(([name, value]) => {
    const { [name]: _removed, ...others } = entered;
    return { name: FILTERS[name], text: inWords(name, value), without: addressOf(path, others) };
  });
