/** A verifier trusts nothing: each change to a sealed event has its own refusal, for the log. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { CompactSign, type CryptoKey, importJWK, type JWK } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import { canonicalJson } from '../../adapters/canonical-json.ts';
import { refusal } from '../../adapters/refusal.ts';
import { failure } from '../../adapters/result.ts';
import { SEAL_FAULTS } from '../../contracts/client/seal-faults.ts';
import { portionClaim, SEAL_TYPE } from '../../contracts/client/seal-form.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import type { Label } from '../../gateway/labels/label.ts';
import { digestOf, signCompact } from '../../gateway/labels/seal.ts';
import { SealVerifier, type TrustedKeys } from '../../gateway/labels/verify.ts';
import { context, eventOf, labelling, must, POLICY, sampleCase, verifier } from '../support/rules-in-force.ts';

type Writable = { -readonly [name in keyof SealedEvent]: SealedEvent[name] } & { data: Record<string, object> };
interface Claims {
  _sd: string[];
  base: string;
  event: Record<string, Json>;
  label: Record<string, Json>;
}

const { event, topic } = await eventOf(sampleCase);
const [JWS = '', TOPIC = '', ...SALTS] = event.seal.split('~');

/** The event, changed by somebody without a key. */
const changed = (change: (copy: Writable) => void): SealedEvent => {
  const copy = JSON.parse(JSON.stringify(event)) as Writable;
  change(copy);
  return copy;
};
/** The event under other claims, signed by somebody with a key: a faulty or foreign gateway. */
const resigned = (change: (claims: Claims) => void, more: Partial<SealedEvent> = {}, typ = SEAL_TYPE, salts = SALTS): SealedEvent => {
  const claims = JSON.parse(Buffer.from(JWS.split('.')[1] ?? '', 'base64url').toString()) as Claims;
  change(claims);
  const jws = signCompact(canonicalJson(claims as unknown as JsonObject), typ, context.sealKey);
  return { ...event, ...more, seal: [jws, TOPIC, ...salts].join('~') };
};
/** What is left of an event that is delivered by reference. */
const contextOf = ({ data: _data, seal: _seal, ...context }: SealedEvent) => context;
const signedWith = (payload: string, header: object): string => {
  const parts = [JSON.stringify(header), payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
  return `${parts}.${sign(null, Buffer.from(parts), context.sealKey.key).toString('base64url')}`;
};
const PAYLOAD = Buffer.from(JWS.split('.')[1] ?? '', 'base64url').toString();
const withJws = (jws: string): SealedEvent => ({ ...event, seal: [jws, TOPIC, ...SALTS].join('~') });
const portionsOf = (copy: Writable): { label: Label; at: string[] }[] => copy.data.portions as never;

const broken = (reason: string, at?: string) => failure(refusal('seal-broken', reason, at));
const NO_SEAL = broken('There is no seal');
const CONTEXT = broken('The context attributes are not those that were sealed');
const UNTRUSTED = broken('The seal names a key that is not trusted');
const SIGNATURE = broken('The signature does not verify');
const PORTION = broken('A portion or its label is not what was sealed', '/portions');
const BASE = broken('The part outside the portions is not what was sealed');
const PLACE = broken('A portion has no place', '/portions');
const LABEL = broken('The label is not the join of what the event holds', '/label');
const DISCLOSES = broken('The seal discloses what the event does not hold');

afterEach(() => vi.restoreAllMocks());

describe('a sealed event', () => {
  it('verifies unchanged, with the place, label and salt of each portion', async () => {
    const verified = must(await verifier().verify(event, topic));
    expect(verified).toMatchObject({ event, base: { classification: 0 } });
    expect(verified.portions.map(({ pointer, salt }) => [pointer, salt])).toEqual(
      event.data.portions.flatMap(({ at }) => at).map((pointer, n) => [pointer, SALTS[n]]),
    );
  });
  it('is the same after it was written again', async () => {
    expect(
      await verifier().verify(
        resigned(() => undefined),
        topic,
      ),
    ).toMatchObject({ value: { base: { classification: 0 } } });
  });
});

describe('a change to a sealed event', () => {
  const cases: readonly (readonly [string, SealedEvent, object])[] = [
    ['no seal', changed((copy) => Object.assign(copy, { seal: undefined })), NO_SEAL],
    ['a seal that is not text', changed((copy) => Object.assign(copy, { seal: 1 })), NO_SEAL],
    ['no data', changed((copy) => Object.assign(copy, { data: null })), NO_SEAL],
    ['data that is not an object', changed((copy) => Object.assign(copy, { data: 'text' })), NO_SEAL],
    ['an empty seal', changed((copy) => Object.assign(copy, { seal: '' })), SIGNATURE],
    ['an unknown key', withJws(signedWith(PAYLOAD, { alg: 'EdDSA', typ: SEAL_TYPE, kid: 'other' })), UNTRUSTED],
    ['a signature of another event', withJws(`${JWS.split('.').slice(0, 2).join('.')}.${'A'.repeat(86)}`), SIGNATURE],
    ['a signed thing of another type', resigned(() => undefined, {}, 'JWT'), SIGNATURE],
    [
      'a reference to it in its place',
      { ...contextOf(event), dataref: 'https://interchange.example/v1/events/large' } as unknown as SealedEvent,
      broken(SEAL_FAULTS['by-reference']),
    ],
    ['its context alone', contextOf(event) as SealedEvent, NO_SEAL],
    [
      'its data without a seal, and a reference',
      { ...contextOf(event), data: event.data, dataref: 'x' } as unknown as SealedEvent,
      NO_SEAL,
    ],
    ['its seal without data, and a reference', { ...contextOf(event), seal: event.seal, dataref: 'x' } as unknown as SealedEvent, NO_SEAL],
    ['another subject', changed((copy) => Object.assign(copy, { subject: 'other' })), CONTEXT],
    ['another trace', changed((copy) => Object.assign(copy, { traceparent: '00-0-0-00' })), CONTEXT],
    [
      'a list of portions that is missing',
      changed((copy) => delete (copy.data as JsonObject & { portions?: Json }).portions),
      broken('The list of portions is missing', '/portions'),
    ],
    [
      'portions that are not a list',
      changed((copy) => Object.assign(copy.data, { portions: { 0: {} } })),
      broken('The list of portions is missing', '/portions'),
    ],
    [
      'a portion without a place',
      changed((copy) => Object.assign(portionsOf(copy)[0] as object, { at: undefined })),
      broken('A portion has no place', '/portions'),
    ],
    [
      'a portion whose place is not a list',
      changed((copy) => Object.assign(portionsOf(copy)[0] as object, { at: '/case/informant' })),
      broken('A portion has no place', '/portions'),
    ],
    [
      'a portion that says more than its label and its places',
      changed((copy) => Object.assign(portionsOf(copy)[0] as object, { note: 'x' })),
      PLACE,
    ],
    ['a portion that has no place', changed((copy) => portionsOf(copy).push({ label: event.data.label, at: [] })), PLACE],
    ['a label that says more', changed((copy) => Object.assign(copy.data.label as object, { note: 'x' })), LABEL],
    [
      'a label whose policy says more',
      changed((copy) => Object.assign(copy.data.label as object, { policy: { ...POLICY, note: 'x' } })),
      LABEL,
    ],
    ['a value that was exchanged', changed((copy) => Object.assign(copy.data.case as object, { informant: 'Nobody' })), PORTION],
    [
      'a label that was lowered',
      changed((copy) => Object.assign(portionsOf(copy)[0] as object, { label: { policy: POLICY, classification: 'OFFICIAL' } })),
      PORTION,
    ],
    ['a portion where there is nothing', changed((copy) => portionsOf(copy)[0]?.at.splice(0, 1, '/nothing')), PORTION],
    ['one place twice', changed((copy) => portionsOf(copy)[0]?.at.splice(0, 1, '/case/informant')), PORTION],
    [
      'one place twice, with its salt',
      resigned(
        () => undefined,
        changed((copy) => portionsOf(copy)[0]?.at.splice(0, 0, '/extensions')),
        SEAL_TYPE,
        [SALTS[0] ?? '', ...SALTS],
      ),
      PORTION,
    ],
    ['portions in another order', changed((copy) => portionsOf(copy).reverse()), PORTION],
    ['a salt of a portion that is not there', { ...event, seal: `${event.seal}~${SALTS[0]}` }, DISCLOSES],
    ['an empty salt too many', { ...event, seal: `${event.seal}~` }, DISCLOSES],
    ['a salt too few', { ...event, seal: event.seal.slice(0, event.seal.lastIndexOf('~')) }, PORTION],
    ['something added outside the portions', changed((copy) => Object.assign(copy.data, { added: 1 })), BASE],
    ['a portion that is not declared', changed((copy) => Object.assign(copy.data.hearing as object, { note: 'x' })), BASE],
    ['a base that is another event’s', resigned((claims) => Object.assign(claims, { base: 'A'.repeat(43) })), BASE],
    [
      'a label below its content',
      changed((copy) => Object.assign(copy.data, { label: { policy: POLICY, classification: 'OFFICIAL' } })),
      LABEL,
    ],
    ['a label above its content', changed((copy) => Object.assign(copy.data.label as object, { classification: 'SECRET' })), LABEL],
    ['no label', changed((copy) => delete (copy.data as JsonObject & { label?: Json }).label), LABEL],
    [
      'a label of another policy',
      changed((copy) => Object.assign(copy.data.label as object, { policy: { id: 'other', version: '1.0.0' } })),
      LABEL,
    ],
    ['a base above the label', resigned((claims) => Object.assign(claims.label, { classification: 'SECRET' })), LABEL],
    [
      'a marking below the label',
      changed((copy) => Object.assign(copy, { classification: 'OFFICIAL' })),
      broken('The classification attribute contradicts the label'),
    ],
    [
      'a rendition for a lower marking',
      changed((copy) => Object.assign(copy, { rendition: 'OFFICIAL' })),
      broken('The rendition attribute contradicts the seal or the label'),
    ],
  ];
  it.each(cases)('is found: %s', async (_, sealed, refusal) => {
    expect(await verifier().verify(sealed)).toStrictEqual(refusal);
  });
  it('is found: another topic', async () => {
    const other = broken('The event was sealed for another topic');
    expect(await verifier().verify(event, 'justice.secret.case.v1')).toEqual(other);
    expect(await verifier().verify({ ...event, seal: [JWS, SALTS[0], ...SALTS].join('~') }, topic)).toEqual(other);
    expect(await verifier().verify({ ...event, seal: JWS }, topic)).toEqual(other);
    // A file does not say which topic its event was read from, but it is one of its standard.
    expect(await verifier().verify({ ...event, seal: [JWS, SALTS[0], ...SALTS].join('~') })).toEqual(other);
  });
  it('is found: a signature that is spelled in another way', async () => {
    // The last of 86 letters holds 2 bits of the signature, and 4 unused bits.
    const last = JWS.at(-1) ?? '';
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const twin = `${JWS.slice(0, -1)}${letters[letters.indexOf(last) + 1]}`;
    expect(Buffer.from(twin.split('.')[2] ?? '', 'base64url')).toEqual(Buffer.from(JWS.split('.')[2] ?? '', 'base64url'));
    expect(await verifier().verify(withJws(twin))).toEqual(broken('The signature is not spelled as it was made'));
  });
  it('is found: another algorithm, though its key is trusted', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = (await importJWK(publicKey.export({ format: 'jwk' }) as JWK, 'ES256')) as CryptoKey;
    const jws = await new CompactSign(Buffer.from(PAYLOAD))
      .setProtectedHeader({ alg: 'ES256', typ: SEAL_TYPE, kid: 'ec' })
      .sign(privateKey);
    const sealVerifier = new SealVerifier(
      () => labelling,
      () => key,
    );
    expect(await sealVerifier.verify(withJws(jws))).toEqual(SIGNATURE);
  });
});

