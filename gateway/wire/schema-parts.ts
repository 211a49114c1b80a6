/** Parts of the JSON Schemas of the gateway's own streams. */

export type Schema = Readonly<Record<string, unknown>>;

export const name = { type: 'string', minLength: 1, maxLength: 300 };
/** A SHA-256 digest in base64url, such as the id of an event. */
export const digest = { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$' };
export const instant = { type: 'string', maxLength: 40, format: 'date-time' };

/** An object with members that it must have, and members that it may have. Later versions may add others. */
export const object = (required: Schema, optional: Schema = {}): Schema => ({
  type: 'object',
  required: Object.keys(required),
  properties: { ...required, ...optional },
});
