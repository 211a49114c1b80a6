/**
 * Notices of the gateway to readers that received an event: the event's id, and the kind of the correction. A notice holds nothing else, so
 * these readers may read it, whatever the label of the source's correction (DPA 2018 s.38(5)(c), docs/decisions/0021).
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

/** The source of the gateway's own events. */
export const GATEWAY = 'justice-interchange';

/** The case of the event that a notice is of. */
type OfCase = Pick<ReferencedEvent, 'subject' | 'partitionkey'>;

/** The id of the notice of a correction: the same at every gateway. */
export const noticeId = ({ eventId }: Pick<Identities, 'eventId'>, correction: string): string => eventId(correction, 'notice', 0);

/** A correction with only the id of an event and a kind. */
export const noticeEvent = (
  { type, schemaId }: Pick<Standard, 'type' | 'schemaId'>,
  id: string,
  { subject, partitionkey }: OfCase,
  stamp: Submission['stamp'],
  stated: { readonly corrects: string; readonly kind: string },
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
  data: { ...stated, quality: { basis: 'fact' } },
});

/** A correction of a source, as it was labelled. */
export interface LabelledCorrection {
  readonly event: UnlabelledEvent;
  readonly labelled: Labelled;
  readonly standard: Standard;
  readonly corrected?: ReferencedEvent;
}

/**
 * The notice of a correction, where some readers that received its event may not read the correction; otherwise undefined. It has the label
 * of the published event.
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