describe('an event sealed by a trusted key', () => {
  it('is refused with the policy’s reason where the policy does not know its base label', async () => {
    const refused = await verifier().verify(resigned((claims) => Object.assign(claims.label, { classification: 'ROYAL' })));
    expect(refused).toMatchObject({ refusals: [{ code: 'label-unknown-classification', at: '/classification' }] });
  });
  it('is refused where the policy does not know the label of a portion', async () => {
    const label = { policy: POLICY, classification: 'ROYAL' };
    const data = { ...event.data, portions: [{ label, at: ['/extensions'] }] };
    const digest = digestOf('salt', '/extensions', portionClaim(label, event.data.extensions as Json));
    const royal = resigned((claims) => claims._sd.push(digest), { data: data as never }, SEAL_TYPE, ['salt']);
    expect(await verifier().verify(royal)).toMatchObject({ refusals: [{ code: 'label-unknown-classification', at: '/classification' }] });
  });
  it('has a value in each portion', async () => {
    const label = { policy: POLICY, classification: 'OFFICIAL' };
    const data = { ...event.data, portions: [{ label, at: ['/nothing'] }] };
    const digest = digestOf('salt', '/nothing', `{"label":${canonicalJson(label)},"value":undefined}`);
    const empty = resigned((claims) => claims._sd.push(digest), { data: data as never }, SEAL_TYPE, ['salt']);
    expect(await verifier().verify(empty)).toEqual(PORTION);
  });
  it('has a salt for each portion, even where one was sealed without', async () => {
    const label = { policy: POLICY, classification: 'OFFICIAL' };
    const data = { ...event.data, portions: [{ label, at: ['/extensions'] }] };
    const digest = digestOf('', '/extensions', portionClaim(label, event.data.extensions as Json));
    const bare = resigned((claims) => claims._sd.push(digest), { data: data as never }, SEAL_TYPE, []);
    expect(await verifier().verify(bare)).toEqual(DISCLOSES);
  });
});

