/** The checks of a submitter: what it sent under each circumstance, what it said of it, and what the gateway has. */

import { canonicalJson } from '../../adapters/canonical-json.ts';
import type { Json, JsonObject } from '../../adapters/json.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { CASE, INVALID_AT } from './facts.ts';
import type { Attempt, Recorder } from './recorder.ts';
import { type Checks, failed, passed, type Verdict } from './run.ts';
import { ALL, type Asking, type Circumstance, makeSubmissions, type Submission, type Submissions } from './submission.ts';

/** A gateway that the suite may submit to: it holds nothing else. */
export interface SuiteGateway {
  readonly url: string;
  /** A token of a persona of the development configuration. */
  token(persona: string): Promise<string>;
}

export interface SubmitterContext {
  readonly submissions: Submissions;
  readonly token: string;
  readonly recorder: Recorder;
  /** The events of a case, as a reader reads them who may read everything. */
  readonly events: (urn: string) => Promise<readonly SealedEvent[]>;
}

export const SUBMITTER_PATIENCE = 60_000;

/** Puts together what the checks need. The recorder stands before the gateway. */
export async function submitterContext(gateway: SuiteGateway, asking: Omit<Asking, 'token'>): Promise<SubmitterContext> {
  const [token, reader] = [await gateway.token('force'), await gateway.token('cps')];
  const events = async (urn: string): Promise<readonly SealedEvent[]> => {
    const headers = { Authorization: `Bearer ${reader}` };
    const response = await fetch(`${gateway.url}/v1/events?limit=1000&type=${CASE}`, { headers });
    const page = (await response.json()) as { events: readonly SealedEvent[] };
    return page.events.filter(({ data }) => (data.case as JsonObject | undefined)?.urn === urn);
  };
  return { submissions: makeSubmissions({ ...asking, token }), token, recorder: asking.recorder, events };
}

const keyOf = ({ headers }: Attempt): string | undefined => headers['idempotency-key'] as string | undefined;

function heard({ status, said }: Submission): string {
  if (status === undefined) return 'there was no answer';
  return said === undefined ? `the answer was ${status} and no outcome` : `it said ${said.outcome}`;
}

/** What the gateway makes itself is not a fact that was sent. */
function factsOf(data: Json): Json {
  if (Array.isArray(data)) return data.map(factsOf);
  if (typeof data !== 'object' || data === null) return data;
  const facts = Object.entries(data).filter(([name]) => name !== 'subjectCategory');
  return Object.fromEntries(facts.map(([name, value]) => [name, factsOf(value as Json)]));
}

/** Whether an attempt was made again under a circumstance, the same under the same key, and it was accepted in the end. */
async function again({ submissions }: SubmitterContext, circumstance: Circumstance): Promise<Verdict> {
  const submission = await submissions(circumstance);
  const [first, second, ...more] = submission.attempts;
  if (first === undefined) return failed('Nothing was sent.');
  if (second === undefined) return failed(`It did not try again: ${heard(submission)}.`);
  if ([second, ...more].some((attempt) => keyOf(attempt) !== keyOf(first) || keyOf(attempt) === undefined))
    return failed('It tried again without the same Idempotency-Key.');
  if ([second, ...more].some(({ body }) => body !== first.body)) return failed('It tried again with other bytes.');
  if (submission.said?.outcome !== 'accepted') return failed(`It tried again, and then ${heard(submission)}.`);
  return passed(`It tried ${submission.attempts.length} times with one key, and said accepted.`);
}

const SECOND = 1000;
/** Timers may ring a little early. */
const EARLY = 20;

