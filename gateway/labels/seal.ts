/**
 * The seal: a signature over the label, the context and one salted digest for each portion, in the form of a selective-disclosure
 * JWT (RFC 9901). A redacted rendition verifies under it, and what was withheld leaves nothing that a dictionary could reverse.
 */
import { hash, type KeyObject, sign } from 'node:crypto';
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import { canonicalJson } from '../../adapters/canonical-json.ts';
import {
  baseText,
  disclosureText,
  portionClaim,
  SEAL_ALGORITHM,
  SEAL_TYPE,
  spelling,
  topicClaim,
} from '../../contracts/client/seal-form.ts';
import type { Content, LabelledEvent, VerifiedEvent } from './event.ts';
import type { CompiledLabel } from './label.ts';
import type { Labelled } from './label-event.ts';
import { placesOf } from './places.ts';

/** A signing key and its published id. */
export interface SealKey {
  readonly kid: string;
  /** A private Ed25519 key. */
  readonly key: KeyObject;
}

const base64url = (text: string): string => Buffer.from(text).toString('base64url');

/**
 * A compact JWS (RFC 7515) with EdDSA (RFC 8037) over a text. Not by `jose`, which verifies it: WebCrypto makes a job for a pool of threads
 * of each signature, and that costs three times the signature itself.
 */
export function signCompact(payload: string, typ: string, { kid, key }: SealKey): string {
  const signed = `${base64url(JSON.stringify({ alg: SEAL_ALGORITHM, typ, kid }))}.${base64url(payload)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
}

/** Secret bytes for an event, always the same for the same event, so that an event sent twice is one event: `length` bytes, of which a salt takes 16 and a decoy 32. */
export type SaltSource = (eventId: string, length: number) => Buffer;

/** The context attributes that the signature covers. `classification`, `rendition` and `seal` follow from them and the portions. */
function sealedContext(event: LabelledEvent): JsonObject {
  const { specversion, id, source, type, subject, time, partitionkey, datacontenttype, dataschema, recordedtime, sequence, traceparent } =
    event;
  const context = {
    specversion,
    id,
    source,
    type,
    subject,
    time,
    partitionkey,
    datacontenttype,
    dataschema,
    recordedtime,
    sequence,
    traceparent,
  };
  return context as unknown as JsonObject;
}

const sha256 = (value: string): string => hash('sha256', value, 'base64url');

/** A disclosure as RFC 9901 4.2.1 has it: base64url of the JSON array of salt, claim name and value. `claim` is canonical JSON. */
export const disclosureOf = (salt: string, name: string, claim: string): string => base64url(disclosureText(salt, name, claim));

/** The digest of a disclosure (RFC 9901, 4.2.3). */
export const digestOf = (salt: string, name: string, claim: string): string => sha256(disclosureOf(salt, name, claim));

/**
 * The digest that a complete event matches, and no redacted copy: with the salt of the topic that has the complete event, which no
 * such copy discloses, and the number of its portions, so that whoever has the complete event cannot pass a part of it off as complete.
 */
export const wholeDigest = (salt: string, portions: number): string => digestOf(salt, 'whole', String(portions));

/** The digest of everything in the data that is not a portion. */
export const baseDigest = (data: JsonObject, portions: readonly string[]): string => sha256(baseText(data, portions));

const SALT = 16;
const DIGEST = 32;

/** A sealed event, as whoever sealed it knows it: nothing has to be verified. */
export interface Sealed extends VerifiedEvent {
  readonly home: string;
  /** What discloses each topic. */
  readonly topicSalts: ReadonlyMap<string, string>;
}

/**
 * Seals a labelled event for the topics that it could stand on; `homeOf` says which of them has the complete event. Every place where the standard could have a portion gets a digest, a decoy where there is none
 * (RFC 9901, 4.2.7), so that the number of digests says nothing.
 */
export function seal(
  { event, base, compiled, slots, spare }: Labelled,
  topics: readonly string[],
  homeOf: (content: Content) => string,
  key: SealKey,
  salts: SaltSource,
): Sealed {
  const values = new Map(slots.map(({ pointer, holder, property }) => [pointer, holder[property]]));
  const present = event.data.portions.flatMap((group) => group.at.map((pointer) => ({ pointer, label: group.label })));
  const decoys = spare;
  const secret = salts(event.id, (topics.length + present.length) * SALT + decoys * DIGEST);
  const take = (length: number, offset: number) => secret.toString('base64url', offset, offset + length);
  // Every topic that it could stand on: which of them it does stands in no digest that others can read.
  const topicSalts = new Map(topics.map((topic, n) => [topic, take(SALT, n * SALT)]));
  const digests = Array.from(topicSalts, ([topic, salt]) => digestOf(salt, 'topic', topicClaim(topic)));
  const labels = new Map(slots.map(({ pointer, label }) => [pointer, label ?? compiled.eventLabel]));
  const portions: { pointer: string; label: CompiledLabel; salt: string }[] = [];
  for (const [n, { pointer, label }] of present.entries()) {
    const salt = take(SALT, (topics.length + n) * SALT);
    portions.push({ pointer, label: labels.get(pointer) as CompiledLabel, salt });
    digests.push(digestOf(salt, pointer, portionClaim(label, values.get(pointer) as Json)));
  }
  for (let n = 0; n < decoys; n++) digests.push(take(DIGEST, (topics.length + present.length) * SALT + n * DIGEST));
  const digestOfBase = baseDigest(
    event.data,
    present.map(({ pointer }) => pointer),
  );
  const home = homeOf({ event, base: compiled.base, portions });
  const homeSalt = topicSalts.get(home) ?? '';
  // SealClaims in canonical form: digests are letters that nothing has to be done to.
  const claims = `{"_sd":["${digests.sort().join('","')}"],"_sd_alg":"sha-256","base":"${digestOfBase}","event":${canonicalJson(sealedContext(event))},"label":${spelling(base)},"whole":"${wholeDigest(homeSalt, portions.length)}"}`;
  const jws = signCompact(claims, SEAL_TYPE, key);
  const sealed = { ...event, seal: [jws, homeSalt, ...portions.map(({ salt }) => salt)].join('~') };
  const places = placesOf(portions.map(({ pointer }) => pointer));
  return { event: sealed, home, base: compiled.base, portions, places, topicSalts };
}
