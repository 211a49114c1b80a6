/** Asks a submitter to submit facts, each time under other circumstances, and keeps what it did and said. */
import type { JsonObject } from '../../adapters/json.ts';
import { problemOf } from '../../gateway/transports/http/problem.ts';
import { post } from './answer.ts';
import { CASE, invalidCase, newCase, urnOf } from './facts.ts';
import type { Attempt, Fate, Recorder } from './recorder.ts';

/** What a submitter says of a fact, as the suite's document has it. */
export interface Outcome {
  readonly outcome: 'accepted' | 'refused' | 'not-sent';
  readonly receipt?: string;
  readonly reasons: readonly { readonly at: string; readonly code: string }[];
}

export interface Submission {
  readonly urn: string;
  readonly facts: JsonObject;
  /** Undefined when there was no answer in time. */
  readonly status: number | undefined;
  /** Undefined when the answer was not one. */
  readonly said: Outcome | undefined;
  /** The answer, headers and body, as one text. */
  readonly answer: string;
  readonly attempts: readonly Attempt[];
}

const OUTCOMES = ['accepted', 'refused', 'not-sent'];

function outcomeOf(text: string): Outcome | undefined {
  try {
    const { outcome, receipt, reasons } = JSON.parse(text) as Record<string, unknown>;
    if (!OUTCOMES.includes(outcome as string)) return undefined;
    const list = Array.isArray(reasons) ? (reasons as Readonly<Record<string, unknown> | null>[]) : [];
    return {
      outcome: outcome as Outcome['outcome'],
      ...(typeof receipt === 'string' ? { receipt } : {}),
      reasons: list.map((reason) => ({ at: String(reason?.at), code: String(reason?.code) })),
    };
  } catch {
    return undefined;
  }
}

export interface Asking {
  readonly target: string;
  readonly recorder: Recorder;
  readonly token: string;
  /** How long the submitter has for each fact, in milliseconds. */
  readonly patience: number;
  /** Where the numbers of its cases begin, for runs that share a gateway. */
  readonly from?: number;
}

const RETRY_AFTER = '1';

const busy = (code: 'unavailable' | 'too-many-requests'): Fate => {
  const { status, ...rest } = problemOf(code);
  const headers = { 'Content-Type': 'application/problem+json', 'Retry-After': RETRY_AFTER };
  return { status, headers, body: JSON.stringify({ ...rest, status }) };
};

/** What becomes of a submission, by how many of the same fact came before. */
const CIRCUMSTANCES = {
  good: () => () => 'forward',
  unavailable: () => (before) => (before === 0 ? busy('unavailable') : 'forward'),
  'too-many': () => (before) => (before === 0 ? busy('too-many-requests') : 'forward'),
  lost: () => (before) => (before === 0 ? 'lose-answer' : 'forward'),
  invalid: () => () => 'forward',
  away: () => () => 'cut',
  redirected:
    ({ elsewhere }) =>
    () => ({ status: 307, headers: { Location: `${elsewhere}/v1/events` } }),
} as const satisfies Record<string, (recorder: Recorder) => (before: number) => Fate>;

export type Circumstance = keyof typeof CIRCUMSTANCES;
export const ALL = Object.keys(CIRCUMSTANCES) as readonly Circumstance[];

/** Gives the submission under a circumstance; asks for it when it is wanted first. */
export type Submissions = (circumstance: Circumstance) => Promise<Submission>;

async function ask({ target, recorder, token, patience, from = 1 }: Asking, circumstance: Circumstance): Promise<Submission> {
  const urn = urnOf(from + ALL.indexOf(circumstance));
  const facts = circumstance === 'invalid' ? invalidCase(urn) : newCase(urn);
  recorder.plan(urn, CIRCUMSTANCES[circumstance](recorder));
  const request = { gateway: recorder.url, token, type: CASE, facts, reference: `conformance-${urn}` };
  const answer = await post(target, JSON.stringify(request), { 'Content-Type': 'application/json' }, patience);
  const said = answer?.status === 200 ? outcomeOf(answer.body) : undefined;
  return { urn, facts, status: answer?.status, said, answer: answer?.text ?? '', attempts: [...recorder.attempts(urn)] };
}

export function makeSubmissions(asking: Asking): Submissions {
  const made = new Map<Circumstance, Promise<Submission>>();
  return (circumstance) => {
    const known = made.get(circumstance) ?? ask(asking, circumstance);
    made.set(circumstance, known);
    return known;
  };
}
