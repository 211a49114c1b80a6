/** Verifies a seal: the signature, the context, the topic, every portion that is there and every label, and nothing taken on trust. */
import { type CryptoKey, compactVerify, errors } from 'jose';
import { at } from '../../adapters/json.ts';
import { type Result, success } from '../../adapters/result.ts';
import { markingOf } from '../../contracts/client/label.ts';
import {
  isMarkedRightly,
  isSealedContext,
  portionClaim,
  SEAL_ALGORITHM,
  SEAL_TYPE,
  type SealClaims,
  topicClaim,
  topicSaltOf,
} from '../../contracts/client/seal-form.ts';
import type { SealedEvent, VerifiedEvent } from './event.ts';
import { join, sameLabel } from './join.ts';
import type { Labelling } from './label-event.ts';
import { levelTopics } from './levels.ts';
import { placesOf } from './places.ts';
import { compileLabel } from './policy.ts';
import { baseDigest, digestOf, wholeDigest } from './seal.ts';
import { broken } from './seal-fault.ts';

/** The trusted public keys of seals, by `kid`. */
export type TrustedKeys = (kid: string) => CryptoKey | undefined;

/** A signature once verified stays verified: the cache is by the whole JWS, so any other byte is another entry. */
const VERIFIED_AT_MOST = 20_000;

const GROUP = ['label', 'at'];
const POLICY = ['id', 'version'];

const hasOnly = (value: object, names: readonly string[]): boolean => Object.keys(value).every((name) => names.includes(name));

/** The context of a large event, which says where the event is (contracts/openapi.yaml, LargeEvent). */
const isReference = (event: object): boolean => 'dataref' in event && !('data' in event) && !('seal' in event);

/** The number of portions that an event states. */
const placesIn = ({ data }: SealedEvent): number =>
  Array.isArray(data.portions) ? data.portions.flatMap(({ at: places }) => places).length : 0;

export class SealVerifier {
  readonly #labelling: () => Labelling;
  readonly #keys: TrustedKeys;
  readonly #verified = new Map<string, { readonly claims: SealClaims; readonly kid: string }>();

  constructor(labelling: () => Labelling, keys: TrustedKeys) {
    this.#labelling = labelling;
    this.#keys = keys;
  }

  /**
   * Verifies an event as it came off a bus or out of a file. `topic` is where it was read from; a rendition that does not disclose
   * its topic passes without one only where `topic` is undefined.
   */
  async verify(event: SealedEvent, topic?: string): Promise<Result<VerifiedEvent>> {
    if (typeof event.seal !== 'string' || typeof event.data !== 'object' || event.data === null)
      return broken(isReference(event) ? 'by-reference' : 'no-seal');
    const [jws = '', topicSalt = '', ...salts] = event.seal.split('~');
    const signed = await this.#claims(jws);
    if (!signed.ok) return signed;
    const claims = signed.value;
    if (!isSealedContext(claims, event)) return broken('context');
    const digests = new Set(claims._sd);
    if (!this.#disclosesTopic(event, claims, digests, topicSalt, topic)) return broken('topic');
    return this.#content(event, claims, digests, salts);
  }

  /** Whether the seal of an event that was verified would be accepted now: its key may have been revoked since. */
  stillTrusts({ seal }: SealedEvent): boolean {
    const known = this.#verified.get(seal.split('~', 1)[0] ?? '');
    return known !== undefined && this.#keys(known.kid) !== undefined;
  }

  /** Whether the salt of the topic discloses where the event was read from, or, where that is not known, a topic that it could stand on. */
  #disclosesTopic(event: SealedEvent, claims: SealClaims, digests: Set<string>, salt: string, topic: string | undefined): boolean {
    if (topic !== undefined) return digests.delete(digestOf(salt, 'topic', topicClaim(topic)));
    if (salt === '' || claims.whole === wholeDigest(salt, placesIn(event))) return true;
    const { policy } = this.#labelling();
    const [, , noun, , major] = event.type.split('.');
    return levelTopics(policy).some((level) => digests.delete(digestOf(salt, 'topic', topicClaim(`justice.${level}.${noun}.${major}`))));
  }

