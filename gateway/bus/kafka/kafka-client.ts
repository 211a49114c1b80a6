/**
 * Connects to Kafka with KafkaJS. KafkaJS has no public call to read from an offset, so this project uses the private classes of its consumer.
 * They do not change: KafkaJS is no longer developed, and its version is pinned.
 */
import {
  type Admin,
  type ISocketFactory,
  type ITopicConfig,
  Kafka,
  type KafkaConfig,
  logLevel,
  type Producer,
  type RecordMetadata,
} from 'kafkajs';
import openSocket from 'kafkajs/src/network/socketFactory.js';
import { BusUnavailable } from '../bus.ts';
import { isThisMachine } from '../loopback.ts';
import { correctKafkaJs } from './kafkajs-corrections.ts';
import type { SpecifiedTopic } from './topic-specification.ts';

/** The clients that can write to Kafka, by their packages. */
export type KafkaClientName = 'kafkajs' | '@platformatic/kafka';

/**
 * What {@link KafkaWriter} uses of a producer. An error can say with `acknowledged` what other brokers acknowledged of the same request.
 */
export type WritingProducer = Pick<Producer, 'connect' | 'disconnect' | 'sendBatch'>;

/** What the brokers acknowledge of a partition. */
export type AcknowledgedPartition = RecordMetadata;

/** The codes of records that a broker never takes. */
export const REFUSALS: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'CORRUPT_MESSAGE',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
]);

/** How to reach the brokers. */
export interface KafkaAccess {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: boolean;
  readonly sasl?: { readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; readonly username: string; readonly password: string };
}

/** One partition in a fetch response. */
export interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  readonly messages: readonly {
    readonly offset: string;
    readonly timestamp: string;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: Readonly<Record<string, Buffer | readonly Buffer[]>>;
    readonly isControlRecord?: boolean;
  }[];
}

interface FetchRequest {
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly fetchOffset: string; readonly maxBytes: number }[];
  }[];
}

/** A request in the form that KafkaJS's connections send. */
export interface ProtocolRequest<T> {
  readonly request: { readonly apiKey: number; readonly apiVersion: number; readonly apiName: string; encode(): Promise<object> };
  readonly response: { decode(bytes: Buffer): Promise<T>; parse(answer: T): Promise<T> };
}

/** The private class that KafkaJS's consumer fetches with. */
export interface KafkaCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  readonly brokerPool: {
    findConnectedBroker(): Promise<{
      readonly versions: Readonly<Record<number, { readonly maxVersion: number }>> | null;
      readonly connectionPool: { send<T>(request: ProtocolRequest<T>): Promise<T> };
    }>;
  };
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number; readonly leader: number }[];
  findBroker(node: { readonly nodeId: string }): Promise<{
    fetch(
      request: FetchRequest,
    ): Promise<{ readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[] }>;
  }>;
  findControllerBroker(): Promise<{ readonly connectionPool: { send<T>(request: ProtocolRequest<T>): Promise<T> } }>;
  fetchTopicsOffset(
    topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
      readonly fromBeginning?: boolean;
      readonly fromTimestamp?: number;
    }[],
  ): Promise<
    readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number; readonly offset: string }[] }[]
  >;
}

/** How long a client waits for a connection, and for the answer to a request. */
export const CONNECT_MILLISECONDS = 3000;
export const REQUEST_MILLISECONDS = 10_000;

/** Refuses connections to other machines: a broker on this machine could redirect a client, with its password, to another machine. */
const withinThisMachine: ISocketFactory = (options) => {
  if (!isThisMachine(options.host)) throw new BusUnavailable('SASL PLAIN without TLS is only for brokers on this machine: set kafka.ssl');
  return openSocket()(options);
};

/** Connections of one bus. */
export class KafkaClient {
  readonly #kafka: Kafka;

  constructor({ brokers, clientId, ssl, sasl }: KafkaAccess) {
    correctKafkaJs();
    this.#kafka = new Kafka({
      brokers: [...brokers],
      clientId,
      ssl: ssl ?? false,
      ...(sasl?.mechanism === 'plain' && ssl !== true ? { socketFactory: withinThisMachine } : {}),
      ...(sasl === undefined ? {} : { sasl: sasl as NonNullable<KafkaConfig['sasl']> }),
      connectionTimeout: CONNECT_MILLISECONDS,
      requestTimeout: REQUEST_MILLISECONDS,
      // Long enough for a coordinator to move to another broker.
      retry: { retries: 10, initialRetryTime: 100, maxRetryTime: 1000 },
      // KafkaJS's log may quote data. Everything that matters is also reported as an error.
      logLevel: logLevel.NOTHING,
    });
  }

  /** A producer with one retry, the fewest that KafkaJS allows. {@link KafkaWriter}, which knows the order of records, makes all other retries. */
  producer(): Producer {
    return this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
      retry: { retries: 1, initialRetryTime: 50, maxRetryTime: 200 },
    });
  }

  admin(): Admin {
    return this.#kafka.admin();
  }

  cluster(): KafkaCluster {
    const symbol = Object.getOwnPropertySymbols(this.#kafka).find(({ description }) => description === 'private:Kafka:createCluster');
    const create = (this.#kafka as unknown as Record<symbol, (options: object) => KafkaCluster>)[symbol as symbol];
    if (create === undefined) throw new Error('This is not the pinned version of KafkaJS');
    return create({ allowAutoTopicCreation: false, metadataMaxAge: 5000, maxInFlightRequests: 100, isolationLevel: 0 });
  }
}

/** A specified topic, in the form of KafkaJS. */
export const creationOf = ({ name: topic, partitions, replication, settings }: SpecifiedTopic): ITopicConfig => ({
  topic,
  numPartitions: partitions,
  replicationFactor: replication,
  configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
});

/** The code of an error, without its message, which may quote data. */
export function kafkaReason(error: unknown): string {
  const { type, name, cause } = error as { type?: string; name?: string; cause?: unknown };
  if (type !== undefined) return type;
  return cause === undefined || cause === error ? (name ?? 'failed') : kafkaReason(cause);
}

export function unavailable(error: unknown): BusUnavailable {
  return error instanceof BusUnavailable ? error : new BusUnavailable(`Kafka cannot be used now (${kafkaReason(error)})`);
}

/** Whether the same request may be sent again: after any error that neither KafkaJS nor the broker calls final. */
export function isRetriable(error: unknown): boolean {
  const { name, retriable, cause } = error as { name?: string; retriable?: boolean; cause?: unknown };
  // KafkaJS calls every error final when its retries are used up. Its cause decides.
  if (name === 'KafkaJSNumberOfRetriesExceeded' && cause !== undefined && cause !== error) return isRetriable(cause);
  return retriable === true;
}
