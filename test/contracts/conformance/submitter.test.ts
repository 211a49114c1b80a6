/** The suite for submitters: the reference reaches the highest level, and each fault is found by its check. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INVALID_AT } from '../../../contracts/conformance/facts.ts';
import { openRecorder } from '../../../contracts/conformance/recorder.ts';
import { type CheckResult, levelReached, runSuite } from '../../../contracts/conformance/run.ts';
import { SUBMITTER_CHECKS, SUBMITTER_PATIENCE, submitterContext } from '../../../contracts/conformance/submitter.ts';
import { readSuite } from '../../../contracts/conformance/suite.ts';
import { openGateway, type TestGateway } from '../../support/gateway.ts';
import { deadUrl, openExample, openSubmitter, openTarget, type SubmitterFlaw, type Target } from './targets.ts';

const suite = readSuite('submitter');
let gateway: TestGateway;
let runs = 0;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.close());

interface Found {
  readonly level: number;
  readonly results: readonly CheckResult[];
  /** Ids of the checks that did not pass. */
  readonly missed: readonly string[];
}

/** Runs share one gateway, so each has different cases. */
async function check(target: string, patience = SUBMITTER_PATIENCE): Promise<Found> {
  const recorder = await openRecorder(gateway.url, () => performance.now());
  const context = await submitterContext(gateway, { target, recorder, patience, from: 100 * ++runs });
  const results = await runSuite(suite, SUBMITTER_CHECKS, context);
  await recorder.close();
  const missed = results.filter(({ status }) => status !== 'passed').map(({ id }) => id);
  return { level: levelReached(suite, results), results, missed };
}

async function checkTarget(opening: Promise<Target>): Promise<Found> {
  const target = await opening;
  try {
    return await check(target.url);
  } finally {
    await target.close();
  }
}

const AGAIN = ['again-after-unavailable', 'again-after-too-many', 'again-after-lost-answer'];

function spoilt(value: unknown): unknown {
  if (typeof value === 'string') return value.trim();
  if (Array.isArray(value)) return value.map(spoilt);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, spoilt(member)]));
}

const isInvalid = (facts: object): boolean => JSON.stringify(facts).includes('17 April 1991');

const FLAWS: readonly (readonly [string, number, readonly string[], SubmitterFlaw])[] = [
  ['does not try again', 1, [...AGAIN, 'waits-as-told', 'says-not-sent'], { attempts: 1 }],
  ['does not wait', 1, ['waits-as-told'], { pause: () => 0 }],
  ['does not say what it sends', 0, ['names-its-media-type'], { mediaType: 'application/json' }],
  ['has the token in the body too', 0, ['keeps-token-in-header'], { id: (token) => token }],
  ['trims what was entered', 0, ['keeps-facts'], { data: (facts) => spoilt(facts) as object }],
  [
    'sends no key',
    1,
    ['again-after-lost-answer', 'again-after-too-many', 'again-after-unavailable', 'new-key-for-new-fact', 'sends-key'],
    { key: () => undefined },
  ],
  ['makes a key for each attempt', 1, AGAIN, { key: (reference, attempt) => `${reference}-${attempt}` }],
  ['sends other bytes each time', 1, AGAIN, { spaces: (attempt) => attempt }],
  ['sends again what was refused', 1, ['not-again-after-refusal', 'says-refused'], { again: [422, 429, 503] }],
  ['does not say where it was wrong', 2, ['says-refused'], { says: ({ outcome, receipt }) => ({ outcome, receipt }) }],
  [
    'says refused when nobody was there',
    2,
    ['says-not-sent'],
    { says: (said) => (said.outcome === 'not-sent' ? { ...said, outcome: 'refused' } : said) },
  ],
  ['follows redirects', 2, ['stays-with-gateway'], { redirect: 'follow' }],
  ['gives the token away', 2, ['keeps-token-to-itself'], { says: (said, { token }) => ({ ...said, token }) }],
  ['says accepted without the receipt', 0, ['says-accepted'], { says: ({ receipt: _, ...said }) => said }],
];

// Each waits for the seconds that the gateway asks for, and all wait at the same time.
describe.concurrent('a submitter', () => {
  it('that is the reference reaches the highest level', async () => {
    expect(await checkTarget(openExample('submitter-conformance.ts', {}))).toMatchObject({ missed: [], level: 3 });
  });
  it('that is a correct test submitter reaches the highest level', async () => {
    expect(await checkTarget(openSubmitter())).toMatchObject({ missed: [], level: 3 });
  });
  it('that detects its faults itself reaches the highest level', async () => {
    const reasons = INVALID_AT.map((at) => ({ at, code: 'own' }));
    const refuses = (facts: object) => (isInvalid(facts) ? { outcome: 'refused' as const, reasons } : undefined);
    expect(await checkTarget(openSubmitter({ refuses }))).toMatchObject({ missed: [], level: 3 });
  });
  it.each(FLAWS)('that %s reaches level %i', async (_, level, missed, flaw) => {
    const found = await checkTarget(openSubmitter(flaw));
    expect([found.level, found.missed.toSorted()]).toEqual([level, missed.toSorted()]);
  });
  it('that is unreachable reaches no level, and the other checks are skipped', async () => {
    const { level, results } = await check(await deadUrl());
    const [first, ...rest] = results.map(({ status }) => status);
    expect([level, first, new Set(rest)]).toEqual([0, 'failed', new Set(['not-run'])]);
  });
  it('that never answers reaches no level', async () => {
    const target = await openTarget(() => new Promise(() => undefined));
    expect((await check(target.url, 50)).level).toBe(0);
    await target.close();
  });
  it('that answers without an outcome reaches no level', async () => {
    for (const body of ['', 'null', '{}', '[]', '{"outcome":"sent"}'])
      expect([body, (await checkTarget(openTarget(() => ({ status: 200, body })))).level]).toEqual([body, 0]);
  });
  it('gets findings without the data that was sent', async () => {
    const { results } = await checkTarget(openSubmitter({ attempts: 1, says: (said, { facts }) => ({ ...said, facts }) }));
    expect(JSON.stringify(results)).not.toMatch(/Tremayne|52WX9|Prosser|Kittiwake|Bearer/);
  });
});
