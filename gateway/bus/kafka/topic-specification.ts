/**
 * The one specification of the brokers: topics with their partitions, copies and settings, grants, and quotas. `interchange topics apply`
 * makes, compares and corrects everything from it, and a gateway checks it while it runs.
 */
import { isStream } from '../record.ts';

/** A record may be as large as the largest message. */
export const MOST_RECORD_BYTES = 22 * 1024 * 1024;

/** All names of topics and consumer groups of a deployment begin with one of these, behind the deployment's prefix. */
const ROOTS = ['justice.', 'interchange.'] as const;

/** The broker's name of the cluster as a resource. */
const CLUSTER = 'kafka-cluster';

/**
 * Between a client's id and the name of its group. No client id contains it, so the groups of one client never begin with those of
 * another (docs/decisions/0016-names-of-consumer-groups.md).
 */
const GROUP_SEPARATOR = '_';

export interface TopicOptions {
  /** Of each topic of events. Streams have one. */
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

/** An entry of the brokers' access control, with the words that Kafka's own commands print. */
export interface Grant {
  readonly resource: 'topic' | 'group' | 'cluster' | 'transactional id' | 'delegation token' | 'unknown';
  readonly name: string;
  readonly pattern: 'literal' | 'prefixed';
  /** With its type: `User:wessex.cps.review`. */
  readonly principal: string;
  readonly host: string;
  readonly operation: string;
  readonly permission: 'allow' | 'deny';
}

/** Limits that the brokers hold a principal to, by Kafka's names. */
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
  /** Ids of all clients, also of those that may read nothing here. Their principals have the same names. */
  readonly clients: readonly string[];
  /** Principals of gateways. */
  readonly gateways: readonly string[];
  /** Principals outside the policy, such as that of monitoring. */
  readonly others: readonly string[];
  /** How much a client may read from each broker. */
  readonly readerBytesPerSecond: number;
  /** Whether gateways make missing topics. */
  readonly makeTopics: boolean;
}

export interface TopicSpecification extends Pick<SpecificationOptions, 'gateways' | 'clients' | 'others' | 'makeTopics'> {
  /** The prefix of this deployment's names on the brokers. */
  readonly roots: readonly string[];
  readonly topics: readonly SpecifiedTopic[];
  readonly grants: readonly Grant[];
  readonly quotas: readonly Quota[];
}

/** Partitions, copies and settings of a topic, whoever makes it. The name is without prefix. */
export function specifiedTopic(name: string, { partitions, replication, retention = -1 }: TopicOptions, prefix = ''): SpecifiedTopic {
  const isOrdered = isStream(name);
  return {
    name: prefix + name,
    partitions: isOrdered ? 1 : partitions,
    replication,
    isOrdered,
    settings: {
      // Nothing acknowledged is lost with one copy.
      'min.insync.replicas': String(Math.max(1, replication - 1)),
      'unclean.leader.election.enable': 'false',
      'max.message.bytes': String(MOST_RECORD_BYTES + 1024 * 1024),
      // Kafka removes only records that are past their retention time.
      'cleanup.policy': 'delete',
      'retention.ms': String(isOrdered ? -1 : retention),
      'retention.bytes': '-1',
      // Use the broker's clock: a wrong or forged time of a gateway must not matter.
      'message.timestamp.type': 'LogAppendTime',
      // Whatever a producer chose, brokers keep what every gateway can read, no larger than it says.
      'compression.type': 'uncompressed',
    },
  };
}

/** What the names of a client's consumer groups begin with. */
export const groupsOf = (client: string, prefix = ''): string => `${prefix}justice.${client}${GROUP_SEPARATOR}`;

const grantsOf = (
  principal: string,
  resource: Grant['resource'],
  name: string,
  operations: readonly string[],
  pattern: Grant['pattern'] = 'literal',
): readonly Grant[] =>
  operations.map((operation) => ({ resource, name, pattern, principal: `User:${principal}`, host: '*', operation, permission: 'allow' }));

/** What the brokers must have for a plan of topics and readers. */
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
      ...plan.flatMap(({ name, readers: own }) => own.flatMap((reader) => grantsOf(reader, 'topic', prefix + name, ['read', 'describe']))),
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
