/** Jobs that resubmit many messages: how far they are, and what happened to each message. */
import type { Page } from '../pages/page.ts';
import { dataOf, problemOf, type Schemas } from './answers.ts';
import type { Person } from './person.ts';
import { JOBS_PATH, partsOfQuarantine, QUARANTINE_PATH } from './quarantine-navigation.ts';
import { inWords } from './times.ts';
import type { Answer } from './visit.ts';

type Job = Schemas['ResubmissionJob'];

const STATES: Readonly<Record<Job['state'], readonly [text: string, colour: string]>> = {
  running: ['Running', 'blue'],
  interrupted: ['Interrupted', 'red'],
  stopped: ['Stopped', 'yellow'],
  done: ['Done', 'green'],
};
const OUTCOMES = {
  waiting: 'Not sent yet',
  accepted: 'Accepted',
  quarantined: 'In quarantine again',
  locked: 'Not sent: somebody was editing it',
  closed: 'Not sent: it was closed',
  gone: 'Not sent: who started the job may not resubmit it',
  failed: 'Not sent: the gateway could not take it',
} as const;

const shown = ({ items = [], counts, ...job }: Job) => {
  const [stateText, colour] = STATES[job.state];
  const left = counts.waiting + counts.locked + counts.failed;
  return {
    ...job,
    stateText,
    colour,
    time: inWords(job.time),
    active: inWords(job.active),
    finished: job.total - counts.waiting,
    counts: Object.entries(OUTCOMES).map(([name, text]) => ({ text, count: counts[name as keyof typeof OUTCOMES] })),
    items: items.map(({ id, outcome = 'waiting', message }) => ({
      id,
      message,
      outcome,
      text: OUTCOMES[outcome as keyof typeof OUTCOMES],
    })),
    mayStart: job.state !== 'running' && left > 0,
  };
};

/** The jobs, the newest first. */
export async function jobsPage({ api }: Person, cursor: string | undefined): Promise<Page> {
  const query = { limit: 20, ...(cursor === undefined ? {} : { cursor }) };
  const page = dataOf<Schemas['ResubmissionJobPage']>(await api.GET('/v1/quarantine-resubmissions', { params: { query } }));
  return {
    template: 'resubmissions',
    title: 'Jobs',
    section: 'quarantine',
    parts: partsOfQuarantine('Jobs'),
    jobs: page.jobs.map(shown),
    ...(page.more ? { next: `${JOBS_PATH}?${new URLSearchParams({ cursor: page.cursor })}` } : {}),
  };
}

export async function jobPage({ api, scopes }: Person, id: string): Promise<Page> {
  const job = dataOf<Job>(await api.GET('/v1/quarantine-resubmissions/{id}', { params: { path: { id } } }));
  return {
    template: 'resubmission',
    title: 'Resubmission of many messages',
    section: 'quarantine',
    trail: [{ text: 'Quarantine', href: QUARANTINE_PATH }, { text: 'Jobs', href: JOBS_PATH }, { text: 'Job' }],
    job: shown(job),
    mayWork: scopes.has('quarantine:write'),
  };
}

export async function changeJob({ api }: Person, id: string, change: 'stop' | 'restart'): Promise<Answer> {
  const params = { params: { path: { id } } };
  const answer =
    change === 'stop'
      ? await api.POST('/v1/quarantine-resubmissions/{id}/stop', params)
      : await api.POST('/v1/quarantine-resubmissions/{id}/restart', params);
  if (!answer.response.ok) throw problemOf(answer);
  return { address: `${JOBS_PATH}/${id}` };
}
