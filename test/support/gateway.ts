/** A real gateway on a free port with its own data folder. Every answer is checked against the contract. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importJWK, type JWK, SignJWT } from 'jose';
import type { Bus, StoredRecord } from '../../gateway/bus/bus.ts';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';
import { openKafkaBus } from '../../gateway/bus/kafka/kafka-bus.ts';
import { KafkaClient } from '../../gateway/bus/kafka/kafka-client.ts';
import { kafkaOptions } from '../../gateway/buses.ts';
import { type Config, readConfig } from '../../gateway/config.ts';
import { HTTP_CONTRACT } from '../../gateway/documents.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import type { Label } from '../../gateway/labels/label.ts';
import { startGateway } from '../../gateway/main.ts';
import type { ClientConfig } from '../../gateway/rules/clients.ts';
import { loadContract, type Operation } from '../../gateway/transports/http/contract.ts';
import { AUDIT, type AuditRecord, parseRecord } from '../../gateway/wire/streams.ts';
import { POLICY, standards } from './rules-in-force.ts';

export { caseOf, resultOf } from './case-of.ts';

const contract = loadContract(HTTP_CONTRACT, standards);

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly mediaType: string;
  readonly text: string;
  /** The body if it is JSON, otherwise its text. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into bodies of every kind
  readonly body: any;
  readonly operation: string | undefined;
}

export interface Setup {
  readonly limits?: Partial<Config['limits']>;
  readonly config?: Partial<Config>;
  /** Clients in addition to those of the development configuration. A client with the same id is replaced. */
  readonly clients?: readonly ClientConfig[];
  readonly now?: () => number;
  /** A data folder that outlives the gateway. */
  readonly dataFolder?: string;
}

