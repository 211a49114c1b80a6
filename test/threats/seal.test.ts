/** T03, T04, T22, T23, T26, T42: sealed data cannot be changed, and withheld data leaves no residue. */

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Adapter, JsonObject } from '../../adapters/adapter.ts';
import { success } from '../../adapters/result.ts';
import { newCase } from '../../adapters/spi/index.ts';
import { portionClaim } from '../../contracts/client/seal-form.ts';
import { dominates } from '../../gateway/labels/decision.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import type { Label } from '../../gateway/labels/label.ts';
import { compileClearance } from '../../gateway/labels/policy.ts';
import { decide } from '../../gateway/labels/redact.ts';
import { digestOf } from '../../gateway/labels/seal.ts';
import { deliver } from '../../gateway/pipeline/deliver.ts';
import { NOTHING_KNOWN } from '../../gateway/protections/register.ts';
import { corpus, hasCorpus } from '../support/corpus.ts';
import {
  anyClearance,
  clearanceFor,
  clearanceOf,
  eventOf,
  eventsOf,
  labelling,
  must,
  NOW,
  POLICY,
  policy,
  recordVerifier,
  sampleCase,
  sampleResult,
  source,
  take,
  verifier,
  withAdapter,
} from '../support/rules-in-force.ts';

const verify = async (event: SealedEvent, topic?: string) => must(await verifier().verify(event, topic));
const isBroken = async (event: SealedEvent, topic?: string): Promise<boolean> => !(await verifier().verify(event, topic)).ok;
const copy = <T>(value: T): T => structuredClone(value);

async function redacted(text: string, persona: string): Promise<SealedEvent> {
  const { event, topic } = await eventOf(text);
  const decision = decide(labelling, await verify(event, topic), clearanceOf(persona), NOW);
  if (decision.verdict !== 'redact') throw new Error(decision.verdict);
  return decision.event;
}

describe('T03 a label or body changed on the bus breaks the seal', () => {
  it('in any byte', async () => {
    const { event, topic } = await eventOf(sampleResult);
    const value = Buffer.from(JSON.stringify(event));
    const context = {
      now: () => NOW,
      labelling: () => labelling,
      records: recordVerifier(),
      known: () => NOTHING_KNOWN,
    };
    const clearance = clearanceOf('cps');
    expect((await deliver(context, { topic, key: event.partitionkey, value, headers: {} }, clearance)).ok).toBe(true);
    await fc.assert(
      fc.asyncProperty(fc.nat(value.length - 1), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
        const flipped = Buffer.from(value);
        flipped[at] = (flipped[at] ?? 0) ^ bits;
        const delivery = await deliver(context, { topic, key: event.partitionkey, value: flipped, headers: {} }, clearance);
        // A flip may change the spelling and not the value, as in white space; then what is delivered is the same.
        if (delivery.ok) expect(delivery.value.decision).toMatchObject({ verdict: 'permit', event: JSON.parse(JSON.stringify(event)) });
      }),
      { numRuns: 3000 },
    );
  });

  it('and covers every label, portion and context attribute', async () => {
    const { event, topic } = await eventOf(sampleCase);
    const changes: ((event: Record<string, never>) => void)[] = [
      (target) => Object.assign(target, { classification: 'OFFICIAL' }),
      (target) => Object.assign(target, { subject: 'other' }),
      (target) => Object.assign(target, { recordedtime: '2020-01-01T00:00:00.000Z' }),
      (target) => Object.assign(target, { dataschema: 'urn:other' }),
      (target) => Object.assign(target, { rendition: 'OFFICIAL-SENSITIVE-X' }),
      (target) => Object.assign((target as JsonObject).data as object, { label: { policy: POLICY, classification: 'OFFICIAL' } }),
      (target) =>
        Object.assign(((target as JsonObject).data as JsonObject).portions as object, {
          0: { label: { policy: POLICY, classification: 'OFFICIAL' }, at: ['/case/informant'] },
        }),
      (target) => Object.assign(((target as JsonObject).data as JsonObject).case as object, { urn: 'other' }),
      (target) => Object.assign(((target as JsonObject).data as JsonObject).case as object, { informant: 'other' }),
      (target) => Object.assign((target as JsonObject).data as object, { added: 1 }),
    ];
    for (const change of changes) {
      const changed = copy(event);
      change(changed as never);
      expect(await isBroken(changed, topic), String(change)).toBe(true);
    }
  });
});

