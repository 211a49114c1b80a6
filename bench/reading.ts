/**
 * How many events a second are read over HTTP, by pages, one stream and 100 streams, and how long after it was accepted an event is
 * delivered at half of full load. With another checkout of the project both take turns, and the ratio is of one run.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOME } from '../gateway/config.ts';
import { startCluster } from '../test/support/broker.ts';
import { median, perSecond, type Row } from './clock.ts';
import { type SpawnedGateway, spawnGateway } from './gateway.ts';
import { load } from './ingest.ts';
import { distinct } from './messages.ts';
import { follow, poll, type Reader, readPages, send, subscribe } from './readers.ts';

export interface ReadingOptions {
  /** Over a Kafka broker instead of the embedded bus. */
  readonly kafka?: boolean;
  /** Another checkout of the project, to compare with. */
  readonly against?: string;
}

const COUNT = 2000;
const STREAMS = 100;
const OF_EACH = 200;
const ROUNDS = 3;
const PACED_SECONDS = 5;
const LATE_MILLISECONDS = 60_000;
/** Sees redacted copies, so that every event is verified, decided on and redacted. */
const PERSONA = 'supplier';
const WAYS = ['pages', 'one stream', `${STREAMS} streams`] as const;
type Way = (typeof WAYS)[number];
const DELIVERIES = ['page polling', 'stream', 'webhook'] as const;
type Delivery = (typeof DELIVERIES)[number];

interface Candidate {
  readonly home: string;
  readonly gateway: SpawnedGateway;
  readonly reader: Reader;
  /** A cursor with `OF_EACH` events or a few more behind it. */
  readonly nearEnd: string;
  readonly count: number;
  readonly ingest: number;
  readonly rates: Record<Way, number[]>;
  readonly latencies: Record<Delivery, number[]>;
  /** Of acceptance, while nobody reads. */
  readonly acceptance: number[];
}

