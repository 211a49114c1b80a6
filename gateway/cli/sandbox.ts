/** `interchange sandbox` (`npm start`): a gateway with invented people and cases already flowing, and what to try next. */
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { JsonObject } from '../../adapters/adapter.ts';
import { newCase, resultedCase } from '../../adapters/spi/index.ts';
import { type Config, HOME, readConfig } from '../config.ts';
import type { Gateway } from '../gateway.ts';
import { startGateway } from '../main.ts';
import { syntheticCases } from '../sandbox/cases.ts';
import { summaryOf } from './listen.ts';
import { clientOf } from './remote.ts';
import { type Io, textOf, UsageError, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

const SAMPLES = [
  { as: 'force', file: 'new-case.xml', what: 'a new case' },
  { as: 'court', file: 'court-result.xml', what: 'its court result' },
] as const;

const READERS = ['court', 'cps', 'supplier'] as const;
/** What a reset takes away. The keys stay, so that the same messages become the same events; cursors from before must not lead anywhere. */
const STORED = ['bus.sqlite', 'view.sqlite'].flatMap((file) => [file, `${file}-wal`, `${file}-shm`]);
/** Says that a sandbox made the data folder: nothing else is ever deleted. */
const MARK = 'sandbox.json';

type Tokens = Readonly<Record<string, string>>;

async function tokensOf(gateway: Gateway, config: Config): Promise<Tokens> {
  const tokens: Record<string, string> = {};
  for (const client of config.clients)
    if (client.persona !== undefined && gateway.issuer !== undefined) tokens[client.persona] = await gateway.issuer.token(client);
  return tokens;
}

async function post(url: string, token: string | undefined, path: string, mediaType: string, body: string | Uint8Array): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': mediaType };
  return fetch(url + path, { method: 'POST', headers, body: body as NonNullable<RequestInit['body']> });
}

async function sendSamples(url: string, tokens: Tokens, config: Config, say: (line: string) => void): Promise<void> {
  for (const { as, file, what } of SAMPLES) {
    const bytes = readFileSync(join(HOME, 'examples', 'messages', file));
    const response = await post(url, tokens[as], '/v1/messages', 'application/xml', bytes);
    const receipt = (await response.json()) as { status?: string; classification?: string; adapter?: string; title?: string };
    const again = response.headers.has('interchange-repeated') ? ' (sent before: no second effect)' : '';
    say(
      `${response.status}  ${what} from "${clientOf(config, as).title}": ${receipt.status ?? receipt.title}, ${receipt.classification}, by adapter ${receipt.adapter}${again}`,
    );
  }
}

async function flow(url: string, tokens: Tokens, config: Config, io: Io): Promise<void> {
  const since = new Date().toISOString();
  await sendSamples(url, tokens, config, io.out);
  for (const as of READERS) {
    const from = await fetch(`${url}/v1/events?limit=10&from=${encodeURIComponent(since)}`, {
      headers: { Authorization: `Bearer ${tokens[as]}` },
    });
    let { events = [] } = (await from.json()) as { events?: Parameters<typeof summaryOf>[0][] };
    if (events.length === 0) {
      const all = await fetch(`${url}/v1/events?limit=2`, { headers: { Authorization: `Bearer ${tokens[as]}` } });
      ({ events = [] } = (await all.json()) as { events?: Parameters<typeof summaryOf>[0][] });
    }
    io.out('', `── What ${clientOf(config, as).title} sees ──`);
    for (const event of events) io.out(...summaryOf(event));
  }
}

/** A fact as the system that knows it sends it: the police and the court in their legacy format, an officer's app in canonical form. */
function* messagesOf(
  config: Config,
  today: string,
): Generator<readonly [as: string, path: string, mediaType: string, body: string | Uint8Array]> {
  const { cases = 0, seed = 0 } = config.sandbox ?? {};
  let made = 0;
  for (const { registered, resulted, stop } of syntheticCases({ seed, today })) {
    if (made++ >= cases) return;
    const encoded = newCase.encode?.([{ standard: 'case.registered', data: registered }]);
    if (stop !== undefined) {
      const event = { specversion: '1.0', type: 'uk.justice.person.stopped.v1', data: stop };
      yield ['officer', '/v1/events', 'application/cloudevents+json', JSON.stringify(event)];
    }
    if (encoded?.ok === true) yield ['force', '/v1/messages', encoded.value.mediaType, encoded.value.bytes];
    // A court sends a separate result for each defendant.
    const each = ((resulted?.defendants ?? []) as readonly JsonObject[]).map((defendant) => ({
      standard: 'hearing.resulted',
      data: { ...(resulted as JsonObject), defendants: [defendant] },
    }));
    const result = each.length === 0 ? undefined : resultedCase.encode?.(each);
    if (result?.ok === true) yield ['court', '/v1/messages', result.value.mediaType, result.value.bytes];
  }
}

async function fill(gateway: Gateway, tokens: Tokens, config: Config, io: Io): Promise<void> {
  let [sent, refused] = [0, 0];
  for (const [as, path, mediaType, body] of messagesOf(config, new Date().toISOString().slice(0, 10))) {
    if (io.interrupted.aborted) return;
    const { status } = await post(gateway.url, tokens[as], path, mediaType, body);
    if (status === 202) sent++;
    else refused++;
  }
  const { cases = 0, seed = 0 } = config.sandbox ?? {};
  if (sent > 0)
    io.out(`${sent} messages of ${cases} synthetic cases (seed ${seed}) sent by the personas${refused > 0 ? `, ${refused} refused` : ''}`);
}

