/** Who was told about a case or a person, and the export of it for a subject access request. */
import type { Response } from 'express';
import type { Page } from '../pages/page.ts';
import { dataOf, ProblemAnswered, type Schemas } from './answers.ts';
import { errorsOf, type Faults } from './form-fault.ts';
import { PSEUDONYMS } from './message-filters.ts';
import type { Person } from './person.ts';
import { isReasonToRead, REASONS_TO_READ, type ReasonToRead } from './reasons.ts';
import { type EnteredReference, enteredReference, NOTHING_NAMED, pseudonymsOf } from './reference-form.ts';
import { csvOf } from './spreadsheet.ts';
import { inWords } from './times.ts';
import type { Answer } from './visit.ts';

type Disclosure = Schemas['Disclosure'];

const ON_A_PAGE = 100;
const IN_A_REQUEST = 1000;
/** How many disclosures one file holds. */
const MOST_EXPORTED = 20_000;
const TITLE = 'Disclosures';

const REASONS = Object.entries(REASONS_TO_READ).filter(([code]) => code !== 'repair');

interface Form {
  readonly reference: EnteredReference;
  readonly reason: string | null;
  readonly faults: Faults;
}

/** The form; with what a person entered, where something is wrong. */
export const disclosuresForm = ({ reference, reason, faults }: Partial<Form> = {}): Page => ({
  template: 'disclosures',
  title: TITLE,
  section: 'disclosures',
  reference: reference ?? {},
  reasons: REASONS,
  chosen: reason,
  faults: faults ?? {},
  errors: errorsOf(faults ?? {}),
  ...(faults === undefined ? {} : { status: 400 }),
});

interface Query {
  readonly about: string;
  readonly reason: ReasonToRead;
  readonly cursor?: string;
  readonly limit: number;
}

const read = async ({ api }: Person, { reason, ...query }: Query): Promise<Schemas['DisclosurePage']> =>
  dataOf(await api.GET('/v1/disclosures', { params: { query, header: { 'Interchange-Reason': reason } } }));

const shown = ({ time, decision, corrections, ...rest }: Disclosure) => ({
  ...rest,
  time: inWords(time),
  decision: decision === 'redacted' ? 'Redacted' : 'Complete',
  corrections: corrections.map((correction) => ({ ...correction, time: inWords(correction.time) })),
});

async function resultPage(person: Person, query: Query, isFirst: boolean): Promise<Page> {
  const { disclosures, cursor, more } = await read(person, query);
  return {
    template: 'disclosed',
    title: 'Who was told',
    section: 'disclosures',
    trail: [{ text: TITLE, href: '/console/disclosures' }, { text: 'Who was told' }],
    about: query.about,
    reason: query.reason,
    disclosures: disclosures.map(shown),
    isFirst,
    ...(more ? { next: cursor } : {}),
  };
}

/** Who was told about the case or the person in the form. The page is the answer to the form: no address has what was asked for. */
export async function findDisclosures(person: Person, form: URLSearchParams): Promise<Answer> {
  const [reference, reason] = [enteredReference(form), form.get('reason')];
  const again = (faults: Faults) => disclosuresForm({ reference, reason, faults });
  const named = await pseudonymsOf(person, reference);
  if (named === undefined) return again(NOTHING_NAMED);
  if ('faults' in named) return again(named.faults);
  if (!isReasonToRead(reason)) return again({ 'reason-1': 'Select why you ask' });
  return resultPage(person, { about: named.about, reason, limit: ON_A_PAGE }, true);
}

/** What the form of a result page says again. Throws {@link ProblemAnswered} where it is not one of ours. */
function againIn(form: URLSearchParams): Pick<Query, 'about' | 'reason'> {
  const [about, reason] = [form.get('about') ?? '', form.get('reason')];
  if (!PSEUDONYMS.test(about) || !isReasonToRead(reason)) throw new ProblemAnswered(400, { title: 'Ask again' });
  return { about, reason };
}

/** The next page of a result. */
export const nextDisclosures = (person: Person, form: URLSearchParams): Promise<Answer> =>
  resultPage(person, { ...againIn(form), cursor: form.get('cursor') ?? '', limit: ON_A_PAGE }, false);

const HEADINGS = [
  'Time',
  'Reader',
  'On behalf of',
  'Task',
  'Event',
  'Type',
  'Decision',
  'Marking',
  'Corrections told',
  'Corrections not told',
];

const rowOf = ({ time, who, onBehalfOf = '', task = '', event, type, decision, marking = '', corrections }: Disclosure) => {
  const ids = (told: boolean) => corrections.flatMap((correction) => (correction.told === told ? [correction.id] : [])).join(' ');
  return [time, who, onBehalfOf, task, event, type, decision, marking, ids(true), ids(false)];
};

/** Every disclosure, for a file. */
async function readAll(person: Person, about: string): Promise<readonly Disclosure[]> {
  const all: Disclosure[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = { about, reason: 'subject-access', limit: IN_A_REQUEST, ...(cursor === undefined ? {} : { cursor }) } as const;
    const page = await read(person, query);
    all.push(...page.disclosures);
    if (!page.more) return all;
    if (all.length >= MOST_EXPORTED)
      throw new ProblemAnswered(409, { title: `There are more than ${MOST_EXPORTED} disclosures: use interchange audit disclosures` });
    cursor = page.cursor;
  }
}

/** Sends the file for a subject access request. The audit log has that reason, whatever the person asked for before. */
export async function exportDisclosures(person: Person, form: URLSearchParams, response: Response): Promise<undefined> {
  const { about } = againIn(form);
  const disclosures = await readAll(person, about);
  const isCsv = form.get('format') === 'csv';
  response.set('Cache-Control', 'no-store').attachment(`disclosures.${isCsv ? 'csv' : 'json'}`);
  if (isCsv) response.type('text/csv').send(csvOf([HEADINGS, ...disclosures.map(rowOf)]));
  else response.type('application/json').send(`${JSON.stringify({ about: about.split(','), disclosures }, undefined, 2)}\n`);
}
