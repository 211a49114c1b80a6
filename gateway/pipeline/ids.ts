/** Ids and pseudonyms: the same input gives the same one, and without the key nobody can guess what it was made of (T22, T23). */
import { createCipheriv, createHmac } from 'node:crypto';
import type { SaltSource } from '../labels/seal.ts';

export interface Identities {
  /** 43 characters of base64url, from the sender and the exact bytes. */
  messageId(sender: string, bytes: Uint8Array): string;
  /** 43 characters, from the message, the adapter and the event's place in the message. */
  eventId(messageId: string, adapter: string, index: number): string;
  /** 22 characters that stand for a reference of a kind, such as a case's URN. */
  pseudonym(kind: string, reference: string): string;
  readonly salts: SaltSource;
}

/** Identities under a secret of at least 32 bytes. All gateways of one deployment share it; it must outlive every event. */
export function makeIdentities(secret: Uint8Array): Identities {
  const derive = (purpose: string): Buffer => createHmac('sha256', secret).update(purpose).digest();
  const [messages, events, pseudonyms, salts] = ['messages', 'events', 'pseudonyms', 'salts'].map(derive) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  const zero = Buffer.alloc(16);
  return {
    messageId: (sender, bytes) => createHmac('sha256', messages).update(`${sender.length}:${sender}`).update(bytes).digest('base64url'),
    eventId: (messageId, adapter, index) => createHmac('sha256', events).update(`${messageId}:${adapter}:${index}`).digest('base64url'),
    pseudonym: (kind, reference) => createHmac('sha256', pseudonyms).update(`${kind}:${reference}`).digest('base64url').slice(0, 22),
    salts: (eventId, length) => {
      const key = createHmac('sha256', salts).update(eventId).digest();
      return createCipheriv('aes-256-ctr', key, zero).update(Buffer.alloc(length));
    },
  };
}
