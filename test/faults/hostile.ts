/**
 * `npm run test:hostile [-- --seconds N]`: one gateway, well-behaved clients, and hostile clients of fifteen kinds at once (T50, T58). First
 * the well-behaved are alone, then not. Prints the figures; exits with 1 when the gateway goes over its memory bound, a well-behaved client
 * gets a 5xx, less than half of its throughput, or a 99th percentile of more than five times.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DEVELOPMENT_CONFIG, HOME } from '../../gateway/config.ts';
import { freePort } from '../support/broker.ts';
import { sampleResult } from '../support/rules-in-force.ts';
import { memoryBound } from './memory-bound.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '600' } } });
const seconds = Number(values.seconds);
const MiB = 1024 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
const base = JSON.parse(readFileSync(DEVELOPMENT_CONFIG, 'utf8'));
type Client = (typeof base.clients)[number];
const client = (persona: string): Client => base.clients.find((known: Client) => known.persona === persona);
const another = (persona: string, id: string): Client => ({ ...client(persona), id, persona: id.replace('.', '') });
const limits = {
  ...base.limits,
  requestsPerMinute: 6000,
  workerMegabytes: 256,
  bytesInFlight: 64 * MiB,
  messageSeconds: 10,
  connections: 600,
  connectionsPerAddress: 300,
};
const config = {
  ...base,
  policyFile: join(HOME, 'examples', base.policyFile),
  clients: [...base.clients, another('force', 'hostile.force'), another('cps', 'hostile.reader'), another('cps', 'hostile.other')],
  sandbox: undefined,
  workers: 2,
  limits,
};
const configFile = join(folder, 'config.json');
writeFileSync(configFile, JSON.stringify(config));

const CLI = join(HOME, 'gateway/cli/interchange.mjs');
const environment = {
  ...process.env,
  INTERCHANGE_CONFIG: configFile,
  INTERCHANGE_DATA: join(folder, 'data'),
  INTERCHANGE_PORT: String(await freePort()),
  INTERCHANGE_LOG: 'error',
};
const gateway = spawn(
  process.execPath,
  [...(process.env.PROFILE === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${process.env.PROFILE}`]), CLI, 'serve', '--json'],
  { env: environment, stdio: ['ignore', 'pipe', 'inherit'] },
);
const [line] = (await once(createInterface({ input: gateway.stdout }), 'line')) as [string];
const url = (JSON.parse(line) as { ready: string }).ready;

async function tokenOf(persona: string): Promise<string> {
  const child = spawn(process.execPath, [CLI, 'token', '--as', persona], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  const [token] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return token;
}

/** What the well-behaved clients saw in a phase. */
interface Seen {
  readonly sent: number[];
  readonly read: number[];
  readonly statuses: Map<number, number>;
  events: number;
}

const PACE = 40;
let message = 0;

async function sends(token: string, seen: Seen, until: number): Promise<void> {
  while (Date.now() < until) {
    const body = sampleResult.replaceAll(/52WX1000\d{3}/g, `52WX2${String(++message).padStart(6, '0')}`);
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/xml' };
    const began = performance.now();
    const { status } = await answered(seen, () => fetch(`${url}/v1/messages`, { method: 'POST', body, headers }));
    const took = performance.now() - began;
    if (status === 202) seen.sent.push(took);
    await delay(Math.max(0, PACE - took));
  }
}

async function answered(seen: Seen, request: () => Promise<Response>): Promise<{ status: number; text: string }> {
  try {
    const response = await request();
    const text = await response.text();
    seen.statuses.set(response.status, (seen.statuses.get(response.status) ?? 0) + 1);
    return { status: response.status, text };
  } catch {
    seen.statuses.set(0, (seen.statuses.get(0) ?? 0) + 1);
    return { status: 0, text: '' };
  }
}