/** The folder of the persona `force`, where the configuration has no transports. */
function withFolder(config: Config): Config {
  if (config.transports !== undefined) return config;
  const [inbox, outbox] = ['inbox', 'outbox'].map((name) => join(config.dataFolder, name)) as [string, string];
  for (const folder of [inbox, outbox]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    ...config,
    transports: [{ name: 'records-folder', kind: 'folder', client: clientOf(config, 'force').id, settings: { inbox, outbox } }],
  };
}

function next(url: string, tokens: Tokens, io: Io, elsewhere: string, inbox: string | undefined): void {
  io.out('', `── The portal: ${url} ──`);
  io.out('  Get started, standards, sandbox and reference, in a browser.');
  io.out('', `── The console: ${url}/console ──`);
  io.out('  For operators: sign in as one of its invented people.');
  io.out('', '── Try next (in another terminal) ──');
  if (elsewhere !== '') io.out(`  export ${elsewhere}`);
  io.out('  npx interchange listen --as cps');
  io.out('  npx interchange send --as court examples/messages/court-result.xml');
  io.out('  npx interchange label explain examples/messages/new-case.xml');
  if (inbox !== undefined) io.out(`  cp examples/messages/new-case.xml ${inbox}/    # a folder is a transport: the file ends in .done`);
  io.out('  npm run example:officer');
  io.out(`  curl -s -H "Authorization: Bearer $(npx interchange token --as supplier)" "${url}/v1/events?limit=2"`);
  io.out('', `Personas: ${Object.keys(tokens).join(', ')}. A token of each: npx interchange token --as PERSONA, or see ${url}/sandbox`);
  io.out('', 'Ctrl-C stops the gateway.');
}

/** The first inbox of the configuration, as it is written from the working folder. */
function inboxOf({ transports = [] }: Config): string | undefined {
  const inbox = transports.find(({ kind }) => kind === 'folder')?.settings.inbox;
  if (typeof inbox !== 'string') return undefined;
  const fromHere = relative(process.cwd(), inbox);
  return fromHere.startsWith('..') ? inbox : fromHere;
}

/** Starts it, and again after each reset, until it is interrupted. */
async function run(config: Config, isOnce: boolean, elsewhere: string, io: Io): Promise<void> {
  for (let port = config.port, isFirst = true; ; isFirst = false) {
    const reset = new AbortController();
    const isNew = config.bus === 'kafka' ? false : !existsSync(join(config.dataFolder, 'bus.sqlite'));
    const mark = join(config.dataFolder, MARK);
    if (isNew) {
      mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 });
      writeFileSync(mark, JSON.stringify(config.sandbox), { mode: 0o600 });
    }
    const gateway = await startGateway({
      config: { ...config, port },
      production: io.env.NODE_ENV === 'production',
      ...(config.bus !== 'kafka' && existsSync(mark) ? { reset: () => reset.abort() } : {}),
    });
    const { interrupted } = io;
    port = Number(new URL(gateway.url).port);
    try {
      if (isFirst) io.out(`ready: ${gateway.url}`, '');
      const tokens = await tokensOf(gateway, config);
      if (isNew) await fill(gateway, tokens, config, io);
      if (isFirst) await flow(gateway.url, tokens, config, io);
      else {
        await sendSamples(gateway.url, tokens, config, () => undefined);
        io.out('reset: everything is as it was at the first start');
      }
      if (isOnce) return;
      if (isFirst) next(gateway.url, tokens, io, elsewhere, inboxOf(config));
      const stop = AbortSignal.any([interrupted, reset.signal]);
      if (!stop.aborted) await once(stop, 'abort');
      if (interrupted.aborted) return;
    } finally {
      await gateway.close();
    }
    for (const file of [...STORED.map((name) => join(config.dataFolder, name)), join(config.keysFolder, 'cursor')])
      rmSync(file, { force: true });
  }
}

export const verb: Verb = {
  ...VERBS.sandbox,
  run: async (values, files, io) => {
    if (files.length > 0) throw new UsageError('sandbox takes no files');
    const port = textOf(values, 'port');
    const dataFolder = textOf(values, 'data');
    const logLevel = io.env.INTERCHANGE_LOG === undefined ? ({ logLevel: 'warn' } as const) : {};
    const given = readConfig(io.env, {
      ...logLevel,
      ...(port === undefined ? {} : { port: Number(port) }),
      ...(dataFolder === undefined ? {} : { dataFolder }),
    });
    const number = (name: string, otherwise: number): number => {
      const text = textOf(values, name);
      if (text !== undefined && !/^\d{1,9}$/.test(text)) throw new UsageError(`--${name} takes a whole number`);
      return text === undefined ? otherwise : Number(text);
    };
    const { cases, seed } = given.sandbox ?? { cases: 20, seed: 1 };
    const config = withFolder({ ...given, sandbox: { cases: number('cases', cases), seed: number('seed', seed) } });
    const moved = [
      port === undefined ? '' : `INTERCHANGE_URL=http://${config.host}:${config.port}`,
      dataFolder === undefined ? '' : `INTERCHANGE_DATA=${config.dataFolder}`,
    ];
    await run(config, values.once === true, moved.filter(Boolean).join(' '), io);
    return 0;
  },
};
