/**
 * Nobody who must not be identified is named to a reader who may not know them, whatever the case looks like; and nothing is raised
 * without a reason. Property-based, over cases that `generated-cases.ts` makes.
 *
 * CASES   how many cases are tried: 5,000 unless it says otherwise; the full form is CASES=200000.
 * CASE    the seed of one case, to try it again: CASE=1234 npx vitest run --config .vitest.config.ts test/protections/people.test.ts
 */
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import type { CompiledClearance, Label } from '../../gateway/labels/label.ts';
import { type Labelling, labelEvent } from '../../gateway/labels/label-event.ts';
import { homeOf, levelTopics, renditionsOf } from '../../gateway/labels/levels.ts';
import { decide } from '../../gateway/labels/redact.ts';
import { type Sealed, seal } from '../../gateway/labels/seal.ts';
import { prepare } from '../../gateway/pipeline/read.ts';
import { compileRulesInForce, readPolicy } from '../../gateway/rules/compiled-rules.ts';
import { topicOf } from '../../gateway/wire/topics.ts';
import {
  clearanceFor,
  clearanceOf,
  config,
  context,
  labelling,
  policy,
  source,
  standards,
  submissionOf,
} from '../support/rules-in-force.ts';
import {
  forbiddenKeys,
  type GeneratedCase,
  generateCase,
  KINDS,
  keysIn,
  plain,
  protectionsOf,
  RECEIVED,
  TEXT_PLACES,
} from './generated-cases.ts';

const ONLY = process.env.CASE?.split(',').map(Number);
const CASES = ONLY === undefined ? Number(process.env.CASES ?? 5000) : ONLY.length;
const LONGEST = 3_600_000;
const NOW = Date.parse(RECEIVED);
/** What is on the bus is read for ever: decisions about it are made as if nothing had ended. */
const NEVER = 0;
const SENDER = source();

// Readers -------------------------------------------------------------------------------------------------------------------------

interface Reader {
  readonly name: string;
  /** The restrictions of the policy that the reader does not hold. */
  readonly lacks: readonly string[];
  readonly clearance: CompiledClearance;
}

const valuesOf = (property: string): readonly string[] =>
  policy.document.categories.filter((category) => category.property === property).flatMap(({ values }) => values.map(({ id }) => id));

const RESTRICTIONS = valuesOf('restrictions');
const lackedBy = (held: readonly string[] = []): readonly string[] => RESTRICTIONS.filter((restriction) => !held.includes(restriction));

/** A reader of everything that the policy has, but for the restrictions that they lack. */
function readerOfAllBut(lacks: readonly string[]): Reader {
  const lists = ['handling', 'caveats', 'codewords', 'releasableTo'].map((property) => [property, valuesOf(property)]);
  const clearance = clearanceFor({
    classifications: policy.document.classifications.map(({ id }) => id),
    sensitive: true,
    ...Object.fromEntries(lists),
    restrictions: RESTRICTIONS.filter((restriction) => !lacks.includes(restriction)),
  });
  return { name: `everything but ${lacks.join(', ')}`, lacks, clearance };
}

const readerOf = (clearance: Parameters<typeof clearanceFor>[0]): Reader => ({
  name: JSON.stringify(clearance),
  lacks: lackedBy(clearance.restrictions),
  clearance: clearanceFor(clearance),
});

const READERS: readonly Reader[] = [
  ...config.clients.flatMap(({ persona, clearance }) =>
    persona === undefined ? [] : [{ name: persona, lacks: lackedBy(clearance?.restrictions), clearance: clearanceOf(persona) }],
  ),
  ...RESTRICTIONS.map((restriction) => readerOfAllBut([restriction])),
  readerOfAllBut(RESTRICTIONS),
  readerOf({ classifications: ['OFFICIAL'] }),
  readerOf({ classifications: ['OFFICIAL'], sensitive: true, releasableTo: ['PRISONS'], restrictions: ['CYPA1933_s49'] }),
  readerOf({ classifications: ['OFFICIAL'], sensitive: true, releasableTo: ['POLICE'], restrictions: ['SOAA1992_s1'] }),
].filter(({ lacks }) => lacks.length > 0);

// What readers are given ----------------------------------------------------------------------------------------------------------

