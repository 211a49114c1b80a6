/**
 * What the gateway itself says of an event that others were told of: which event, and what became of it. It holds nothing else, so who was
 * told of the event may read it, whatever the correction of its source is labelled (DPA 2018 s.38(5)(c), docs/decisions/0021).
 */
import type { JsonObject } from '../../adapters/adapter.ts';
import type { UnlabelledEvent } from '../labels/event.ts';
import type { Labelled, Labelling } from '../labels/label-event.ts';
import { labelEvent } from '../labels/label-event.ts';
import { compileLabel } from '../labels/policy.ts';
import { isWithin } from '../protections/source-label.ts';
import type { Standard } from '../rules/standards.ts';
import type { Identities } from './ids.ts';
import type { ReferencedEvent, Submission } from './submission.ts';

/** The source of what the gateway says itself. */
export const GATEWAY = 'justice-interchange';

/** The case of the event that a notice is of. */
type OfCase = Pick<ReferencedEvent, 'subject' | 'partitionkey'>;

/** The id of the notice of a correction: the same at every gateway. */
export const noticeId = ({ eventId }: Pick<Identities, 'eventId'>, correction: string): string => eventId(correction, 'notice', 0);

/** A correction that says the id of an event and a kind, and nothing more. */
export const noticeEvent = (
  { type, schemaId }: Pick<Standard, 'type' | 'schemaId'>,
  id: string,
  { subject, partitionkey }: OfCase,
  stamp: Submission['stamp'],
  said: { readonly corrects: string; readonly kind: string },
): UnlabelledEvent => ({
  specversion: '1.0',
  id,
  source: GATEWAY,
  type,
  ...(subject === undefined ? {} : { subject }),
  partitionkey,
  datacontenttype: 'application/json',
  dataschema: schemaId,
  ...stamp,
  data: { ...said, quality: { basis: 'fact' } },
});

/** A correction of a source, as it was labelled. */
export interface LabelledCorrection {
  readonly event: UnlabelledEvent;
  readonly labelled: Labelled;
  readonly standard: Standard;
  readonly corrected?: ReferencedEvent;
}

/**
 * The notice of a correction that some of those who were told of its event may not read, or undefined where all may. It has the label that
 * the event was published under.
 */
export function noticeOf(
  labelling: Labelling,
  { event: { id, data, recordedtime, sequence }, labelled, standard, corrected }: LabelledCorrection,
  identities: Pick<Identities, 'eventId'>,
): Labelled | undefined {
  if (corrected === undefined) return undefined;
  const sealed = compileLabel(labelling.policy, corrected.sealed);
  if (!sealed.ok || isWithin(labelling.policy, labelled.compiled.base, sealed.value)) return undefined;
  const { corrects, kind } = data as JsonObject & { corrects: string; kind: string };
  const event = noticeEvent(standard, noticeId(identities, id), corrected, { recordedtime, sequence }, { corrects, kind });
  return labelEvent(labelling, event, sealed.value);
}