describe('seal keys', () => {
  const trusting = async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const trusted = (await importJWK(publicKey.export({ format: 'jwk' }) as JWK, 'EdDSA')) as CryptoKey;
    const asked: string[] = [];
    const known = { is: true };
    const keys: TrustedKeys = (kid) => {
      asked.push(kid);
      return known.is ? trusted : undefined;
    };
    const jwsOf = (header: object, payload = PAYLOAD) => {
      const parts = [JSON.stringify(header), payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
      return `${parts}.${sign(null, Buffer.from(parts), privateKey).toString('base64url')}`;
    };
    return { sealVerifier: new SealVerifier(() => labelling, keys), asked, known, jwsOf };
  };
  const HEADER = { alg: 'EdDSA', typ: SEAL_TYPE, kid: 'one' };

  it('verify nothing after their revocation, even where the signature verified before', async () => {
    const { sealVerifier, known, jwsOf } = await trusting();
    const sealed = withJws(jwsOf(HEADER));
    expect(await sealVerifier.verify(sealed)).toMatchObject({ ok: true });
    known.is = false;
    expect(await sealVerifier.verify(sealed)).toEqual(UNTRUSTED);
    known.is = true;
    expect(await sealVerifier.verify(sealed)).toMatchObject({ ok: true });
  });
  it('still trust an event that was verified, until they are revoked', async () => {
    const { sealVerifier, known, jwsOf } = await trusting();
    const sealed = withJws(jwsOf(HEADER));
    expect(sealVerifier.stillTrusts(sealed)).toBe(false);
    expect(await sealVerifier.verify(sealed)).toMatchObject({ ok: true });
    expect(sealVerifier.stillTrusts(sealed)).toBe(true);
    expect(sealVerifier.stillTrusts(withJws(`${JWS.slice(0, -1)}A`))).toBe(false);
    known.is = false;
    expect(sealVerifier.stillTrusts(sealed)).toBe(false);
  });
  it('are looked up by id each time, or by an empty id where a seal has none', async () => {
    const { sealVerifier, asked, jwsOf } = await trusting();
    const [named, nameless] = [withJws(jwsOf(HEADER)), withJws(jwsOf({ ...HEADER, kid: undefined }))];
    for (const sealed of [named, named, nameless, nameless]) expect(await sealVerifier.verify(sealed)).toMatchObject({ ok: true });
    expect(asked).toEqual(['one', 'one', '', '']);
  });
  it('verify each signature once', async () => {
    const { sealVerifier, jwsOf } = await trusting();
    const verify = vi.spyOn(crypto.subtle, 'verify');
    const [first, second] = [withJws(jwsOf(HEADER)), withJws(jwsOf({ ...HEADER, kid: 'two' }))];
    for (const sealed of [first, second, first, second, first]) expect(await sealVerifier.verify(sealed)).toMatchObject({ ok: true });
    expect(verify).toHaveBeenCalledTimes(2);
  });
  it('that are unavailable cause an error, and not a report of forgery', async () => {
    const sealVerifier = new SealVerifier(
      () => labelling,
      () => {
        throw new Error('The store of keys is away');
      },
    );
    await expect(sealVerifier.verify(event)).rejects.toThrow('The store of keys is away');
  });
  it('that signed something other than claims cause an error', async () => {
    const { sealVerifier, jwsOf } = await trusting();
    await expect(sealVerifier.verify(withJws(jwsOf(HEADER, 'no claims')))).rejects.toThrow(SyntaxError);
  });
});