export const SUBMITTER_CHECKS: Checks<SubmitterContext> = {
  submits: async ({ submissions }) => {
    const good = await submissions('good');
    const statuses = good.attempts.flatMap(({ status }) => (status === undefined ? [] : [status]));
    if (statuses.includes(202)) return passed('The gateway answered 202.');
    if (good.attempts.length > 0) return failed(`The gateway answered ${statuses.join(', ')}.`);
    return { ...failed(`Nothing was sent: ${heard(good)}.`), ends: 'The target submits nothing.' };
  },
  'says-accepted': async ({ submissions }) => {
    const good = await submissions('good');
    const { id } = JSON.parse(good.attempts.find(({ status }) => status === 202)?.answer ?? '{}') as { id?: string };
    if (good.said?.outcome !== 'accepted') return failed(`Instead of accepted ${heard(good)}.`);
    return good.said.receipt === id && id !== undefined
      ? passed('It said accepted, with the receipt.')
      : failed('The receipt is not the gateway’s.');
  },
  'names-its-media-type': async ({ submissions }) => {
    const { attempts } = await submissions('good');
    const isRight = attempts.every(({ headers }) => /^application\/cloudevents\+json\s*(;|$)/i.test(headers['content-type'] ?? ''));
    return isRight ? passed('It is application/cloudevents+json.') : failed('It is something else.');
  },
  'keeps-token-in-header': async ({ submissions, token }) => {
    const { attempts } = await submissions('good');
    const isInHeader = ({ headers }: Attempt) => headers.authorization?.replace(/^bearer +/i, '') === token;
    if (!attempts.every(isInHeader)) return failed('It is not in the header.');
    const isBeside = attempts.some(({ url, body }) => url.includes(token) || body.includes(token));
    return isBeside ? failed('It is in the address or the body too.') : passed('It is in the header only.');
  },
  'keeps-facts': async ({ submissions, events }) => {
    const { urn, facts } = await submissions('good');
    const [event, second] = await events(urn);
    if (event === undefined || second !== undefined)
      return failed(event === undefined ? 'There is no event.' : 'There is more than one event.');
    const { label, portions, quality, ...data } = event.data;
    return canonicalJson(factsOf(data)) === canonicalJson(facts) ? passed('They are the same.') : failed('They are not the same.');
  },

  'sends-key': async ({ submissions }) => {
    const { attempts } = await submissions('good');
    const isRight = attempts.every((attempt) => /^[\x21-\x7e]{1,255}$/.test(keyOf(attempt) ?? ''));
    return isRight ? passed('There is one.') : failed('There is none, or one that the contract does not allow.');
  },
  'again-after-unavailable': (context) => again(context, 'unavailable'),
  'again-after-too-many': (context) => again(context, 'too-many'),
  'waits-as-told': async ({ submissions }) => {
    for (const circumstance of ['unavailable', 'too-many'] as const) {
      const [first, second] = (await submissions(circumstance)).attempts;
      if (first === undefined || second === undefined) return failed('It did not try again.');
      if (second.came - first.answered < SECOND - EARLY) return failed('It did not wait a second.');
    }
    return passed('It waited a second or more.');
  },
  'again-after-lost-answer': async (context) => {
    const verdict = await again(context, 'lost');
    if (verdict.status !== 'passed') return verdict;
    const { length } = await context.events((await context.submissions('lost')).urn);
    return length === 1 ? passed(`${verdict.detail} There is one event.`) : failed(`There are ${length} events.`);
  },
  'not-again-after-refusal': async ({ submissions }) => {
    const invalid = await submissions('invalid');
    if (invalid.attempts.length > 1) return failed(`It sent them ${invalid.attempts.length} times.`);
    if (invalid.said?.outcome === 'accepted') return failed('It said accepted.');
    return passed(invalid.attempts.length === 1 ? 'It sent them once.' : 'It found out itself, and sent nothing.');
  },

  'says-refused': async ({ submissions }) => {
    const invalid = await submissions('invalid');
    if (invalid.said?.outcome !== 'refused') return failed(`Instead of refused ${heard(invalid)}.`);
    const places = new Set(invalid.said.reasons.map(({ at }) => at));
    const missing = INVALID_AT.filter((place) => !places.has(place));
    return missing.length === 0 ? passed('It named each place.') : failed(`It did not name ${missing.join(', ')}.`);
  },
  'says-not-sent': async ({ submissions }) => {
    const away = await submissions('away');
    const { length } = away.attempts;
    if (away.said?.outcome !== 'not-sent') return failed(`Instead of not-sent ${heard(away)}.`);
    return length >= 2 && length <= 20 ? passed(`It said not-sent after ${length} attempts.`) : failed(`It made ${length} attempts.`);
  },
  'new-key-for-new-fact': async ({ submissions }) => {
    const keys: ReadonlySet<string | undefined>[] = [];
    for (const circumstance of ALL) keys.push(new Set((await submissions(circumstance)).attempts.map(keyOf)));
    const used = keys.flatMap((keySet) => [...keySet]);
    if (used.includes(undefined)) return failed('Something was sent without a key.');
    return new Set(used).size === used.length ? passed('No key served two facts.') : failed('One key served two facts.');
  },
  'stays-with-gateway': async ({ submissions, recorder }) => {
    const redirected = await submissions('redirected');
    if (recorder.wentElsewhere()) return failed('Something was sent to another origin.');
    if (redirected.attempts.length === 0) return failed('Nothing was sent at all.');
    if (redirected.said === undefined || redirected.said.outcome === 'accepted')
      return failed(`Nothing went there, but ${heard(redirected)}.`);
    return passed(`Nothing went there, and ${heard(redirected)}.`);
  },
  'keeps-token-to-itself': async ({ submissions, token }) => {
    for (const circumstance of ALL) if ((await submissions(circumstance)).answer.includes(token)) return failed('An answer holds it.');
    return passed('It is in no answer.');
  },
};
