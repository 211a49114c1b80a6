/** What takes turns in the bench: Justice Interchange and its peers, each with the same job on a file or on Kafka. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';
import { openKafkaBus } from '../../gateway/bus/kafka/kafka-bus.ts';
import { freePort } from '../../test/support/broker.ts';
import { spawnGateway } from '../gateway.ts';
import { type Build, buildBenthos, buildCamel, type Command } from './builds.ts';
import { startPeer } from './peer-process.ts';
import { casesOfBus, casesOfFile, casesOfTopic } from './stored.ts';

const PARTITIONS = 4;
const BENTHOS = join(import.meta.dirname, 'benthos');
const SCHEMA = join(import.meta.dirname, 'camel/result.schema.json');

export interface Candidate {
  readonly url: string;
  readonly pid: number;
  readonly token: string;
  stop(): Promise<void>;
  /** References of the cases that are stored. Asked for after it was stopped. */
  stored(): Promise<ReadonlySet<string>>;
}

/** Where a candidate runs. */
export interface Place {
  /** Its folder. */
  readonly folder: string;
  /** Addresses of the brokers, for rows with Kafka. */
  readonly brokers: readonly string[];
}

export interface Kind {
  readonly question: string;
  readonly medium: 'file' | 'Kafka';
  readonly start: (place: Place) => Promise<Candidate>;
}

async function interchangeOnFile({ folder }: Place): Promise<Candidate> {
  const gateway = await spawnGateway(folder);
  const stored = async () => {
    const bus = openEmbeddedBus({ file: join(folder, 'data/bus.sqlite'), readOnly: true });
    const cases = await casesOfBus(bus);
    await bus.close();
    return cases;
  };
  return { ...gateway, stored };
}

async function interchangeOnKafka({ folder, brokers }: Place): Promise<Candidate> {
  const prefix = 'bench.';
  const gateway = await spawnGateway(folder, {
    INTERCHANGE_BUS: 'kafka',
    INTERCHANGE_KAFKA_BROKERS: brokers.join(),
    INTERCHANGE_KAFKA_PREFIX: prefix,
  });
  const stored = async () => {
    const options = { brokers, clientId: 'bench', partitions: PARTITIONS, replication: 1, makeTopics: false, prefix };
    const bus = await openKafkaBus(options);
    const cases = await casesOfBus(bus);
    await bus.close();
    return cases;
  };
  return { ...gateway, stored };
}

async function commandOf(build: () => Promise<Build>): Promise<Command> {
  const built = await build();
  if ('missing' in built) throw new Error(built.missing);
  return built;
}

async function makeTopic(brokers: readonly string[], topic: string): Promise<void> {
  const admin = new Kafka({ clientId: 'bench', brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 1 }] });
  await admin.disconnect();
}

/** Camel that appends to a file, with or without a sync of each message and the duties of a schema. */
const camelOnFile =
  (mode: 'file' | 'sync', ...schema: readonly string[]) =>
  async ({ folder }: Place): Promise<Candidate> => {
    const { program, args } = await commandOf(buildCamel);
    const port = await freePort();
    const file = join(folder, 'results.jsonl');
    const command = { program, args: [...args, String(port), mode, file, ...schema] };
    const peer = await startPeer(command, port, join(folder, 'log.txt'));
    return { ...peer, token: '', stored: () => casesOfFile(file) };
  };

async function camelOnKafka({ folder, brokers }: Place): Promise<Candidate> {
  const { program, args } = await commandOf(buildCamel);
  const port = await freePort();
  const topic = 'peer.camel';
  await makeTopic(brokers, topic);
  const command = { program, args: [...args, String(port), 'kafka', brokers.join(), topic] };
  const peer = await startPeer(command, port, join(folder, 'log.txt'));
  return { ...peer, token: '', stored: () => casesOfTopic(brokers, topic) };
}

async function benthosOnFile({ folder }: Place): Promise<Candidate> {
  const { program } = await commandOf(buildBenthos);
  const port = await freePort();
  const file = join(folder, 'results.jsonl');
  const command = { program, args: ['run', '-r', join(BENTHOS, 'file.yaml'), join(BENTHOS, 'peer.yaml')] };
  const peer = await startPeer(command, port, join(folder, 'log.txt'), { PEER_PORT: String(port), PEER_FILE: file });
  return { ...peer, token: '', stored: () => casesOfFile(file) };
}

async function benthosOnKafka({ folder, brokers }: Place): Promise<Candidate> {
  const { program } = await commandOf(buildBenthos);
  const port = await freePort();
  const topic = 'peer.benthos';
  await makeTopic(brokers, topic);
  const command = { program, args: ['run', '-r', join(BENTHOS, 'kafka.yaml'), join(BENTHOS, 'peer.yaml')] };
  const env = { PEER_PORT: String(port), PEER_BROKERS: brokers.join(), PEER_TOPIC: topic };
  const peer = await startPeer(command, port, join(folder, 'log.txt'), env);
  return { ...peer, token: '', stored: () => casesOfTopic(brokers, topic) };
}

/** The rows of the table, in their order, by the names that `--rows` takes. */
export const KINDS: Readonly<Record<string, Kind>> = {
  interchange: { question: 'Justice Interchange, embedded bus, everything on', medium: 'file', start: interchangeOnFile },
  benthos: { question: 'Benthos core, file without sync', medium: 'file', start: benthosOnFile },
  camel: { question: 'Camel, file without sync', medium: 'file', start: camelOnFile('file') },
  'camel-sync': { question: 'Camel, file with a sync for each message', medium: 'file', start: camelOnFile('sync') },
  'camel-duties': {
    question: 'Camel, the same, and validates, signs, keeps the original',
    medium: 'file',
    start: camelOnFile('sync', SCHEMA),
  },
  'interchange-kafka': { question: 'Justice Interchange, Kafka, everything on', medium: 'Kafka', start: interchangeOnKafka },
  'benthos-kafka': { question: 'Benthos core, Kafka', medium: 'Kafka', start: benthosOnKafka },
  'camel-kafka': { question: 'Camel, Kafka', medium: 'Kafka', start: camelOnKafka },
};

/** A folder for one candidate. */
export function folderOf(root: string, name: string): string {
  const folder = join(root, name);
  mkdirSync(folder);
  return folder;
}