/** The case after the steps of the gateway, up to the seal. */
function sealedOf(labelling: Labelling, { seed, standard: name, data }: GeneratedCase): Sealed {
  const submission = submissionOf(String(seed), { source: SENDER, stamp: { recordedtime: RECEIVED, sequence: '1' } });
  const { urn } = data.case as JsonObject;
  const decoded = { standard: name, data, warnings: [], ...(typeof urn === 'string' ? { caseReference: urn } : {}) };
  const prepared = prepare(context, submission, 'generated', [decoded]);
  if (!prepared.ok) throw new Error(`Case ${seed} is not valid: ${JSON.stringify(prepared.refusals)}`);
  const [first] = prepared.value;
  if (first === undefined) throw new Error(`Case ${seed} gives no event`);
  const topic = (level: string) => topicOf(first.standard, level);
  const home = (content: Parameters<typeof homeOf>[1]) => topic(homeOf(labelling, content));
  const labelled = labelEvent(labelling, first.event, SENDER.floor);
  return seal(labelled, levelTopics(labelling.policy).map(topic), home, context.sealKey, context.identities.salts);
}

/** What a reader can read of a delivered event: all of it, and what the signature says openly, but no digests and salts. */
function textOf({ seal: jws, ...event }: SealedEvent): string {
  const payload = jws.slice(jws.indexOf('.') + 1, jws.lastIndexOf('.'));
  const { _sd: _digests, base: _digest, ...claims } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as JsonObject;
  return plain(JSON.stringify([event, claims]));
}

/** The words and numbers of people in what is delivered. Several readers are given the same: it is searched once. */
function searched(): (event: SealedEvent) => ReadonlySet<string> {
  const known = new Map<string, ReadonlySet<string>>();
  return (event) => {
    const text = JSON.stringify(event.data);
    let keys = known.get(text);
    if (keys === undefined) known.set(text, (keys = keysIn(textOf(event))));
    return keys;
  };
}

interface Delivered {
  readonly reader: string;
  readonly lacks: readonly string[];
  readonly event: SealedEvent;
  readonly now: number;
}

/** Everything that readers without one of the restrictions get from an event. A denial gives nothing. */
function* deliveriesOf(labelling: Labelling, sealed: Sealed, restrictions: ReadonlySet<string>): Generator<Delivered> {
  for (const { name, lacks, clearance } of READERS) {
    if (!lacks.some((restriction) => restrictions.has(restriction))) continue;
    const decision = decide(labelling, sealed, clearance, NOW);
    if (decision.verdict !== 'deny') yield { reader: name, lacks, event: decision.event, now: NOW };
  }
  const standard = standards.byType.get(sealed.event.type);
  if (standard === undefined) throw new Error('The event has no standard');
  const topic = (level: string) => topicOf(standard, level);
  const renditions = renditionsOf(labelling, sealed, sealed.home, topic, sealed.topicSalts);
  for (const { topic: level, audience } of policy.document.levels ?? []) {
    const lacks = [...new Set(audience.flatMap((clearance) => lackedBy(clearance.restrictions)))];
    const event = topic(level) === sealed.home ? sealed.event : renditions.find((rendition) => rendition.topic === topic(level))?.event;
    if (event !== undefined && lacks.length > 0) yield { reader: `the level ${level}`, lacks, event, now: NEVER };
  }
}

// Leaks ---------------------------------------------------------------------------------------------------------------------------

/** Something that identifies a person, in what a reader is given who may not know the person. */
interface Leak {
  readonly seed: number;
  readonly reader: string;
  readonly restriction: string;
  /** What the person is in the case. */
  readonly who: string;
  readonly key: string;
  /** Where it is in the delivered event. */
  readonly places: readonly string[];
}

/** Where each word and number of a person is in a delivered event: `(a name)` where it is the name of a property. */
function placesIn(value: Json, at = '', found = new Map<string, Set<string>>()): ReadonlyMap<string, ReadonlySet<string>> {
  const note = (text: string, place: string): void => {
    for (const key of keysIn(plain(text))) found.set(key, (found.get(key) ?? new Set()).add(place));
  };
  if (typeof value === 'string') note(value, at);
  if (typeof value !== 'object' || value === null) return found;
  for (const [name, member] of Object.entries(value)) {
    note(name, `${at} (a name)`);
    placesIn(member as Json, Array.isArray(value) ? `${at}/*` : `${at}/${name}`, found);
  }
  return found;
}

