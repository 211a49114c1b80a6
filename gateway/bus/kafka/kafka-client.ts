/**
 * KafkaJS as this project uses it. It has no public call to read from a position, so what its own consumer is built on is used for that;
 * KafkaJS is not developed further, and its version is pinned, so that what is private in it does not move.
 */
import { type Admin, type ISocketFactory, type ITopicConfig, Kafka, type KafkaConfig, logLevel, type Producer } from 'kafkajs';
import openSocket from 'kafkajs/src/network/socketFactory.js';
import { BusUnavailable } from '../bus.ts';
import { isThisMachine } from '../loopback.ts';
import { correctKafkaJs } from './kafkajs-corrections.ts';
import type { SpecifiedTopic } from './topic-specification.ts';

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

/** A request as KafkaJS's connections take it. */
export interface ProtocolRequest<T> {
  readonly request: { readonly apiKey: number; readonly apiVersion: number; readonly apiName: string; encode(): Promise<object> };
  readonly response: { decode(bytes: Buffer): Promise<T>; parse(answer: T): Promise<T> };
}

/** What KafkaJS's consumer fetches with. */
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

const REQUEST_MILLISECONDS = 10_000;

/** Brokers name each other: one on this machine may send a client that shows its password to another machine. */
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
      connectionTimeout: 3000,
      requestTimeout: REQUEST_MILLISECONDS,
      // Long enough for a coordinator to move to another broker.
      retry: { retries: 10, initialRetryTime: 100, maxRetryTime: 1000 },
      // Its log may quote what it was given; what matters of it comes as errors.
      logLevel: logLevel.NOTHING,
    });
  }

  /** A producer that tries no more than once again (KafkaJS allows no less): going on is up to who knows the order (see {@link KafkaWriter}). */
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
    if (create === undefined) throw new Error('This is not the KafkaJS that is pinned');
    return create({ allowAutoTopicCreation: false, metadataMaxAge: 5000, maxInFlightRequests: 100, isolationLevel: 0 });
  }
}

/** A topic as KafkaJS makes it. */
export const creationOf = ({ name: topic, partitions, replication, settings }: SpecifiedTopic): ITopicConfig => ({
  topic,
  numPartitions: partitions,
  replicationFactor: replication,
  configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
});

/** What was wrong, without what KafkaJS quotes. */
export function kafkaReason(error: unknown): string {
  const { type, name, cause } = error as { type?: string; name?: string; cause?: unknown };
  if (type !== undefined) return type;
  return cause === undefined || cause === error ? (name ?? 'failed') : kafkaReason(cause);
}

export function unavailable(error: unknown): BusUnavailable {
  return error instanceof BusUnavailable ? error : new BusUnavailable(`Kafka cannot be used now (${kafkaReason(error)})`);
}

/** Whether the same request may be sent again: anything that KafkaJS or the broker does not call final. */
export function isRetriable(error: unknown): boolean {
  const { name, retriable, cause } = error as { name?: string; retriable?: boolean; cause?: unknown };
  // It says so of what it gave up trying, which is once here.
  if (name === 'KafkaJSNumberOfRetriesExceeded' && cause !== undefined && cause !== error) return isRetriable(cause);
  return retriable === true;
}
