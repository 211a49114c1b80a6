/** The topics and grants that the brokers must have, by the configuration and the rules in force, and the check of them. */
import type { Logger } from 'pino';
import type { Difference } from './bus/kafka/topic-differences.ts';
import { specify, type TopicSpecification } from './bus/kafka/topic-specification.ts';
import { TopicWatch } from './bus/kafka/topic-watch.ts';
import { kafkaOptions } from './buses.ts';
import { type Config, sendsPassword } from './config.ts';
import type { RulesInForce } from './rules/compiled-rules.ts';
import type { Standards } from './rules/standards.ts';
import { topicPlan } from './wire/topics.ts';

const READER_BYTES_PER_SECOND = 10 * 1024 * 1024;
const CHECK_SECONDS = 30;

type Rules = Pick<RulesInForce, 'labelling' | 'clients'>;

export function topicSpecification(config: Config, { labelling, clients }: Rules, standards: Standards): TopicSpecification {
  const { gatewayPrincipals, otherPrincipals = [], readerBytesPerSecond = READER_BYTES_PER_SECOND, sasl } = config.kafka ?? {};
  // People read over HTTP only: they have no principal on the brokers.
  const machines = [...clients.values()].filter(({ person }) => !person);
  const readers = machines.map(({ id, clearance, scopes }) => ({ id, clearance, reads: scopes.has('events:read') }));
  const saslPrincipals = sasl === undefined ? [] : [sasl.username];
  const gateways = gatewayPrincipals ?? saslPrincipals;
  const stored = [...standards.byName.values()].filter(({ hasTopic }) => hasTopic);
  return specify(topicPlan(labelling.policy, stored, readers), {
    ...kafkaOptions(config),
    gateways,
    readerBytesPerSecond,
    clients: machines.map(({ id }) => id),
    // The principal that corrects the grants must not remove its own grants.
    others: [...otherPrincipals, ...saslPrincipals.filter((name) => !gateways.includes(name))],
  });
}

export interface WatchContext {
  readonly config: Config;
  readonly rules: () => Rules;
  readonly standards: Standards;
  readonly log: Logger;
  /** Whether the brokers did not answer at the start. If so, the start does not wait for them. */
  readonly isLate?: boolean;
}

/** A difference in a form that anybody may see: without principals, groups and names that others chose. */
export interface ShownDifference {
  readonly kind: string;
  /** A topic of the specification, on the brokers; otherwise empty. */
  readonly topic: string;
}

export interface WatchedTopics {
  readonly health: TopicWatch['health'];
  readonly differences: readonly ShownDifference[];
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Checks the topics now and again and again, and logs what differs. Undefined where the bus is not Kafka. */
export async function watchTopics({ config, rules, standards, log, isLate = false }: WatchContext): Promise<WatchedTopics | undefined> {
  const { kafka } = config;
  if (config.bus !== 'kafka' || kafka === undefined) return undefined;
  if (sendsPassword(kafka)) log.warn('SASL PLAIN without TLS: the password of Kafka is readable on this machine');
  const specification = () => topicSpecification(config, rules(), standards);
  const tell = ({ severity, correction, leftAlone, ...what }: Difference): void =>
    log[severity === 'serious' ? 'error' : 'warn'](what, 'the brokers are not as specified: run "interchange topics apply"');
  const watch = new TopicWatch({
    access: kafkaOptions(config),
    specification,
    seconds: kafka.checkSeconds ?? CHECK_SECONDS,
    onChange: (appeared, gone) => {
      appeared.forEach(tell);
      if (gone > 0) log.info({ gone, left: watch.differences.length }, 'the brokers are as specified again in some of what differed');
    },
    onBlind: (error) => log.warn({ reason: (error as Error).message }, 'the topics on the brokers cannot be checked now'),
  });
  const started = watch.start();
  if (!isLate) await started;
  return {
    get health() {
      return watch.health;
    },
    get differences() {
      return shownOf(watch.differences, specification());
    },
    check: () => watch.check(),
    close: () => watch.close(),
  };
}

function shownOf(found: readonly Difference[], { topics }: TopicSpecification): readonly ShownDifference[] {
  const names = new Set(topics.map(({ name }) => name));
  const shown = new Map<string, ShownDifference>();
  for (const { kind, resource } of found) {
    const topic = names.has(resource) ? resource : '';
    shown.set(`${kind} ${topic}`, { kind, topic });
  }
  return [...shown.values()];
}