/** Every mention of somebody that reached a reader who may not know them. */
function leaksOf(labelling: Labelling, generated: GeneratedCase): readonly Leak[] {
  const { seed } = generated;
  const protections = protectionsOf(generated);
  if (protections.length === 0) return [];
  const forbidden = new Map([NOW, NEVER].map((now) => [now, forbiddenKeys(protections, now)]));
  const restrictions = new Set(protections.map(({ restriction }) => restriction));
  const search = searched();
  const leaks: Leak[] = [];
  for (const { reader, lacks, event, now } of deliveriesOf(labelling, sealedOf(labelling, generated), restrictions)) {
    const given = search(event);
    let places: ReturnType<typeof placesIn> | undefined;
    for (const restriction of lacks)
      for (const key of forbidden.get(now)?.get(restriction) ?? []) {
        if (!given.has(key)) continue;
        places ??= placesIn(event.data);
        const owners = protections.filter((protection) => protection.restriction === restriction && protection.keys.has(key));
        const who = [...new Set(owners.map(({ person }) => person.role))].join(' or ');
        leaks.push({ seed, reader, restriction, who, key, places: [...(places.get(key) ?? ['(outside the data)'])] });
      }
  }
  return leaks;
}

// A run ---------------------------------------------------------------------------------------------------------------------------

class Tally {
  readonly #counts = new Map<string, number>();

