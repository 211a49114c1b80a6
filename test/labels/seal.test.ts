import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import { portionClaim, topicClaim } from '../../contracts/client/seal-form.ts';
import type { Label } from '../../gateway/labels/label.ts';
import { digestOf, seal } from '../../gateway/labels/seal.ts';
import { KEY, labelledIn, OFFICE, officeLaw } from './invented.ts';

/** A visit of two people, of whom not everything is known: what is not known gets decoys. */
const data = {
  title: 'A visit',
  extensions: { raw: 'x' },
  defendants: [{ address: '1 Mole Row', person: { name: 'Perran Tregoss' } }, { notes: 'Quiet' }],
} as unknown as JsonObject;
const TOPICS = ['low', 'middle', 'high'];

function sealed() {
  let secret = Buffer.alloc(0);
  const salts = (id: string, length: number): Buffer => {
    const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, n) => createHash('sha256').update(`${id} ${n}`).digest());
    secret = Buffer.concat(blocks).subarray(0, length);
    return secret;
  };
  const visit = seal(labelledIn(officeLaw(), 'visit', data, { classification: 'OPEN' }), TOPICS, () => 'middle', KEY, salts);
  const { _sd: digests } = JSON.parse(Buffer.from(visit.event.seal.split('.')[1] ?? '', 'base64url').toString()) as { _sd: string[] };
  return { ...visit, digests, secret };
}

describe('a seal', () => {
  it('discloses the topic of the event, and each portion in order', () => {
    const { event, home, topicSalts, portions } = sealed();
    expect(home).toBe('middle');
    expect(event.seal.split('~').slice(1)).toEqual([topicSalts.get('middle'), ...portions.map(({ salt }) => salt)]);
    expect(portions.map(({ pointer }) => pointer)).toEqual(event.data.portions.flatMap(({ at }) => at));
  });
  it('has a digest for each topic and for each possible place of a portion, filled or empty', () => {
    const { digests, portions } = sealed();
    // Title, extensions, and for each of two people an address, notes, a name and a date of birth, if there is a person.
    expect(portions).toHaveLength(5);
    expect(digests).toHaveLength(TOPICS.length + 2 + 4 + 2);
    for (const digest of digests) expect(digest).toMatch(/^[\w-]{43}$/);
  });
  it('has digests in an order that reveals nothing', () => {
    const { digests } = sealed();
    expect(digests).toEqual(digests.toSorted());
  });
  it('uses every secret byte once: no salt reveals another salt or a decoy', () => {
    const { event, digests, secret, topicSalts, portions } = sealed();
    const values: Readonly<Record<string, string>> = {
      '/title': 'A visit',
      '/defendants/0/address': '1 Mole Row',
      '/defendants/1/notes': 'Quiet',
    };
    const known = new Set(Array.from(topicSalts, ([topic, salt]) => digestOf(salt, 'topic', topicClaim(topic))));
    const labels = event.data.portions.flatMap(({ label, at }) => at.map((): Label => label));
    for (const [n, { pointer, salt }] of portions.entries()) {
      const value = pointer === '/extensions' ? { raw: 'x' } : (values[pointer] ?? 'Perran Tregoss');
      known.add(digestOf(salt, pointer, portionClaim(labels[n] as Label, value)));
    }
    const decoys = digests.filter((digest) => !known.has(digest));
    expect(digests.length - decoys.length).toBe(known.size);
    const parts = [...topicSalts.values(), ...portions.map(({ salt }) => salt), ...decoys].map((part) => Buffer.from(part, 'base64url'));
    const spans = parts.map((part) => [secret.indexOf(part), part.length] as const).toSorted(([a], [b]) => a - b);
    let end = 0;
    for (const [from, length] of spans) {
      expect(from).toBe(end);
      end = from + length;
    }
    expect(end).toBe(secret.length);
  });
});

describe('the sealed content of a portion', () => {
  it('is its label and its value, in one spelling', () => {
    const [one, other]: readonly Label[] = [
      { policy: OFFICE, classification: 'OPEN' },
      { classification: 'OPEN', policy: { version: '1.0.0', id: 'office' } },
    ];
    const spelled = '{"label":{"classification":"OPEN","policy":{"id":"office","version":"1.0.0"}},"value":{"a":1,"b":2}}';
    expect(portionClaim(one as Label, { b: 2, a: 1 })).toBe(spelled);
    expect(portionClaim(other as Label, { a: 1, b: 2 })).toBe(spelled);
  });
  it('is computed again when its label changes', () => {
    const label = { policy: OFFICE, classification: 'OPEN' };
    const before = portionClaim(label, 1);
    label.classification = 'SHUT';
    expect(portionClaim(label, 1)).toBe(before.replace('OPEN', 'SHUT'));
  });
});
