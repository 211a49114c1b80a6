/**
 * Levels of the bus. Who reads the bus directly is held back by the broker, topic by topic: so a topic holds only what every clearance of
 * its audience may read, and an event that holds more stands on a higher one, with a redacted rendition on each level below.
 */
import type { Content, SealedEvent, VerifiedEvent } from './event.ts';
import type { CompiledClearance } from './label.ts';
import type { Labelling } from './label-event.ts';
import type { Level, Policy } from './policy.ts';
import { decideFor, readsAll } from './redact.ts';

/** The topic words of all levels: levels with an audience, lowest first, then the classifications. */
export const levelTopics = ({ levels, document }: Policy): readonly string[] => [
  ...levels.map(({ topic }) => topic),
  ...document.classifications.map(({ topic }) => topic),
];

/**
 * The level of the complete event: the lowest whose audience may read all of it, or its classification's own level, which only gateways
 * read.
 */
export function homeOf(labelling: Labelling, content: Content): string {
  const { levels, document } = labelling.policy;
  const shared = levels.find(({ audience }) => readsAll(labelling, content, audience));
  if (shared !== undefined) return shared.topic;
  const topic = document.classifications.find(({ id }) => id === content.event.data.label.classification)?.topic;
  if (topic === undefined) throw new Error('A label without a level cannot be published');
  return topic;
}

/**
 * The time (milliseconds) at which the gateway decides on renditions: before any restriction ends. A rendition stays readable on the bus, so
 * it must keep restrictions that end later.
 */
const BEFORE_ANY_END = 0;

/** A redacted event for the readers of a level. */
export interface Rendition {
  readonly topic: string;
  readonly event: SealedEvent;
}

/** The renditions of an event for the levels below its home, each under the salt that discloses its topic. */
export function renditionsOf(
  labelling: Labelling,
  verified: VerifiedEvent,
  home: string,
  topicOf: (level: string) => string,
  salts: ReadonlyMap<string, string>,
): readonly Rendition[] {
  const renditions: Rendition[] = [];
  for (const { topic: level, audience } of labelling.policy.levels) {
    const topic = topicOf(level);
    if (topic === home) break;
    const decision = decideFor(labelling, verified, audience, BEFORE_ANY_END, { topicSalt: salts.get(topic) ?? '' });
    if (decision.verdict === 'redact') renditions.push({ topic, event: decision.event });
  }
  return renditions;
}

/** Whether a clearance holds all that one clearance of the audience holds: then it may read the level's topics directly. */
export function mayReadLevel(policy: Policy, clearance: CompiledClearance, { audience }: Level): boolean {
  return audience.some(
    (required) =>
      (required.classifications & ~clearance.classifications) === 0 &&
      policy.categories.every(
        ({ kind }, place) => kind === 'informative' || ((required.bits[place] ?? 0) & ~(clearance.bits[place] ?? 0)) === 0,
      ),
  );
}

/** Names of the levels that can hold a complete event of which a clearance may read a part. */
export function levelsOf(policy: Policy, { classifications }: CompiledClearance): readonly string[] {
  const { levels, document } = policy;
  return [
    ...levels
      .filter(({ audience }) => audience.some((recipient) => (recipient.classifications & classifications) !== 0))
      .map(({ topic }) => topic),
    ...document.classifications.filter((_, place) => (classifications & (1 << place)) !== 0).map(({ topic }) => topic),
  ];
}
