/** Every reason for which something cannot pass, in one list. Adapters add their own, named in their documentation. */
import type { Refusal } from '../adapters/adapter.ts';

export const REFUSALS = {
  'no-adapter': 'No adapter knows the format of the message',
  'adapter-failed': 'The adapter failed on this message',
  'too-many-records-refused': 'More records of the message cannot pass than may wait alone',
  'adapter-limit': 'The message took more time or memory than one message may',
  charset: 'The bytes are not text in the declared charset',
  'xml-doctype': 'Document type and entity declarations are refused',
  'xml-not-well-formed': 'The XML is not well-formed',
  'xml-limit': 'The XML has more depth, elements or attributes than one document may',
  'wrong-format': 'The message is not what the named adapter reads',
  'wrong-namespace': 'The elements of the message are not in the namespace of its format',
  'two-messages': 'One envelope with more than one message',
  'too-many-layers': 'Too many envelopes around the message',
  'json-malformed': 'The text is not JSON',
  'json-too-deep': 'The JSON has more levels than any standard',
  'json-duplicate-name': 'Duplicate name in a JSON object',
  'json-forbidden-name': 'A JSON name that no standard has',
  'json-number': 'A JSON number that cannot be kept exactly',
  'json-lone-surrogate': 'A JSON text or name holds half of a character (a lone surrogate)',
  'control-character': 'A text or name holds a control character or noncharacter',
  'adapter-residue': 'The event says how a legacy message was written: only the adapter of that format can',
  'not-read-back': 'The message that was written does not say the same as the event',
  'no-events': 'There is no event to write',
  'wrong-standard': 'The format cannot hold events of this standard',
  'no-case': 'The message holds no case',
  'standard-not-allowed': 'The sender may not submit events of this standard',
  'standard-unknown': 'No published standard has this event type',
  'schema-violation': 'The event is not valid against its standard',
  'label-missing': 'There is no label',
  'label-malformed': 'The label is not in the form of a label',
  'label-unknown-policy': 'The label names a policy or version that is not loaded',
  'label-unknown-classification': 'The classification is not of the policy',
  'label-unknown-category': 'A category is not of the policy',
  'label-unknown-value': 'A value is not of the policy',
  'label-invalid': 'The policy does not allow this combination',
  'legacy-marking': 'An old marking has no direct mapping: its owner decides',
  'reference-unknown': 'There is no event of this sender with this id',
  'event-too-large': 'The event would be larger than one event may be: send it in parts',
  'above-domain': 'The label is above what this gateway may hold',
  'seal-broken': 'The seal does not verify',
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** A refusal with its standard reason, or a more precise one. */
export const refusal = (code: RefusalCode, reason: string = REFUSALS[code], at?: string): Refusal => ({
  code,
  reason,
  ...(at === undefined ? {} : { at }),
});

/** A gateway states so many refusals of one event at most: where there are as many, there can be more. */
export const MOST_REFUSALS = 50;

/** How the reason starts where a property is not there. */
export const MISSING_PROPERTY = 'A required property is missing';
