/** The form of the ids of messages, events, subscriptions, requests and jobs: 43 characters of base64url. */
const ID = /^[\w-]{43}$/;

/** Whether a text has the form of an id. */
export const isId = (text: string): boolean => ID.test(text);
