/** Signatures of webhook deliveries, as Standard Webhooks 1.0 has them (symmetric, `v1`): the gateway signs with them, a consumer verifies. */
import type { CryptoKey } from 'jose';

/** Why a delivery is not to be trusted. */
export type WebhookFault = 'headers-missing' | 'timestamp-too-old' | 'timestamp-too-new' | 'signature-wrong';

/** A delivery must not be acted on. Answer it with 401 or 403. */
export class WebhookRefused extends Error {
  override readonly name = 'WebhookRefused';
  readonly fault: WebhookFault;
  constructor(fault: WebhookFault) {
    super(`The delivery is refused: ${fault}`);
    this.fault = fault;
  }
}

export interface WebhookHeaders {
  readonly 'webhook-id': string;
  /** Seconds since 1970. */
  readonly 'webhook-timestamp': string;
  /** `v1,` and the signature in base64; one for each secret in force, with spaces between. */
  readonly 'webhook-signature': string;
}

const PREFIX = 'whsec_';
/** How old a delivery may be, or how far ahead of the clock, in seconds. */
const TOLERANCE = 5 * 60;

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** Throws a TypeError for a secret that is not one. */
async function keyOf(secret: string): Promise<CryptoKey> {
  if (!secret.startsWith(PREFIX)) throw new TypeError(`The secret of a webhook begins with ${PREFIX}`);
  return crypto.subtle.importKey('raw', bytesOf(secret.slice(PREFIX.length)), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
}

function signed(id: string, timestamp: string, body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`${id}.${timestamp}.`);
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const joined = new Uint8Array(head.length + bytes.length);
  joined.set(head);
  joined.set(bytes, head.length);
  return joined;
}

/** The headers of a delivery of `body` at a time (seconds since 1970), signed with each secret in force. */
export async function signWebhook(
  secrets: readonly string[],
  id: string,
  timestamp: number,
  body: string | Uint8Array,
): Promise<WebhookHeaders> {
  const text = String(timestamp);
  const signatures = secrets.map(async (secret) => {
    const signature = new Uint8Array(await crypto.subtle.sign('HMAC', await keyOf(secret), signed(id, text, body)));
    return `v1,${btoa(String.fromCharCode(...signature))}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': text, 'webhook-signature': (await Promise.all(signatures)).join(' ') };
}

/**
 * Returns when a delivery was signed with the secret, a moment ago. `body` is the text or the bytes exactly as they came. Throws {@link WebhookRefused}
 * when it was not; a TypeError when the secret is not one. Signatures are compared in constant time.
 */
export async function verifyWebhook(
  secret: string,
  headers: { get(name: string): string | null | undefined },
  body: string | Uint8Array,
  now: number = Math.floor(Date.now() / 1000),
): Promise<void> {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => headers.get(name) ?? '');
  if (!id || !signatures || timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) throw new WebhookRefused('headers-missing');
  if (Number(timestamp) < now - TOLERANCE) throw new WebhookRefused('timestamp-too-old');
  if (Number(timestamp) > now + TOLERANCE) throw new WebhookRefused('timestamp-too-new');
  const key = await keyOf(secret);
  for (const entry of signatures.split(' ')) {
    const [version, signature = ''] = entry.split(',');
    if (version !== 'v1' || !/^[A-Za-z0-9+/]{43}=$/.test(signature)) continue;
    if (await crypto.subtle.verify('HMAC', key, bytesOf(signature), signed(id, timestamp, body))) return;
  }
  throw new WebhookRefused('signature-wrong');
}
