/**
 * Messages go through a gateway as files, and come out as files, while it and the other side are killed, the network is cut and disks are
 * full. In the end every message has its event on the bus once, and a complete file on the way out.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '../../adapters/adapter.ts';
import { developmentToken } from '../../gateway/cli/remote.ts';
import { HOME, readConfig, type TransportConfig } from '../../gateway/config.ts';
import { eachEventRecord, ON_KAFKA, openBusOf } from './gateway.ts';
import { type Served, serve } from './serve.ts';

export const CLIENT = 'wessex.police.records';
/** How many messages: a few in every run of the tests, and as many as are asked for by hand. */
export const MESSAGES = Number(process.env.MESSAGES ?? 60);
/** How many faults a long campaign has. A short one has each fault once. */
const FAULTS = Number(process.env.FAULTS ?? (MESSAGES > 1000 ? 30 : 0));
const LOOK_MILLISECONDS = 200;

export interface Campaign {
  /** For the data of the gateway. */
  readonly folder: string;
  readonly inbox: string;
  readonly outbox: string;
  /** The settings of the transport of each direction. */
  readonly settings: { readonly in: JsonObject; readonly out: JsonObject };
  readonly kind: string;
  /** Faults of the other side, each over when it resolves. */
  readonly faults: Readonly<Record<string, () => Promise<void>>>;
}

export interface Result {
  /** How often each fault happened. */
  readonly faults: Readonly<Record<string, number>>;
  /** Messages that have no event on the bus. */
  readonly lost: readonly string[];
  /** Events that are on the bus more than once. */
  readonly repeated: readonly string[];
  readonly accepted: number;
  /** Files in the inbox that are not finished, without those that a killed writer began. */
  readonly unfinished: readonly string[];
  readonly failed: readonly string[];
  /** How many messages were to come out, and those that did not come out complete. */
  readonly expected: number;
  readonly undelivered: readonly string[];
  /** Files on the way out that are not complete. */
  readonly incomplete: readonly string[];
  readonly seconds: number;
}

/** In a long campaign only the last messages go out: a subscription delivers one event at a time. */
const SUBSCRIBED_AFTER = MESSAGES > 1000 ? MESSAGES * 0.8 : 0;

const urnOf = (n: number): string => `52WX2${String(n).padStart(6, '0')}`;
const ALL = Array.from({ length: MESSAGES }, (_, n) => urnOf(n + 1));
/** The messages that no gateway has taken, or that are not written yet. */
function notYetTaken(names: readonly string[]): readonly string[] {
  const taken = new Set(names.map((name) => /^case-(\d+)\.xml\..*(?:done|taking)/.exec(name)?.[1]).filter((n) => n !== undefined));
  return ALL.filter((_, n) => !taken.has(String(n + 1)));
}
const urnsIn = (text: string): readonly string[] => [...new Set(text.match(/52WX2\d{6}/g) ?? [])];

