/** Levels of the bus: their events, and that none is above the clearance of the level’s readers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from '../../adapters/json.ts';
import { dominates } from '../../gateway/labels/decision.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { homeOf, levelsOf, levelTopics, mayReadLevel, renditionsOf } from '../../gateway/labels/levels.ts';
import { compileLabel, compilePolicy } from '../../gateway/labels/policy.ts';
import { decideFor } from '../../gateway/labels/redact.ts';
import { ingest } from '../../gateway/pipeline/ingest.ts';
import type { Placed } from '../../gateway/pipeline/submission.ts';
import { topicPlan } from '../../gateway/wire/topics.ts';
import { corpus } from '../support/corpus.ts';
import { caseOf, resultOf } from '../support/gateway.ts';
import {
  clearanceFor,
  clearanceOf,
  context,
  labelling,
  must,
  NOW,
  policy,
  sampleCase,
  sampleResult,
  standards,
  submissionOf,
  verifier,
} from '../support/rules-in-force.ts';
import { clearanceIn, officeLaw, sealedIn } from './invented.ts';

const LEVELS = ['official', 'official-sensitive', 'official-restricted', 'secret', 'top-secret'];

function placed(message: string | Uint8Array, assertion?: object): readonly Placed[] {
  const policyOf = { id: policy.document.id, version: policy.document.version };
  const more = assertion === undefined ? {} : { assertion: { policy: policyOf, classification: 'OFFICIAL', ...assertion } };
  const outcome = ingest({ ...context, renditions: true, domain: () => EVERYTHING }, submissionOf(message, more));
  if (outcome.kind !== 'accepted') throw new Error(JSON.stringify(outcome.refusals));
  return outcome.events;
}

const EVERYTHING = clearanceFor({
  classifications: ['OFFICIAL', 'SECRET'],
  sensitive: true,
  handling: ['POLICE USE ONLY', 'CPS USE ONLY', 'COURTS USE ONLY', 'HMG USE ONLY'],
  releasableTo: ['POLICE', 'CPS', 'COURTS', 'PROBATION'],
  restrictions: ['CYPA1933_s49', 'YJCEA1999_s45', 'YJCEA1999_s45A', 'YJCEA1999_s46', 'SOAA1992_s1'],
});

const levelOf = (topic: string): string => topic.split('.')[1] ?? '';

/** Takes a value out by its path. */
function cut(holder: object, [name = '', ...rest]: readonly string[]): void {
  if (rest.length === 0) delete (holder as Record<string, unknown>)[name];
  else cut((holder as Record<string, object>)[name] ?? {}, rest);
}

