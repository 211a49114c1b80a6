/** A sealed event as any SD-JWT library reads it (RFC 9901): the signature with the disclosure of everything that the event holds. */
import { at } from '../../adapters/json.ts';
import { portionClaim, topicClaim } from '../../contracts/client/seal-form.ts';
import type { SealedEvent } from './event.ts';
import { disclosureOf } from './seal.ts';

/**
 * The SD-JWT in its compact form: `<JWS>~<disclosure>~…~`. Each portion is a claim under its JSON Pointer, with its label and value.
 * `topic` is disclosed where the event discloses one.
 */
export function sdJwtOf({ seal, data }: SealedEvent, topic?: string): string {
  const [jws = '', topicSalt = '', ...salts] = seal.split('~');
  const places = data.portions.flatMap(({ label, at: pointers }) => pointers.map((pointer) => ({ label, pointer })));
  const disclosures = places.map(({ label, pointer }, n) =>
    disclosureOf(salts[n] ?? '', pointer, portionClaim(label, at(data, pointer) ?? null)),
  );
  const topicDisclosures = topic === undefined || topicSalt === '' ? [] : [disclosureOf(topicSalt, 'topic', topicClaim(topic))];
  return [jws, ...topicDisclosures, ...disclosures, ''].join('~');
}
