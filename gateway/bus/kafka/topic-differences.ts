/** Compares the brokers with the specification, and finds the correction of each difference. */
import type { Grant, Limits, Quota, SpecifiedTopic, TopicSpecification } from './topic-specification.ts';

/** A topic on the brokers. */
export interface FoundTopic {
  readonly name: string;
  readonly partitions: number;
  /** The number of copies of the partition with the fewest copies. */
  readonly replication: number;
  /** The settings in force. Undefined where this principal may not read them. */
  readonly settings: Readonly<Record<string, string>> | undefined;
}

/** The state of the brokers. `undefined` where this principal may not read it, `none` where the brokers have no access control. */
export interface BrokerState {
  readonly topics: readonly FoundTopic[];
  readonly grants: readonly Grant[] | 'none' | undefined;
  readonly quotas: readonly Quota[] | undefined;
}

/** The correction of a difference. */
export type Correction =
  | { readonly make: SpecifiedTopic }
  | { readonly set: string; readonly settings: Readonly<Record<string, string>> }
  | { readonly give: Grant }
  | { readonly take: Grant }
  | { readonly limit: Quota };

export type DifferenceKind =
  | 'missing topic'
  | 'foreign topic'
  | 'partitions'
  | 'replication'
  | 'setting'
  | 'missing grant'
  | 'stray grant'
  | 'denial'
  | 'quota'
  | 'unchecked';

/**
 * `serious`: the difference breaks a promise: records or their order can be lost, or somebody can read records without clearance. `accepted`:
 * the configuration allows the difference.
 */
export type Severity = 'serious' | 'minor' | 'accepted';

export interface Difference {
  readonly kind: DifferenceKind;
  /** The topic, group or other resource, by its name on the brokers. */
  readonly resource: string;
  readonly principal?: string;
  /** The actual and the specified value. */
  readonly detail: string;
  readonly severity: Severity;
  readonly correction?: Correction;
  /** Why `topics apply` does not correct it. */
  readonly leftAlone?: string;
}

/** All differences, those of topics first. */
export function differences(specification: TopicSpecification, state: BrokerState): readonly Difference[] {
  return [
    ...topicDifferences(specification, state.topics),
    ...(state.grants === 'none' ? [] : grantDifferences(specification, state.grants)),
    // Without access control there are no principals to limit.
    ...(state.grants === 'none' ? [] : quotaDifferences(specification, state.quotas)),
  ];
}

function topicDifferences({ topics, roots, makeTopics }: TopicSpecification, found: readonly FoundTopic[]): readonly Difference[] {
  const byName = new Map(found.map((topic) => [topic.name, topic]));
  const specified = new Set(topics.map(({ name }) => name));
  const foreign = found.filter(({ name }) => !specified.has(name) && roots.some((root) => name.startsWith(root)));
  return [
    ...topics.flatMap((topic) => {
      const existing = byName.get(topic.name);
      if (existing !== undefined) return differencesOf(topic, existing);
      // With `makeTopics`, gateways make the topic with its first record. Otherwise it must exist: a new topic would reveal its first event.
      const severity = makeTopics ? ('accepted' as const) : ('serious' as const);
      return [{ kind: 'missing topic' as const, resource: topic.name, detail: 'is missing', severity, correction: { make: topic } }];
    }),
    ...foreign.map(({ name: resource }) => ({
      kind: 'foreign topic' as const,
      resource,
      detail: 'is not specified',
      severity: 'minor' as const,
      leftAlone: 'topics are never removed',
    })),
  ];
}

function differencesOf(topic: SpecifiedTopic, found: FoundTopic): readonly Difference[] {
  const resource = topic.name;
  const differences: Difference[] = [];
  if (found.partitions !== topic.partitions)
    differences.push({
      kind: 'partitions',
      resource,
      severity: 'serious',
      detail: `has ${found.partitions} partitions, not ${topic.partitions}`,
      leftAlone: topic.isOrdered
        ? 'Kafka takes no partition away: make the topic anew and copy its records in order'
        : 'more partitions would change the order of cases',
    });
  if (found.replication !== topic.replication)
    differences.push({
      kind: 'replication',
      resource,
      severity: 'minor',
      detail: `has ${found.replication} copies, not ${topic.replication}`,
      leftAlone: 'copies are moved with kafka-reassign-partitions',
    });
  const { settings } = found;
  if (settings === undefined) return [...differences, unchecked(resource, 'describe configs')];
  for (const [name, value] of Object.entries(topic.settings)) {
    const current = settings[name];
    if (current === value) continue;
    const detail = `has ${name} ${current ?? 'not set'}, not ${value}`;
    differences.push({
      kind: 'setting',
      resource,
      detail,
      severity: 'serious',
      correction: { set: resource, settings: { [name]: value } },
    });
  }
  return differences;
}

/** A value that a gateway may not see is not compared. */
const unchecked = (resource: string, operation: string): Difference => ({
  kind: 'unchecked',
  resource,
  severity: 'serious',
  detail: `cannot be checked: this principal lacks the operation ${operation}`,
  leftAlone: 'a gateway gets it from `interchange topics apply`',
});

const EVERYBODY = 'User:*';

const keyOfGrant = ({ resource, name, pattern, principal, host, operation, permission }: Grant): string =>
  JSON.stringify([resource, name, pattern, principal, host, operation, permission]);

