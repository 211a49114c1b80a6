/** Corrects the brokers by the specification, and reports what it could not correct. */
import { KafkaAdmin } from './admin.ts';
import type { KafkaAccess } from './kafka-client.ts';
import { type Difference, differences } from './topic-differences.ts';
import type { TopicSpecification } from './topic-specification.ts';

export interface Applied {
  /** Differences that were corrected, or that a dry run would correct. */
  readonly corrected: readonly Difference[];
  /** Differences that only an administrator may correct, with the reason. */
  readonly leftAlone: readonly Difference[];
  /** Differences that remain after their correction, because somebody else changes them or the brokers hide them. */
  readonly remaining: readonly Difference[];
  /** Whether the brokers have access control. */
  readonly hasAccessControl: boolean;
}

/** How often to check for a change: brokers answer before they have passed it to each other. */
const LOOKS = 40;
const BETWEEN_LOOKS_MILLISECONDS = 250;

/** Corrects differences, and reads the state again. Never removes a topic or reduces its partitions. Rejects with BusUnavailable. */
export async function applyTopics(specification: TopicSpecification, access: KafkaAccess, dryRun: boolean): Promise<Applied> {
  const admin = await KafkaAdmin.open(access);
  try {
    const before = await admin.state(specification);
    const found = differences(specification, before);
    const corrected = found.filter(({ correction }) => correction !== undefined);
    const hasAccessControl = before.grants !== 'none';
    const leftAlone = found.filter(({ correction }) => correction === undefined);
    if (dryRun || corrected.length === 0) return { corrected, leftAlone, remaining: [], hasAccessControl };
    await admin.correct(
      corrected.flatMap(({ correction }) => correction ?? []),
      before,
    );
    for (let look = 1; ; look++) {
      const after = differences(specification, await admin.state(specification));
      const remaining = after.filter(({ correction }) => correction !== undefined);
      if (remaining.length === 0 || look === LOOKS)
        return { corrected, leftAlone: after.filter(({ correction }) => correction === undefined), remaining, hasAccessControl };
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MILLISECONDS));
    }
  } finally {
    await admin.close();
  }
}