/** Texts of portions that the audience of a level may not read, and that occur nowhere in what it may read. */
function withheldFrom(event: SealedEvent, level: string): readonly string[] {
  const audience = policy.levels.find(({ topic }) => topic === level)?.audience ?? [];
  const isShut = (label: unknown) => audience.some((clearance) => !dominates(policy, clearance, must(compileLabel(policy, label))));
  const texts = event.data.portions
    .filter(({ label }) => isShut(label))
    .flatMap(({ at: pointers }) => pointers.map((pointer) => at(event.data, pointer)))
    .flatMap((value) => JSON.stringify(value).match(/"[^"]{6,}"(?!:)/g) ?? []);
  const open = structuredClone(event.data) as object;
  for (const { label, at: pointers } of event.data.portions)
    if (isShut(label)) for (const pointer of pointers) cut(open, pointer.split('/').slice(1));
  const left = JSON.stringify({ ...event, data: open, seal: '' });
  return texts.filter((text) => !left.includes(text));
}

describe('a level of the bus', () => {
  const messages = [sampleCase, sampleResult, ...corpus('spi-resulted-case', 'spi-new-case').map(({ bytes }) => bytes)];

  it('contains nothing that one of its readers may not read, and its events verify only there', async () => {
    let count = 0;
    for (const message of messages)
      for (const { topic, event, renditions } of placed(message)) {
        for (const { topic: renditionTopic, event: rendition } of renditions) {
          count++;
          const text = JSON.stringify(rendition);
          for (const secret of withheldFrom(event, levelOf(renditionTopic))) expect(text).not.toContain(secret);
          expect((await verifier().verify(rendition, renditionTopic)).ok).toBe(true);
          for (const level of LEVELS) {
            const other = renditionTopic.replace(`.${levelOf(renditionTopic)}.`, `.${level}.`);
            if (other !== renditionTopic)
              expect((await verifier().verify(rendition, other)).ok, `${renditionTopic} on ${other}`).toBe(false);
            if (other !== topic) expect((await verifier().verify(event, other)).ok).toBe(false);
          }
          expect([rendition.rendition, rendition.id]).toEqual([rendition.classification, event.id]);
        }
        expect((await verifier().verify(event, topic)).ok).toBe(true);
        expect(event.rendition).toBeUndefined();
      }
    expect(count).toBeGreaterThan(0);
  }, 120_000);

  it('of an event is the lowest whose readers may all read the complete event', async () => {
    for (const message of messages.slice(0, 40))
      for (const { topic, event, renditions } of placed(message)) {
        const verified = must(await verifier().verify(event, topic));
        const permits = policy.levels
          .filter(({ audience }) => decideFor(labelling, verified, audience, NOW).verdict === 'permit')
          .map((level) => level.topic);
        expect(levelOf(topic)).toBe(permits[0] ?? 'official-restricted');
        const below = policy.levels.slice(0, LEVELS.indexOf(levelOf(topic))).map((level) => level.topic);
        expect(renditions.map((rendition) => levelOf(rendition.topic))).toEqual(below);
      }
  });

  it('takes an event for one organisation only on a topic that nobody reads directly, with redacted copies on lower levels', () => {
    const [narrow] = placed(caseOf(1), { handling: ['POLICE USE ONLY'] });
    expect(levelOf(narrow?.topic ?? '')).toBe('official-restricted');
    // Everything in it has the label: nothing is left for the levels below.
    expect(narrow?.renditions).toEqual([]);
  });

  it('takes a secret event only on its own topic', () => {
    const [secret] = placed(resultOf(1), { classification: 'SECRET' });
    expect([levelOf(secret?.topic ?? ''), secret?.renditions]).toEqual(['secret', []]);
  });

  it('has digests that do not reveal the level of the complete event', () => {
    const digests = (message: string, assertion?: object) =>
      placed(message, assertion).map(({ event }) => {
        const [, payload = ''] = event.seal.split('.');
        return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { _sd: string[] })._sd.length;
      });
    expect(digests(resultOf(1), { handling: ['POLICE USE ONLY'] })).toEqual(digests(resultOf(1)));
    expect(digests(resultOf(1), { classification: 'SECRET' })).toEqual(digests(resultOf(1)));
  });

  it('has the complete digest of its topic in every event, whatever label is asserted', async () => {
    const assertion = fc.record(
      {
        sensitive: fc.constant(true),
        handling: fc.subarray(['POLICE USE ONLY', 'CPS USE ONLY', 'COURTS USE ONLY', 'HMG USE ONLY']),
        releasableTo: fc.subarray(['POLICE', 'CPS', 'COURTS'], { minLength: 1 }),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(assertion, async (asserted) => {
        for (const { topic, event, renditions } of placed(sampleCase, asserted)) {
          expect((await verifier().verify(event, topic)).ok).toBe(true);
          for (const rendition of renditions) {
            const verified = must(await verifier().verify(rendition.event, rendition.topic));
            const audience = policy.levels.find((level) => level.topic === levelOf(rendition.topic))?.audience ?? [];
            for (const clearance of audience)
              for (const label of [verified.base, ...verified.portions.map((portion) => portion.label)])
                expect(dominates(policy, clearance, label)).toBe(true);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('the plan of topics', () => {
  const readers = ['force', 'court', 'cps', 'supplier'].map((id) => ({ id, clearance: clearanceOf(id), reads: true }));
  const plan = topicPlan(policy, standards.byName.values(), readers);
  const readersOf = (name: string) => plan.find((topic) => topic.name === name)?.readers;

  it('has every level of every standard, and the streams', () => {
    const nouns = [...standards.byName.values()].map(({ noun, major }) => `${noun}.v${major}`);
    for (const level of levelTopics(policy)) for (const noun of nouns) expect(readersOf(`justice.${level}.${noun}`)).toBeDefined();
    expect(readersOf('interchange.audit')).toEqual([]);
  });

  it('lets each client read the levels that it is cleared for, and no stream', () => {
    expect(readersOf('justice.official.case.v1')).toEqual(['force', 'court', 'cps', 'supplier']);
    expect(readersOf('justice.official-sensitive.case.v1')).toEqual(['force', 'court', 'cps']);
    for (const level of ['official-restricted', 'secret', 'top-secret']) expect(readersOf(`justice.${level}.case.v1`)).toEqual([]);
  });

  it('lets a client without the right to read events read no topic', () => {
    const none = topicPlan(
      policy,
      standards.byName.values(),
      readers.map((reader) => ({ ...reader, reads: false })),
    );
    expect(none.every(({ readers }) => readers.length === 0)).toBe(true);
  });
});

describe('a policy', () => {
  it.each([
    [{ topic: 'secret', title: 'Twice', audience: [{ classifications: ['OFFICIAL'] }] }, 'two levels have one topic'],
    [{ topic: 'other', title: 'Unknown', audience: [{ classifications: ['ROYAL'] }] }, 'level other'],
    [{ topic: 'other', title: 'Unknown', audience: [{ classifications: ['OFFICIAL'], handling: ['NOBODY'] }] }, 'level other'],
  ])('with the level %j is refused', (level, reason) => {
    expect(() => compilePolicy({ ...policy.document, levels: [level] })).toThrow(reason);
  });
});

describe('the levels of an invented office', () => {
  const audience = (...more: object[]) => more.map((clearance) => ({ classifications: ['OPEN'], ...clearance }));
  const levels = [
    { topic: 'all', title: 'Everybody', audience: audience({}) },
    { topic: 'north', title: 'North', audience: audience({ releasableTo: ['NORTH'], restrictions: ['YOUTH', 'LIFE'] }) },
    { topic: 'south', title: 'South', audience: audience({ releasableTo: ['SOUTH'], restrictions: ['YOUTH', 'LIFE'] }) },
    { topic: 'both', title: 'Both', audience: audience({ classifications: ['OPEN', 'SHUT'] }, { classifications: ['LOCKED'] }) },
  ];
  const adult = { hearing: { date: '2026-11-16' }, defendants: [{ address: '1 Mole Row', person: { dateOfBirth: '1980-01-01' } }] };
  const topicOf = (level: string) => `office.${level}`;

  it('have no copy above the level of the complete event', () => {
    const labelling = officeLaw({ levels });
    const sealed = sealedIn(labelling, 'visit', adult);
    expect(homeOf(labelling, sealed)).toBe('north');
    const renditions = renditionsOf(labelling, sealed, 'office.north', topicOf, new Map([['office.all', 'pepper']]));
    expect(renditions.map(({ topic, event }) => [topic, event.seal.split('~')[1]])).toEqual([['office.all', 'pepper']]);
  });
  it('accept events without readers on the topic of their classification', () => {
    const labelling = officeLaw({ levels });
    const home = (base: Parameters<typeof sealedIn>[3]) => homeOf(labelling, sealedIn(labelling, 'visit', adult, base));
    expect(home({ classification: 'SHUT' })).toBe('shut');
    expect(home({ classification: 'OPEN', releasableTo: [] })).toBe('open');
  });
  it('accept no event whose classification is not in the policy', () => {
    const labelling = officeLaw({ levels: [] });
    const sealed = sealedIn(labelling, 'visit', adult);
    const label = { ...sealed.event.data.label, classification: 'ROYAL' };
    const royal = { ...sealed, event: { ...sealed.event, data: { ...sealed.event.data, label } } };
    expect(() => homeOf(labelling, royal)).toThrow('A label without a level cannot be published');
  });
  it('of a clearance are those with some events that it may read', () => {
    const { policy: office } = officeLaw({ levels });
    const of = (...classifications: string[]) => levelsOf(office, clearanceIn(office, { classifications }));
    expect(of('OPEN')).toEqual(['all', 'north', 'south', 'both', 'open']);
    expect(of('SHUT')).toEqual(['both', 'shut']);
    expect(of('SHUT', 'LOCKED')).toEqual(['both', 'shut', 'locked']);
    expect(of()).toEqual([]);
  });
  it('are read directly by clearances that hold everything of one of the level’s readers', () => {
    const { policy: office } = officeLaw({ levels });
    const topicsFor = (clearance: object) =>
      office.levels.filter((level) => mayReadLevel(office, clearanceIn(office, clearance), level)).map(({ topic }) => topic);
    expect(topicsFor({})).toEqual(['all']);
    expect(topicsFor({ releasableTo: ['NORTH'], restrictions: ['YOUTH', 'LIFE'] })).toEqual(['all', 'north']);
    expect(topicsFor({ releasableTo: ['NORTH', 'SOUTH'], restrictions: ['YOUTH'] })).toEqual(['all']);
    expect(topicsFor({ classifications: ['LOCKED'] })).toEqual(['both']);
    expect(topicsFor({ classifications: ['SHUT'] })).toEqual([]);
  });
});