/** The development configuration of a checkout, with room for all streams. */
function configFile(home: string, folder: string): string {
  const file = join(home, 'examples/development.config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as { readonly limits?: object; readonly policyFile: string };
  const policyFile = join(home, 'examples', config.policyFile);
  const copy = join(folder, 'config.json');
  writeFileSync(copy, JSON.stringify({ ...config, policyFile, limits: { ...config.limits, streams: 2 * STREAMS } }));
  return copy;
}

async function open(home: string, folder: string, more: Readonly<Record<string, string>>): Promise<Candidate> {
  const gateway = await spawnGateway(folder, { ...more, INTERCHANGE_CONFIG: configFile(home, folder) }, home);
  const seconds = await load(gateway.url, gateway.token, 0, COUNT);
  const reader = { url: gateway.url, token: await gateway.tokenOf(PERSONA) };
  const { count, kept } = await readPages(reader, COUNT - OF_EACH);
  if (count !== COUNT) throw new Error(`${count} of ${COUNT} events can be read`);
  const rates = { pages: [], 'one stream': [], [WAYS[2]]: [] } as unknown as Candidate['rates'];
  const latencies = { 'page polling': [], stream: [], webhook: [] };
  return { home, gateway, reader, nearEnd: kept, count, ingest: COUNT / seconds, rates, latencies, acceptance: [] };
}

async function measure({ reader, nearEnd, count, rates }: Candidate): Promise<void> {
  const time = async (way: Way, events: number, work: () => Promise<unknown>) => {
    const started = performance.now();
    await work();
    rates[way].push((events * 1000) / (performance.now() - started));
  };
  await time('pages', count, () => readPages(reader));
  await time('one stream', count, () => follow(reader, '', count));
  await time(WAYS[2], STREAMS * OF_EACH, () => Promise.all(Array.from({ length: STREAMS }, () => follow(reader, nearEnd, OF_EACH))));
}

/** Sends at a rate while nobody reads, and notes how long each message waits for its acceptance. */
async function measureAcceptance({ gateway, acceptance }: Candidate, rate: number, from: number): Promise<void> {
  const bodies = distinct(Math.round(rate * PACED_SECONDS), from);
  acceptance.push(...(await send({ url: gateway.url, token: gateway.token }, bodies, rate)));
}

/** Sends at a rate, and notes for each way how long after its acceptance each event came. */
async function measureLatency({ gateway, reader, latencies }: Candidate, rate: number, from: number): Promise<void> {
  const accepted = new Map<string, number>();
  const arrived = { 'page polling': new Map<string, number>(), stream: new Map<string, number>(), webhook: new Map<string, number>() };
  const take = (way: Delivery) => (id: string) => void arrived[way].set(id, performance.now());
  const { kept: end } = await readPages(reader, Number.POSITIVE_INFINITY);
  const over = new AbortController();
  const unsubscribe = await subscribe(reader, take('webhook'));
  const readers = [
    poll(reader, end, take('page polling'), over.signal),
    follow(reader, end, Number.POSITIVE_INFINITY, take('stream'), over.signal),
  ];
  const bodies = distinct(Math.round(rate * PACED_SECONDS), from);
  await send({ url: gateway.url, token: gateway.token }, bodies, rate, (id) => void accepted.set(id, performance.now()));
  const isComplete = () => DELIVERIES.every((way) => [...accepted.keys()].every((id) => arrived[way].has(id)));
  for (const until = performance.now() + LATE_MILLISECONDS; !isComplete(); ) {
    if (performance.now() > until) throw new Error('Not every event was delivered within a minute');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  over.abort();
  await Promise.all(readers);
  await unsubscribe();
  // A reader can have an event before its sender has the answer.
  for (const way of DELIVERIES)
    for (const [id, time] of accepted) latencies[way].push(Math.max(0, (arrived[way].get(id) ?? Number.NaN) - time));
}

const at = (values: readonly number[], share: number): string =>
  `${Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN)} ms`;

function rowsOf(candidate: Candidate, other: Candidate | undefined, bus: string, rate: number): readonly Row[] {
  const rates = WAYS.map((way): Row => {
    const events = median(candidate.rates[way]);
    const ratio = other && (events / median(other.rates[way])).toFixed(2);
    const row = { question: `read ${way}, ${bus}`, rate: `${perSecond(events, 1)} events/s` };
    return ratio === undefined ? row : { ...row, ratio, target: '≥ 0.80 of the other' };
  });
  const said = (values: readonly number[]) => `p50 ${at(values, 0.5)}, p99 ${at(values, 0.99)}`;
  const latency = (what: string, of: (candidate: Candidate) => readonly number[]): Row => ({
    question: `${what}, ${bus}, ${Math.round(rate)} messages/s`,
    rate: `${said(of(candidate))}${other === undefined ? '' : ` (the other: ${said(of(other))})`}`,
  });
  const acceptance = { ...latency('acceptance, while nobody reads', (of) => of.acceptance), target: 'p99 < 50 ms' };
  return [
    ...rates,
    acceptance,
    ...DELIVERIES.map((way) => latency(`from acceptance to delivery by ${way}`, ({ latencies }) => latencies[way])),
  ];
}

export async function reading({ kafka = false, against }: ReadingOptions): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rmSync(folder, { recursive: true }));
  const cluster = kafka ? await startCluster() : undefined;
  opened.defer(() => cluster?.close());
  const candidates: Candidate[] = [];
  for (const [n, home] of [HOME, ...(against === undefined ? [] : [against])].entries()) {
    const more =
      cluster === undefined
        ? {}
        : { INTERCHANGE_BUS: 'kafka', INTERCHANGE_KAFKA_BROKERS: cluster.addresses.join(), INTERCHANGE_KAFKA_PREFIX: `read-${n}.` };
    const candidate = await open(home, mkdtempSync(join(folder, 'gateway-')), more);
    opened.defer(() => candidate.gateway.stop());
    candidates.push(candidate);
  }
  for (let round = 0; round < ROUNDS; round++) for (const candidate of candidates) await measure(candidate);
  // Both at the same rate, which neither is overloaded by.
  const rate = Math.min(...candidates.map(({ ingest }) => ingest)) / 2;
  const paced = Math.round(rate * PACED_SECONDS);
  for (const candidate of candidates) await measureAcceptance(candidate, rate, COUNT);
  for (const candidate of candidates) await measureLatency(candidate, rate, COUNT + paced);
  return rowsOf(candidates[0] as Candidate, candidates[1], kafka ? 'Kafka' : 'embedded bus', rate);
}