describe('T04 a seal cannot be moved to another event', () => {
  it('with another id, type, source or topic', async () => {
    const { event, topic } = await eventOf(sampleCase);
    expect(await isBroken(event, topic)).toBe(false);
    for (const change of [
      { id: 'x'.repeat(43) },
      { type: 'uk.justice.hearing.resulted.v1' },
      { source: 'other' },
      { partitionkey: 'other' },
    ])
      expect(await isBroken({ ...event, ...change }, topic)).toBe(true);
    expect(await isBroken(event, 'justice.secret.case.v1')).toBe(true);
  });
  it('and a portion cannot be moved into another event, or inside one', async () => {
    const [{ event: first }, { event: second }] = [await eventOf(sampleCase), await eventOf(sampleCase.replace('Ffion', 'Nest'))];
    const defendants = copy(first.data.defendants);
    const mixed = { ...first, data: { ...first.data, defendants: second.data.defendants } } as SealedEvent;
    expect(await isBroken(mixed)).toBe(true);
    const [defendant] = defendants as unknown as [{ address: unknown; offences: [{ victims: [{ address: unknown }] }] }];
    [defendant.address, defendant.offences[0].victims[0].address] = [defendant.offences[0].victims[0].address, defendant.address];
    expect(await isBroken({ ...first, data: { ...first.data, defendants } } as SealedEvent)).toBe(true);
  });
});

/** Every string and number in a value, deep. */
function* leavesOf(value: unknown): Generator<string> {
  if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) yield* leavesOf(member);
  else if (value !== undefined && value !== null) yield String(value);
}

describe('T22 redaction leaves no residue', () => {
  it('of withheld portions in the supplier’s copy', async () => {
    const canary = 'CANARY7F3A';
    const text = sampleCase
      .replaceAll(/(PROSSER|Ffion|Larkspur Terrace|Kittiwake Row|PENHALIGON|TREGEAR|Boat builder)/g, canary)
      .replace('heard shouting', canary)
      .replaceAll('07700 900317', `0770${canary}`);
    const event = await redacted(text, 'supplier');
    expect(JSON.stringify(event)).not.toContain(canary);
    const signed = Buffer.from(event.seal.split('.')[1] ?? '', 'base64url').toString();
    expect(signed).not.toContain(canary);
  });

  it('for the supplier, who sees no victim and no address, while the CPS reviewer sees both', async () => {
    const supplier = JSON.stringify(await redacted(sampleCase, 'supplier'));
    expect(supplier).toContain('TREMAYNE');
    for (const hidden of ['victims', 'PROSSER', 'Kittiwake', 'address', 'Larkspur', 'officerInCase', 'extensions'])
      expect(supplier).not.toContain(hidden);
    const { event, topic } = await eventOf(sampleCase);
    const cps = decide(labelling, await verify(event, topic), clearanceOf('cps'), NOW);
    expect(cps).toMatchObject({ verdict: 'permit' });
    for (const seen of ['PROSSER', 'Kittiwake', 'Larkspur']) expect(JSON.stringify(cps)).toContain(seen);
  });

  it('in salts of withheld portions, and the label is that of the remaining parts', async () => {
    const { event: original } = await eventOf(sampleCase);
    const event = await redacted(sampleCase, 'supplier');
    const places = ({ data }: SealedEvent) => data.portions.flatMap(({ at }) => at);
    const [, , ...salts] = event.seal.split('~');
    const [, , ...all] = original.seal.split('~');
    expect(salts).toEqual(all.filter((_, n) => places(event).includes(places(original)[n] ?? '')));
    expect(salts.length).toBeLessThan(all.length);
    expect(event.data.label).toEqual({ policy: POLICY, classification: 'OFFICIAL' });
  });

  it('in the number of digests, which is the same with or without the withheld parts', async () => {
    const count = async (text: string) =>
      (JSON.parse(Buffer.from((await redacted(text, 'supplier')).seal.split('.')[1] ?? '', 'base64url').toString()) as { _sd: string[] })
        ._sd.length;
    const victim = /\s*<OtherPartyVictim>[\s\S]*<\/OtherPartyVictim>/;
    expect(await count(sampleCase.replace(victim, ''))).toBe(await count(sampleCase));
  });
});

describe('T23 no hash of a low-entropy value can be guessed', () => {
  it('with a dictionary of all dates of birth, in the supplier’s copy', async () => {
    const event = await redacted(sampleCase, 'supplier');
    const digests = (JSON.parse(Buffer.from(event.seal.split('.')[1] ?? '', 'base64url').toString()) as { _sd: string[] })._sd;
    const seen = new Set([...digests, event.id, event.subject, event.partitionkey, ...leavesOf(event.data)]);
    const born = '/defendants/0/person/dateOfBirth';
    const { event: original } = await eventOf(sampleCase);
    const label = original.data.portions.find(({ at }) => at.includes(born))?.label as Label;
    // An attacker who guesses knows how digests are made, and has every salt that the supplier was given.
    const known = ['', ...event.seal.split('~').slice(1)];
    for (let day = new Date('1930-01-01'); day < new Date('2020-01-01'); day = new Date(day.getTime() + 86_400_000)) {
      const date = day.toISOString().slice(0, 10);
      const guesses = [date, JSON.stringify(date), portionClaim(label, date)].flatMap((guess) =>
        (['base64url', 'hex'] as const).map((form) => createHash('sha256').update(guess).digest(form)),
      );
      for (const digest of [...guesses, ...known.map((salt) => digestOf(salt, born, portionClaim(label, date)))])
        if (seen.has(digest)) throw new Error(`found ${date}`);
    }
    expect([...seen].some((value) => value?.includes('1991-04-17'))).toBe(false);
  });

  it('and nobody can make an id from the message without the key', async () => {
    const { event } = await eventOf(sampleCase);
    const bytes = Buffer.from(sampleCase);
    for (const guess of [bytes, Buffer.concat([Buffer.from('test.source'), bytes])])
      expect(createHash('sha256').update(guess).digest('base64url')).not.toBe(event.id);
  });
});

