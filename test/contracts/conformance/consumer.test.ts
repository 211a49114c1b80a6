/** The suite for consumers: the reference reaches the highest level, and each fault is found by its check. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyWebhook } from '../../../contracts/client/webhook.ts';
import { CONSUMER_CHECKS, CONSUMER_PATIENCE } from '../../../contracts/conformance/consumer.ts';
import { type Call, type Deliverables, readDeliverables, sendInvented } from '../../../contracts/conformance/deliverables.ts';
import { type CheckResult, levelReached, runSuite } from '../../../contracts/conformance/run.ts';
import { readSuite } from '../../../contracts/conformance/suite.ts';
import { openGateway, type TestGateway } from '../../support/gateway.ts';
import {
  type Asked,
  type ConsumerFlaw,
  deadUrl,
  expectedSignature,
  headersOf,
  openConsumer,
  openExample,
  openTarget,
  type Target,
} from './targets.ts';

const suite = readSuite('consumer');
const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
let gateway: TestGateway;
let events: Deliverables;
const as =
  (persona: string): Call =>
  async (path, init = {}) =>
    fetch(gateway.url + path, {
      ...init,
      headers: { ...(init.headers as object), Authorization: `Bearer ${await gateway.token(persona)}` },
    });

beforeAll(async () => {
  gateway = await openGateway();
  await sendInvented(as('force'), as('court'));
  events = await readDeliverables(as('cps'));
});
afterAll(() => gateway.close());

interface Found {
  readonly level: number;
  readonly results: readonly CheckResult[];
  /** Ids of the checks that did not pass. */
  readonly missed: readonly string[];
}

async function check(url: string, given: Deliverables = events, patience = CONSUMER_PATIENCE): Promise<Found> {
  const context = { target: url, secret: SECRET, events: given, now: Date.now, patience };
  const results = await runSuite(suite, CONSUMER_CHECKS, context);
  const missed = results.filter(({ status }) => status !== 'passed').map(({ id }) => id);
  return { level: levelReached(suite, results), results, missed };
}

async function checkTarget(opening: Promise<Target>, given?: Deliverables): Promise<Found> {
  const target = await opening;
  try {
    return await check(target.url, given);
  } finally {
    await target.close();
  }
}

const checkFlaw = (flaw: ConsumerFlaw): Promise<Found> => checkTarget(openConsumer(gateway.url, SECRET, flaw));
const ofLevel = (number: number): readonly string[] => suite.checks.filter(({ level }) => level === number).map(({ id }) => id);

describe('the reference consumer', () => {
  it('reaches the highest level', async () => {
    const example = openExample('webhook.ts', { INTERCHANGE_URL: gateway.url, WEBHOOK_SECRET: SECRET });
    expect(await checkTarget(example)).toMatchObject({ missed: [], level: 3 });
  });
  it('reaches the highest level with the events of a reader who gets only redacted copies', async () => {
    const example = openExample('webhook.ts', { INTERCHANGE_URL: gateway.url, WEBHOOK_SECRET: SECRET });
    expect(await checkTarget(example, await readDeliverables(as('supplier')))).toMatchObject({ missed: [], level: 3 });
  });
});

describe('a consumer that', () => {
  it('always answers 200 reaches level 1', async () => {
    const { level, missed } = await checkTarget(openTarget(() => ({ status: 200 })));
    expect(level).toBe(1);
    expect(missed.filter((id) => ofLevel(2).includes(id))).toEqual(ofLevel(2).filter((id) => id.startsWith('refuses')));
  });
  it('only verifies signatures reaches level 2', async () => {
    const { level, missed } = await checkFlaw({ verify: async () => true });
    expect(level).toBe(2);
    expect(missed).toEqual(ofLevel(3).filter((id) => id.startsWith('refuses')));
  });
  it('is unreachable reaches no level, and the other checks are skipped', async () => {
    const { level, results } = await check(await deadUrl());
    expect(level).toBe(0);
    const [first, ...rest] = results.map(({ status }) => status);
    expect([first, new Set(rest)]).toEqual(['failed', new Set(['not-run'])]);
  });
  it('does not answer reaches no level', async () => {
    const target = await openTarget(() => new Promise(() => undefined));
    const { level, results } = await check(target.url, events, 50);
    await target.close();
    expect([level, results[0]?.detail]).toEqual([0, 'There was no answer.']);
  });
  it('answers endlessly is cut off', async () => {
    const endless = await openTarget(() => ({ status: 200, body: 'x'.repeat(3_000_000) }));
    expect((await check(endless.url)).level).toBe(0);
    await endless.close();
  });
  it('always answers 404 reaches no level', async () => {
    expect((await checkTarget(openTarget(() => ({ status: 404 })))).level).toBe(0);
  });
  it('asks again for events that it should refuse reaches level 1', async () => {
    for (const status of [429, 408, 500, 302])
      expect([status, (await checkFlaw({ refusal: () => ({ status }) })).level]).toEqual([status, 1]);
  });
});

const signatures = ({ headers }: Asked): readonly string[] => String(headers['webhook-signature']).split(' ');
const timestamp = ({ headers }: Asked): number => Number(headers['webhook-timestamp']);
const isUnsigned = ({ headers }: Asked): boolean => headers['webhook-signature'] === undefined;