  async #claims(jws: string): Promise<Result<SealClaims>> {
    const known = this.#verified.get(jws);
    // A key can be revoked after what it sealed was verified.
    if (known !== undefined) return this.#keys(known.kid) === undefined ? broken('key') : success(known.claims);
    // The last letter of base64url has bits to spare: one signature must have one spelling.
    if (!jws.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)) return broken('spelling');
    try {
      const { payload, protectedHeader } = await compactVerify(
        jws,
        ({ kid }) => {
          const key = this.#keys(kid ?? '');
          if (key === undefined) throw new errors.JWKSNoMatchingKey();
          return key;
        },
        { algorithms: [SEAL_ALGORITHM] },
      ).then((verified) => {
        if (verified.protectedHeader.typ !== SEAL_TYPE) throw new errors.JWSInvalid('typ');
        return verified;
      });
      const claims = JSON.parse(Buffer.from(payload).toString()) as SealClaims;
      if (this.#verified.size >= VERIFIED_AT_MOST) this.#verified.delete(this.#verified.keys().next().value as string);
      this.#verified.set(jws, { claims, kid: protectedHeader.kid ?? '' });
      return success(claims);
    } catch (error) {
      if (error instanceof errors.JOSEError) return broken(error instanceof errors.JWKSNoMatchingKey ? 'key' : 'signature');
      throw error;
    }
  }

  #content(event: SealedEvent, claims: SealClaims, digests: Set<string>, salts: readonly string[]): Result<VerifiedEvent> {
    const labelling = this.#labelling();
    const { policy } = labelling;
    const base = compileLabel(policy, claims.label);
    if (!base.ok) return base;
    if (!Array.isArray(event.data.portions)) return broken('portions-missing', '/portions');
    const portions: VerifiedEvent['portions'][number][] = [];
    let eventLabel = base.value;
    for (const group of event.data.portions) {
      if (!Array.isArray(group.at) || group.at.length === 0 || !hasOnly(group, GROUP)) return broken('place', '/portions');
      const pointers: readonly string[] = group.at;
      const values = pointers.map((pointer) => at(event.data, pointer));
      // A label counts only once its digest is found among those that were signed.
      for (const [n, pointer] of pointers.entries()) {
        const value = values[n];
        const salt = salts[portions.length + n] ?? '';
        if (value === undefined || !digests.delete(digestOf(salt, pointer, portionClaim(group.label, value))))
          return broken('portion', '/portions');
      }
      const label = compileLabel(policy, group.label);
      if (!label.ok) return label;
      for (const pointer of pointers) portions.push({ pointer, label: label.value, salt: salts[portions.length] ?? '' });
      eventLabel = join(policy, eventLabel, label.value);
    }
    if (salts.length !== portions.length) return broken('disclosure');
    const pointers = portions.map(({ pointer }) => pointer);
    if (baseDigest(event.data, pointers) !== claims.base) return broken('base');
    const stated = compileLabel(policy, event.data.label);
    if (!stated.ok) return broken('label', '/label');
    const expected = labelling.spell(eventLabel);
    const recompiled = compileLabel(policy, expected);
    // What opens nothing, such as an old marking, is compared by its name: the label is in nobody's seal.
    if (!recompiled.ok || !sameLabel(recompiled.value, stated.value)) return broken('label', '/label');
    if (!hasOnly(event.data.label, Object.keys(expected)) || !hasOnly(event.data.label.policy, POLICY)) return broken('label', '/label');
    if (event.classification !== markingOf(expected)) return broken('classification');
    if (!isMarkedRightly(event, claims, wholeDigest(topicSaltOf(event), portions.length))) return broken('rendition');
    return success({ event, base: base.value, portions, places: placesOf(pointers) });
  }
}
