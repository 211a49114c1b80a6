/** What a receipt tells of a message that was taken: what has no place in a standard, and what is not used. */
import type { DecodedEvent, Warning } from '../../adapters/adapter.ts';
import type { TimeNotUsed } from '../labels/event-time.ts';
import type { Labelled } from '../labels/label-event.ts';

/** The code of the warning that an attribute of a sender is not used. */
export const ATTRIBUTE_NOT_USED = 'attribute-not-used';

/** That an attribute of an event in canonical form is not used. */
export const attributeNotUsed = (name: string, reason: string): Warning => ({ code: ATTRIBUTE_NOT_USED, at: `/${name}`, reason });

const TIME_NOT_USED: Readonly<Record<TimeNotUsed, string>> = {
  contradicted: 'The data says another time, and that counts',
  'in-a-portion': 'The data says the time in a portion. Every reader gets the attribute, so it is the time of the recording',
};

/** The warnings of a message: those of its decoding, and those of its events as they were labelled. */
export const warningsOf = (
  decoded: readonly Pick<DecodedEvent, 'warnings'>[],
  labelled: readonly Pick<Labelled, 'timeNotUsed'>[],
): readonly Warning[] => [
  ...decoded.flatMap(({ warnings }) => warnings),
  ...labelled.flatMap(({ timeNotUsed }) => (timeNotUsed === undefined ? [] : [attributeNotUsed('time', TIME_NOT_USED[timeNotUsed])])),
];
