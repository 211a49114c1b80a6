/** What is wrong with an event whose seal does not verify: one code and one reason for each fault, the same for every verifier. */

/** By its code, as test vectors and `interchange verify --json` give it. */
export const SEAL_FAULTS = {
  'not-an-event': 'This is not an event in JSON',
  'ambiguous-json': 'The JSON can be understood in two ways',
  'by-reference': 'The event came by reference: it has no data and no seal. Read the event at its dataref, and verify that',
  'no-seal': 'There is no seal',
  key: 'The seal names a key that is not trusted',
  signature: 'The signature does not verify',
  spelling: 'The signature is not spelled as it was made',
  context: 'The context attributes are not those that were sealed',
  topic: 'The event was sealed for another topic',
  'portions-missing': 'The list of portions is missing',
  place: 'A portion has no place',
  portion: 'A portion or its label is not what was sealed',
  disclosure: 'The seal discloses what the event does not hold',
  base: 'The part outside the portions is not what was sealed',
  label: 'The label is not the join of what the event holds',
  classification: 'The classification attribute contradicts the label',
  rendition: 'The rendition attribute contradicts the seal or the label',
} as const;

export type SealFault = keyof typeof SEAL_FAULTS;
