/** Shadow runs: a candidate tried over archived messages, before it is put in force. */
import type { Page } from '../pages/page.ts';
import type { SignedReport } from '../shadow/report.ts';
import { dataOf, type Schemas } from './answers.ts';
import type { Person } from './person.ts';
import { inWords, isDay } from './times.ts';
import { type Answer, CONSOLE_PATH } from './visit.ts';

const PATH = `${CONSOLE_PATH}/shadow`;
type Run = Schemas['ShadowRun'];

const STATES: Readonly<Record<Run['status'], readonly [text: string, colour: string]>> = {
  running: ['Under way', 'blue'],
  ended: ['Ended', 'grey'],
  stopped: ['Stopped', 'yellow'],
  failed: ['Failed', 'red'],
};

const shownRun = (run: Run) => ({ ...run, state: STATES[run.status], startedText: inWords(run.started) });

interface Faults {
  readonly candidate?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: string;
}

/** The candidates and the runs. `form` is what a person entered, and `faults` what is wrong with it. */
export async function shadowPage({ api }: Person, form = new URLSearchParams(), faults: Faults = {}): Promise<Page> {
  const { candidates, runs } = dataOf<Schemas['ShadowRuns']>(await api.GET('/v1/shadow-runs'));
  const list = Object.entries(faults).map(([name, text]) => ({ name, text }));
  return {
    template: 'shadow',
    title: 'Shadow run',
    section: 'shadow',
    candidates,
    runs: runs.map(shownRun),
    values: Object.fromEntries(form),
    faults,
    faultList: list,
    ...(list.length === 0 ? {} : { status: 400 }),
  };
}

const enteredIn = (form: URLSearchParams, name: string): string | undefined => form.get(name)?.trim() || undefined;

/** Begins a run, and leads to its page. */
export async function startRun(person: Person, form: URLSearchParams): Promise<Answer> {
  const [candidate, from, to, limit] = ['candidate', 'from', 'to', 'limit'].map((name) => enteredIn(form, name));
  const faults: Faults = {
    ...(candidate === undefined ? { candidate: 'Select a candidate' } : {}),
    ...(from === undefined || isDay(from) ? {} : { from: 'Enter a real date, such as 2026-11-16' }),
    ...(to === undefined || isDay(to) ? {} : { to: 'Enter a real date, such as 2026-11-17' }),
    ...(limit === undefined || /^[1-9]\d{0,8}$/.test(limit) ? {} : { limit: 'Enter a number of messages, such as 1000' }),
  };
  if (candidate === undefined || Object.keys(faults).length > 0) return shadowPage(person, form, faults);
  const body: Schemas['ShadowRequest'] = {
    candidate,
    ...(from === undefined ? {} : { from: `${from}T00:00:00Z` }),
    ...(to === undefined ? {} : { to: `${to}T00:00:00Z` }),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
    ...(form.get('quarantined') === 'yes' ? { quarantined: true } : {}),
  };
  const { id } = dataOf<Run>(await person.api.POST('/v1/shadow-runs', { body }));
  return { address: `${PATH}/${id}` };
}

const runOf = async ({ api }: Person, id: string): Promise<Run> =>
  dataOf<Run>(await api.GET('/v1/shadow-runs/{id}', { params: { path: { id } } }));

/** What a label loses and gains, part by part. */
function changeOf<T extends { readonly from: string; readonly to: string }>(row: T) {
  const [before, after] = [row.from, row.to].map((text) => text.split('; ')) as [string[], string[]];
  return { ...row, loses: before.filter((part) => !after.includes(part)), gains: after.filter((part) => !before.includes(part)) };
}

/** One run: how far it is, or its report. */
export async function runPage(person: Person, id: string): Promise<Page> {
  const run = await runOf(person, id);
  const { report } = (run.signed ?? {}) as Partial<SignedReport>;
  return {
    template: 'shadow-run',
    title: 'Shadow run',
    section: 'shadow',
    trail: [{ text: 'Shadow run', href: PATH }, { text: run.candidate }],
    run: shownRun(run),
    report,
    ...(report === undefined ? {} : { falls: report.findings.falls.map(changeOf), rises: report.findings.rises.map(changeOf) }),
  };
}

export async function stopRun({ api }: Person, id: string): Promise<Answer> {
  dataOf<Run>(await api.POST('/v1/shadow-runs/{id}/stop', { params: { path: { id } } }));
  return { address: `${PATH}/${id}` };
}

/** The signed report of a run, as `interchange shadow verify` reads it; undefined where there is none yet. */
export async function reportFile(person: Person, id: string): Promise<string | undefined> {
  const { signed } = await runOf(person, id);
  return signed === undefined ? undefined : `${JSON.stringify(signed, null, 2)}\n`;
}
