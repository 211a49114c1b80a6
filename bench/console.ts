/**
 * How long each page of the console and each search for messages takes with many messages in the view. The messages are written straight
 * into the view of a stopped gateway, in batches: the bus has only those of the sandbox. `--messages N` says how many (default 100,000).
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ReceiptRecord } from '../gateway/wire/streams.ts';
import { caseOf } from '../test/support/case-of.ts';
import type { Row } from './clock.ts';
import { signInAs } from './console-person.ts';
import { type Filled, fillView } from './console-view.ts';
import { type SpawnedGateway, spawnGateway } from './gateway.ts';

export interface ConsoleOptions {
  readonly messages?: string | undefined;
}

const REAL = 50;
const ROUNDS = 40;
const PERSON = 'olu.ferreira';
const PAGE_TARGET = 300;
const SEARCH_TARGET = 1000;

const at = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;

const rowOf = (question: string, times: readonly number[], target: number): Row => {
  const [p50, p95] = [0.5, 0.95].map((share) => Math.round(at(times, share)));
  return { question, rate: `p50 ${p50} ms, p95 ${p95} ms`, target: `p95 < ${target} ms` };
};

async function timesOf(work: () => Promise<unknown>, rounds = ROUNDS): Promise<readonly number[]> {
  const times: number[] = [];
  for (let n = 0; n < rounds + 2; n++) {
    const started = performance.now();
    await work();
    // The first ones warm up.
    if (n >= 2) times.push(performance.now() - started);
  }
  return times;
}

/** Every combination of the filters, each filter absent or with a value. */
function combinationsOf({ source, adapter, rare, frequent, from, to }: Filled): readonly string[] {
  const choices: readonly (readonly Readonly<Record<string, string>>[])[] = [
    [{}, { source }],
    [{}, { status: 'accepted' }, { status: 'quarantined' }, { status: 'resubmitted' }],
    [{}, { adapter }],
    [{}, { from, to }],
    [{}, { about: rare }, { about: frequent }],
  ];
  const all = choices.reduce<readonly Readonly<Record<string, string>>[]>(
    (before, options) => before.flatMap((filters) => options.map((option) => ({ ...filters, ...option }))),
    [{}],
  );
  return all.map((filters) => String(new URLSearchParams(Object.keys(filters).length === 0 ? { all: 'yes' } : filters)));
}

/** Some real messages, of which a few cannot pass. */
async function sendSome({ url, tokenOf }: SpawnedGateway): Promise<void> {
  const headers = { Authorization: `Bearer ${await tokenOf('force')}`, 'Content-Type': 'application/xml' };
  for (let n = 0; n < REAL; n++) {
    const body = n % 10 === 0 ? caseOf(n).slice(0, -20) : caseOf(n);
    const { status } = await fetch(`${url}/v1/messages`, { method: 'POST', headers, body });
    if (status !== 202 && status !== 422) throw new Error(`A message is answered with ${status}`);
  }
}

function aReceipt(file: string): ReceiptRecord {
  const db = new DatabaseSync(file);
  const rows = db.prepare(`SELECT body FROM receipt WHERE body ->> '$.status' = 'accepted' LIMIT 1`).all() as unknown as { body: string }[];
  db.close();
  return JSON.parse(rows[0]?.body ?? '') as ReceiptRecord;
}

const sizeOf = (folder: string): number => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

export async function console({ messages = '100000' }: ConsoleOptions): Promise<readonly Row[]> {
  const count = Number(messages);
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rmSync(folder, { recursive: true }));
  const first = await spawnGateway(folder);
  await sendSome(first);
  await first.stop();
  const view = join(folder, 'data', 'view.sqlite');
  process.stderr.write(`Writes ${count} messages into the view ...\n`);
  const started = performance.now();
  const filled = fillView(view, count, aReceipt(view));
  const seconds = (performance.now() - started) / 1000;
  const gateway = await spawnGateway(folder);
  opened.defer(() => gateway.stop());
  process.stderr.write(`Measures ...\n`);
  const { get, post } = await signInAs(gateway.url, PERSON);
  const linkIn = async (page: string, pattern: RegExp): Promise<string> =>
    (pattern.exec(await get(page))?.[1] ?? '/console').replaceAll('&amp;', '&').replaceAll('&#x3D;', '=');
  const message = await linkIn('/console/messages?status=accepted', /href="(\/console\/messages\/[\w-]{43})"/);
  await post(`${message}/content`, { reason: 'audit', page: '' });
  const event = await linkIn(`${message}/content`, /href="(\/console\/messages\/[\w-]{43}\/events\/[\w-]{43})"/);
  const pages: Readonly<Record<string, string>> = {
    Overview: '/console',
    'Messages, before a search': '/console/messages',
    'Messages, all': '/console/messages?all=yes',
    'Messages, the next page': await linkIn('/console/messages?all=yes', /href="(\/console\/messages\?cursor=[^"]+)"/),
    'A message': message,
    'Its events': `${message}/content`,
    'See it as': `${event}?as=example.supplier.frontend`,
    Quarantine: '/console/quarantine',
    'A message in quarantine': await linkIn('/console/quarantine', /href="(\/console\/quarantine\/[\w-]{43})"/),
    Protections: '/console/protections',
  };
  const rows: Row[] = [
    {
      question: `${count.toLocaleString('en-GB')} messages in the view`,
      rate: `${(sizeOf(join(folder, 'data')) / 1e9).toFixed(2)} GB, written in ${Math.round(seconds)} s; ready after ${gateway.seconds.toFixed(1)} s`,
    },
  ];
  for (const [name, path] of Object.entries(pages)) rows.push(rowOf(name, await timesOf(() => get(path)), PAGE_TARGET));
  let slowest: { readonly query: string; readonly times: readonly number[] } = { query: '', times: [0] };
  const all: number[] = [];
  const combinations = combinationsOf(filled);
  for (const query of combinations) {
    const times = await timesOf(() => get(`/console/messages?${query}`), 10);
    all.push(...times);
    if (at(times, 0.95) > at(slowest.times, 0.95)) slowest = { query, times };
  }
  rows.push(rowOf(`Search, all ${combinations.length} combinations of filters`, all, SEARCH_TARGET));
  const named = [...new URLSearchParams(slowest.query).keys()].join(', ');
  rows.push(rowOf(`Search, the slowest combination (${named})`, slowest.times, SEARCH_TARGET));
  const search = () => post('/console/messages', { urn: '52WX1000426', status: 'accepted' });
  rows.push(rowOf('Search by a case reference, from the form to the answer', await timesOf(search), SEARCH_TARGET));
  return rows;
}
