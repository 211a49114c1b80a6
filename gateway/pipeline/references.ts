/** Checks the references between events: a sender may correct only events that it sent and may read. */
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

/** The id of the event that a correction corrects; undefined for other events. */
export function correctedBy({ type, data }: Pick<SealedEvent, 'type' | 'data'>): string | undefined {
  return CORRECTION.test(type) && typeof data?.corrects === 'string' ? data.corrects : undefined;
}

/** An event with the labels that it inherits from the events that it refers to. */
export interface Referring extends Prepared {
  readonly inherited?: { readonly base: CompiledLabel; readonly eventLabel: CompiledLabel };
  /** The event that it corrects, which readers may have received. */
  readonly corrected?: ReferencedEvent;
}

/**
 * Accepts a correction only where its event exists and its sender sent that event and may read it. All refusals are the same, so that they
 * reveal nothing. A correction belongs to the case of its event. It names that event and its replacement, so it inherits the labels of both.
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

/** The joined labels of several events; undefined where the policy does not know one of the labels. */
function inheritedFrom(events: readonly ReferencedEvent[], policy: Policy): Referring['inherited'] {
  const joined = (name: 'base' | 'eventLabel'): CompiledLabel | undefined => {
    const labels = events.map((event) => compileLabel(policy, event[name]));
    return labels.every((label) => label.ok)
      ? joinAll(
          policy,
          labels.map(({ value }) => value),
        )
      : undefined;
  };
  const [base, eventLabel] = [joined('base'), joined('eventLabel')];
  return base === undefined || eventLabel === undefined ? undefined : { base, eventLabel };
}
