/** Ids and pseudonyms: the same input gives the same result, and nobody can guess the input without the key (T22, T23). */
import { createHash, createHmac, hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { SaltSource } from '../labels/seal.ts';

export interface Identities {
  /** 43 characters of base64url, from the sender, the exact bytes, and what else was said of them (`aboutMessage`). */
  messageId(sender: string, bytes: Uint8Array, about?: string): string;
  /** The same id, hashed in parts, so that a large message does not block the event loop. */
  messageIdAside(sender: string, bytes: Uint8Array, about?: string): Promise<string>;
  /** The same id of bytes that come in pieces. */
  messageIdOfPieces(sender: string): PiecewiseId;
  /** 43 characters, from the message, the adapter and the event's place in the message. */
  eventId(messageId: string, adapter: string, index: number): string;
  /** 22 characters that stand for a reference of a kind, such as a case's URN. */
  pseudonym(kind: string, reference: string): string;
  /** The secret of a subscription's signatures after a number of renewals: `whsec_` and 32 bytes in base64 (Standard Webhooks). */
  webhookSecret(subscription: string, renewal: number): string;
  readonly salts: SaltSource;
}

/** An id in the making. */
export interface PiecewiseId {
  add(piece: Uint8Array): void;
  /** The id of all pieces that were added. Called once. */
  end(): string;
}

/** How many bytes are hashed at once. */
const CHUNK = 262_144;

/**
 * Identities under a secret of at least 32 bytes. All gateways of one deployment share it; it must outlive every event.
 * SHA-3 and SHAKE with the key in front are message authentication codes and pseudo-random functions as they are (FIPS 202, SP 800-185):
 * the sponge has no length extension.
 */
export function makeIdentities(secret: Uint8Array): Identities {
  const derive = (purpose: string): Buffer => createHmac('sha256', secret).update(purpose).digest();
  const purposes = ['messages', 'described messages', 'events', 'pseudonyms', 'salts', 'webhooks'];
  const [messages, described, events, pseudonyms, salts, webhooks] = purposes.map(derive) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  const keyed = (key: Buffer, text: string): string => hash('sha3-256', Buffer.concat([key, Buffer.from(text)]), 'base64url');
  // Use a separate key, so that the bytes of one message cannot collide with the bytes and metadata of another.
  const ofMessage = (sender: string, bytes: Uint8Array, about: string | undefined): Uint8Array =>
    about === undefined
      ? Buffer.concat([messages, Buffer.from(`${sender.length}:${sender}`), bytes])
      : Buffer.concat([described, Buffer.from(`${sender.length}:${sender}${about.length}:${about}`), bytes]);
  return {
    messageId: (sender, bytes, about) => hash('sha3-256', ofMessage(sender, bytes, about), 'base64url'),
    messageIdAside: async (sender, bytes, about) => {
      const hashed = createHash('sha3-256');
      const input = ofMessage(sender, bytes, about);
      for (let at = 0; at < input.length; at += CHUNK) {
        if (at > 0) await setImmediate();
        hashed.update(input.subarray(at, at + CHUNK));
      }
      return hashed.digest('base64url');
    },
    messageIdOfPieces: (sender) => {
      const made = createHash('sha3-256').update(ofMessage(sender, new Uint8Array(), undefined));
      return { add: (piece) => void made.update(piece), end: () => made.digest('base64url') };
    },
    eventId: (messageId, adapter, index) => keyed(events, `${messageId}:${adapter}:${index}`),
    pseudonym: (kind, reference) => keyed(pseudonyms, `${kind}:${reference}`).slice(0, 22),
    webhookSecret: (subscription, renewal) =>
      `whsec_${createHmac('sha256', webhooks).update(`${subscription}:${renewal}`).digest('base64')}`,
    salts: (eventId, length) => createHash('shake256', { outputLength: length }).update(salts).update(eventId).digest(),
  };
}
