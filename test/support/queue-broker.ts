/**
 * Real message brokers for tests: RabbitMQ from Debian and Artemis from Maven Central, on free ports of this machine, in temporary
 * folders.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { HOME } from '../../gateway/config.ts';
import { freePort } from './broker.ts';
import { Certificates } from './certificates.ts';

const run = promisify(execFile);

export const USER = 'interchange';
export const PASSWORD = 'Pa55word £ of the tests';
/** The queues that a broker has at its start. What is rejected from `in` goes to `dead`. */
export const QUEUES = ['in', 'dead', 'replies', 'out', 'elsewhere'] as const;
export type QueueName = (typeof QUEUES)[number];
export type ProtocolName = 'amqp' | 'stomp';

export interface QueueBroker {
  readonly name: string;
  readonly ports: Readonly<Record<ProtocolName, number>>;
  /** The ports on which it listens with TLS. RabbitMQ only. */
  readonly tlsPorts: Readonly<Record<ProtocolName, number>>;
  /** A PEM file of the authority of its certificate. */
  readonly authoritiesFile: string;
  /** How a client calls a queue. */
  readonly address: (queue: QueueName) => string;
  /** Starts it (again) on the same data; resolves when it takes connections. */
  start(): Promise<void>;
  /** `kill -9`; resolves when it is gone. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const error = once(socket, 'error').then(() => false);
  const isUp = await Promise.race([
    once(socket, 'connect').then(
      () => true,
      () => false,
    ),
    error,
  ]);
  error.catch(() => undefined);
  socket.destroy();
  return isUp;
}

/** A process, and all that it started in its group. */
class Group {
  #child: ChildProcess | undefined;
  readonly #log: string;

