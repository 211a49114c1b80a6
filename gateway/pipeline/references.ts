/** What an event says of another one: a correction is accepted only of an event that its sender sent and may read. */
import type { Refusal } from '../../adapters/adapter.ts';
import type { SealedEvent, UnlabelledEvent } from '../labels/event.ts';
import { joinAll } from '../labels/join.ts';
import type { CompiledLabel } from '../labels/label.ts';
import type { Policy } from '../labels/policy.ts';
import { compileLabel } from '../labels/policy.ts';
import { refusal } from '../refusals.ts';
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
export function referringTo({ event, standard }: Prepared, { events }: Answers, policy: Policy): Referring | Refusal {
  if (standard.name !== CORRECTIONS) return { event, standard };
  const { corrects, replacedBy } = event.data;
  const known = (id: unknown) =>
    typeof id === 'string' && Object.hasOwn(events, id) && events[id]?.source === event.source ? events[id] : undefined;
  const corrected = known(corrects);
  if (corrected === undefined) return refusal('reference-unknown', undefined, '/corrects');
  const replacing = replacedBy === undefined || replacedBy === corrects ? undefined : known(replacedBy);
  if (replacedBy !== undefined && replacing === undefined) return refusal('reference-unknown', undefined, '/replacedBy');
  const inherited = inheritedFrom(replacing === undefined ? [corrected] : [corrected, replacing], policy);
  if (inherited === undefined) return refusal('reference-unknown', undefined, '/corrects');
  const { subject, partitionkey } = corrected;
  return {
    standard,
    event: { ...event, ...(subject === undefined ? {} : { subject }), partitionkey },
    inherited,
    corrected,
  };
}

/** The labels of several events together, or undefined where one of them means nothing under the policy. */
function inheritedFrom(events: readonly ReferencedEvent[], policy: Policy): Referring['inherited'] {
  const [bases, wholes] = (['base', 'whole'] as const).map((name) => events.map((event) => compileLabel(policy, event[name])));
  const isCompiled = (label: CompiledLabel | Refusal): label is CompiledLabel => !('code' in label);
  if (bases?.every(isCompiled) !== true || wholes?.every(isCompiled) !== true) return undefined;
  return { base: joinAll(policy, bases), whole: joinAll(policy, wholes) };
}
