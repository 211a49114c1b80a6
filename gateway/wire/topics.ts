/** Lists the topics of a policy and its standards, and the clients that may read them directly on the bus. */
import type { CompiledClearance } from '../labels/label.ts';
import { levelTopics, mayReadLevel } from '../labels/levels.ts';
import type { Policy } from '../labels/policy.ts';
import type { Standard } from '../rules/standards.ts';
import {
  APPROVALS,
  AUDIT,
  AUDIT_HEADS,
  LEASES,
  LEDGER,
  MESSAGES,
  ORDER,
  PROTECTIONS,
  QUARANTINE,
  RECEIPTS,
  SUBSCRIPTIONS,
} from './streams.ts';

/** `justice.<level>.<noun>.v<major>`: the level is the event's classification, so that the bus itself can keep levels apart. */
export const topicOf = ({ noun, major }: Pick<Standard, 'noun' | 'major'>, level: string): string => `justice.${level}.${noun}.v${major}`;

/** Whether a topic holds events. */
export const isEvents = (topic: string): boolean => topic.startsWith('justice.');

/** Whether a topic holds events of a level. */
export const isOfLevel = (topic: string, level: string): boolean => topic.startsWith(`justice.${level}.`);

/** Tells whether a topic holds events of one of some levels. */
export const ofLevels =
  (levels: readonly string[]) =>
  (topic: string): boolean =>
    levels.some((level) => isOfLevel(topic, level));

/** Whether a topic holds corrections. */
export const holdsCorrections = (topic: string): boolean => topic.includes('.correction.');

/** The streams that gateways keep besides the events. Only gateways read them. */
export const STREAMS = [
  MESSAGES,
  RECEIPTS,
  AUDIT,
  AUDIT_HEADS,
  LEDGER,
  SUBSCRIPTIONS,
  LEASES,
  PROTECTIONS,
  APPROVALS,
  ORDER,
  QUARANTINE,
] as const;

/** Streams that are not encrypted at rest: they hold no personal data, and others than gateways verify or read them. */
const NOT_ENCRYPTED: ReadonlySet<string> = new Set([AUDIT, AUDIT_HEADS, LEDGER, LEASES, ORDER]);

/**
 * The scope of the key that encrypts the records of a topic at rest: the level of events, or the name of a stream. Undefined where they are
 * not encrypted.
 */
export function keyScopeOf(topic: string): string | undefined {
  const [, scope = topic] = topic.split('.');
  return NOT_ENCRYPTED.has(topic) || topic.startsWith(levelOrder('')) ? undefined : scope;
}

export interface PlannedTopic {
  readonly name: string;
  /** Undefined for a stream. */
  readonly level?: string;
  /** Ids of the clients that may read it directly. */
  readonly readers: readonly string[];
}

export interface TopicReader {
  readonly id: string;
  readonly clearance: CompiledClearance;
  /** Whether the client reads events at all. */
  readonly reads: boolean;
}

/** The stream with the order of the events of a level, for clients that read its topics directly. */
export const levelOrder = (level: string): string => `${ORDER}.${level}`;

/** All topics with their readers, by name. */
export function topicPlan(
  policy: Policy,
  standards: Iterable<Pick<Standard, 'noun' | 'major'>>,
  clients: Iterable<TopicReader>,
): readonly PlannedTopic[] {
  const all = [...standards];
  const readers = [...clients].filter(({ reads }) => reads);
  const topics = new Map<string, PlannedTopic>(STREAMS.map((name) => [name, { name, readers: [] }]));
  for (const level of levelTopics(policy)) {
    const shared = policy.levels.find(({ topic }) => topic === level);
    const allowed =
      shared === undefined ? [] : readers.filter(({ clearance }) => mayReadLevel(policy, clearance, shared)).map(({ id }) => id);
    const names = all.map((standard) => topicOf(standard, level));
    for (const name of shared === undefined ? names : [...names, levelOrder(level)]) topics.set(name, { name, level, readers: allowed });
  }
  return [...topics.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
