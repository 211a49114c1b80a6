/** Opens the bus that the configuration names. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Bus, BusRefused } from './bus/bus.ts';
import { openEmbeddedBus } from './bus/embedded/embedded-bus.ts';
import { encryptedBus, type KeyManagement, KeyRing } from './bus/encrypted.ts';
import { type KafkaOptions, openKafkaBus } from './bus/kafka/kafka-bus.ts';
import { LateBus } from './bus/late.ts';
import { openSpool, type SpoolingBus } from './bus/spool.ts';
import { type Config, FILES } from './config.ts';
import { fileKeys } from './keys/at-rest.ts';
import { areOfThisBus, type Deployment, ownerOf } from './store/deployment.ts';
import { keyScopeOf, STREAMS } from './wire/topics.ts';

export interface BusHooks extends Pick<KafkaOptions, 'onAlarm' | 'onProduced' | 'onReplaced'> {
  readonly now?: () => number;
}

/** The keys of the data folder belong to another deployment than the bus. */
export class ForeignBus extends Error {
  override readonly name = 'ForeignBus';
}

export interface OpenBus {
  readonly bus: Bus;
  /** Where the configuration asks for one. */
  readonly spool?: SpoolingBus;
  /** Whether clients read the bus directly. If so, each level has renditions. */
  readonly isShared: boolean;
  /** Where the configuration asks for protection at rest. */
  readonly ring?: KeyRing;
  /** Where the gateway starts with its spool, because Kafka does not answer. */
  readonly away?: AwayBus;
}

/** A bus that has not answered since the start. */
export interface AwayBus {
  /** Resolves when it has answered. */
  readonly back: Promise<void>;
  /** Lets the gateway publish the spool to the bus. */
  readonly clear: () => void;
}

/** The scopes of the streams, whose keys are made at the start. Those of levels are made with the first event of each. */
const SCOPES = STREAMS.flatMap((stream) => keyScopeOf(stream) ?? []);

async function managementOf({ keysFolder }: Config, keys: string): Promise<KeyManagement> {
  if (keys === FILES) return fileKeys(keysFolder);
  const module = (await import(pathToFileURL(keys).href)) as { readonly default?: KeyManagement };
  if (typeof module.default?.load !== 'function')
    throw new Error(`The module ${keys} is not a key management module: it exports no load()`);
  return module.default;
}

const ringOf = async (config: Config): Promise<KeyRing | undefined> =>
  config.atRest === undefined ? undefined : KeyRing.open(await managementOf(config, config.atRest.keys), SCOPES);

const PARTITIONS = 12;
const REPLICATION = 3;
const RETENTION_DAYS = 365;
const DAY = 86_400_000;
const SPOOL_BYTES = 1024 ** 3;
const SPOOL_SECONDS = 86_400;
/** How long a start waits for Kafka before it continues with the spool. */
const LATE_MILLISECONDS = 3000;

