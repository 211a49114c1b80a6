/** What an event says of another one: a correction is accepted only of an event that its sender sent and may read. */
import { refusal } from '../../adapters/refusal.ts';
import { type Failure, failure, type Result, success } from '../../adapters/result.ts';
import type { SealedEvent, UnlabelledEvent } from '../labels/event.ts';
import { joinAll } from '../labels/join.ts';
import type { CompiledLabel } from '../labels/label.ts';
import type { Policy } from '../labels/policy.ts';
import { compileLabel } from '../labels/policy.ts';
import type { Standard } from '../rules/standards.ts';
import type { Answers, Prepared, ReferencedEvent } from './submission.ts';

export const CORRECTIONS = 'correction.issued';

/** The ids of the events that an event refers to. */
export const referencesOf = ({ data }: UnlabelledEvent, { name }: Pick<Standard, 'name'>): readonly string[] =>
  name === CORRECTIONS ? [data.corrects, data.replacedBy].filter((id) => typeof id === 'string') : [];

const CORRECTION = /^uk\.justice\.correction\.issued\./;

/** The id of the event that an event corrects, or undefined where it is no correction. */
export function correctedBy({ type, data }: Pick<SealedEvent, 'type' | 'data'>): string | undefined {
  return CORRECTION.test(type) && typeof data?.corrects === 'string' ? data.corrects : undefined;
}

/** An event with the labels that it inherits from those that it refers to. */
export interface Referring extends Prepared {
  readonly inherited?: { readonly base: CompiledLabel; readonly whole: CompiledLabel };
  /** What the event that it corrects is, of which others may have been told. */
  readonly corrected?: ReferencedEvent;
}

/**
 * A correction is accepted only of an event that exists, that its sender sent and may read; any other gets one answer. It belongs to the
 * case of that event. It inherits the labels of it and of the event that replaces it: it says the ids of both.
 */
export function referringTo({ event, standard }: Prepared, { events }: Answers, policy: Policy): Result<Referring> {
  if (standard.name !== CORRECTIONS) return success({ event, standard });
  const { corrects, replacedBy } = event.data;
  const known = (id: unknown) =>
    typeof id === 'string' && Object.hasOwn(events, id) && events[id]?.source === event.source ? events[id] : undefined;
  const corrected = known(corrects);
  if (corrected === undefined) return unknown('/corrects');
  const replacing = replacedBy === undefined || replacedBy === corrects ? undefined : known(replacedBy);
  if (replacedBy !== undefined && replacing === undefined) return unknown('/replacedBy');
  const inherited = inheritedFrom(replacing === undefined ? [corrected] : [corrected, replacing], policy);
  if (inherited === undefined) return unknown('/corrects');
  const { subject, partitionkey } = corrected;
  return success({
    standard,
    event: { ...event, ...(subject === undefined ? {} : { subject }), partitionkey },
    inherited,
    corrected,
  });
}

const unknown = (at: string): Failure => failure(refusal('reference-unknown', undefined, at));

/** The labels of several events together, or undefined where one of them means nothing under the policy. */
function inheritedFrom(events: readonly ReferencedEvent[], policy: Policy): Referring['inherited'] {
  const joined = (name: 'base' | 'whole'): CompiledLabel | undefined => {
    const labels = events.map((event) => compileLabel(policy, event[name]));
    return labels.every((label) => label.ok)
      ? joinAll(
          policy,
          labels.map(({ value }) => value),
        )
      : undefined;
  };
  const [base, whole] = [joined('base'), joined('whole')];
  return base === undefined || whole === undefined ? undefined : { base, whole };
}
