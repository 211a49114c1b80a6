/** Verifies a seal: the signature, the context, the topic, every portion that is there and every label, and nothing taken on trust. */
import { type CryptoKey, compactVerify, errors } from 'jose';
import type { Refusal } from '../../adapters/adapter.ts';
import { at, canonicalJson } from './canonical-json.ts';
import type { SealedEvent, VerifiedEvent } from './event.ts';
import { join, sameLabel } from './join.ts';
import { type Labelling, spell } from './label-event.ts';
import { placesOf } from './places.ts';
import { compileLabel, markingOf } from './policy.ts';
import { baseDigest, digestOf, portionClaim, SEAL_ALGORITHM, SEAL_TYPE, type SealClaims, sealedContext, topicClaim } from './seal.ts';

/** The public keys that seals are trusted under, by `kid`. */
export type TrustedKeys = (kid: string) => CryptoKey | undefined;

const broken = (reason: string, at?: string): Refusal => ({ code: 'seal-broken', reason, ...(at === undefined ? {} : { at }) });

const UNTRUSTED = 'The seal names a key that is not trusted';

/** A signature once verified stays verified: the cache is by the whole JWS, so any other byte is another entry. */
const VERIFIED_AT_MOST = 20_000;

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
  async verify(event: SealedEvent, topic?: string): Promise<VerifiedEvent | Refusal> {
    if (typeof event.seal !== 'string' || typeof event.data !== 'object' || event.data === null) return broken('There is no seal');
    const [jws = '', topicSalt = '', ...salts] = event.seal.split('~');
    const claims = await this.#claims(jws);
    if ('code' in claims) return claims as unknown as Refusal;
    if (canonicalJson(claims.event) !== canonicalJson(sealedContext(event)))
      return broken('The context attributes are not those that were sealed');
    const digests = new Set(claims._sd);
    if (topic !== undefined && !digests.delete(digestOf(topicSalt, 'topic', topicClaim(topic))))
      return broken('The event was sealed for another topic');
    return this.#content(event, claims, digests, salts);
  }

  async #claims(jws: string): Promise<SealClaims | Refusal> {
    const known = this.#verified.get(jws);
    // A key can be revoked after what it sealed was verified.
    if (known !== undefined) return this.#keys(known.kid) === undefined ? broken(UNTRUSTED) : known.claims;
    // The last letter of base64url has bits to spare: one signature must have one spelling.
    if (!jws.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part))
      return broken('The signature is not spelled as it was made');
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
      return claims;
    } catch (error) {
      if (error instanceof errors.JOSEError)
        return broken(error instanceof errors.JWKSNoMatchingKey ? UNTRUSTED : 'The signature does not verify');
      throw error;
    }
  }

  #content(event: SealedEvent, claims: SealClaims, digests: Set<string>, salts: readonly string[]): VerifiedEvent | Refusal {
    const labelling = this.#labelling();
    const { policy } = labelling;
    const base = compileLabel(policy, claims.label);
    if ('code' in base) return base;
    if (!Array.isArray(event.data.portions)) return broken('The list of portions is missing', '/portions');
    const portions: VerifiedEvent['portions'][number][] = [];
    let whole = base;
    for (const group of event.data.portions) {
      if (!Array.isArray(group.at)) return broken('A portion has no place', '/portions');
      const pointers: readonly string[] = group.at;
      const values = pointers.map((pointer) => at(event.data, pointer));
      // A label counts only once its digest is found among those that were signed.
      for (const [n, pointer] of pointers.entries()) {
        const value = values[n];
        const salt = salts[portions.length + n] ?? '';
        if (value === undefined || !digests.delete(digestOf(salt, pointer, portionClaim(group.label, value))))
          return broken('A portion or its label is not what was sealed', '/portions');
      }
      const label = compileLabel(policy, group.label);
      if ('code' in label) return label;
      for (const pointer of pointers) portions.push({ pointer, label, salt: salts[portions.length] ?? '' });
      whole = join(policy, whole, label);
    }
    if (salts.length !== portions.length) return broken('The seal discloses what the event does not hold');
    const pointers = portions.map(({ pointer }) => pointer);
    if (baseDigest(event.data, pointers) !== claims.base) return broken('The part outside the portions is not what was sealed');
    const stated = compileLabel(policy, event.data.label);
    if ('code' in stated) return broken('The label is not the join of what the event holds', '/label');
    const expected = spell(labelling, whole);
    const recompiled = compileLabel(policy, expected);
    if ('code' in recompiled || !sameLabel(recompiled, stated))
      return broken('The label is not the join of what the event holds', '/label');
    if (event.classification !== markingOf(expected)) return broken('The classification attribute contradicts the label');
    if (event.rendition !== undefined && event.rendition !== event.classification)
      return broken('The rendition attribute contradicts the label');
    return { event, base, portions, places: placesOf(pointers) };
  }
}
