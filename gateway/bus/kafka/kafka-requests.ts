/**
 * Requests of Kafka's protocol that KafkaJS does not have: quotas of principals (KIP-546), and changes of single settings (KIP-339), which
 * leave other settings unchanged.
 */

import Decoder, { type ProtocolDecoder } from 'kafkajs/src/protocol/decoder.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import { createErrorFromCode } from 'kafkajs/src/protocol/error.js';
import type { KafkaCluster } from './kafka-client.ts';
import type { Limits, Quota } from './topic-specification.ts';

const INCREMENTAL_ALTER_CONFIGS = 44;
const DESCRIBE_CLIENT_QUOTAS = 48;
const ALTER_CLIENT_QUOTAS = 49;

const TOPIC = 2;
const SET = 0;
/** Kafka's code for a filter that matches every named entity. */
const ANY_NAME = 2;

const USER = 'user';
const CLIENT_ID = 'client-id';

const nothing = () => new Encoder();

/** Sends one request and parses the answer. Throws KafkaJS's error for an error code of the protocol. */
async function ask<T>(
  cluster: KafkaCluster,
  apiKey: number,
  apiName: string,
  body: Encoder,
  read: (decoder: ProtocolDecoder) => T,
): Promise<T> {
  await cluster.refreshMetadata();
  const broker = await cluster.findControllerBroker();
  return broker.connectionPool.send({
    request: { apiKey, apiVersion: 0, apiName, encode: () => Promise.resolve(body) },
    response: {
      decode: (bytes) => {
        const decoder = new Decoder(bytes);
        decoder.readInt32(); // how long the broker held the answer back
        return Promise.resolve(read(decoder));
      },
      parse: (answer) => Promise.resolve(answer),
    },
  });
}

function mustHaveSucceeded(decoder: ProtocolDecoder): void {
  const code = decoder.readInt16();
  decoder.readString(); // its message may quote what it was given
  if (code !== 0) throw createErrorFromCode(code);
}

/** Changes settings of topics, and leaves all other settings unchanged. */
export async function setSettings(
  cluster: KafkaCluster,
  topics: readonly { readonly name: string; readonly settings: Readonly<Record<string, string>> }[],
): Promise<void> {
  const body = nothing()
    .writeArray(
      topics.map(({ name, settings }) =>
        nothing()
          .writeInt8(TOPIC)
          .writeString(name)
          .writeArray(Object.entries(settings).map(([key, value]) => nothing().writeString(key).writeInt8(SET).writeString(value))),
      ),
    )
    .writeBoolean(false);
  await ask(cluster, INCREMENTAL_ALTER_CONFIGS, 'IncrementalAlterConfigs', body, (decoder) =>
    decoder.readArray((error) => {
      mustHaveSucceeded(error);
      error.readInt8();
      error.readString();
    }),
  );
}

/** Reads the limits of every principal, and of every client id of a principal. */
export async function readQuotas(cluster: KafkaCluster): Promise<readonly Quota[]> {
  const body = nothing()
    .writeArray([nothing().writeString(USER).writeInt8(ANY_NAME).writeString(null)])
    .writeBoolean(false);
  return ask(cluster, DESCRIBE_CLIENT_QUOTAS, 'DescribeClientQuotas', body, (decoder) => {
    mustHaveSucceeded(decoder);
    return decoder.readArray((entry) => {
      const entity = Object.fromEntries(entry.readArray((part) => [part.readString() ?? '', part.readString()]));
      const limits = Object.fromEntries(entry.readArray((limit) => [limit.readString() ?? '', limit.readDouble()]));
      return { entity, limits };
    });
  }).then((entries) =>
    // An entity without a name is the default for entities without limits.
    entries.flatMap(({ entity: { [USER]: principal, [CLIENT_ID]: clientId }, limits }) =>
      typeof principal === 'string' ? [{ principal, ...(typeof clientId === 'string' ? { clientId } : {}), limits }] : [],
    ),
  );
}

/** Replaces the limits of principals and client ids. */
export async function writeQuotas(
  cluster: KafkaCluster,
  changes: readonly { readonly quota: Quota; readonly now: Limits }[],
): Promise<void> {
  const body = nothing()
    .writeArray(
      changes.map(({ quota: { principal, clientId, limits }, now }) =>
        nothing()
          .writeArray(
            [[USER, principal] as const, ...(clientId === undefined ? [] : [[CLIENT_ID, clientId] as const])].map(([type, name]) =>
              nothing().writeString(type).writeString(name),
            ),
          )
          .writeArray(
            Object.keys({ ...now, ...limits }).map((name) =>
              nothing()
                .writeString(name)
                .writeDouble(limits[name] ?? 0)
                .writeBoolean(limits[name] === undefined),
            ),
          ),
      ),
    )
    .writeBoolean(false);
  await ask(cluster, ALTER_CLIENT_QUOTAS, 'AlterClientQuotas', body, (decoder) =>
    decoder.readArray((entry) => {
      mustHaveSucceeded(entry);
      entry.readArray((part) => [part.readString(), part.readString()]);
    }),
  );
}
