/**
 * The one specification of the brokers: topics with their partitions, copies and settings, grants, and quotas. `interchange topics apply`
 * makes, compares and corrects everything from it, and a gateway checks it while it runs.
 */
import { isStream } from '../record.ts';

/** The largest record: as large as the largest message. */
export const MOST_RECORD_BYTES = 22 * 1024 * 1024;

/** The names of all topics and consumer groups begin with the deployment's prefix and one of these. */
const ROOTS = ['justice.', 'interchange.'] as const;

/** Kafka's resource name for the cluster. */
const CLUSTER = 'kafka-cluster';

/**
 * Separates a client's id from the name of its group. No client id contains it, so no client's id and separator are the beginning of another
 * client's group (docs/decisions/0016-names-of-consumer-groups.md).
 */
const GROUP_SEPARATOR = '_';

export interface TopicOptions {
  /** The number of partitions of each topic of events. Streams have one. */
  readonly partitions: number;
  readonly replication: number;
  /** How long events are kept, in milliseconds. Streams are kept permanently. Default: permanently. */
  readonly retention?: number;
}

/** A topic, by its name on the brokers. */
export interface SpecifiedTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replication: number;
  /** Settings of the topic, by Kafka's names. */
  readonly settings: Readonly<Record<string, string>>;
  /** Whether its records must have one order, and so one partition. */
  readonly isOrdered: boolean;
}

/** An entry of the brokers' access control, in the words of Kafka's commands. */
export interface Grant {
  readonly resource: 'topic' | 'group' | 'cluster' | 'transactional id' | 'delegation token' | 'unknown';
  readonly name: string;
  readonly pattern: 'literal' | 'prefixed';
  /** With its type, for example `User:wessex.cps.review`. */
  readonly principal: string;
  readonly host: string;
  readonly operation: string;
  readonly permission: 'allow' | 'deny';
}

/** The limits of a principal, by Kafka's names. */
export type Limits = Readonly<Record<string, number>>;

/** Limits of a principal, or of one client id of a principal. */
export interface Quota {
  /** Without its type. */
  readonly principal: string;
  readonly clientId?: string;
  readonly limits: Limits;
}

/** A topic of the policy and the clients that may read it. */
export interface PlannedReaders {
  readonly name: string;
  readonly readers: readonly string[];
}

export interface SpecificationOptions extends TopicOptions {
  readonly prefix?: string;
  /** The ids of all clients, including those that may not read the bus. Their principals have the same names. */
  readonly clients: readonly string[];
  /** Principals of gateways. */
  readonly gateways: readonly string[];
  /** Principals outside the policy, such as that of monitoring. */
  readonly others: readonly string[];
  /** How many bytes per second a client may read from each broker. */
  readonly readerBytesPerSecond: number;
  /** Whether gateways make missing topics. */
  readonly makeTopics: boolean;
}

export interface TopicSpecification extends Pick<SpecificationOptions, 'gateways' | 'clients' | 'others' | 'makeTopics'> {
  /** The beginnings of this deployment's names on the brokers. */
  readonly roots: readonly string[];
  readonly topics: readonly SpecifiedTopic[];
  readonly grants: readonly Grant[];
  readonly quotas: readonly Quota[];
}

/** The partitions, copies and settings of a topic. The name is without prefix. */
export function specifiedTopic(name: string, { partitions, replication, retention = -1 }: TopicOptions, prefix = ''): SpecifiedTopic {
  const isOrdered = isStream(name);
  return {
    name: prefix + name,
    partitions: isOrdered ? 1 : partitions,
    replication,
    isOrdered,
    settings: {
      // The loss of one copy must not lose an acknowledged record.
      'min.insync.replicas': String(Math.max(1, replication - 1)),
      'unclean.leader.election.enable': 'false',
      'max.message.bytes': String(MOST_RECORD_BYTES + 1024 * 1024),
      // Kafka removes only records that are past their retention time.
      'cleanup.policy': 'delete',
      'retention.ms': String(isOrdered ? -1 : retention),
      'retention.bytes': '-1',
      // Use the broker's clock: a wrong or forged time of a gateway must not matter.
      'message.timestamp.type': 'LogAppendTime',
      // Brokers store records uncompressed, whatever the producer chose, so that every gateway can read them and sizes are accurate.
      'compression.type': 'uncompressed',
    },
  };
}

/** The prefix of the names of a client's consumer groups. */
export const groupsOf = (client: string, prefix = ''): string => `${prefix}justice.${client}${GROUP_SEPARATOR}`;

const grantsOf = (
  principal: string,
  resource: Grant['resource'],
  name: string,
  operations: readonly string[],
  pattern: Grant['pattern'] = 'literal',
): readonly Grant[] =>
  operations.map((operation) => ({ resource, name, pattern, principal: `User:${principal}`, host: '*', operation, permission: 'allow' }));

/** Specifies the brokers' topics, grants and quotas for a plan of topics and readers. */
export function specify(plan: readonly PlannedReaders[], options: SpecificationOptions): TopicSpecification {
  const { prefix = '', clients, gateways, others, readerBytesPerSecond, makeTopics } = options;
  const readers = [...new Set(plan.flatMap((topic) => topic.readers))];
  const roots = ROOTS.map((root) => prefix + root);
  return {
    roots,
    clients,
    gateways,
    others,
    makeTopics,
    topics: plan.map(({ name }) => specifiedTopic(name, options, prefix)),
    grants: [
      ...plan.flatMap(({ name, readers: topicReaders }) =>
        topicReaders.flatMap((reader) => grantsOf(reader, 'topic', prefix + name, ['read', 'describe'])),
      ),
      ...readers.flatMap((reader) => grantsOf(reader, 'group', groupsOf(reader, prefix), ['read'], 'prefixed')),
      ...gateways.flatMap((gateway) => [
        ...plan.flatMap(({ name }) => grantsOf(gateway, 'topic', prefix + name, ['read', 'write', 'describe', 'describe configs'])),
        // To check grants and quotas.
        ...grantsOf(gateway, 'cluster', CLUSTER, ['describe', 'describe configs']),
      ]),
    ],
    quotas: readers.map((principal) => ({ principal, limits: { consumer_byte_rate: readerBytesPerSecond } })),
  };
}