export interface TestGateway {
  readonly gateway: Gateway;
  readonly url: string;
  readonly config: Config;
  readonly folder: string;
  /** Everything that was logged until now. */
  log(): string;
  /** Calls an operation, as a persona (the client of no persona is named by its id), and checks the answer against the contract. */
  call(path: string, init?: RequestInit, persona?: string): Promise<Answer>;
  post(path: string, body: string | Uint8Array, persona: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  token(persona: string): Promise<string>;
  /** A token with the given claims and header, signed with the key of the issuer. */
  forge(claims?: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): Promise<string>;
  /** All events that a persona may read. */
  events(persona: string): Promise<readonly SealedEvent[]>;
  /** Sends bytes on a new connection. Resolves to what came back until it was closed. */
  raw(bytes: string | Uint8Array, more?: { readonly wait?: number }): Promise<string>;
  /** What is on the bus now, read without the gateway. */
  onBus<T>(look: (bus: Bus) => Promise<T>): Promise<T>;
  audit(): Promise<readonly AuditRecord[]>;
  close(): Promise<void>;
}

const template = (path: string): RegExp =>
  new RegExp(
    `^${path
      .replaceAll('.', '\\.')
      .replace('/standards/{path}', '/standards/.+')
      .replaceAll(/\{\w+\}/g, '[^/]+')}$`,
  );
const operations = [...contract.values()]
  .map((operation) => ({ operation, matches: template(operation.path) }))
  .sort((one, other) => Number(one.operation.path.includes('{')) - Number(other.operation.path.includes('{')));

export const operationOf = (method: string, path: string): Operation | undefined =>
  operations.find(({ operation, matches }) => operation.method === method.toLowerCase() && matches.test(path.replace(/\?.*$/s, '')))
    ?.operation;

export const allOperations: readonly Operation[] = [...contract.values()];

/** Throws when the contract does not describe an answer. */
export function checkAnswer(operation: Operation | undefined, answer: Pick<Answer, 'status' | 'mediaType' | 'body'>): void {
  const described = operation ?? (answer.status === 404 || answer.status === 405 ? contract.get('getReceipt') : undefined);
  if (described === undefined) return;
  const status = operation === undefined ? 404 : answer.status;
  const faults = described.checkResponse(status, answer.mediaType, answer.body);
  if (faults === undefined) throw new Error(`${described.id}: the contract says nothing of ${answer.status} ${answer.mediaType}`);
  if (faults.length > 0) throw new Error(`${described.id} ${answer.status}: ${JSON.stringify(faults)}`);
}

export const problem = (code: string): string => `https://justice-interchange.example/problems/${code}`;

export const ASSERTED = (label: Partial<Label>): Record<string, string> => ({
  'Interchange-Label': JSON.stringify({ policy: POLICY, classification: 'OFFICIAL', ...label }),
});

const OFFICIAL_ALL = {
  policy: POLICY,
  classifications: ['OFFICIAL'],
  sensitive: true,
  handling: ['RECIPIENTS ONLY', 'POLICE USE ONLY', 'CPS USE ONLY', 'COURTS USE ONLY', 'HMG USE ONLY', 'EMBARGOED'],
  releasableTo: ['POLICE', 'CPS', 'COURTS', 'PROBATION', 'PRISONS', 'YOUTH JUSTICE', 'SUPPLIERS'],
  restrictions: ['CYPA1933_s49', 'YJCEA1999_s45', 'YJCEA1999_s45A', 'YJCEA1999_s46', 'SOAA1992_s1'],
} as const;

/** An operator who may read everything at OFFICIAL, and submits nothing. */
export const OPERATOR: ClientConfig = {
  id: 'wessex.operator',
  title: 'Operator (invented)',
  scopes: ['quarantine:read', 'quarantine:write', 'events:read', 'receipts:read'],
  operator: true,
  clearance: OFFICIAL_ALL,
};

/** An operator of a low clearance. */
export const LOW_OPERATOR: ClientConfig = {
  ...OPERATOR,
  id: 'wessex.low-operator',
  clearance: { policy: POLICY, classifications: ['OFFICIAL'] },
};

/**
 * A module of an adapter that does what its message says: SLOW (0.7 seconds of the processor), HOLD (waits until the
 * folder has a file `released`), SPIN, EAT, FAIL or GOOD.
 */
export function hostileAdapter(folder: string): string {
  const file = join(folder, 'hostile.mjs');
  const message = JSON.stringify({ case: { urn: '52WX1000999' }, defendants: [{}] });
  writeFileSync(
    file,
    `import { existsSync } from 'node:fs';
export default {
  id: 'hostile', version: '1.0.0', title: 'A hostile adapter', mediaTypes: ['text/x-hostile'], standards: ['case.registered'],
  detect: (head) => head.startsWith('HOSTILE'),
  decode: (bytes) => {
    const text = new TextDecoder().decode(bytes);
    if (text.includes('SPIN')) for (;;);
    if (text.includes('EAT')) { const all = []; for (;;) all.push(new Array(1e6).fill(all.length)); }
    if (text.includes('FAIL')) throw new Error(text);
    if (text.includes('SLOW')) { const start = process.threadCpuUsage().user; while (process.threadCpuUsage().user < start + 700_000); }
    if (text.includes('HOLD')) while (!existsSync(new URL('released', import.meta.url))) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    return { ok: true, value: { events: [{ standard: 'case.registered', data: ${message}, warnings: [], caseReference: text }] } };
  },
};\n`,
  );
  return file;
}

/** A folder that exists until the tests of the file have ended. */
export const temporary = (): string => mkdtempSync(join(tmpdir(), 'gateway-'));

/** Tests of gateways run on Kafka where TEST_BUS says so (`npm run test:kafka`). Each data folder has separate topics. */
export const ON_KAFKA = process.env.TEST_BUS === 'kafka';

const busOf = (folder: string): Partial<Config> =>
  ON_KAFKA
    ? {
        bus: 'kafka',
        kafka: {
          brokers: (process.env.KAFKA_BROKERS ?? '').split(','),
          partitions: 2,
          replication: 1,
          makeTopics: true,
          prefix: `t-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}.`,
        },
      }
    : {};

/** The same, for a gateway in a separate process. */
export function busEnvironment(folder: string): Record<string, string> {
  const { kafka } = busOf(folder);
  if (kafka === undefined) return {};
  return {
    INTERCHANGE_BUS: 'kafka',
    INTERCHANGE_KAFKA_BROKERS: kafka.brokers.join(),
    INTERCHANGE_KAFKA_REPLICATION: '1',
    INTERCHANGE_KAFKA_PREFIX: kafka.prefix ?? '',
  };
}

/** The development configuration on a free port, as a test wants it. */
export function configFor({ limits, config, clients = [], dataFolder }: Setup, folder: string): Config {
  const base = readConfig({});
  const replaced = new Set(clients.map(({ id }) => id));
  return readConfig(
    {},
    {
      port: 0,
      dataFolder: dataFolder ?? folder,
      workers: 1,
      logLevel: 'trace',
      ...busOf(dataFolder ?? folder),
      clients: [...base.clients.filter(({ id }) => !replaced.has(id)), ...clients],
      // A gateway is not a sandbox unless a test says so.
      ...({ sandbox: undefined } as object),
      // Only a development gateway has a provider for its console.
      ...(config?.auth?.jwksUri === undefined ? {} : ({ console: undefined } as object)),
      ...config,
      limits: { ...base.limits, requestsPerMinute: 1_000_000, ...limits },
    },
  );
}

/** A broker that keeps the topics of hundreds of tests answers slowly. */
async function forgetTopics({ kafka }: Config): Promise<void> {
  if (kafka === undefined || !ON_KAFKA) return;
  const admin = new KafkaClient({ brokers: kafka.brokers, clientId: 'test' }).admin();
  await admin.connect();
  const topics = (await admin.listTopics()).filter((name) => name.startsWith(kafka.prefix ?? '?'));
  await admin.deleteTopics({ topics });
  await admin.disconnect();
}

/** Starts a gateway. Rejects as startGateway does. */
export async function openGateway(setup: Setup = {}): Promise<TestGateway> {
  const folder = setup.dataFolder ?? temporary();
  const config = configFor(setup, folder);
  let logged = '';
  const gateway = await startGateway({
    config,
    standards,
    contract,
    logTo: { write: (line) => void (logged += line) },
    ...(setup.now === undefined ? {} : { now: setup.now }),
  });
  const { url } = gateway;
  const tokens = new Map<string, Promise<string>>();
  const clientOf = (persona: string): ClientConfig => {
    const client = config.clients.find((candidate) => candidate.persona === persona || candidate.id === persona);
    if (client === undefined) throw new Error(`There is no client ${persona}`);
    return client;
  };
  const token = (persona: string): Promise<string> => {
    const known = tokens.get(persona) ?? (gateway.issuer?.token(clientOf(persona)) as Promise<string>);
    tokens.set(persona, known);
    return known;
  };
  const call: TestGateway['call'] = async (path, init = {}, persona) => {
    const headers = new Headers(init.headers);
    if (persona !== undefined) headers.set('Authorization', `Bearer ${await token(persona)}`);
    const response = await fetch(`${url}${path}`, { ...init, headers });
    const text = await response.text();
    const mediaType = (response.headers.get('Content-Type') ?? '').split(';')[0]?.trim() ?? '';
    const operation = operationOf(init.method ?? 'GET', path);
    const body = mediaType.endsWith('json') ? (JSON.parse(text) as unknown) : text;
    const answer: Answer = { status: response.status, headers: response.headers, mediaType, text, body, operation: operation?.id };
    checkAnswer(operation, answer);
    return answer;
  };
  const onBus: TestGateway['onBus'] = async (look) => {
    const bus = ON_KAFKA ? await openBusOf(folder) : openEmbeddedBus({ file: join(folder, 'bus.sqlite'), readOnly: true });
    try {
      return await look(bus);
    } finally {
      await bus.close();
    }
  };
  return {
    gateway,
    url,
    config,
    folder,
    call,
    token,
    onBus,
    log: () => logged,
    post: (path, body, persona, headers = {}) =>
      call(
        path,
        {
          method: 'POST',
          body: body as NonNullable<RequestInit['body']>,
          headers: { 'Content-Type': path === '/v1/events' ? 'application/cloudevents+json' : 'application/xml', ...headers },
        },
        persona,
      ),
    forge: async (claims = {}, header = {}) => {
      const jwk = JSON.parse(readFileSync(join(folder, 'keys/development-issuer.jwk.json'), 'utf8')) as JWK;
      const [first = ''] = (await token('cps')).split('.');
      const issuedHeader = JSON.parse(Buffer.from(first, 'base64url').toString()) as { alg: string; kid: string; typ: string };
      const issued = Math.floor((setup.now ?? Date.now)() / 1000);
      const payload = {
        iss: config.auth.issuer,
        aud: config.auth.audience,
        sub: 'wessex.cps.review',
        client_id: 'wessex.cps.review',
        scope: 'events:read',
        iat: issued,
        exp: issued + 600,
        jti: crypto.randomUUID(),
        ...claims,
      };
      return new SignJWT(JSON.parse(JSON.stringify(payload)) as Record<string, unknown>)
        .setProtectedHeader({ ...issuedHeader, ...header })
        .sign(await importJWK(jwk, 'EdDSA'));
    },
    events: async (persona) => {
      const events: SealedEvent[] = [];
      for (let cursor = ''; ; ) {
        const { body } = await call(`/v1/events?limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`, {}, persona);
        events.push(...(body.events as SealedEvent[]));
        if (body.more !== true) return events;
        cursor = body.cursor as string;
      }
    },
    raw: (bytes, { wait = 5000 } = {}) => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      let back = '';
      const done = () => {
        clearTimeout(timer);
        socket.destroy();
        resolve(back);
      };
      const timer = setTimeout(done, wait);
      socket.on('data', (chunk) => void (back += chunk.toString('latin1')));
      socket.on('close', done);
      socket.on('error', done);
      socket.write(bytes);
      return promise;
    },
    audit: () =>
      onBus(async (bus) => {
        const records: AuditRecord[] = [];
        for (
          let read = await bus.read(AUDIT, 0, 0, 1000);
          read.length > 0;
          read = await bus.read(AUDIT, 0, (read.at(-1)?.offset ?? 0) + 1, 1000)
        )
          records.push(...read.map(({ value }) => parseRecord<AuditRecord>(value)));
        return records;
      }),
    close: async () => {
      await gateway.close();
      if (setup.dataFolder !== undefined) return;
      rmSync(folder, { recursive: true, force: true });
      await forgetTopics(config);
    },
  };
}