  constructor(log: string) {
    this.#log = log;
    process.once('exit', () => this.#end());
  }

  start(command: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): void {
    const out = openSync(this.#log, 'a');
    this.#child = spawn(command, words, { detached: true, env: { ...process.env, ...env }, stdio: ['ignore', out, out] });
  }

  #end(): void {
    const { pid, exitCode, signalCode } = this.#child ?? {};
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
  }

  /** Resolves when nothing accepts connections on a port any more: child processes can end a little later than the process. */
  async kill(port: number): Promise<void> {
    this.#end();
    while (await isListening(port)) await delay(20);
  }

  /** Resolves when a port takes connections. */
  async listening(port: number): Promise<void> {
    for (const until = Date.now() + 90_000; ; await delay(100)) {
      if (await isListening(port)) return;
      if (this.#child?.exitCode !== null || Date.now() > until)
        throw new Error(`The broker does not start: ${readFileSync(this.#log, 'utf8').slice(-2000)}`);
    }
  }
}

const RABBIT = '/usr/lib/rabbitmq/lib';

/** Where Debian has the program of RabbitMQ that runs as the current user. */
function rabbitProgram(): string | undefined {
  const version = existsSync(RABBIT) ? readdirSync(RABBIT).find((name) => name.startsWith('rabbitmq_server-')) : undefined;
  return version === undefined ? undefined : join(RABBIT, version, 'sbin/rabbitmq-server');
}

export async function openRabbit(): Promise<QueueBroker> {
  const program = rabbitProgram() as string;
  const folder = mkdtempSync(join(tmpdir(), 'rabbitmq-'));
  const certificates = new Certificates(join(folder, 'certificates'));
  const [amqp, stomp, amqpTls, stompTls, epmdPort, distribution] = await freePorts(6);
  const file = (name: string) => join(folder, name);
  writeFileSync(file('enabled'), '[rabbitmq_amqp1_0,rabbitmq_stomp].');
  writeFileSync(file('env.conf'), '');
  const lines = [
    `listeners.tcp.1 = 127.0.0.1:${amqp}`,
    `listeners.ssl.1 = 127.0.0.1:${amqpTls}`,
    `stomp.listeners.tcp.1 = 127.0.0.1:${stomp}`,
    `stomp.listeners.ssl.1 = 127.0.0.1:${stompTls}`,
    `ssl_options.cacertfile = ${certificates.authority}`,
    `ssl_options.certfile = ${certificates.certificate}`,
    `ssl_options.keyfile = ${certificates.key}`,
    `load_definitions = ${file('definitions.json')}`,
    'disk_free_limit.absolute = 1MB',
    'amqp1_0.default_user = none',
  ];
  writeFileSync(file('rabbitmq.conf'), `${lines.join('\n')}\n`);
  const dead = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' };
  const definitions = {
    vhosts: [{ name: '/' }],
    users: [{ name: USER, password: PASSWORD, tags: '' }],
    permissions: [{ user: USER, vhost: '/', configure: '.*', write: '.*', read: '.*' }],
    queues: QUEUES.map((name) => ({ name, vhost: '/', durable: true, auto_delete: false, arguments: name === 'in' ? dead : {} })),
  };
  writeFileSync(file('definitions.json'), JSON.stringify(definitions));
  const env = {
    HOME: folder,
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `tests-${amqp}@localhost`,
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_MNESIA_BASE: file('mnesia'),
    RABBITMQ_LOG_BASE: file('log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONFIG_FILE: file('rabbitmq'),
    RABBITMQ_ENABLED_PLUGINS_FILE: file('enabled'),
    RABBITMQ_CONF_ENV_FILE: file('env.conf'),
  };
  // RabbitMQ starts a name server if there is none, and would leave it running.
  const [names, broker] = [new Group(file('epmd.log')), new Group(file('broker.log'))];
  names.start('epmd', ['-port', String(epmdPort), '-address', '127.0.0.1']);
  const start = async () => {
    broker.start(program, [], env);
    for (const port of [amqp, stomp, amqpTls, stompTls]) await broker.listening(port as number);
  };
  await names.listening(epmdPort as number);
  await start();
  return {
    name: 'RabbitMQ',
    ports: { amqp: amqp as number, stomp: stomp as number },
    tlsPorts: { amqp: amqpTls as number, stomp: stompTls as number },
    authoritiesFile: certificates.authority,
    address: (queue) => `/amq/queue/${queue}`,
    start,
    kill: () => broker.kill(amqpTls as number),
    close: async () => {
      await broker.kill(amqpTls as number);
      await names.kill(epmdPort as number);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

const POM = join(import.meta.dirname, 'artemis/pom.xml');
/** The jars, in a separate folder for each version. */
const LIBS = join(HOME, '.cache/artemis', createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12));

/** Why Artemis cannot be had, or undefined. Fetches it once by Maven: test files at the same time do not find an incomplete download. */
async function artemisMissing(): Promise<string | undefined> {
  try {
    await run('java', ['-version']);
  } catch {
    return 'Java is not installed';
  }
  if (existsSync(LIBS)) return undefined;
  mkdirSync(dirname(LIBS), { recursive: true });
  const fetched = mkdtempSync(`${LIBS}-`);
  try {
    await run('mvn', ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${fetched}`]);
    if (!existsSync(LIBS)) renameSync(fetched, LIBS);
    return undefined;
  } catch {
    return existsSync(LIBS) ? undefined : 'Maven is not installed, or does not reach Maven Central';
  } finally {
    rmSync(fetched, { recursive: true, force: true });
  }
}

const ARTEMIS = (ports: Readonly<Record<ProtocolName, number>>) => `<?xml version="1.0" encoding="UTF-8"?>
<configuration xmlns="urn:activemq">
  <core xmlns="urn:activemq:core">
    <name>tests</name>
    <persistence-enabled>true</persistence-enabled>
    <journal-type>NIO</journal-type>
    <journal-file-size>2M</journal-file-size>
    <journal-min-files>2</journal-min-files>
    <security-enabled>false</security-enabled>
    <max-disk-usage>100</max-disk-usage>
    <acceptors>
      <acceptor name="amqp">tcp://127.0.0.1:${ports.amqp}?protocols=AMQP</acceptor>
      <acceptor name="stomp">tcp://127.0.0.1:${ports.stomp}?protocols=STOMP</acceptor>
    </acceptors>
    <address-settings>
      <address-setting match="#">
        <dead-letter-address>dead</dead-letter-address>
        <max-delivery-attempts>-1</max-delivery-attempts>
        <default-address-routing-type>ANYCAST</default-address-routing-type>
      </address-setting>
    </address-settings>
    <addresses>
${QUEUES.map((name) => `      <address name="${name}"><anycast><queue name="${name}"><durable>true</durable></queue></anycast></address>`).join('\n')}
    </addresses>
  </core>
</configuration>
`;

export async function openArtemis(): Promise<QueueBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'artemis-'));
  const [amqp = 0, stomp = 0] = await freePorts(2);
  mkdirSync(join(folder, 'etc'));
  writeFileSync(join(folder, 'etc/broker.xml'), ARTEMIS({ amqp, stomp }));
  const broker = new Group(join(folder, 'broker.log'));
  const start = async () => {
    const flags = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    broker.start('java', [...flags, '-cp', join(LIBS, '*'), 'org.apache.activemq.artemis.core.server.embedded.Main', folder]);
    for (const port of [amqp, stomp]) await broker.listening(port);
  };
  await start();
  return {
    name: 'Artemis',
    ports: { amqp, stomp },
    tlsPorts: { amqp: 0, stomp: 0 },
    authoritiesFile: '',
    address: (queue) => queue,
    start,
    kill: () => broker.kill(amqp),
    close: async () => {
      await broker.kill(amqp);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The brokers that this machine has. `.ci/left-out.ts` reports the others. */
export async function queueBrokers(): Promise<readonly { readonly name: string; readonly open: () => Promise<QueueBroker> }[]> {
  const rabbit = rabbitProgram() === undefined ? 'RabbitMQ is not installed' : undefined;
  const artemis = await artemisMissing();
  mkdirSync(join(HOME, '.cache'), { recursive: true });
  writeFileSync(join(HOME, '.cache/queues-left-out.txt'), [rabbit, artemis && `Artemis: ${artemis}`].filter(Boolean).join('; '));
  return [
    ...(rabbit === undefined ? [{ name: 'RabbitMQ', open: openRabbit }] : []),
    ...(artemis === undefined ? [{ name: 'Artemis', open: openArtemis }] : []),
  ];
}