async function reads(token: string, seen: Seen, until: number, place: { cursor: string }): Promise<void> {
  while (Date.now() < until) {
    const cursor = place.cursor === '' ? '' : `&cursor=${place.cursor}`;
    const began = performance.now();
    const { status, text } = await answered(seen, () =>
      fetch(`${url}/v1/events?limit=50${cursor}`, { headers: { Authorization: `Bearer ${token}` } }),
    );
    const took = performance.now() - began;
    if (status === 200) {
      const page = JSON.parse(text) as { events: readonly unknown[]; cursor: string };
      seen.read.push(took);
      seen.events += page.events.length;
      place.cursor = page.cursor;
    }
    await delay(Math.max(0, 5 * PACE - took));
  }
}

let largest = 0;
const residentNow = (): number => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))?.[1]) * 1024;
const sampler = setInterval(() => {
  largest = Math.max(largest, residentNow());
}, 250);

const [court, reader] = [await tokenOf('court'), await tokenOf('court')];
const place = { cursor: '' };
async function phase(length: number): Promise<Seen> {
  const seen: Seen = { sent: [], read: [], statuses: new Map(), events: 0 };
  const until = Date.now() + length * 1000;
  await Promise.all([...[1, 2, 3].map(() => sends(court, seen, until)), reads(reader, seen, until, place)]);
  return seen;
}

const percentile = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? 0;
const figures = ({ sent, read, statuses, events }: Seen, length: number) => ({
  'messages a second': Number((sent.length / length).toFixed(1)),
  'p50 ms': Math.round(percentile(sent, 0.5)),
  'p99 ms': Math.round(percentile(sent, 0.99)),
  'pages p99 ms': Math.round(percentile(read, 0.99)),
  'events read': events,
  answers: Object.fromEntries([...statuses].sort()),
});

await phase(5);
const quiet = Math.min(60, Math.max(15, seconds / 5));
const alone = await phase(quiet);
const restingAt = largest;
const tokens = { force: await tokenOf('hostileforce'), reader: await tokenOf('hostilereader'), other: await tokenOf('hostileother') };
const attack: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, 'hostile-clients.ts')], {
  env: { ...process.env, GATEWAY: url, TOKENS: JSON.stringify(tokens) },
  stdio: ['ignore', 'pipe', 'inherit'],
});
let hostile = '';
attack.stdout?.on('data', (chunk: Buffer) => void (hostile += chunk.toString()));
await delay(3000);
const underAttack = await phase(seconds);
const health = await fetch(`${url}/health`);
const gone = once(attack, 'exit');
attack.kill('SIGTERM');
await gone;
clearInterval(sampler);
const stopped = once(gateway, 'exit');
gateway.kill('SIGTERM');
await stopped;
rmSync(folder, { recursive: true, force: true });

const judgesPace = seconds >= 120;
const bound = memoryBound(2, limits);
const [before, after] = [figures(alone, quiet), figures(underAttack, seconds)];
const failures = [
  ...(largest > bound ? ['The gateway went over its memory bound'] : []),
  ...([...underAttack.statuses].some(([status]) => status === 0 || status >= 500) ? ['A well-behaved client got a 5xx or no answer'] : []),
  // In a short run a single pause of the machine decides.
  ...(judgesPace && after['messages a second'] < before['messages a second'] / 2
    ? ['The throughput of the well-behaved was less than half']
    : []),
  ...(judgesPace && after['p99 ms'] > 5 * before['p99 ms'] ? ['The 99th percentile was more than five times'] : []),
  ...(health.status === 200 ? [] : ['The gateway was not healthy']),
];
console.log(
  JSON.stringify(
    {
      alone: before,
      'beside hostile clients': after,
      'hostile clients': JSON.parse(hostile === '' ? '{}' : hostile),
      'memory MiB': { alone: Math.round(restingAt / MiB), largest: Math.round(largest / MiB), bound: Math.round(bound / MiB) },
      ...(judgesPace ? {} : { 'not judged in so short a time': 'throughput and 99th percentile' }),
      failures,
    },
    null,
    2,
  ),
);
process.exit(failures.length === 0 ? 0 : 1);
