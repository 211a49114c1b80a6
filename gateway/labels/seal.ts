/**
 * The seal: a signature over the label, the context and one salted digest for each portion, in the form of a selective-disclosure
 * JWT (RFC 9901). A redacted rendition verifies under it, and what was withheld leaves nothing that a dictionary could reverse.
 */
import { hash, type KeyObject, sign } from 'node:crypto';
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import { canonicalJson, canonicalWithout, omissionsOf } from './canonical-json.ts';
import type { Content, LabelledEvent, SealedEvent, VerifiedEvent } from './event.ts';
import type { CompiledLabel, Label } from './label.ts';
import type { Labelled } from './label-event.ts';
import { placesOf } from './places.ts';

export const SEAL_TYPE = 'seal+sd-jwt';
export const SEAL_ALGORITHM = 'EdDSA';

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

/** Secret bytes for an event, always the same for the same event, so that an event sent twice is one event: `count` times 16 bytes of salt or 32 of decoy. */
export type SaltSource = (eventId: string, length: number) => Buffer;

/** What the signature covers, besides the digests. */
export interface SealClaims extends JsonObject {
  readonly event: JsonObject;
  /** The label of everything that is no portion. */
  readonly label: Label & JsonObject;
  /** Digest of everything that is no portion. */
  readonly base: string;
  readonly _sd_alg: 'sha-256';
  readonly _sd: readonly string[];
  /** Says that an event is whole, to whoever has the salt of its home. Absent from older seals. */
  readonly whole?: string;
}

/** The context attributes that the signature covers. `classification`, `rendition` and `seal` follow from them and the portions. */
export function sealedContext(event: LabelledEvent): JsonObject {
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

const sha256 = (value: string): string => hash('sha256', value, 'base64url');

/** What the topic's disclosure is made of. */
export const topicClaim = (topic: string): string => JSON.stringify(topic);

const spellings = new WeakMap<Label, string>();

/** A label in canonical form. The same few stand everywhere; only those that nobody can change any more are remembered. */
function spelling(label: Label): string {
  let spelled = spellings.get(label);
  if (spelled === undefined) {
    spelled = canonicalJson(label as unknown as Json);
    if (Object.isFrozen(label)) spellings.set(label, spelled);
  }
  return spelled;
}

/** What a portion's disclosure is made of: its label and its value, so that neither can be exchanged. Canonical JSON. */
export const portionClaim = (label: Label, value: Json): string => `{"label":${spelling(label)},"value":${canonicalJson(value)}}`;

/** A disclosure as RFC 9901 4.2.1 has it: base64url of the JSON array of salt, claim name and value. `claim` is canonical JSON. */
export const disclosureOf = (salt: string, name: string, claim: string): string =>
  Buffer.from(`[${JSON.stringify(salt)},${JSON.stringify(name)},${claim}]`).toString('base64url');

/** The digest of a disclosure (RFC 9901, 4.2.3). */
export const digestOf = (salt: string, name: string, claim: string): string => sha256(disclosureOf(salt, name, claim));

/**
 * The digest that a whole event matches and no copy that was redacted: with the salt of the topic that the event stands on whole, which no
 * such copy discloses, and the number of its portions, so that whoever has the whole event cannot pass a part of it off as the whole.
 */
export const wholeDigest = (salt: string, portions: number): string => digestOf(salt, 'whole', String(portions));

/** Whether `rendition` stands on a redacted copy, and on no other event. */
export function isMarkedRightly({ seal, rendition, classification }: SealedEvent, { whole }: SealClaims, portions: number): boolean {
  const [, salt = ''] = seal.split('~');
  if (rendition !== undefined && rendition !== classification) return false;
  // A seal of an earlier version says only of a copy without a topic that it is redacted.
  if (whole === undefined) return rendition !== undefined || salt !== '';
  return (wholeDigest(salt, portions) === whole) === (rendition === undefined);
}

/** The digest of everything in the data that is no portion. */
export const baseDigest = (data: JsonObject, portions: readonly string[]): string =>
  sha256(canonicalWithout(data, omissionsOf(data, portions, ['label', 'portions'])));

const SALT = 16;
const DIGEST = 32;

/** A sealed event, as whoever sealed it knows it: nothing has to be verified. */
export interface Sealed extends VerifiedEvent {
  readonly home: string;
  /** What discloses each topic. */
  readonly topicSalts: ReadonlyMap<string, string>;
}

/**
 * Seals a labelled event for the topics that it could stand on; `homeOf` says on which it stands whole. Every place where the standard could have a portion gets a digest, a decoy where there is none
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
  const labels = new Map(slots.map(({ pointer, label }) => [pointer, label ?? compiled.whole]));
  const portions: { pointer: string; label: CompiledLabel; salt: string }[] = [];
  for (const [n, { pointer, label }] of present.entries()) {
    const salt = take(SALT, (topics.length + n) * SALT);
    portions.push({ pointer, label: labels.get(pointer) as CompiledLabel, salt });
    digests.push(digestOf(salt, pointer, portionClaim(label, values.get(pointer) as Json)));
  }
  for (let n = 0; n < decoys; n++) digests.push(take(DIGEST, (topics.length + present.length) * SALT + n * DIGEST));
  const own = baseDigest(
    event.data,
    present.map(({ pointer }) => pointer),
  );
  const home = homeOf({ event, base: compiled.base, portions });
  const homeSalt = topicSalts.get(home) ?? '';
  // SealClaims in canonical form: digests are letters that nothing has to be done to.
  const claims = `{"_sd":["${digests.sort().join('","')}"],"_sd_alg":"sha-256","base":"${own}","event":${canonicalJson(sealedContext(event))},"label":${spelling(base)},"whole":"${wholeDigest(homeSalt, portions.length)}"}`;
  const jws = signCompact(claims, SEAL_TYPE, key);
  const sealed = { ...event, seal: [jws, homeSalt, ...portions.map(({ salt }) => salt)].join('~') };
  const places = placesOf(portions.map(({ pointer }) => pointer));
  return { event: sealed, home, base: compiled.base, portions, places, topicSalts };
}