/** The bus of a data folder. On the embedded bus, its gateway must not run. */
export const openBusOf = async (dataFolder: string): Promise<Bus> =>
  ON_KAFKA ? openKafkaBus(kafkaOptions(configFor({ dataFolder }, dataFolder))) : openEmbeddedBus({ file: join(dataFolder, 'bus.sqlite') });

/** Every record of the topics of events, without renditions, one after the other. */
export async function* eachEventRecord(bus: Bus): AsyncGenerator<StoredRecord> {
  for await (const record of eachRecordOfEvents(bus)) if (record.headers.ce_rendition === undefined) yield record;
}

/** The same, and the renditions on the levels below. */
export async function* eachRecordOfEvents(bus: Bus): AsyncGenerator<StoredRecord> {
  for (const topic of await bus.topics()) {
    if (!topic.startsWith('justice.')) continue;
    for (const [partition, end] of Object.entries(await bus.ends(topic)))
      for (let offset = 0; offset < end; ) {
        const read = await bus.read(topic, Number(partition), offset, 1000);
        if (read.length === 0) break;
        yield* read;
        offset = (read.at(-1)?.offset ?? offset) + 1;
      }
  }
}

/** The same, all at once. */
export async function eventRecords(bus: Bus): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = [];
  for await (const record of eachEventRecord(bus)) records.push(record);
  return records;
}
