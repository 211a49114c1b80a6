/** What the SOAP envelope says of a list (WS-Addressing 1.0): kept in the event's `message`. */

/** Parent and name of an element of the envelope, and where its text goes. */
const FACTS: Readonly<Record<string, string>> = {
  'Header/Action': 'type',
  'Header/MessageID': 'identifier',
  'Header/RelatesTo': 'correlationId',
  'From/Address': 'source',
};

/** Adds what an element of the envelope says, if it is one of the facts that the standard names. The first value wins. */
export function noteFact(facts: Record<string, unknown>, parent: string, name: string, text: string): void {
  const value = text.trim();
  const key = FACTS[`${parent}/${name}`];
  if (value === '') return;
  if (key !== undefined) facts[key] ??= value;
  else if (`${parent}/${name}` === 'Header/To') facts.destinations ??= [value];
}
