/**
 * What a reader may not see changes nothing of what the reader gets: two events that differ only in portions above a clearance are
 * delivered at that clearance byte for byte alike, but for what is salted.
 */
import { describe, expect, it } from 'vitest';
import type { DecodedEvent, Json, JsonObject } from '../../adapters/adapter.ts';
import { at } from '../../adapters/json.ts';
import type { SealedEvent, VerifiedEvent } from '../../gateway/labels/event.ts';
import type { CompiledClearance } from '../../gateway/labels/label.ts';
import { labelEvent, labelSlots } from '../../gateway/labels/label-event.ts';
import { decide } from '../../gateway/labels/redact.ts';
import { seal } from '../../gateway/labels/seal.ts';
import { prepare } from '../../gateway/pipeline/read.ts';
import { pseudonymsOf } from '../../gateway/protections/mentions.ts';
import { keysOfPerson } from '../../gateway/protections/people.ts';
import type { KnownProtections } from '../../gateway/protections/protect.ts';
import { knownOf, type ProtectionRecord, pseudonymsFor } from '../../gateway/protections/register.ts';
import { adapterFor, corpus } from '../support/corpus.ts';
import {
  clearanceFor,
  clearanceOf,
  config,
  context,
  labelling,
  NOW,
  policy,
  sampleCase,
  sampleResult,
  source,
  submissionOf,
} from '../support/rules-in-force.ts';

/** `PAIRS=50000` is the long form. */
const PAIRS = Number(process.env.PAIRS ?? 10_000);
const SENDER = source();

/** Numbers below a bound, the same in every run. */
let state = 20261123;
function roll(bound: number): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) % bound;
}

/** Clearances of the personas, and clearances that have one value and lack all others. */
const clearances: readonly CompiledClearance[] = [
  ...config.clients
    .map(({ persona }) => persona)
    .filter((persona) => persona !== undefined)
    .map(clearanceOf),
  clearanceFor({ classifications: ['OFFICIAL'] }),
  clearanceFor({ classifications: ['OFFICIAL'], sensitive: true }),
  clearanceFor({ classifications: ['OFFICIAL'], sensitive: true, releasableTo: ['PROBATION'] }),
  clearanceFor({ classifications: ['OFFICIAL'], sensitive: true, releasableTo: ['PRISONS'], restrictions: ['CYPA1933_s49'] }),
  clearanceFor({ classifications: ['OFFICIAL'], sensitive: true, releasableTo: ['POLICE'], restrictions: ['SOAA1992_s1'] }),
  clearanceFor({ classifications: ['OFFICIAL'], releasableTo: ['SUPPLIERS'] }),
];

/** The events of a message, decoded by hand of its adapter and sealed under one id. */
function sealed(bytes: Uint8Array, adapter: string, decoded: readonly DecodedEvent[]): VerifiedEvent | undefined {
  const prepared = prepare(
    context,
    { ...submissionOf(bytes, { source: SENDER }), stamp: { recordedtime: '2026-11-23T12:00:00.000Z', sequence: '1' } },
    adapter,
    decoded,
  );
  const first = prepared.ok ? prepared.value[0] : undefined;
  if (first === undefined) return undefined;
  const labelled = labelEvent(labelling, first.event, SENDER.floor);
  return seal(labelled, ['justice.a.x.v1', 'justice.b.x.v1'], () => 'justice.b.x.v1', context.sealKey, context.identities.salts);
}

/** Everything of a delivered event that is not salted. */
function unsalted(event: SealedEvent): string {
  const [jws = '', ...salts] = event.seal.split('~');
  const {
    _sd: digests,
    whole,
    ...claims
  } = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as JsonObject & { _sd: string[]; whole: string };
  const lengths = [jws.length, whole.length, ...salts.map(({ length }) => length), ...digests.map(({ length }) => length)];
  return JSON.stringify({ ...event, seal: { claims, lengths } });
}

/** Letters and digits for others, so that it is still a value of its kind. */
function altered(value: Json): Json {
  if (typeof value === 'string')
    return value.replaceAll(/[A-Za-z0-9]/g, (character) =>
      roll(3) > 0 ? character : /\d/.test(character) ? String(roll(10)) : String.fromCharCode((character < 'a' ? 65 : 97) + roll(26)),
    );
  if (Array.isArray(value)) return value.map(altered);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, altered(member as Json)]));
  return value;
}

function changed(data: JsonObject, pointers: readonly string[]): JsonObject {
  const copy = structuredClone(data) as Record<string, unknown>;
  for (const pointer of pointers) {
    const holder = at(copy as JsonObject, pointer.slice(0, pointer.lastIndexOf('/'))) as Record<string, Json> | undefined;
    const name = pointer.slice(pointer.lastIndexOf('/') + 1);
    if (holder?.[name] === undefined) continue;
    if (roll(3) === 0) delete holder[name];
    else holder[name] = altered(holder[name]);
  }
  return copy as JsonObject;
}