function configFile({ folder, settings, kind }: Campaign): string {
  const development = JSON.parse(readFileSync(join(HOME, 'examples/development.config.json'), 'utf8')) as object;
  const transports: TransportConfig[] = [
    { name: 'in', kind, client: CLIENT, settings: settings.in },
    { name: 'out', kind, client: CLIENT, settings: settings.out },
  ];
  const file = join(folder, 'config.json');
  const webhooks = { secondsBetween: Array.from({ length: 30 }, () => 0.5), timeoutSeconds: 10 };
  const policyFile = join(HOME, 'schemas/labels/uk-gsc.policy.json');
  writeFileSync(file, JSON.stringify({ ...development, name: 'one', policyFile, transports, webhooks, sandbox: undefined }));
  return file;
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

const isDone = (name: string): boolean => /^case-\d+\.xml(\.\d+)?\.done$/.test(name);

/** A process that is started again after it was killed. */
class Restarted {
  readonly #spawn: () => ChildProcess;
  process: ChildProcess;

  constructor(spawnIt: () => ChildProcess) {
    this.#spawn = spawnIt;
    this.process = spawnIt();
  }

  async kill(): Promise<void> {
    if (hasEnded(this.process)) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
  }

  async restart(): Promise<void> {
    await this.kill();
    this.process = this.#spawn();
  }
}

/** Starts a gateway, and waits until it is ready. */
async function startGateway(data: string, config: string): Promise<{ readonly served: Served; readonly url: string }> {
  const served = serve(data, { env: { INTERCHANGE_CONFIG: config, INTERCHANGE_LOG: 'warn' } });
  const url = await served.ready;
  if (url === undefined) throw new Error(`The gateway does not start: ${served.output()}`);
  return { served, url };
}

async function subscribe(url: string, data: string): Promise<void> {
  const token = await developmentToken(readConfig({}, { dataFolder: data }), CLIENT, false);
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const answer = await fetch(`${url}/v1/subscriptions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ url: 'transport:out' }),
  });
  if (answer.status !== 201) throw new Error(`The subscription is refused: ${await answer.text()}`);
}

/** Runs a campaign. Throws where the gateway does not start. Ends after this many minutes, even if it is not complete. */
export async function runCampaign(campaign: Campaign, minutes: number): Promise<Result> {
  const { folder, inbox, outbox } = campaign;
  const [data, progress] = [join(folder, 'data'), join(folder, 'progress')];
  mkdirSync(data, { recursive: true });
  const config = configFile(campaign);
  const begun = Date.now();
  let { served, url } = await startGateway(data, config);
  const restart = async (): Promise<void> => {
    served.process.kill('SIGKILL');
    await served.ended;
    ({ served, url } = await startGateway(data, config));
  };
  const words = [join(HOME, 'test/support/file-writer.ts'), inbox, progress, String(MESSAGES)];
  const writer = new Restarted(() => spawn(process.execPath, words, { stdio: 'ignore' }));
  const faults: Readonly<Record<string, () => Promise<void>>> = {
    'the gateway is killed': restart,
    'the writer is killed': () => writer.restart(),
    'the disk of the gateway is full': async () => {
      // No file of the gateway may grow: whatever it must store fails until the limit is lifted.
      execFileSync('prlimit', [`--pid=${served.process.pid}`, '--fsize=1024:unlimited']);
      await delay(1500);
      if (!hasEnded(served.process)) execFileSync('prlimit', [`--pid=${served.process.pid}`, '--fsize=unlimited:unlimited']);
    },
    ...campaign.faults,
  };
  const kinds = Object.keys(faults);
  const most = FAULTS || kinds.length;
  const counts: Record<string, number> = {};
  try {
    let expected: readonly string[] | undefined;
    for (let happened = 0; Date.now() - begun < minutes * 60_000; await delay(LOOK_MILLISECONDS)) {
      // As a supervisor of processes does.
      if (hasEnded(served.process)) await restart();
      const names = readdirSync(inbox).filter((name) => !name.startsWith('.') && !name.endsWith('.part'));
      const finished = names.filter(isDone).length;
      const delivered = readdirSync(outbox).filter((name) => name.endsWith('.json')).length;
      const isWritten = existsSync(progress) && Number(readFileSync(progress, 'utf8')) === MESSAGES;
      if (expected === undefined && finished >= SUBSCRIBED_AFTER) {
        await subscribe(url, data);
        // What nobody has claimed yet is published later.
        expected = notYetTaken(readdirSync(inbox));
      }
      if (isWritten && finished === names.length && delivered >= (expected?.length ?? MESSAGES) && happened >= most) break;
      if (happened < most && finished >= (MESSAGES * happened) / (most + 1)) {
        const name = kinds[happened++ % kinds.length] as string;
        counts[name] = (counts[name] ?? 0) + 1;
        await faults[name]?.();
      }
    }
    const seconds = (Date.now() - begun) / 1000;
    served.process.kill('SIGTERM');
    await served.ended;
    return { ...(await look(campaign, data, expected ?? [])), faults: counts, seconds };
  } finally {
    served.process.kill('SIGKILL');
    await served.ended;
    await writer.kill();
  }
}

async function look({ inbox, outbox }: Campaign, data: string, expected: readonly string[]): Promise<Omit<Result, 'faults' | 'seconds'>> {
  const bus = await openBusOf(data);
  const onBus = new Set<string>();
  const ids = new Map<string, number>();
  for await (const { value, headers } of eachEventRecord(bus)) {
    for (const urn of urnsIn(Buffer.from(value).toString())) onBus.add(urn);
    const id = String(headers.ce_id);
    ids.set(id, (ids.get(id) ?? 0) + 1);
  }
  await bus.close();
  const names = readdirSync(inbox);
  const delivered = new Set<string>();
  const incomplete: string[] = [];
  for (const name of readdirSync(outbox).filter((file) => file.endsWith('.json'))) {
    const text = readFileSync(join(outbox, name), 'utf8');
    try {
      JSON.parse(text);
      for (const urn of urnsIn(text)) delivered.add(urn);
    } catch {
      incomplete.push(name);
    }
  }
  return {
    lost: ALL.filter((urn) => !onBus.has(urn)),
    repeated: [...ids].filter(([, count]) => count > 1).map(([id]) => id),
    accepted: names.filter(isDone).length,
    unfinished: names.filter((name) => !/\.(done|failed|report\.json|part)$/.test(name) && !name.startsWith('.')),
    failed: names.filter((name) => name.endsWith('.failed')),
    expected: expected.length,
    undelivered: expected.filter((urn) => !delivered.has(urn)),
    incomplete,
  };
}

/** What a campaign must show. */
export const NOTHING_LOST = { lost: [], repeated: [], unfinished: [], failed: [], incomplete: [], undelivered: [] };

/** A campaign reads the bus after its gateway, in its file. */
export const CAN_RUN = !ON_KAFKA;
