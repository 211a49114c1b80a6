/** The details of a list's SOAP envelope (WS-Addressing 1.0), which the event keeps in `message`. */

/** The parent and name of an envelope element, and the place for its text. */
const FACTS: Readonly<Record<string, string>> = {
  'Header/Action': 'type',
  'Header/MessageID': 'identifier',
  'Header/RelatesTo': 'correlationId',
  'From/Address': 'source',
};

/** Adds the value of an envelope element, if the standard has a place for it. The first value wins. */
export function noteFact(facts: Record<string, unknown>, parent: string, name: string, text: string): void {
  const value = text.trim();
  const key = FACTS[`${parent}/${name}`];
  if (value === '') return;
  if (key !== undefined) facts[key] ??= value;
  else if (`${parent}/${name}` === 'Header/To') facts.destinations ??= [value];
}