export const kafkaOptions = ({ kafka, name }: Config, hooks: BusHooks = {}): KafkaOptions => {
  if (kafka === undefined) throw new Error('The configuration names no brokers');
  const { brokers, ssl, sasl, partitions = PARTITIONS, replication = REPLICATION, makeTopics = false, prefix } = kafka;
  const { client, retentionDays = RETENTION_DAYS } = kafka;
  return {
    brokers,
    partitions,
    replication,
    makeTopics,
    retention: retentionDays * DAY,
    ordered: STREAMS,
    clientId: `interchange-${name ?? 'gateway'}`,
    ...(client === undefined ? {} : { client }),
    ...(ssl === undefined ? {} : { ssl }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(sasl === undefined
      ? {}
      : { sasl: { mechanism: sasl.mechanism, username: sasl.username, password: readFileSync(sasl.passwordFile, 'utf8').trim() } }),
    ...hooks,
  };
};

/** Opens the bus to write and read. Rejects with BusUnavailable when another process has it, or no broker answers. */
export async function openBus(config: Config, deployment: Deployment, hooks: BusHooks = {}): Promise<OpenBus> {
  const ring = await ringOf(config);
  const opened = await openPlainBus(config, deployment, hooks);
  return ring === undefined ? opened : { ...opened, bus: encryptedBus(opened.bus, ring, keyScopeOf), ring };
}

const DEPLOYMENT = 'deployment';

const foreign = (bus: string, keysFolder: string): ForeignBus =>
  new ForeignBus(
    `${bus} belongs to another deployment than the key file ${join(keysFolder, 'secret')}: restore the keys of this bus, or name their folder with keysFolder`,
  );

/** Opens the embedded bus of a data folder. Its file names its deployment, from the first start with the keys that signed its audit log. */
async function openBusFile({ dataFolder, keysFolder }: Config, deployment: Deployment, { now }: BusHooks): Promise<Bus> {
  const file = join(dataFolder, 'bus.sqlite');
  const bus = openEmbeddedBus({ file, ...(now === undefined ? {} : { now }) });
  try {
    const owner = bus.about(DEPLOYMENT);
    if (owner !== undefined && owner !== deployment.name) throw foreign(file, keysFolder);
    // For a log of another deployment, the journal reports the fault.
    if (owner === undefined && (await ownerOf(bus, deployment)) !== 'foreign') bus.say(DEPLOYMENT, deployment.name);
    return bus;
  } catch (error) {
    await bus.close();
    throw error;
  }
}

async function openOwnKafka(config: Config, deployment: Deployment, hooks: BusHooks): Promise<Bus> {
  const kafka = await openKafkaBus(kafkaOptions(config, hooks));
  try {
    if ((await ownerOf(kafka, deployment)) === 'foreign') throw foreign('What is on Kafka', config.keysFolder);
    return kafka;
  } catch (error) {
    await kafka.close();
    throw error;
  }
}

async function openPlainBus(config: Config, deployment: Deployment, hooks: BusHooks): Promise<OpenBus> {
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 });
  if (config.bus !== 'kafka') return { bus: await openBusFile(config, deployment, hooks), isShared: false };
  const { whenAway, spoolBytes = SPOOL_BYTES, spoolSeconds = SPOOL_SECONDS } = config.kafka ?? {};
  if (whenAway !== 'spool') return { bus: await openOwnKafka(config, deployment, hooks), isShared: true };
  const kafka = new LateBus(() => openKafkaBus(kafkaOptions(config, hooks)), hooks.onReplaced);
  const isOpen = await kafka.within(LATE_MILLISECONDS);
  const { promise: clear, resolve } = Promise.withResolvers<void>();
  try {
    if (kafka.refusal !== undefined) throw new BusRefused(kafka.refusal);
    const spool = await openSpool(kafka, {
      file: join(config.dataFolder, 'spool.sqlite'),
      bytes: spoolBytes,
      seconds: spoolSeconds,
      now: hooks.now ?? Date.now,
      deployment: deployment.name,
      belongs: async (bus, records) =>
        records === undefined ? (await ownerOf(bus, deployment)) !== 'foreign' : areOfThisBus(records, bus, deployment),
      ...(hooks.onReplaced === undefined ? {} : { onRefused: hooks.onReplaced }),
      ...(isOpen ? {} : { clear }),
      refusal: () => kafka.refusal,
    });
    return { bus: spool, spool, isShared: true, ...(isOpen ? {} : { away: { back: kafka.opened, clear: resolve } }) };
  } catch (error) {
    await kafka.close();
    throw error;
  }
}

/** Opens the bus for reading, even while a gateway writes to it. Undefined where there is none yet. */
export async function openBusToRead(config: Config): Promise<Bus | undefined> {
  const bus = await openPlainBusToRead(config);
  const ring = bus === undefined ? undefined : await ringOf(config);
  return bus === undefined || ring === undefined ? bus : encryptedBus(bus, ring, keyScopeOf);
}

async function openPlainBusToRead(config: Config): Promise<Bus | undefined> {
  if (config.bus === 'kafka') return openKafkaBus(kafkaOptions(config));
  const file = join(config.dataFolder, 'bus.sqlite');
  return existsSync(file) ? openEmbeddedBus({ file, readOnly: true }) : undefined;
}
