/** Real Apache Kafka for tests: brokers from the official jars, with KRaft, on free ports of this machine. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { HOME } from '../../gateway/config.ts';

const run = promisify(execFile);
const LIBS = join(HOME, '.cache/kafka/libs');
const POM = join(import.meta.dirname, 'kafka/pom.xml');

/** The class path of Kafka, fetched once by Maven; or why it cannot be had. */
export async function kafkaJars(): Promise<{ readonly classPath: string } | { readonly missing: string }> {
  try {
    await run('java', ['-version']);
  } catch {
    return { missing: 'Java is not installed' };
  }
  const stamp = join(LIBS, '..', 'fetched.xml');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== readFileSync(POM, 'utf8'))
    try {
      await run('mvn', ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${LIBS}`]);
      // Only a complete download gets a stamp.
      writeFileSync(stamp, readFileSync(POM));
    } catch {
      return { missing: 'Maven is not installed, or does not reach Maven Central' };
    }
  return { classPath: join(LIBS, '*') };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export interface Broker {
  readonly id: number;
  readonly address: string;
  /** The port on which it listens. */
  readonly port: number;
  readonly folder: string;
  /** Starts it (again) on the same data; resolves when it answers. */
  start(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  readonly pid: number;
  /** Resolves when it has ended. */
  gone(): Promise<void>;
  /** Ends it in good order. */
  stop(): Promise<void>;
  /** `kill -9`; resolves when it is gone. */
  kill(): Promise<void>;
}

export interface Cluster {
  readonly brokers: readonly Broker[];
  readonly addresses: readonly string[];
  close(): Promise<void>;
}

export interface ClusterOptions {
  readonly brokers?: number;
  /** Principals and passwords: then SASL and ACLs are on, `admin` may do everything, and the others what an ACL lets them. */
  readonly users?: Readonly<Record<string, string>>;
  /** The port that each broker advertises to clients, by its number: a proxy of the test. */
  readonly advertised?: readonly number[];
  readonly properties?: Readonly<Record<string, string | number>>;
}

interface Ports {
  readonly client: number;
  readonly inner: number;
  readonly controller: number;
}

function propertiesOf(id: number, ports: readonly Ports[], folder: string, { users, advertised, properties }: ClusterOptions): string {
  const brokerPorts = ports[id - 1] as Ports;
  const copies = Math.min(3, ports.length);
  const jaas = Object.entries(users ?? {}).map(([name, password]) => `user_${name}="${password}"`);
  const all = {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': ports.map(({ controller }, n) => `${n + 1}@127.0.0.1:${controller}`).join(),
    listeners: `CLIENT://127.0.0.1:${brokerPorts.client},INNER://127.0.0.1:${brokerPorts.inner},CONTROLLER://127.0.0.1:${brokerPorts.controller}`,
    'advertised.listeners': `CLIENT://127.0.0.1:${advertised?.[id - 1] ?? brokerPorts.client},INNER://127.0.0.1:${brokerPorts.inner}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INNER',
    'listener.security.protocol.map': `CLIENT:${users === undefined ? 'PLAINTEXT' : 'SASL_PLAINTEXT'},INNER:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    'log.dirs': join(folder, 'data'),
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 5,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': 1,
    'default.replication.factor': copies,
    'min.insync.replicas': Math.max(1, copies - 1),
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': false,
    'replica.lag.time.max.ms': 3000,
    'broker.session.timeout.ms': 4000,
    'broker.heartbeat.interval.ms': 500,
    ...(users === undefined
      ? {}
      : {
          'sasl.enabled.mechanisms': 'PLAIN',
          'listener.name.client.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${jaas.join(' ')};`,
          'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
          'super.users': 'User:admin;User:ANONYMOUS',
        }),
    ...properties,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Starts brokers; resolves when all of them answer. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const jars = await kafkaJars();
  if ('missing' in jars) throw new Error(jars.missing);
  const root = mkdtempSync(join(tmpdir(), 'kafka-'));
  const ports: Ports[] = [];
  for (let n = 0; n < (options.brokers ?? 1); n++)
    ports.push({ client: await freePort(), inner: await freePort(), controller: await freePort() });
  const cluster = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
  const brokers = await Promise.all(ports.map((brokerPorts, n) => prepare(n + 1, brokerPorts)));
  await Promise.all(brokers.map((broker) => broker.start()));
  const close = async () => {
    await Promise.all(brokers.map((broker) => broker.kill()));
    rmSync(root, { recursive: true, force: true });
  };
  return { brokers, addresses: brokers.map(({ address }) => address), close };

  async function prepare(id: number, brokerPorts: Ports): Promise<Broker> {
    const folder = join(root, `broker-${id}`);
    const file = join(root, `broker-${id}.properties`);
    writeFileSync(file, propertiesOf(id, ports, folder, options));
    const { classPath } = jars as { classPath: string };
    await run('java', ['-cp', classPath, 'kafka.tools.StorageTool', 'format', `--cluster-id=${cluster}`, '-c', file]);
    let child: ChildProcess | undefined;
    const log = join(root, `broker-${id}.log`);
    const start = async () => {
      const out = openSync(log, 'a');
      const flags = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
      child = spawn('java', [...flags, '-cp', classPath, 'kafka.Kafka', file], { stdio: ['ignore', out, out] });
      const running = child;
      process.once('exit', () => running.kill('SIGKILL'));
      await answering(`127.0.0.1:${brokerPorts.inner}`, () =>
        running.exitCode === null ? undefined : readFileSync(log, 'utf8').slice(-2000),
      );
    };
    return {
      id,
      address: `127.0.0.1:${options.advertised?.[id - 1] ?? brokerPorts.client}`,
      port: brokerPorts.client,
      folder,
      start,
      get pid() {
        return child?.pid ?? 0;
      },
      gone: async () => {
        if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      },
      stop: async () => {
        if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        await gone;
      },
      signal: (signal) => void child?.kill(signal),
      kill: async () => {
        if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      },
    };
  }
}

const UP_MILLISECONDS = 60_000;

/** Resolves when a broker says who is in the cluster, itself included. */
async function answering(address: string, failed: () => string | undefined): Promise<void> {
  const until = Date.now() + UP_MILLISECONDS;
  for (;;) {
    const reason = failed();
    if (reason !== undefined) throw new Error(`The broker ended: ${reason}`);
    const kafka = new Kafka({
      brokers: [address],
      connectionTimeout: 500,
      requestTimeout: 2000,
      retry: { retries: 0 },
      logLevel: logLevel.NOTHING,
    });
    const admin = kafka.admin();
    try {
      await admin.connect();
      const { brokers } = await admin.describeCluster();
      if (brokers.some(({ host, port }) => `${host}:${port}` === address)) return;
    } catch {
      if (Date.now() > until) throw new Error(`The broker at ${address} does not answer`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    } finally {
      await admin.disconnect();
    }
  }
}
