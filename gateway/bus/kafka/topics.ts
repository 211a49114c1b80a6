/** Corrects the brokers by the specification, and reports what it could not correct. */
import { KafkaAdmin } from './admin.ts';
import type { KafkaAccess } from './kafka-client.ts';
import { type Difference, differences } from './topic-differences.ts';
import type { TopicSpecification } from './topic-specification.ts';

export interface Applied {
  /** What was corrected, or what a dry run would correct. */
  readonly corrected: readonly Difference[];
  /** Differences that only an administrator may correct, with the reason. */
  readonly leftAlone: readonly Difference[];
  /** What still differs although it was corrected: somebody else changes it, or may not see it. */
  readonly remaining: readonly Difference[];
  /** Whether the brokers keep access control at all. */
  readonly hasAccessControl: boolean;
}

/** The brokers tell each other of a change after they have answered. */
const LOOKS = 40;
const BETWEEN_LOOKS_MILLISECONDS = 250;

/** Corrects what differs, and reads it again. Topics are never removed or made smaller. Rejects with BusUnavailable. */
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