/** A register in which the first defendant of the event, or everybody in its case, is protected. */
function registerFor({ event }: VerifiedEvent): KnownProtections {
  const { subject = '' } = event;
  const [defendant] = (event.data.defendants ?? []) as readonly JsonObject[];
  const keys = pseudonymsOf(keysOfPerson(roll(2) === 0 ? {} : (defendant ?? {})), pseudonymsFor(context.identities.pseudonym, subject));
  const protection: ProtectionRecord = {
    id: 'A'.repeat(22),
    case: subject,
    keys,
    restrictions: ['YJCEA1999_s46'],
    reason: 'order',
    title: 'Order',
    law: 'Law',
    by: 'owner',
    since: '2026-11-23T12:00:00.000Z',
  };
  return knownOf(policy, subject, [{ protection }], context.identities.pseudonym, NOW);
}

/** Whether something that was hidden and changed is visible now. */
const hasOpened = (chosen: readonly string[], { data }: SealedEvent): boolean => chosen.some((pointer) => at(data, pointer) !== undefined);

const visibleLabels = ({ portions }: VerifiedEvent, gone: ReadonlySet<string>): string =>
  JSON.stringify(portions.filter(({ pointer }) => !gone.has(pointer)).map(({ pointer, label }) => [pointer, label]));

describe('non-interference', () => {
  it(`holds for ${PAIRS.toLocaleString('en-GB')} pairs made from real messages`, () => {
    const real = corpus('spi-resulted-case', 'spi-new-case').map(({ bytes }) => bytes);
    const messages = real.length > 0 ? real : [Buffer.from(sampleCase), Buffer.from(sampleResult)];
    const events = messages.flatMap((bytes) => {
      const adapter = adapterFor(bytes);
      const decoded = adapter?.decode(bytes);
      if (adapter === undefined || decoded === undefined || !decoded.ok) return [];
      return decoded.value.events.map((event) => ({ bytes, adapter: adapter.id, event }));
    });
    let pairs = 0;
    const left = { unchanged: 0, invalid: 0, otherLabels: 0 };
    for (let turn = 0; pairs < PAIRS; turn++) {
      expect(turn).toBeLessThan(PAIRS * 4);
      const { bytes, adapter, event } = events[turn % events.length] as (typeof events)[number];
      const clearance = clearances[roll(clearances.length)] as CompiledClearance;
      const one = sealed(bytes, adapter, [event]);
      if (one === undefined) throw new Error('A message of the corpus does not pass');
      const known = turn % 2 === 0 ? undefined : registerFor(one);
      const terms = known === undefined ? {} : { known };
      const first = decide(labelling, one, clearance, NOW, terms);
      if (first.verdict !== 'redact') continue;
      const kept = new Set(first.event.data.portions.flatMap(({ at: places }) => places));
      // The date of birth decides which rules hold: another date gives other labels, not another value above the clearance.
      const hidden = one.portions.map(({ pointer }) => pointer).filter((pointer) => !kept.has(pointer) && !/dateOfBirth$/.test(pointer));
      // That something is withheld at all is not a secret: a rendition says so. One hidden portion stays.
      const chosen = hidden.slice(1).filter(() => roll(2) === 0);
      const data = changed(event.data, chosen);
      const other = chosen.length === 0 ? undefined : sealed(bytes, adapter, [{ ...event, data }]);
      if (other === undefined) {
        left[chosen.length === 0 ? 'unchanged' : 'invalid']++;
        continue;
      }
      const gone = new Set(hidden);
      if (visibleLabels(one, gone) !== visibleLabels(other, gone)) {
        left.otherLabels++;
        continue;
      }
      const second = decide(labelling, other, clearance, NOW, terms);
      if (second.verdict !== 'redact') throw new Error('The one is redacted and the other is not');
      // A hidden code that is in its list now, and a hidden name that is another person's, are not differences above the clearance.
      if (second.event.data.portions.flatMap(({ at: places }) => places).join() !== [...kept].join() || hasOpened(chosen, second.event)) {
        left.otherLabels++;
        continue;
      }
      const [a, b] = [unsalted(first.event), unsalted(second.event)];
      if (a !== b) expect(JSON.parse(b)).toEqual(JSON.parse(a));
      pairs++;
    }
    expect(pairs).toBe(PAIRS);
    // Most of what was tried counts.
    expect(left.invalid + left.otherLabels).toBeLessThan(PAIRS);
  }, 600_000);

  it('is violated by a comparison of visible parts only, as a check of the test', () => {
    const bytes = Buffer.from(sampleCase);
    const adapter = adapterFor(bytes);
    const decoded = adapter?.decode(bytes);
    if (adapter === undefined || !decoded?.ok) throw new Error('refused');
    const [event] = decoded.value.events as [DecodedEvent];
    const one = sealed(bytes, adapter.id, [event]) as VerifiedEvent;
    const other = sealed(bytes, adapter.id, [
      { ...event, data: JSON.parse(JSON.stringify(event.data).replace('TREMAYNE', 'TREMAINE')) as JsonObject },
    ]) as VerifiedEvent;
    const supplier = clearanceOf('supplier');
    const given = [one, other].map((verified) => {
      const decision = decide(labelling, verified, supplier, NOW);
      return decision.verdict === 'redact' ? unsalted(decision.event) : '';
    });
    expect(given[0]).not.toBe(given[1]);
    expect(labelSlots(labelling, labelling.plans.get(one.event.type) as never, one.event).slots.length).toBeGreaterThan(5);
  });
});
