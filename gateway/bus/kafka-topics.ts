/** Makes topics on the brokers, and says who may read them there. */
import kafkajs, { type AclEntry, type AclOperationTypes } from 'kafkajs';
import { BusUnavailable } from './bus.ts';
import { type KafkaOptions, topicSettings } from './kafka.ts';
import { KafkaClient, unavailable } from './kafka-client.ts';
import { isStream } from './record.ts';

// Of its enumerations Node finds no names to import.
const { AclOperationTypes: Operation, AclPermissionTypes: Permission, AclResourceTypes: Resource, ResourcePatternTypes: Pattern } = kafkajs;

export interface WantedTopic {
  readonly name: string;
  /** Principals that may read it, and no others. */
  readonly readers: readonly string[];
}

export interface ApplyOptions extends KafkaOptions {
  /** Milliseconds that events are kept; streams are kept for ever. */
  readonly retention: number;
  readonly dryRun: boolean;
}

/** One thing that was done, or that a dry run would do. */
export interface Change {
  readonly kind: 'topic' | 'grant' | 'revocation' | 'partitions differ';
  readonly topic: string;
  readonly principal?: string;
}

const aclOf = (topic: string, principal: string, operation: AclOperationTypes): AclEntry => ({
  resourceType: Resource.TOPIC,
  resourceName: topic,
  resourcePatternType: Pattern.LITERAL,
  principal: `User:${principal}`,
  host: '*',
  operation,
  permissionType: Permission.ALLOW,
});

/** A consumer's own groups: named after it, so that none can disturb another's. */
const groupAclOf = (principal: string): AclEntry => ({
  ...aclOf(`${principal}.`, principal, Operation.READ),
  resourceType: Resource.GROUP,
  resourcePatternType: Pattern.PREFIXED,
});

/** Brings the brokers to what is wanted. Topics are never removed or made smaller. Rejects with BusUnavailable. */
export async function applyTopics(wanted: readonly WantedTopic[], options: ApplyOptions): Promise<readonly Change[]> {
  const { partitions, replication, retention, dryRun, prefix = '' } = options;
  const admin = new KafkaClient(options).admin();
  const changes: Change[] = [];
  try {
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata();
    const there = new Map(topics.map(({ name, partitions: own }) => [name, own.length]));
    const make = wanted.filter(({ name }) => !there.has(prefix + name));
    for (const { name } of wanted) {
      const count = there.get(prefix + name);
      if (count === undefined) changes.push({ kind: 'topic', topic: name });
      else if (count !== (isStream(name) ? 1 : partitions)) changes.push({ kind: 'partitions differ', topic: name });
    }
    if (!dryRun && make.length > 0) {
      await admin.createTopics({
        waitForLeaders: false,
        topics: make.map(({ name }) => ({
          topic: prefix + name,
          numPartitions: isStream(name) ? 1 : partitions,
          replicationFactor: replication,
          configEntries: [...topicSettings(replication), { name: 'retention.ms', value: String(isStream(name) ? -1 : retention) }],
        })),
      });
      await led(
        admin,
        make.map(({ name }) => prefix + name),
      );
    }
    changes.push(...(await applyGrants(admin, wanted, prefix, dryRun)));
    return changes;
  } catch (error) {
    throw unavailable(error);
  } finally {
    await admin.disconnect();
  }
}

/** Resolves when every topic has its leaders. Brokers that are busy know nothing of a new topic for a while: KafkaJS gives up then. */
async function led(admin: ReturnType<KafkaClient['admin']>, names: readonly string[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
      if (topics.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0))) return;
    } catch (error) {
      if (attempt >= LEADER_ATTEMPTS || !LEADERLESS.has((error as { type?: string }).type ?? '')) throw error;
    }
    if (attempt >= LEADER_ATTEMPTS) throw new BusUnavailable('The new topics have no leaders');
    await new Promise((resolve) => setTimeout(resolve, LEADER_MILLISECONDS));
  }
}

const LEADERLESS = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);
const LEADER_ATTEMPTS = 60;
const LEADER_MILLISECONDS = 250;

/** A grant that the plan does not have is taken back: a clearance may have been lowered. */
async function applyGrants(
  admin: ReturnType<KafkaClient['admin']>,
  wanted: readonly WantedTopic[],
  prefix: string,
  dryRun: boolean,
): Promise<readonly Change[]> {
  const { resources } = await admin
    .describeAcls({
      resourceType: Resource.TOPIC,
      resourcePatternType: Pattern.LITERAL,
      operation: Operation.READ,
      permissionType: Permission.ALLOW,
    })
    // Brokers without an authorizer have no grants to give.
    .catch((error: { type?: string }) => {
      if (error.type === 'SECURITY_DISABLED') return { resources: undefined };
      throw error;
    });
  if (resources === undefined) return [];
  const held = new Set(resources.flatMap(({ resourceName, acls }) => acls.map(({ principal }) => `${resourceName} ${principal}`)));
  const changes: Change[] = [];
  const give: AclEntry[] = [];
  for (const { name, readers } of wanted) {
    for (const principal of readers) {
      if (held.delete(`${prefix}${name} User:${principal}`)) continue;
      changes.push({ kind: 'grant', topic: name, principal });
      for (const operation of [Operation.READ, Operation.DESCRIBE]) give.push(aclOf(prefix + name, principal, operation));
    }
  }
  const principals = new Set(wanted.flatMap(({ readers }) => readers));
  give.push(...[...principals].map(groupAclOf));
  const names = new Set(wanted.map(({ name }) => prefix + name));
  const take = [...held]
    .sort()
    .map((one) => one.split(' User:'))
    .filter(([topic = '']) => names.has(topic));
  for (const [topic = '', principal = ''] of take) changes.push({ kind: 'revocation', topic: topic.slice(prefix.length), principal });
  if (dryRun) return changes;
  if (give.length > 0) await admin.createAcls({ acl: give });
  for (const [topic = '', principal = ''] of take)
    await admin.deleteAcls({
      filters: [Operation.READ, Operation.DESCRIBE].map((operation) => aclOf(topic, principal, operation)),
    });
  return changes;
}
