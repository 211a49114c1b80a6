/**
 * Writes to Kafka with @platformatic/kafka instead of KafkaJS. It is not a dependency of the gateway: whoever wants it installs it. Everything
 * but writing stays with KafkaJS.
 */
import { BusRefused } from '../bus.ts';
import type { KafkaAccess, WritingProducer } from './kafka-client.ts';

/** The name of the client in the configuration, and of its package. */
export const PLATFORMATIC = '@platformatic/kafka';
/** The version that the tests and the fault run use. */
const VERSION = '2.12.1';

const REQUEST_MILLISECONDS = 10_000;

interface PlatformaticMessage {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: ReadonlyMap<Buffer, Buffer>;
}

/** What the gateway uses of the package. */
export interface PlatformaticModule {
  readonly Producer: new (
    options: object,
  ) => {
    send(batch: { readonly messages: readonly PlatformaticMessage[] }): Promise<{ readonly offsets?: readonly Offset[] }>;
    close(isForced: boolean): Promise<void>;
  };
}

/** Loads the client. Rejects with BusRefused where it is not installed. */
export async function loadPlatformatic(load: (name: string) => Promise<unknown> = (name) => import(name)): Promise<PlatformaticModule> {
  try {
    return (await load(PLATFORMATIC)) as PlatformaticModule;
  } catch {
    throw new BusRefused(`kafka.client is not installed: npm install ${PLATFORMATIC}@${VERSION}`);
  }
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
  connectTimeout: 3000,
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

/** An error as KafkaWriter knows it: a code, and whether the same producer can go on. The message is left out, because it may quote data. */
function writerError(error: ClientError): Error {
  const parts = [...partsOf(error)];
  const type = parts.find(({ apiId }) => apiId !== undefined)?.apiId ?? error.code ?? 'failed';
  return Object.assign(new Error(type), { type, retriable: parts.every(({ canRetry }) => canRetry !== false) });
}

const acknowledged = (offsets: readonly Offset[]) =>
  offsets.map(({ topic: topicName, partition, offset }) => ({ topicName, partition, errorCode: 0, baseOffset: String(offset) }));

const bytesOf = (text: string): Buffer => Buffer.from(text);

/** A producer for {@link KafkaWriter}. It connects with its first request. */
export function platformaticProducer({ Producer: Client }: PlatformaticModule, access: KafkaAccess): WritingProducer {
  const producer = new Client(optionsOf(access));
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
        const { produced } = error as ClientError;
        // The writer sends the rest again, and not what a broker has acknowledged.
        if (produced?.offsets !== undefined && produced.offsets.length > 0) return acknowledged(produced.offsets);
        throw writerError(error as ClientError);
      }
    },
  };
}