describe('T26 unknown properties are not passed on', () => {
  it('from a random extra element to a lower level', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[A-Z][a-z]{3,9}$/), fc.stringMatching(/^[A-Z0-9]{12}$/), async (name, value) => {
        const text = sampleCase.replace('<CaseInitiation>', `<${name}x>${value}</${name}x><CaseInitiation>`);
        const { event } = await eventOf(text);
        expect(JSON.stringify(event.data.extensions)).toContain(value);
        expect(JSON.stringify(await redacted(text, 'supplier'))).not.toContain(value);
      }),
      { numRuns: 50 },
    );
  });
  it('from an adapter that adds a property to the data, which is refused', async () => {
    const adding: Adapter = {
      ...newCase,
      id: 'adding',
      decode: (message) => {
        const decoded = newCase.decode(message);
        return decoded.ok
          ? success({ events: decoded.value.events.map((event) => ({ ...event, data: { ...event.data, extra: 'CANARY' } })) })
          : decoded;
      },
    };
    const outcome = await take(sampleCase, {}, withAdapter(adding));
    expect(outcome).toMatchObject({ kind: 'refused', refusals: [{ code: 'schema-violation' }] });
    expect(JSON.stringify(outcome)).not.toContain('CANARY');
  });
});

describe('T42 a hostile adapter cannot lower a label', () => {
  it('because the source’s floor holds, and a label from an adapter is ignored', async () => {
    const lowering: Adapter = {
      ...newCase,
      id: 'lowering',
      decode: (message) => {
        const decoded = newCase.decode(message);
        const label = { policy: POLICY, classification: 'OFFICIAL' };
        return decoded.ok
          ? success({
              events: decoded.value.events.map((event) => ({
                ...event,
                data: { ...event.data, label, portions: [], quality: { basis: 'fact' } },
              })),
            })
          : decoded;
      },
    };
    const outcome = await take(sampleCase, { source: source({ classification: 'SECRET' }) }, withAdapter(lowering));
    expect(outcome).toMatchObject({ kind: 'accepted', label: { classification: 'SECRET' } });
    if (outcome.kind === 'accepted') expect(outcome.events[0]?.event.data.portions.length).toBeGreaterThan(1);
  });
});

describe.runIf(hasCorpus)('for every event of the corpus and every clearance of the policy', () => {
  it('no withheld portion is delivered, and the delivered copy verifies', async () => {
    const messages = corpus('spi-resulted-case', 'spi-new-case', 'spi-routedata');
    const sealVerifier = verifier();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...messages), anyClearance, fc.boolean(), async ({ bytes }, clearance, isCleared) => {
        const compiled = must(compileClearance(policy, isCleared ? { ...clearance, classifications: ['OFFICIAL'] } : clearance));
        for (const { event, topic } of await eventsOf(bytes)) {
          const verified = must(await sealVerifier.verify(event, topic));
          const decision = decide(labelling, verified, compiled, NOW);
          if (decision.verdict === 'deny') {
            expect(dominates(policy, compiled, verified.base)).toBe(false);
            continue;
          }
          const delivered = JSON.stringify(decision.event);
          must(await sealVerifier.verify(JSON.parse(delivered) as SealedEvent));
          const kept = new Set(leavesOf(decision.event.data));
          for (const { pointer, label } of verified.portions) {
            if (dominates(policy, compiled, label)) continue;
            expect(delivered).not.toContain(`"${pointer}"`);
            let value: unknown = event.data;
            for (const step of pointer.split('/').slice(1)) value = (value as Record<string, unknown>)[step];
            // A value that is also in a readable portion (a court named twice) is not a leak.
            for (const leaf of leavesOf(value))
              if (leaf.length > 6 && !kept.has(leaf)) expect(delivered.includes(JSON.stringify(leaf))).toBe(false);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('a reader with only OFFICIAL gets only what is outside portions', async () => {
    const { event, topic } = await eventOf(sampleCase);
    const decision = decide(labelling, await verify(event, topic), clearanceFor({ classifications: ['OFFICIAL'] }), NOW);
    expect(decision.verdict === 'redact' && decision.event.data.portions.flatMap(({ at }) => at)).toEqual(['/defendants/0/person/name']);
  });
});
