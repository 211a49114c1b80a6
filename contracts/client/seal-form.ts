/**
 * What the seal of an event is made of, but for its cryptography: what is signed, and the texts that digests are taken of. Whoever seals and
 * whoever verifies share it.
 */

import { canonicalJson, canonicalWithout, omissionsOf } from '../../adapters/canonical-json.ts';
import type { Json, JsonObject } from '../../adapters/json.ts';
import type { SealedEvent } from './event.ts';
import type { Label } from './label.ts';

export const SEAL_TYPE = 'seal+sd-jwt';
export const SEAL_ALGORITHM = 'EdDSA';

/** What the signature covers, besides the digests. */
export interface SealClaims extends JsonObject {
  readonly event: JsonObject;
  /** The label of everything that is not a portion. */
  readonly label: Label & JsonObject;
  /** Digest of everything that is not a portion. */
  readonly base: string;
  readonly _sd_alg: 'sha-256';
  readonly _sd: readonly string[];
  /** Shows that an event is complete, to whoever has the salt of its home. Absent from older seals. */
  readonly whole?: string;
}

/**
 * The context attributes that a signature must cover: all that an event has, whatever their names, but those that a verifier makes
 * again from the portions. What nobody signed is then no part of a sealed event. The gateway adds none after it sealed.
 */
function contextOf({ classification: _marking, rendition: _rendition, seal: _seal, data: _data, ...context }: SealedEvent): JsonObject {
  return context as unknown as JsonObject;
}

/** Attributes that are instants. */
const INSTANTS = ['time', 'recordedtime'];

/**
 * The context with its instants in the shortest form. Libraries that read and write events put zeros at the end of the fraction, take them
 * away, or write `+00:00` for `Z`: that is the same instant. Any other change is another.
 */
function withShortInstants(context: JsonObject): JsonObject {
  const short: Record<string, Json | undefined> = { ...context };
  for (const name of INSTANTS) {
    const text = short[name];
    if (typeof text === 'string') short[name] = text.replace(/(?:(\.\d*[1-9])0*|\.0+)?(?:Z|\+00:00)$/, '$1Z');
  }
  return short as JsonObject;
}

/** Whether the context of an event is what was signed. */
export const isSealedContext = ({ event: signed }: SealClaims, event: SealedEvent): boolean =>
  canonicalJson(withShortInstants(signed)) === canonicalJson(withShortInstants(contextOf(event)));

/** What the topic's disclosure is made of. */
export const topicClaim = (topic: string): string => JSON.stringify(topic);

const spellings = new WeakMap<Label, string>();

/** A label in canonical form. The same few stand everywhere; only those that nobody can change any more are remembered. */
export function spelling(label: Label): string {
  let spelled = spellings.get(label);
  if (spelled === undefined) {
    spelled = canonicalJson(label as unknown as Json);
    if (Object.isFrozen(label)) spellings.set(label, spelled);
  }
  return spelled;
}

/** What a portion's disclosure is made of: its label and its value, so that neither can be exchanged. Canonical JSON. */
export const portionClaim = (label: Label, value: Json): string => `{"label":${spelling(label)},"value":${canonicalJson(value)}}`;

/** A disclosure as RFC 9901 4.2.1 has it, before base64url: the JSON array of salt, claim name and value. `claim` is canonical JSON. */
export const disclosureText = (salt: string, name: string, claim: string): string =>
  `[${JSON.stringify(salt)},${JSON.stringify(name)},${claim}]`;

/** What the digest of everything in the data that is not a portion is taken of. */
export const baseText = (data: JsonObject, portions: readonly string[]): string =>
  canonicalWithout(data, omissionsOf(data, portions, ['label', 'portions']));

/** The salt that discloses the topic of an event, or that it is complete; empty where it discloses neither. */
export const topicSaltOf = ({ seal }: SealedEvent): string => seal.split('~', 2)[1] ?? '';

/** Whether `rendition` stands on a redacted copy, and on no other event. `expectedDigest` is the digest that a complete event has, made of its own topic salt and portions. */
export function isMarkedRightly(event: SealedEvent, claims: SealClaims, expectedDigest: string): boolean {
  const { rendition, classification } = event;
  if (rendition !== undefined && rendition !== classification) return false;
  // A seal of an earlier version says only of a copy without a topic that it is redacted.
  if (claims.whole === undefined) return rendition !== undefined || topicSaltOf(event) !== '';
  return (expectedDigest === claims.whole) === (rendition === undefined);
}