const FLAWS: readonly (readonly [string, number, readonly string[], ConsumerFlaw])[] = [
  ['refuses redacted copies', 0, ['takes-rendition', 'takes-every-type'], { dislikes: ({ rendition }) => rendition !== undefined }],
  [
    'takes only cases',
    0,
    ['takes-rendition', 'takes-every-type', 'takes-correction'],
    { dislikes: ({ type }) => type !== 'uk.justice.case.registered.v1' },
  ],
  ['refuses corrections', 0, ['takes-every-type', 'takes-correction'], { dislikes: ({ type }) => type.includes('.correction.') }],
  ['refuses headers that it does not know', 0, ['takes-unknown-header'], { dislikes: (_, { headers }) => 'x-later' in headers }],
  [
    'lets pass what has no signature',
    1,
    ['refuses-unsigned'],
    { authenticate: async (asked, secret) => isUnsigned(asked) || verifyWebhook(secret, headersOf(asked), asked.body) },
  ],
  [
    'lets pass what has a signature, whatever it is',
    1,
    ['refuses-wrong-signature', 'refuses-other-secret', 'refuses-changed-body', 'refuses-changed-headers'],
    {
      authenticate: async (asked, secret) => {
        const right = await expectedSignature(secret, asked);
        if (isUnsigned(asked)) throw new Error('unsigned');
        const headers = { ...asked.headers, 'webhook-signature': right };
        return verifyWebhook(secret, headersOf({ ...asked, headers }), asked.body);
      },
    },
  ],
  [
    'verifies the JSON and not the bytes',
    1,
    ['refuses-changed-body'],
    { authenticate: (asked, secret) => verifyWebhook(secret, headersOf(asked), JSON.stringify(JSON.parse(asked.body))) },
  ],
  [
    'does not look at the time',
    1,
    ['refuses-old', 'refuses-future'],
    { authenticate: (asked, secret) => verifyWebhook(secret, headersOf(asked), asked.body, timestamp(asked)) },
  ],
  [
    'looks at the first signature only',
    1,
    ['takes-rotation', 'takes-unknown-scheme'],
    {
      authenticate: (asked, secret) => {
        const headers = { ...asked.headers, 'webhook-signature': isUnsigned(asked) ? undefined : signatures(asked)[0] };
        return verifyWebhook(secret, headersOf({ ...asked, headers }), asked.body);
      },
    },
  ],
  [
    'wants a seal and does not verify it',
    2,
    ['refuses-changed-content', 'refuses-changed-label', 'refuses-moved-seal', 'refuses-unknown-key', 'refuses-forgery-of-known'],
    { verify: async ({ seal }) => (seal ?? '') !== '' },
  ],
  ['looks at the id before the seal', 2, ['refuses-forgery-of-known'], { dropsFirst: true }],
  ['says back what it refuses', 2, ['echoes-nothing'], { refusal: (body) => ({ status: 400, body }) }],
  ['breaks at what is not JSON', 2, ['goes-on'], { breaks: true }],
];

describe('a correct test consumer', () => {
  it('reaches the highest level', async () => expect(await checkFlaw({})).toMatchObject({ missed: [], level: 3 }));
});

describe.each(FLAWS)('a consumer that %s', (_, level, missed, flaw) => {
  it(`reaches level ${level}, with the reason`, async () => {
    expect(await checkFlaw(flaw)).toMatchObject({ level, missed });
  });
});

describe('a finding', () => {
  it('contains no data that was sent, and no secret', async () => {
    const { results } = await checkFlaw({ refusal: (body) => ({ status: 400, body }), verify: async () => true });
    expect(JSON.stringify(results)).not.toMatch(/Tremayne|52WX9|Prosser|Kittiwake|whsec_/);
    expect(JSON.stringify(results)).not.toContain(SECRET);
  });
  it('is `not-run` for a check without suitable events, and the level is not reached', async () => {
    const { rendition: _, correction: __, ...rest } = events;
    const few = { ...rest, rendition: undefined, correction: undefined, ofEachType: [events.first] };
    const { level, results } = await checkTarget(openConsumer(gateway.url, SECRET), few);
    const notRun = results.filter(({ status }) => status === 'not-run').map(({ id }) => id);
    expect([level, notRun]).toEqual([0, ['takes-rendition', 'takes-every-type', 'takes-correction']]);
  });
});

describe('events of a gateway', () => {
  it('are too few where there are none, and a reader who may not read gets the reason', async () => {
    const empty = await openGateway();
    const call =
      (token: string): Call =>
      (path, init = {}) =>
        fetch(empty.url + path, { ...init, headers: { Authorization: `Bearer ${token}` } });
    await expect(readDeliverables(call(await empty.token('cps')))).rejects.toThrow(/too little/);
    await expect(readDeliverables(call('none'))).rejects.toThrow(/answers 401/);
    await empty.close();
  });
  it('are the same when they are sent again', async () => {
    await sendInvented(as('force'), as('court'));
    expect((await gateway.events('cps')).length).toBe(6);
  });
});