/** Sorts grants, so that their order does not depend on the broker that answers. */
const keyed = (grants: readonly Grant[]): ReadonlyMap<string, Grant> =>
  new Map(grants.map((grant): [string, Grant] => [keyOfGrant(grant), grant]).sort(([a], [b]) => (a < b ? -1 : 1)));

function grantDifferences(specification: TopicSpecification, found: readonly Grant[] | undefined): readonly Difference[] {
  if (found === undefined) return [unchecked('the grants', 'describe on the cluster')];
  if (specification.gateways.length === 0)
    return [
      {
        kind: 'unchecked',
        resource: 'the grants',
        severity: 'serious',
        detail: 'cannot be checked: it is not known which principals are gateways',
        leftAlone: 'name them in kafka.gatewayPrincipals: they would lose their grants',
      },
    ];
  const wanted = keyed(specification.grants);
  const held = keyed(found);
  const missing = [...wanted].filter(([key]) => !held.has(key)).map(([, grant]) => grant);
  const more = [...held].filter(([key]) => !wanted.has(key)).map(([, grant]) => grant);
  return [
    ...missing.map((give) => grantDifference('missing grant', give, { detail: 'is missing', severity: 'minor', correction: { give } })),
    ...more.flatMap((grant) => strayDifference(specification, grant) ?? []),
  ];
}

const describe = ({ permission, operation, resource, pattern, host }: Grant): string =>
  `${permission} ${operation} on the ${pattern === 'prefixed' ? `${resource}s that begin so` : resource}${host === '*' ? '' : ' from one host'}`;

const grantDifference = (
  kind: DifferenceKind,
  grant: Grant,
  more: Pick<Difference, 'detail' | 'severity' | 'correction' | 'leftAlone'>,
): Difference => ({
  kind,
  resource: grant.name,
  principal: grant.principal,
  ...more,
  detail: `${describe(grant)}: ${more.detail}`,
});

/** Whether a grant applies to any resource of this deployment. */
function covers(roots: readonly string[], { name, pattern }: Grant): boolean {
  if (pattern === 'literal') return name === '*' || roots.some((root) => name.startsWith(root));
  return roots.some((root) => name.startsWith(root) || root.startsWith(name));
}

const NAMED = new Set<Grant['resource']>(['topic', 'group', 'transactional id']);

function strayDifference(specification: TopicSpecification, grant: Grant): Difference | undefined {
  const { roots, clients, others } = specification;
  const principal = grant.principal.replace(/^User:/, '');
  const isClient = clients.includes(principal) || grant.principal === EVERYBODY;
  // An earlier version granted each client all groups that begin with its id, which can include groups of other clients.
  const isFormer = grant.resource === 'group' && grant.pattern === 'prefixed' && grant.name === `${principal}.`;
  const isOurs = NAMED.has(grant.resource) ? covers(roots, grant) || (isClient && isFormer) : isClient;
  if (!isOurs) return undefined;
  if (grant.permission === 'deny')
    return grantDifference('denial', grant, {
      detail: 'is not specified',
      severity: 'minor',
      leftAlone: 'somebody may have blocked the principal: lift it with kafka-acls --remove',
    });
  if (others.includes(principal))
    return grantDifference('stray grant', grant, {
      detail: 'is not specified',
      severity: 'accepted',
      leftAlone: 'the configuration says to leave the principal alone',
    });
  const isUnknown = grant.resource === 'unknown' || grant.operation === 'unknown';
  return grantDifference('stray grant', grant, {
    detail: 'is not specified',
    severity: 'serious',
    ...(isUnknown ? { leftAlone: 'remove it with kafka-acls: KafkaJS does not know it' } : { correction: { take: grant } }),
  });
}

const isSame = (limits: Limits, others: Limits): boolean =>
  Object.keys({ ...limits, ...others }).every((name) => limits[name] === others[name]);

function quotaDifferences({ quotas, clients, gateways }: TopicSpecification, found: readonly Quota[] | undefined): readonly Difference[] {
  if (found === undefined) return [{ ...unchecked('the quotas', 'describe configs on the cluster'), severity: 'minor' }];
  const keyOf = ({ principal, clientId }: Quota) => JSON.stringify([principal, clientId]);
  const governed = new Set([...clients, ...gateways]);
  const wanted = new Map(quotas.map((quota) => [keyOf(quota), quota]));
  const held = new Map(found.filter(({ principal }) => governed.has(principal)).map((quota) => [keyOf(quota), quota]));
  return [...new Set([...wanted.keys(), ...held.keys()])].flatMap((key) => {
    const current = held.get(key)?.limits ?? {};
    const limits = wanted.get(key)?.limits ?? {};
    if (isSame(current, limits)) return [];
    const { principal, clientId } = (wanted.get(key) ?? held.get(key)) as Quota;
    const limit = { principal, ...(clientId === undefined ? {} : { clientId }), limits };
    const detail = `has the limits ${textOf(current)}, not ${textOf(limits)}`;
    return [
      {
        kind: 'quota' as const,
        resource: 'quota',
        principal: `User:${principal}`,
        detail,
        severity: 'minor' as const,
        correction: { limit },
      },
    ];
  });
}

const textOf = (limits: Limits): string =>
  Object.entries(limits)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ') || 'none';
