/**
 * How fast is Justice Interchange, with everything on, compared with general-purpose middleware that parses, maps and appends? The same messages
 * from the same load generator over as many connections; all are started and warm before they take turns.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster } from '../../test/support/broker.ts';
import { median, perSecond, type Row } from '../clock.ts';
import type { Loaded } from '../load.ts';
import { measuredLoad } from '../measured-load.ts';
import { type Candidate, folderOf, KINDS, type Kind } from './candidates.ts';
import { processorTime } from './processor-time.ts';
import { urnOf } from './results.ts';

export interface PeersOptions {
  /** Messages of each turn. */
  readonly messages?: string;
  /** Messages before the first turn. */
  readonly warm?: string;
  readonly rounds?: string;
  /** Names of rows, by comma. */
  readonly rows?: string;
}

const CONNECTIONS = 32;
/** A machine that is busier than this before the run gives numbers of no worth. */
const IDLE_LOAD = 0.3;

const TARGETS: Readonly<Record<string, string>> = {
  interchange: 'CPU ≤ 0.90 ms',
  benthos: 'Justice Interchange ≥ 1.00 of it',
  'camel-sync': 'Justice Interchange ≥ 0.60 of it',
};

interface Turn extends Loaded {
  /** Processor time of the candidate, in milliseconds for each message. */
  readonly processor: number;
}

interface Entry {
  readonly name: string;
  readonly kind: Kind;
  readonly turns: Turn[];
  candidate?: Candidate;
  stopping?: Promise<void>;
  /** Why there is no number. */
  failure?: string;
}

function wholeNumber(name: string, value: string | undefined, otherwise: number): number {
  const number = value === undefined ? otherwise : Number(value);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} must be a whole number from 1`);
  return number;
}

function entriesOf(rows: string | undefined): readonly Entry[] {
  const names = rows?.split(',') ?? Object.keys(KINDS);
  return names.map((name) => {
    const kind = KINDS[name];
    if (kind === undefined) throw new Error(`There is no row ${name}. Rows: ${Object.keys(KINDS).join(', ')}`);
    return { name, kind, turns: [] };
  });
}

/** Does something with an entry that has not failed. What fails is noted in its row, and the others go on. */
async function attempt(entry: Entry, work: () => Promise<void>): Promise<void> {
  if (entry.failure !== undefined) return;
  try {
    await work();
  } catch (error) {
    entry.failure = (error as Error).message;
    console.error(`${entry.name}: ${entry.failure}`);
  }
}

async function send({ candidate }: Entry, from: number, count: number): Promise<Turn> {
  const { url, token, pid } = candidate as Candidate;
  const before = processorTime(pid);
  const loaded = await measuredLoad({ url, token, from, count, connections: CONNECTIONS, kind: 'results' });
  return { ...loaded, processor: (processorTime(pid) - before) / count };
}

/** Stops it once, however often it is asked to. */
const stop = (entry: Entry): Promise<void> => (entry.stopping ??= entry.candidate?.stop() ?? Promise.resolve());

/** Stops it, and throws when a message that it accepted is not stored. */
async function checkStored(entry: Entry, count: number): Promise<void> {
  await stop(entry);
  const cases = (await entry.candidate?.stored()) ?? new Set();
  const lost = Array.from({ length: count }, (_, n) => urnOf(n)).filter((urn) => !cases.has(urn)).length;
  if (lost > 0) throw new Error(`${lost} of ${count} accepted messages are not stored`);
}

const middle = (turns: readonly Turn[], of: (turn: Turn) => number): number => median(turns.map(of));

function rowOf({ name, kind, turns, failure }: Entry, count: number, gatewayEntry: Entry | undefined): Row {
  const { question } = kind;
  if (failure !== undefined) return { question, rate: `not measured: ${failure}` };
  const seconds = middle(turns, (turn) => turn.seconds);
  const [processor, p50, p99] = [
    middle(turns, (turn) => turn.processor),
    middle(turns, (turn) => turn.p50),
    middle(turns, (turn) => turn.p99),
  ];
  const rate = `${perSecond(count, seconds)} messages/s, CPU ${processor.toFixed(2)} ms, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
  const target = TARGETS[name];
  const hasOwn = gatewayEntry !== undefined && gatewayEntry.failure === undefined;
  return {
    question,
    rate,
    ...(hasOwn ? { ratio: (seconds / middle(gatewayEntry.turns, (turn) => turn.seconds)).toFixed(2) } : {}),
    ...(target === undefined ? {} : { target }),
  };
}

/** One row for each candidate; the ratio is Justice Interchange's rate on the same medium by that of the row. */
export async function peers(options: PeersOptions): Promise<readonly Row[]> {
  const count = wholeNumber('messages', options.messages, 6000);
  const warm = wholeNumber('warm', options.warm, 20_000);
  const rounds = wholeNumber('rounds', options.rounds, 3);
  const entries = entriesOf(options.rows);
  const [load = 0] = loadavg();
  const root = mkdtempSync(join(tmpdir(), 'bench-peers-'));
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rmSync(root, { recursive: true }));

  let brokers: readonly string[] = [];
  if (entries.some(({ kind }) => kind.medium === 'Kafka')) {
    const cluster = await startCluster().catch((error: Error) => error);
    if (cluster instanceof Error)
      for (const entry of entries.filter(({ kind }) => kind.medium === 'Kafka')) entry.failure = cluster.message;
    else {
      opened.defer(() => cluster.close());
      brokers = cluster.addresses;
    }
  }

  for (const entry of entries)
    await attempt(entry, async () => {
      const candidate = await entry.kind.start({ folder: folderOf(root, entry.name), brokers });
      entry.candidate = candidate;
      opened.defer(() => stop(entry));
      const { seconds } = await send(entry, 0, warm);
      console.error(`${entry.name}: ${warm} messages to warm up in ${seconds.toFixed(1)} s`);
    });
  for (let round = 0; round < rounds; round++)
    for (const entry of entries) await attempt(entry, async () => void entry.turns.push(await send(entry, warm + round * count, count)));
  for (const entry of entries) await attempt(entry, () => checkStored(entry, warm + rounds * count));

  const ownOf = ({ kind: { medium } }: Entry) => entries.find(({ name, kind }) => name.startsWith('interchange') && kind.medium === medium);
  const turns = entries.flatMap((entry) => entry.turns);
  return [
    ...entries.map((entry) => rowOf(entry, count, ownOf(entry))),
    {
      question: 'CPU of the load generator, on the same machine',
      rate: `${middle(turns, ({ generator }) => generator).toFixed(2)} ms for each message`,
    },
    {
      question: `load before the run, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`,
      rate: `${load.toFixed(2)}${load > IDLE_LOAD ? ': busy, measure again' : ''}`,
      target: `≤ ${IDLE_LOAD.toFixed(2)}`,
    },
  ];
}