  add(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  lines(most: number): string {
    const sorted = [...this.#counts].sort(([, a], [, b]) => b - a);
    const more = sorted.length > most ? [`and ${sorted.length - most} kinds more`] : [];
    return [...sorted.slice(0, most).map(([what, count]) => `${String(count).padStart(8)}  ${what}`), ...more].join('\n');
  }
}

/** The seeds of a run. Pauses now and then for the test runner, which ends a worker that does not respond for a minute. */
async function* seedsOf(count: number): AsyncGenerator<number> {
  if (ONLY !== undefined) yield* ONLY;
  else
    for (let seed = 0; seed < count; seed++) {
      if (seed % 1000 === 999) await setImmediate();
      yield seed;
    }
}

/** Counts the leaks of a run by kind; how many readers got the same does not count. Keeps the first ones to show. */
class Leaks {
  readonly #kinds = new Tally();
  readonly #byRestriction = new Tally();
  readonly #seeds: number[] = [];
  readonly #first: Leak[] = [];

  add(leaks: readonly Leak[]): void {
    const [first] = leaks;
    if (first === undefined) return;
    this.#seeds.push(first.seed);
    if (this.#first.length < 100) this.#first.push(...leaks);
    const kinds = leaks.flatMap(({ restriction, who, key, places }) =>
      places.map((place) => `${key} ${restriction}: ${who} named in ${place}`),
    );
    for (const kind of new Set(kinds)) {
      this.#kinds.add(kind.slice(kind.indexOf(' ') + 1));
      this.#byRestriction.add(kind.split(/[ :]/)[1] ?? '');
    }
  }

  /** What a failing run says, or nothing. */
  report(cases: number): string | undefined {
    if (this.#seeds.length === 0) return undefined;
    const seeds = this.#seeds.slice(0, 10).join(', ');
    return [
      `People were named to readers who may not know them in ${this.#seeds.length} of ${cases} cases (seeds ${seeds})`,
      `To try one again: CASE=${this.#seeds[0]} npx vitest run --config .vitest.config.ts test/protections/people.test.ts`,
      this.#byRestriction.lines(10),
      this.#kinds.lines(60),
      ...(ONLY === undefined ? [] : [JSON.stringify({ leaks: this.#first, data: generateCase(ONLY[0] as number).data }, null, 1)]),
    ].join('\n');
  }
}

describe('people who must not be identified', () => {
  it(
    `are not named to a reader who lacks the restriction, in ${CASES.toLocaleString('en-GB')} cases`,
    async () => {
      const leaks = new Leaks();
      for await (const seed of seedsOf(CASES)) leaks.add(leaksOf(labelling, generateCase(seed)));
      const report = leaks.report(CASES);
      if (report !== undefined) expect.fail(report);
    },
    LONGEST,
  );

  it(
    'are the only reason for restrictions',
    async () => {
      const raised = new Tally();
      const seeds: number[] = [];
      const restricted = (label: Label, place: string, seed: number): void => {
        if ((label.restrictions ?? []).length === 0) return;
        raised.add(`${label.restrictions?.join(', ')}: ${place.replaceAll(/\/\d+/g, '/*')}`);
        if (seeds.at(-1) !== seed) seeds.push(seed);
      };
      for await (const seed of seedsOf(CASES)) {
        const generated = generateCase(seed, 'nobody protected');
        expect(protectionsOf(generated)).toEqual([]);
        const { label, portions } = sealedOf(labelling, generated).event.data;
        restricted(label, 'the event', seed);
        for (const portion of portions) for (const place of portion.at) restricted(portion.label, place, seed);
      }
      if (seeds.length > 0)
        expect.fail(`${seeds.length} cases are restricted without a reason (seeds ${seeds.slice(0, 10).join(', ')})\n${raised.lines(40)}`);
    },
    LONGEST,
  );
});

describe.runIf(ONLY === undefined)('the generated cases', () => {
  const COUNTED = 20_000;

  it(
    'contain every kind of person, place, form and code, and a protected person in each place',
    async () => {
      const kinds = new Tally();
      const places = new Tally();
      const protectedUnder = new Tally();
      for await (const seed of seedsOf(COUNTED)) {
        const generated = generateCase(seed);
        const protections = protectionsOf(generated);
        const people = new Set(protections.map(({ person }) => person));
        for (const kind of new Set(generated.kinds)) kinds.add(kind);
        for (const { person, place } of generated.mentions) if (people.has(person)) places.add(`${generated.standard} ${place}`);
        for (const restriction of new Set(protections.map((protection) => protection.restriction))) protectedUnder.add(restriction);
        protectedUnder.add(protections.length === 0 ? 'nobody' : 'somebody');
        if (protections.some(({ ends }) => ends !== undefined && ends <= RECEIVED.slice(0, 10)))
          protectedUnder.add('somebody who is 18 now');
      }
      const kindsExpected = Object.entries(KINDS).flatMap(([what, names]) => names.map((name) => `${what}: ${name}`));
      const placesExpected = Object.entries(TEXT_PLACES).flatMap(([standard, all]) => all.map(({ name }) => `${standard} ${name}`));
      const seldom = (tally: Tally, expected: readonly string[], least: number) =>
        expected.filter((what) => tally.of(what) < least).map((what) => `${what} (${tally.of(what)})`);
      expect(seldom(kinds, kindsExpected, 200)).toEqual([]);
      expect(seldom(places, placesExpected, 10)).toEqual([]);
      expect(seldom(protectedUnder, [...RESTRICTIONS, 'nobody', 'somebody'], 1000)).toEqual([]);
      expect(seldom(protectedUnder, ['somebody who is 18 now'], 200)).toEqual([]);
    },
    LONGEST,
  );

  it(
    'name every protected person, and the search finds them',
    async () => {
      for await (const seed of seedsOf(1000)) {
        const generated = generateCase(seed);
        const all = keysIn(textOf(sealedOf(labelling, generated).event));
        for (const { person, keys } of protectionsOf(generated)) {
          const missing = [...keys].filter((key) => !all.has(key));
          expect({ seed, role: person.role, missing: person.role === 'complainant in text' ? [] : missing }).toMatchObject({ missing: [] });
        }
      }
    },
    LONGEST,
  );

  it(
    'reveal a labelling without rules within 1,000 cases',
    async () => {
      const document = readPolicy(config.policyFile) as JsonObject;
      const { labelling: broken } = compileRulesInForce(config, standards, { ...document, rules: [] });
      const left = new Set(RESTRICTIONS);
      for await (const seed of seedsOf(1000)) {
        for (const { restriction } of leaksOf(broken, generateCase(seed))) left.delete(restriction);
        if (left.size === 0) break;
      }
      expect([...left]).toEqual([]);
    },
    LONGEST,
  );
});
