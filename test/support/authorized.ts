/** Reads the rights of a principal from the brokers (KIP-430). */
import Decoder, { type ProtocolDecoder } from 'kafkajs/src/protocol/decoder.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import { type KafkaAccess, KafkaClient } from '../../gateway/bus/kafka/kafka-client.ts';

const METADATA = 3;
const METADATA_VERSION = 8;
const DESCRIBE_GROUPS = 15;
const DESCRIBE_GROUPS_VERSION = 3;

/** The codes of a coordinator that does not answer yet. */
const LOADING = new Set([14, 15, 16]);

/** By the place of their bit. */
const OPERATIONS = new Map([
  [3, 'read'],
  [4, 'write'],
  [5, 'create'],
  [6, 'delete'],
  [7, 'alter'],
  [8, 'describe'],
  [9, 'cluster action'],
  [10, 'describe configs'],
  [11, 'alter configs'],
  [12, 'idempotent write'],
]);

const operationsOf = (bits: number): readonly string[] =>
  [...OPERATIONS].filter(([place]) => bits > 0 && (bits & (1 << place)) !== 0).map(([, name]) => name);

const list = (names: readonly string[]) => new Encoder().writeArray(names.map((name) => new Encoder().writeString(name)));
const ids = (decoder: ProtocolDecoder) => decoder.readArray((item) => item.readInt32());

export interface Authorized {
  readonly cluster: readonly string[];
  readonly topics: Readonly<Record<string, readonly string[]>>;
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

/** Operations that a principal may do with topics, groups and the cluster, from this machine. */
export async function authorized(access: KafkaAccess, topics: readonly string[], groups: readonly string[]): Promise<Authorized> {
  const cluster = new KafkaClient(access).cluster();
  await cluster.connect();
  try {
    await cluster.refreshMetadata();
    const { connectionPool } = await cluster.findControllerBroker();
    const ask = <T>(apiKey: number, apiVersion: number, body: object, read: (decoder: ProtocolDecoder) => T): Promise<T> =>
      connectionPool.send({
        request: { apiKey, apiVersion, apiName: 'test', encode: () => Promise.resolve(body) },
        response: { decode: (bytes) => Promise.resolve(read(new Decoder(bytes))), parse: (answer) => Promise.resolve(answer) },
      });
    const metadata = list(topics).writeBoolean(false).writeBoolean(true).writeBoolean(true);
    const ofTopics = await ask(METADATA, METADATA_VERSION, metadata, (decoder) => {
      decoder.readInt32();
      decoder.readArray((broker) => [broker.readInt32(), broker.readString(), broker.readInt32(), broker.readString()]);
      decoder.readString();
      decoder.readInt32();
      const all = decoder.readArray((topic) => {
        topic.readInt16();
        const name = topic.readString() ?? '';
        topic.readInt8();
        topic.readArray((part) => [
          part.readInt16(),
          part.readInt32(),
          part.readInt32(),
          part.readInt32(),
          ids(part),
          ids(part),
          ids(part),
        ]);
        return [name, operationsOf(topic.readInt32())] as const;
      });
      return { topics: Object.fromEntries(all), cluster: operationsOf(decoder.readInt32()) };
    });
    const ofGroups = () =>
      ask(DESCRIBE_GROUPS, DESCRIBE_GROUPS_VERSION, list(groups).writeBoolean(true), (decoder) => {
        decoder.readInt32();
        return decoder.readArray((group) => {
          const isLoading = LOADING.has(group.readInt16());
          const name = group.readString() ?? '';
          for (let part = 0; part < 3; part++) group.readString();
          // Nobody is in these groups.
          group.readInt32();
          return { isLoading, name, operations: operationsOf(group.readInt32()) };
        });
      });
    let found = await ofGroups();
    while (found.some(({ isLoading }) => isLoading)) found = await ofGroups();
    return { ...ofTopics, groups: Object.fromEntries(found.map(({ name, operations }) => [name, operations])) };
  } finally {
    await cluster.disconnect();
  }
}
