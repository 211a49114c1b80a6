/** Why something cannot pass: the one list of codes, and the form of a reason. */

/**
 * Every reason for which something cannot pass, with what it says where nothing more precise is known. Adapters add their own
 * ({@link AdapterCode}). The codes are in receipts and in the documentation of the gateway: one that is there keeps its name.
 */
export const REFUSALS = {
  // What a message is, and what an adapter makes of it
  'no-adapter': 'No adapter knows the format of the message',
  'adapter-failed': 'The adapter failed on this message',
  'adapter-limit': 'The message took more time or memory than one message may',
  'too-many-records-refused': 'More records of the message cannot pass than may wait alone',
  charset: 'The bytes are not text in the declared charset',
  'wrong-format': 'The message is not what the named adapter reads',
  'wrong-namespace': 'The elements of the message are not in the namespace of its format',
  'two-messages': 'One envelope with more than one message',
  'too-many-layers': 'Too many envelopes around the message',
  'no-case': 'The message holds no case',
  // XML
  'xml-doctype': 'Document type and entity declarations are refused',
  'xml-not-well-formed': 'The XML is not well-formed',
  'xml-limit': 'The XML has more depth, elements or attributes than one document may',
  // JSON
  'json-malformed': 'The text is not JSON',
  'json-too-deep': 'The JSON has more levels than any standard',
  'json-duplicate-name': 'Duplicate name in a JSON object',
  'json-forbidden-name': 'A JSON name that no standard has',
  'json-number': 'A JSON number that cannot be kept exactly',
  'json-lone-surrogate': 'A JSON text or name holds half of a character (a lone surrogate)',
  'control-character': 'A text or name holds a control character or noncharacter',
  // Events and what they refer to
  'standard-unknown': 'No published standard has this event type',
  'standard-not-allowed': 'The sender may not submit events of this standard',
  'schema-violation': 'The event is not valid against its standard',
  'adapter-residue': 'The event says how a legacy message was written: only the adapter of that format can',
  'reference-unknown': 'There is no event of this sender with this id',
  'event-too-large': 'The event would be larger than one event may be: send it in parts',
  // Events that are written as a message
  'no-events': 'There is no event to write',
  'wrong-standard': 'The format cannot hold events of this standard',
  'not-read-back': 'The message that was written does not say the same as the event',
  // Labels, policies and seals
  'label-missing': 'There is no label',
  'label-unreadable': 'This is not a label in a form that is known',
  'label-malformed': 'The label is not in the form of a label',
  'label-unknown-policy': 'The label names a policy or version that is not loaded',
  'label-unknown-classification': 'The classification is not of the policy',
  'label-unknown-category': 'A category is not of the policy',
  'label-unknown-value': 'A value is not of the policy',
  'label-invalid': 'The policy does not allow this combination',
  'legacy-marking': 'An old marking has no direct mapping: its owner decides',
  'above-domain': 'The label is above what this gateway may hold',
  'spif-invalid': 'The file is not a security policy information file that can be read',
  'seal-broken': 'The seal does not verify',
  // Requests and responses over HTTP
  'parameter-missing': 'This parameter is required',
  'parameter-invalid': 'The value of a parameter is not valid',
  'parameter-unknown': 'A query parameter that this operation does not know',
  'cursor-unknown': 'The cursor is not one that this gateway gave',
  'cursor-other-filters': 'The cursor was given for other filters',
  'unknown-task': 'There is no such task profile',
  'subject-missing': 'Name the subject whose linked cases are meant',
  'on-behalf-of-missing': 'Name the person that you act for',
  'on-behalf-of-differs': 'The header names another person than the access token',
  'event-not-in-log': 'The delivery log has no such event that was delivered',
  'address-refused': 'The address is not one that the gateway may call',
  'too-many-requests-for-message': 'There are as many requests for this message as there may be',
  'response-invalid': 'The response is not as the contract describes it',
} as const;

/** A code of an adapter's own, named in its documentation: `adapter.<id>.<reason>`. */
export type AdapterCode = `adapter.${string}.${string}`;

export type RefusalCode = keyof typeof REFUSALS | AdapterCode;

/** Whether a code is one that receipts may have: adapters can be written in JavaScript. */
export const isKnownCode = (code: string): code is RefusalCode =>
  Object.hasOwn(REFUSALS, code) || /^adapter\.[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/.test(code);

/** Why something cannot pass. It names the place and the reason, never the value. */
export interface Refusal {
  readonly code: RefusalCode;
  /** One sentence in plain English, with no value of the message in it. */
  readonly reason: string;
  /** JSON Pointer (RFC 6901) into the event, or a path of element names into the message. */
  readonly at?: string;
  /** 1-based line of the message as received. */
  readonly line?: number;
  /** 1-based place in that line, in characters. */
  readonly column?: number;
}

/** A refusal with its standard reason, or a more precise one. */
export const refusal = (code: keyof typeof REFUSALS, reason: string = REFUSALS[code], at?: string): Refusal => ({
  code,
  reason,
  ...(at === undefined ? {} : { at }),
});

/** A code of an adapter's own. */
export const adapterCode = (id: string, reason: string): AdapterCode => `adapter.${id}.${reason}`;

/** A gateway states so many refusals of one event at most: where there are as many, there can be more. */
export const MOST_REFUSALS = 50;

/** How the reason starts where a property is not there. */
export const MISSING_PROPERTY = 'A required property is missing';
