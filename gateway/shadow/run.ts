/** Tries two versions on messages, one after another, and publishes nothing. */
import { placeIn } from '../pipeline/place.ts';
import type { Standards } from '../rules/standards.ts';
import type { Task } from '../workers/task.ts';
import { type Comparison, compare } from './compare.ts';
import { directions } from './direction.ts';
import type { Side } from './side.ts';
import { type Counts, Tally } from './tally.ts';

export interface ShadowRun {
  readonly standards: Standards;
  readonly inForce: Side;
  readonly candidate: Side;
  readonly messages: AsyncIterable<Task>;
  /** Ends the run. What was compared until then is in the result. */
  readonly signal: AbortSignal;
  /** Called after each message. */
  readonly onCompared?: (id: string, comparison: Comparison, counts: Counts) => void;
}

export async function runShadow({ standards, inForce, candidate, messages, signal, onCompared }: ShadowRun): Promise<Tally> {
  const tally = new Tally();
  const policies = [inForce.rules.labelling.policy, candidate.rules.labelling.policy] as const;
  const context = { directionOf: directions(policies), place: placeIn.bind(undefined, standards) };
  for await (const task of messages) {
    if (signal.aborted) break;
    const [before, after] = await Promise.all([inForce.trial(task), candidate.trial(task)]);
    const comparison = compare(context, before, after);
    tally.add(task.messageId, comparison);
    onCompared?.(task.messageId, comparison, tally.counts);
  }
  return tally;
}
