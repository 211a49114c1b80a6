/** Escaping for markup (HTML, XML): the one place that does it for texts that no template engine escapes. */

/** The text as it can stand in an element or a quoted attribute. */
export const escapeMarkup = (text: unknown): string => String(text).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
