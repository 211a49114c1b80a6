/**
 * Writes to Kafka with @platformatic/kafka instead of KafkaJS. It is not a dependency of the gateway: whoever wants it installs it. Everything
 * but writing stays with KafkaJS.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BusRefused } from '../bus.ts';
import {
  type AcknowledgedPartition,
  CONNECT_MILLISECONDS,
  type KafkaAccess,
  REFUSALS,
  REQUEST_MILLISECONDS,
  type WritingProducer,
} from './kafka-client.ts';

/** The name of the client in the configuration, and of its package. */
export const PLATFORMATIC = '@platformatic/kafka';
/** The version that the tests and the fault run use. */
const VERSION = '2.12.1';

interface PlatformaticMessage {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: ReadonlyMap<Buffer, Buffer>;
}

interface Connection {
  on(event: 'error', listener: () => void): unknown;
}

/** What the gateway uses of the package. */
export interface PlatformaticModule {
  readonly Producer: new (
    options: object,
  ) => {
    send(batch: { readonly messages: readonly PlatformaticMessage[] }): Promise<{ readonly offsets?: readonly Offset[] }>;
    close(isForced: boolean): Promise<void>;
    readonly connections: { on(event: 'connecting', listener: (about: { readonly connection: Connection }) => void): unknown };
  };
}

/** The version of the package that is installed. Throws an Error where none is. */
const installedVersion = (): unknown => {
  const entry = createRequire(import.meta.url).resolve(PLATFORMATIC);
  return (JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8')) as { version?: unknown }).version;
};

/**
 * Loads the client. Rejects with BusRefused where it is not installed, or another version is: its errors and retries are not documented, and
 * the tests know those of one version.
 */
export async function loadPlatformatic(versionOf: () => unknown = installedVersion): Promise<PlatformaticModule> {
  let version: unknown;
  try {
    version = versionOf();
  } catch {
    throw new BusRefused(`kafka.client is not installed: npm install ${PLATFORMATIC}@${VERSION}`);
  }
  if (version !== VERSION) throw new BusRefused(`kafka.client has another version: npm install ${PLATFORMATIC}@${VERSION}`);
  return (await import(PLATFORMATIC as string)) as PlatformaticModule;
}

const optionsOf = ({ brokers, clientId, ssl, sasl }: KafkaAccess): object => ({
  clientId,
  bootstrapBrokers: [...brokers],
  ...(ssl === true ? { tls: {}, tlsServerName: true } : {}),
  ...(sasl === undefined
    ? {}
    : {
        sasl: {
          mechanism: sasl.mechanism.toUpperCase(),
          username: sasl.username,
          password: sasl.password,
        },
      }),
  idempotent: true,
  autocreateTopics: false,
  connectTimeout: CONNECT_MILLISECONDS,
  requestTimeout: REQUEST_MILLISECONDS,
  timeout: REQUEST_MILLISECONDS,
  // The fewest with which it does not repeat a request for ever: KafkaWriter makes all other retries.
  retries: 2,
  retryDelay: 100,
});

interface ClientError {
  readonly apiId?: string;
  readonly code?: string;
  readonly canRetry?: boolean;
  readonly errors?: readonly ClientError[];
  readonly cause?: ClientError;
  /** What other brokers acknowledged. */
  readonly produced?: { readonly offsets?: readonly Offset[] };
}

interface Offset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** An error and all that it was made of. */
function* partsOf(error: ClientError): Generator<ClientError> {
  yield error;
  for (const part of error.errors ?? []) yield* partsOf(part);
  if (error.cause !== undefined) yield* partsOf(error.cause);
}

/** The code that says most: why a record is refused, else what the broker says of a partition, else what it says of nothing in particular. */
function codeOf(parts: readonly ClientError[]): string | undefined {
  const codes = parts.flatMap(({ apiId }) => apiId ?? []);
  return codes.find((code) => REFUSALS.has(code)) ?? codes.find((code) => code !== 'UNKNOWN_SERVER_ERROR') ?? codes[0];
}

/** An error as KafkaWriter knows it. The message is left out, because it may quote data. */
function writerError(error: ClientError): Error {
  const parts = [...partsOf(error)];
  const type = codeOf(parts) ?? error.code ?? 'failed';
  const isRetriable = parts.every(({ canRetry }) => canRetry !== false);
  return Object.assign(new Error(type), { type, retriable: isRetriable, acknowledged: acknowledged(error.produced?.offsets ?? []) });
}

const acknowledged = (offsets: readonly Offset[]): AcknowledgedPartition[] =>
  offsets.map(({ topic: topicName, partition, offset }) => ({ topicName, partition, errorCode: 0, baseOffset: String(offset) }));

const bytesOf = (text: string): Buffer => Buffer.from(text);

/** A producer for {@link KafkaWriter}. It connects with its first request. */
export function platformaticProducer({ Producer: Client }: PlatformaticModule, access: KafkaAccess): WritingProducer {
  const producer = new Client(optionsOf(access));
  // A connection that is reset during authentication reports that twice. Without a listener the second report would end the process.
  producer.connections.on('connecting', ({ connection }) => connection.on('error', () => undefined));
  return {
    connect: () => Promise.resolve(),
    disconnect: () => producer.close(true),
    sendBatch: async ({ topicMessages = [] }) => {
      const messages = topicMessages.flatMap(({ topic, messages: records }) =>
        records.map(({ key, value, partition = 0, headers = {} }) => ({
          topic,
          partition,
          key: bytesOf(key as string),
          value: value as Buffer,
          headers: new Map(Object.entries(headers).map(([name, text]) => [bytesOf(name), bytesOf(text as string)])),
        })),
      );
      try {
        const { offsets = [] } = await producer.send({ messages });
        return acknowledged(offsets);
      } catch (error) {
        throw writerError(error as ClientError);
      }
    },
  };
}
