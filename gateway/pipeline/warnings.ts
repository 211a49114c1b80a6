/** The warnings on the receipt of an accepted message: values without a place in a standard, and values that the gateway does not use. */
import type { DecodedEvent, Warning } from '../../adapters/adapter.ts';
import type { TimeNotUsed } from '../labels/event-time.ts';
import type { Labelled } from '../labels/label-event.ts';

/** The code of the warning about a sender's attribute that the gateway does not use. */
export const ATTRIBUTE_NOT_USED = 'attribute-not-used';

/** The warning about an attribute of a canonical event that the gateway does not use. */
export const attributeNotUsed = (name: string, reason: string): Warning => ({ code: ATTRIBUTE_NOT_USED, at: `/${name}`, reason });

const TIME_NOT_USED: Readonly<Record<TimeNotUsed, string>> = {
  contradicted: 'The data says another time, and that counts',
  'in-a-portion': 'The data says the time in a portion. Every reader gets the attribute, so it is the time of the recording',
};

/** The warnings of a message: from its decoding, and from the labelling of its events. */
export const warningsOf = (
  decoded: readonly Pick<DecodedEvent, 'warnings'>[],
  labelled: readonly Pick<Labelled, 'timeNotUsed'>[],
): readonly Warning[] => [
  ...decoded.flatMap(({ warnings }) => warnings),
  ...labelled.flatMap(({ timeNotUsed }) => (timeNotUsed === undefined ? [] : [attributeNotUsed('time', TIME_NOT_USED[timeNotUsed])])),
];
