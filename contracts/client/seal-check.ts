/** Verifies the seal of an event without the label policy: what a reader can do who has only the gateway's published keys. */
import { compactVerify, errors, type JWTVerifyGetKey } from 'jose';
import { at } from '../../adapters/json.ts';
import { baseDigest, digestOf, wholeDigest } from './digest.ts';
import type { SealedEvent } from './event.ts';
import { isJoin } from './joined-label.ts';
import { type Label, markingOf } from './label.ts';
import type { SealFault } from './seal-faults.ts';
import {
  isMarkedRightly,
  isSealedContext,
  portionClaim,
  SEAL_ALGORITHM,
  SEAL_TYPE,
  type SealClaims,
  topicClaim,
  topicSaltOf,
} from './seal-form.ts';

/** Levels of the bus in the policy `uk.gov.gsc`. */
const LEVELS = ['official', 'official-sensitive', 'official-restricted', 'secret', 'top-secret'];

const hasOnly = (value: object, names: readonly string[]): boolean => Object.keys(value).every((name) => names.includes(name));

const digestOfTopic = (salt: string, topic: string): Promise<string> => digestOf(salt, 'topic', topicClaim(topic));

/** Whether the salt of the topic discloses `topic`, or, where that is not known, a topic that the event could stand on. */
async function disclosesTopic(
  { type }: SealedEvent,
  digests: ReadonlySet<string>,
  salt: string,
  topic: string | undefined,
): Promise<boolean> {
  if (topic !== undefined) return digests.has(await digestOfTopic(salt, topic));
  const [, , noun, , major] = type.split('.');
  const possible = await Promise.all(LEVELS.map((level) => digestOfTopic(salt, `justice.${level}.${noun}.${major}`)));
  return possible.some((digest) => digests.has(digest));
}

async function claimsOf(jws: string, keys: JWTVerifyGetKey): Promise<SealClaims | SealFault> {
  // The last letter of base64url has bits to spare: one signature must have one spelling.
  if (!jws.split('.').every((part) => /^[\w-]*$/.test(part) && !hasSpareBits(part))) return 'spelling';
  try {
    const { payload, protectedHeader } = await compactVerify(jws, keys, { algorithms: [SEAL_ALGORITHM] });
    return protectedHeader.typ === SEAL_TYPE ? (JSON.parse(new TextDecoder().decode(payload)) as SealClaims) : 'signature';
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return 'key';
    if (error instanceof errors.JOSEError) return 'signature';
    throw error;
  }
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Whether the last letter has bits beyond the last complete byte. */
const hasSpareBits = (part: string): boolean => {
  const last = LETTERS.indexOf(part.at(-1) ?? 'A');
  return part.length % 4 === 2 ? (last & 15) !== 0 : part.length % 4 === 3 && (last & 3) !== 0;
};

interface Portion {
  readonly label: Label;
  readonly pointer: string;
}

async function contentFault(
  event: SealedEvent,
  claims: SealClaims,
  digests: Set<string>,
  salts: readonly string[],
): Promise<SealFault | undefined> {
  const { data, classification } = event;
  if (!Array.isArray(data.portions)) return 'portions-missing';
  const portions: Portion[] = [];
  for (const group of data.portions) {
    const isGroup = Array.isArray(group.at) && group.at.length > 0 && hasOnly(group, ['label', 'at']);
    if (!isGroup) return 'place';
    portions.push(...group.at.map((pointer: string): Portion => ({ label: group.label, pointer })));
  }
  for (const [n, { label, pointer }] of portions.entries()) {
    const value = at(data, pointer);
    if (value === undefined || !digests.delete(await digestOf(salts[n] ?? '', pointer, portionClaim(label, value)))) return 'portion';
  }
  if (salts.length !== portions.length) return 'disclosure';
  const pointers = portions.map(({ pointer }) => pointer);
  if ((await baseDigest(data, pointers)) !== claims.base) return 'base';
  if (!isJoin(data.label, [claims.label, ...portions.map(({ label }) => label)])) return 'label';
  if (classification !== markingOf(data.label)) return 'classification';
  return isMarkedRightly(event, claims, await wholeDigest(topicSaltOf(event), portions.length)) ? undefined : 'rendition';
}

/**
 * What is wrong with the seal of an event, or undefined where it verifies. `topic` is where the event was read from, if from the bus.
 * Rejects with what `keys` rejects with, where the keys cannot be had.
 */
export async function sealFault(event: SealedEvent, keys: JWTVerifyGetKey, topic?: string): Promise<SealFault | undefined> {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return 'not-an-event';
  if (typeof event.seal !== 'string' || typeof event.data !== 'object' || event.data === null)
    return 'dataref' in event && !('data' in event) && !('seal' in event) ? 'by-reference' : 'no-seal';
  const [jws = '', topicSalt = '', ...salts] = event.seal.split('~');
  const claims = await claimsOf(jws, keys);
  if (typeof claims === 'string') return claims;
  try {
    if (!isSealedContext(claims, event)) return 'context';
    const digests = new Set(claims._sd);
    const isBound = topic === undefined && (topicSalt === '' || claims.whole === (await wholeDigest(topicSalt, salts.length)));
    if (!isBound && !(await disclosesTopic(event, digests, topicSalt, topic))) return 'topic';
    return await contentFault(event, claims, digests, salts);
  } catch (error) {
    // An event can hold anything: what makes the check stumble does not verify.
    if (error instanceof TypeError || error instanceof RangeError) return 'not-an-event';
    throw error;
  }
}
