/** Reads and changes topics, grants and quotas on the brokers. */
import kafkajs, { type AclEntry, type Admin } from 'kafkajs';
import { BusUnavailable } from '../bus.ts';
import { creationOf, type KafkaAccess, KafkaClient, type KafkaCluster, kafkaReason, unavailable } from './kafka-client.ts';
import { readQuotas, setSettings, writeQuotas } from './kafka-requests.ts';
import type { BrokerState, Correction, FoundTopic } from './topic-differences.ts';
import type { Grant, Quota, SpecifiedTopic, TopicSpecification } from './topic-specification.ts';

// Node cannot import the enumerations of this CommonJS module by name.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ConfigResourceTypes, ResourcePatternTypes } = kafkajs;

/** Kafka's name for a value of an enumeration of KafkaJS. */
function wordOf(enumeration: object, value: number): string {
  const name = Object.entries(enumeration).find(([, number]) => number === value)?.[0] ?? 'UNKNOWN';
  return name.toLowerCase().replaceAll('_', ' ');
}

const memberOf = <T>(enumeration: object, word: string): T =>
  (enumeration as Record<string, T>)[word.toUpperCase().replaceAll(' ', '_')] as T;

const aclOf = ({ resource, name, pattern, principal, host, operation, permission }: Grant): AclEntry => ({
  resourceType: memberOf(AclResourceTypes, resource),
  resourceName: name,
  resourcePatternType: memberOf(ResourcePatternTypes, pattern),
  principal,
  host,
  operation: memberOf(AclOperationTypes, operation),
  permissionType: memberOf(AclPermissionTypes, permission),
});

const MISSING_RIGHT = /^(?:TOPIC|CLUSTER|GROUP)_AUTHORIZATION_FAILED$/;

/** The answer to a request, or undefined where this principal may not make it. */
async function ifAllowed<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (MISSING_RIGHT.test(kafkaReason(error))) return undefined;
    throw error;
  }
}

export class KafkaAdmin {
  readonly #admin: Admin;
  readonly #cluster: KafkaCluster;

  private constructor(access: KafkaAccess) {
    const client = new KafkaClient(access);
    this.#admin = client.admin();
    this.#cluster = client.cluster();
  }

  /** Rejects with BusUnavailable when no broker answers. */
  static async open(access: KafkaAccess): Promise<KafkaAdmin> {
    const admin = new KafkaAdmin(access);
    try {
      await admin.#admin.connect();
      await admin.#cluster.connect();
      return admin;
    } catch (error) {
      await admin.close();
      throw unavailable(error);
    }
  }

  /** Reads the topics, grants and quotas in the specification's scope. Rejects with BusUnavailable. */
  async state(specification: TopicSpecification): Promise<BrokerState> {
    try {
      return {
        topics: await this.#topics(specification),
        grants: await this.#grants(),
        quotas: await ifAllowed(readQuotas(this.#cluster)),
      };
    } catch (error) {
      throw unavailable(error);
    }
  }

  async #topics({ topics: specified, roots }: TopicSpecification): Promise<readonly FoundTopic[]> {
    const { topics } = await this.#admin.fetchTopicMetadata();
    const matchingTopics = topics.filter(({ name }) => roots.some((root) => name.startsWith(root)));
    const names = new Set(specified.map(({ name }) => name));
    const settings = await this.#settings(matchingTopics.map(({ name }) => name).filter((name) => names.has(name)));
    return matchingTopics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.length,
      replication: Math.min(...partitions.map(({ replicas }) => replicas.length)),
      settings: settings?.get(name),
    }));
  }

  async #settings(names: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<string, string>>> | undefined> {
    if (names.length === 0) return new Map();
    const resources = names.map((name) => ({ type: ConfigResourceTypes.TOPIC, name }));
    const found = await ifAllowed(this.#admin.describeConfigs({ resources: resources, includeSynonyms: false }));
    if (found === undefined) return undefined;
    return new Map(
      found.resources.map(({ resourceName, configEntries }) => [
        resourceName,
        Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    );
  }

  async #grants(): Promise<BrokerState['grants']> {
    const everything = {
      resourceType: AclResourceTypes.ANY,
      resourcePatternType: ResourcePatternTypes.ANY,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ANY,
    };
    try {
      const { resources } = await this.#admin.describeAcls(everything);
      return resources.flatMap(({ resourceType, resourceName: name, resourcePatternType, acls }) =>
        acls.map(({ principal, host, operation, permissionType }) => ({
          resource: wordOf(AclResourceTypes, resourceType) as Grant['resource'],
          pattern: wordOf(ResourcePatternTypes, resourcePatternType) as Grant['pattern'],
          permission: wordOf(AclPermissionTypes, permissionType) as Grant['permission'],
          operation: wordOf(AclOperationTypes, operation),
          name,
          principal,
          host,
        })),
      );
    } catch (error) {
      if (kafkaReason(error) === 'SECURITY_DISABLED') return 'none';
      if (MISSING_RIGHT.test(kafkaReason(error))) return undefined;
      throw error;
    }
  }

  /** Makes corrections: adds grants before it removes others. Rejects with BusUnavailable. */
  async correct(corrections: readonly Correction[], { quotas = [] }: BrokerState): Promise<void> {
    const make = corrections.flatMap((correction) => ('make' in correction ? [correction.make] : []));
    const set = corrections.flatMap((correction) => ('set' in correction ? [correction] : []));
    const give = corrections.flatMap((correction) => ('give' in correction ? [aclOf(correction.give)] : []));
    const take = corrections.flatMap((correction) => ('take' in correction ? [aclOf(correction.take)] : []));
    const limit = corrections.flatMap((correction) => ('limit' in correction ? [correction.limit] : []));
    const now = ({ principal, clientId }: Quota) =>
      quotas.find((quota) => quota.principal === principal && quota.clientId === clientId)?.limits ?? {};
    try {
      if (make.length > 0) await this.#make(make);
      const byTopic = Map.groupBy(set, (correction) => correction.set);
      const changes = [...byTopic].map(([name, ofTopic]) => ({
        name,
        settings: Object.assign({}, ...ofTopic.map(({ settings }) => settings)),
      }));
      if (changes.length > 0) await setSettings(this.#cluster, changes);
      if (give.length > 0) await this.#admin.createAcls({ acl: give });
      if (take.length > 0) await this.#admin.deleteAcls({ filters: take });
      if (limit.length > 0)
        await writeQuotas(
          this.#cluster,
          limit.map((quota) => ({ quota, now: now(quota) })),
        );
    } catch (error) {
      throw unavailable(error);
    }
  }

  async #make(topics: readonly SpecifiedTopic[]): Promise<void> {
    await this.#admin.createTopics({ waitForLeaders: false, topics: topics.map(creationOf) });
    await this.#led(topics.map(({ name }) => name));
  }

  /** Resolves when every topic has its leaders. Busy brokers do not know a new topic for a while, and KafkaJS does not wait for that. */
  async #led(names: readonly string[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { topics } = await this.#admin.fetchTopicMetadata({ topics: [...names] });
        if (topics.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0))) return;
      } catch (error) {
        if (attempt >= LEADER_ATTEMPTS || !LEADERLESS.has(kafkaReason(error))) throw error;
      }
      if (attempt >= LEADER_ATTEMPTS) throw new BusUnavailable('The new topics have no leaders');
      await new Promise((resolve) => setTimeout(resolve, LEADER_MILLISECONDS));
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#admin.disconnect(), this.#cluster.disconnect()]);
  }
}

const LEADERLESS = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);
const LEADER_ATTEMPTS = 60;
const LEADER_MILLISECONDS = 250;
