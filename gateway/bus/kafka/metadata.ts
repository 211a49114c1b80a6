/** Asks a broker for the id of its cluster, and for all topics with their ids, which KafkaJS does not read (KIP-516, Kafka 2.8). */
import Decoder, { type ProtocolDecoder } from 'kafkajs/src/protocol/decoder.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import { BusUnavailable } from '../bus.ts';
import type { KafkaCluster } from './kafka-client.ts';
import { pause } from './reader.ts';

/** A topic on the brokers. */
export interface FoundTopic {
  readonly name: string;
  readonly id: string;
  readonly partitions: number;
}

export interface ClusterMetadata {
  readonly cluster: string;
  readonly topics: readonly FoundTopic[];
}

const METADATA = 3;
/** The first version of the request with topic ids. */
const VERSION = 10;
const ID_BYTES = 16;
const ATTEMPTS = 5;
const DELAY_MILLISECONDS = 150;

const skipNumbers = (decoder: ProtocolDecoder): void => void decoder.readUVarIntArray((number) => number.readInt32());

function skipBroker(decoder: ProtocolDecoder): void {
  decoder.readInt32();
  decoder.readUVarIntString();
  decoder.readInt32();
  decoder.readUVarIntString();
  decoder.readTaggedFields();
}

function skipPartition(decoder: ProtocolDecoder): void {
  decoder.readInt16();
  for (const _ of ['number', 'leader', 'epoch of the leader']) decoder.readInt32();
  for (const _ of ['replicas', 'in-sync replicas', 'offline replicas']) skipNumbers(decoder);
  decoder.readTaggedFields();
}

function topicOf(decoder: ProtocolDecoder): FoundTopic & { readonly error: number } {
  const error = decoder.readInt16();
  const name = decoder.readUVarIntString() ?? '';
  const id = decoder.readBytes(ID_BYTES)?.toString('hex') ?? '';
  decoder.readBoolean(); // whether it is Kafka's own
  const partitions = (decoder.readUVarIntArray(skipPartition) ?? []).length;
  decoder.readInt32(); // what the asker may do with it
  decoder.readTaggedFields();
  return { error, name, id, partitions };
}

/** Parses an answer of version 10, after its correlation id. */
function metadataOf(bytes: Buffer): ClusterMetadata {
  const decoder = new Decoder(bytes);
  decoder.readTaggedFields();
  decoder.readInt32(); // how long the broker held it back
  decoder.readUVarIntArray(skipBroker);
  const cluster = decoder.readUVarIntString() ?? '';
  decoder.readInt32(); // the controller
  const topics = decoder.readUVarIntArray(topicOf) ?? [];
  return { cluster, topics: topics.filter(({ error, partitions }) => error === 0 && partitions > 0) };
}

/** A request for all topics, which makes none: header tags, null for the list of topics, three flags that are off, and tags. */
const request = (): Encoder =>
  new Encoder().writeInt8(0).writeInt8(0).writeBoolean(false).writeBoolean(false).writeBoolean(false).writeInt8(0);

export class KafkaMetadata {
  readonly #cluster: KafkaCluster;

  constructor(cluster: KafkaCluster) {
    this.#cluster = cluster;
  }

  /** Rejects when no broker answers, and with BusUnavailable when they are older than Kafka 2.8. */
  async read(): Promise<ClusterMetadata> {
    for (let attempt = 1; ; attempt++)
      try {
        return await this.#ask();
      } catch (error) {
        if (error instanceof BusUnavailable || attempt === ATTEMPTS) throw error;
        await pause(DELAY_MILLISECONDS);
      }
  }

  async #ask(): Promise<ClusterMetadata> {
    await this.#cluster.connect();
    const { versions, connectionPool } = await this.#cluster.brokerPool.findConnectedBroker();
    if ((versions?.[METADATA]?.maxVersion ?? 0) < VERSION)
      throw new BusUnavailable('The brokers are too old: only Kafka 2.8 and later show when a topic was deleted and made again');
    return connectionPool.send({
      request: { apiKey: METADATA, apiVersion: VERSION, apiName: 'Metadata', encode: () => Promise.resolve(request()) },
      response: { decode: (bytes) => Promise.resolve(metadataOf(bytes)), parse: (answer) => Promise.resolve(answer) },
    });
  }

  async close(): Promise<void> {
    await this.#cluster.disconnect();
  }
}
