import { refusal } from '../../adapters/refusal.ts';
import type { CompiledClearance } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import { refusedOutcome } from '../pipeline/ingest.ts';
import type { Submission } from '../pipeline/submission.ts';
import { type IngestPool, MessageLimitExceeded } from '../workers/pool.ts';
import type { Processed } from '../workers/task.ts';

export interface ProcessContext {
  readonly pool: Pick<IngestPool, 'process'>;
  readonly labelling: () => Labelling;
  readonly domain: () => CompiledClearance;
}

/** What a worker makes of a message. One that exceeds the limits is refused. Rejects with BusUnavailable where too many messages wait. */
export async function processMessage(
  { pool, labelling, domain }: ProcessContext,
  submission: Submission,
  isTrial = false,
): Promise<Processed> {
  const { source, ...task } = submission;
  // The floor of the source is compiled against the policy of now: another may be in force when a worker gives up.
  const [rules, highest] = [labelling(), domain()];
  try {
    return await pool.process({ ...task, sourceId: source.id, ...(isTrial ? { isTrial } : {}) });
  } catch (error) {
    if (!(error instanceof MessageLimitExceeded)) throw error;
    const unread = { assertion: submission.assertion, isRead: false };
    return refusedOutcome(rules, highest, submission, unread, submission.adapter, [refusal('adapter-limit')]) as Processed;
  }
}
