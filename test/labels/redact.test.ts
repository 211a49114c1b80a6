import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import type { VerifiedEvent } from '../../gateway/labels/event.ts';
import type { PortionPlan } from '../../gateway/labels/portions.ts';
import type { Profile } from '../../gateway/labels/profile.ts';
import { type Decision, decide, decideFor, readsAll } from '../../gateway/labels/redact.ts';
import type { Known } from '../../gateway/labels/today.ts';
import type { Protecting } from '../../gateway/protections/protect.ts';
import { NOW } from '../support/rules-in-force.ts';
import { clearanceIn, document, eventWith, labelIn, OFFICE, officeLaw, plain, plans, sealedIn } from './invented.ts';

const visit = (dateOfBirth: unknown, more: JsonObject = { hearing: { date: '2026-11-16' } }): JsonObject =>
  ({
    ...more,
    extensions: { raw: '<visit/>' },
    title: 'A visit',
    quality: { basis: 'fact', issues: ['none'] },
    defendants: [{ address: '1 Mole Row', notes: 'Quiet', person: { name: 'Perran Tregoss', dateOfBirth } }],
  }) as JsonObject;
const ADULT = visit('1980-01-01');
const YOUTH = visit('2009-05-20');
const BIRTHDAY = Date.parse('2027-05-20T00:00:00Z');

const ALL = { restrictions: ['YOUTH', 'LIFE'], releasableTo: ['NORTH'] };
const placesIn = (decision: Decision): readonly string[] =>
  decision.verdict === 'deny' ? [] : decision.event.data.portions.flatMap(({ at }) => at);
const withType = (verified: VerifiedEvent, type: string): VerifiedEvent => ({ ...verified, event: { ...verified.event, type } });

describe('a place that can hold any part of an event', () => {
  const noYouth = { restrictions: ['LIFE'], releasableTo: ['NORTH'] };
  it('is withheld from a reader who may not read everything that the standard can hold', () => {
    const labelling = officeLaw();
    const decision = decide(labelling, sealedIn(labelling, 'visit', ADULT), clearanceIn(labelling.policy, noYouth), NOW);
    expect(decision).toMatchObject({ verdict: 'redact', withheld: 2, reasons: [] });
    expect(placesIn(decision)).toEqual([
      '/title',
      '/defendants/0/person/name',
      '/defendants/0/person/dateOfBirth',
      '/defendants/0/address',
      '/defendants/0/notes',
    ]);
  });
  it('is delivered to a reader who may read everything', () => {
    const labelling = officeLaw();
    const sealed = sealedIn(labelling, 'visit', ADULT);
    expect(decide(labelling, sealed, clearanceIn(labelling.policy, ALL), NOW)).toEqual({ verdict: 'permit', event: sealed.event });
  });
  it('is not withheld for a rule that raises nothing in its standard', () => {
    const labelling = officeLaw();
    const letter = sealedIn(labelling, 'letter', { extensions: { raw: 'x' }, body: 'Dear all' });
    expect(decide(labelling, letter, clearanceIn(labelling.policy, {}), NOW).verdict).toBe('permit');
  });
});

describe('a redacted copy', () => {
  const lowest = { policy: OFFICE, classification: 'OPEN' };
  it('contains what the reader may read, with the label of exactly that, and discloses nothing else', () => {
    const labelling = officeLaw();
    const sealed = sealedIn(labelling, 'visit', ADULT);
    const [jws, , ...salts] = sealed.event.seal.split('~');
    const saltOf = (pointer: string) => salts[sealed.portions.findIndex((portion) => portion.pointer === pointer)];
    const left = ['/title', '/defendants/0/person/name', '/defendants/0/person/dateOfBirth'];
    const decision = decide(labelling, sealed, clearanceIn(labelling.policy, {}), NOW);
    expect(decision).toEqual({
      verdict: 'redact',
      withheld: 4,
      reasons: ['need', 'to'],
      event: {
        ...sealed.event,
        classification: 'OPEN',
        rendition: 'OPEN',
        // No topic: the topic of the whole event would reveal something about what is withheld.
        seal: [jws, '', ...left.map(saltOf)].join('~'),
        data: {
          hearing: { date: '2026-11-16' },
          title: 'A visit',
          quality: { basis: 'fact' },
          defendants: [{ person: { name: 'Perran Tregoss', dateOfBirth: '1980-01-01' } }],
          label: lowest,
          portions: [{ label: lowest, at: left }],
        },
      },
    });
  });
  it('for a topic discloses that topic', () => {
    const labelling = officeLaw();
    const audience = [clearanceIn(labelling.policy, {})];
    const decision = decideFor(labelling, sealedIn(labelling, 'visit', ADULT), audience, NOW, { topicSalt: 'pepper' });
    expect(decision.verdict === 'redact' && decision.event.seal.split('~')[1]).toBe('pepper');
  });
  it('keeps the labels of its remaining portions', () => {
    const labelling = officeLaw();
    const decision = decide(
      labelling,
      sealedIn(labelling, 'visit', ADULT),
      clearanceIn(labelling.policy, { releasableTo: ['NORTH'] }),
      NOW,
    );
    expect(decision).toMatchObject({ withheld: 3, reasons: ['need'], event: { data: { label: { ...lowest, releasableTo: ['NORTH'] } } } });
    expect(placesIn(decision)).toContain('/defendants/0/address');
  });
});

describe('a denial', () => {
  it('names every category that the clearance does not satisfy', () => {
    const labelling = officeLaw();
    const sealed = sealedIn(
      labelling,
      'letter',
      { body: 'x' },
      { classification: 'SHUT', restrictions: ['LIFE'], releasableTo: ['SOUTH'] },
    );
    expect(decide(labelling, sealed, clearanceIn(labelling.policy, {}), NOW)).toEqual({
      verdict: 'deny',
      reasons: ['classification', 'need', 'to'],
    });
  });
  it('to several readers names each category that one of them fails, once', () => {
    const labelling = officeLaw();
    const { policy } = labelling;
    const audience = [
      clearanceIn(policy, { restrictions: ['LIFE'], releasableTo: ['SOUTH'] }),
      clearanceIn(policy, { releasableTo: ['NORTH'] }),
      clearanceIn(policy, { releasableTo: ['NORTH'] }),
    ];
    const sealed = sealedIn(
      labelling,
      'letter',
      { body: 'x' },
      { classification: 'OPEN', restrictions: ['LIFE'], releasableTo: ['NORTH'] },
    );
    expect(decideFor(labelling, sealed, audience, NOW)).toEqual({ verdict: 'deny', reasons: ['to', 'need'] });
  });
  it('of an event with an unknown standard says so', () => {
    const labelling = officeLaw();
    const { policy } = labelling;
    const unknown = withType(sealedIn(labelling, 'letter', { body: 'x' }), 'nothing');
    expect(decide(labelling, unknown, clearanceIn(policy, ALL), NOW)).toEqual({ verdict: 'deny', reasons: ['unknown-standard'] });
  });
});

describe('a copy for several readers', () => {
  it('contains only what each of them may read', () => {
    const labelling = officeLaw();
    const { policy } = labelling;
    const audience = [clearanceIn(policy, ALL), clearanceIn(policy, { restrictions: ['LIFE'], releasableTo: ['SOUTH'] })];
    const decision = decideFor(labelling, sealedIn(labelling, 'visit', ADULT), audience, NOW);
    expect(decision).toMatchObject({ verdict: 'redact', withheld: 3, reasons: ['to'] });
    expect(placesIn(decision)).toContain('/defendants/0/notes');
    expect(placesIn(decision)).not.toContain('/defendants/0/address');
  });
});

describe('a reader of a complete event', () => {
  const reads = (clearances: readonly object[], type = 'visit', base: object = {}) => {
    const labelling = officeLaw();
    const sealed = withType(sealedIn(labelling, 'visit', ADULT, { classification: 'OPEN', ...base }), type);
    return readsAll(
      labelling,
      sealed,
      clearances.map((clearance) => clearanceIn(labelling.policy, clearance)),
    );
  };
  it.each([
    ['everybody who is cleared for what its standard can hold', [ALL], true],
    ['nobody, where nobody is asked about', [], false],
    ['not who may read all that it does hold, and not all that could stand in its extensions', [{ ...ALL, restrictions: ['LIFE'] }], false],
    ['not who may not read one portion', [{ ...ALL, releasableTo: ['SOUTH'] }], false],
    ['not several, one of whom may not', [ALL, { ...ALL, releasableTo: [] }], false],
  ])('%s', (_, clearances, expected) => {
    expect(reads(clearances)).toBe(expected);
  });
  it('may read everything outside portions', () => {
    expect(reads([ALL], 'visit', { classification: 'SHUT' })).toBe(false);
  });
  it('does not exist for an unknown standard', () => {
    expect(reads([ALL], 'nothing')).toBe(false);
  });
  it('may read each portion, where the event has no place that can hold anything', () => {
    const labelling = officeLaw();
    const { extensions: _, ...data } = ADULT;
    const sealed = sealedIn(labelling, 'visit', { ...data, quality: { basis: 'fact' } });
    const reader = (more: object) => [clearanceIn(labelling.policy, { ...ALL, restrictions: ['LIFE'], ...more })];
    expect(readsAll(labelling, sealed, reader({}))).toBe(true);
    expect(readsAll(labelling, sealed, reader({ restrictions: [] }))).toBe(false);
  });
});

describe('a restriction that ends at 18', () => {
  const reader = { restrictions: ['LIFE'], releasableTo: ['NORTH'] };
  const given = (data: JsonObject, now: number, more: Parameters<typeof officeLaw>[0] = {}, clearance: object = reader) => {
    const labelling = officeLaw(more);
    return placesIn(decide(labelling, sealedIn(labelling, 'visit', data), clearanceIn(labelling.policy, clearance), now));
  };
  const OWN = ['/defendants/0/person/name', '/defendants/0/person/dateOfBirth', '/defendants/0/address'];
  it('ends on the birthday, for the defendant’s own portions', () => {
    expect(given(YOUTH, BIRTHDAY - 1)).toEqual(['/title', '/defendants/0/notes']);
    expect(given(YOUTH, BIRTHDAY).toSorted()).toEqual(['/title', '/defendants/0/notes', ...OWN].toSorted());
  });
  it('reveals nothing that another label protects', () => {
    expect(given(YOUTH, BIRTHDAY, {}, { restrictions: ['LIFE'] })).not.toContain('/defendants/0/address');
  });
  it.each(['2001', '2001-04', '17/04/2001', '2001-04-17T00:00:00Z', 20010417, null])('does not end for a person born on %j', (born) => {
    expect(given(visit(born, {}), BIRTHDAY)).toEqual(['/title', '/defendants/0/notes']);
  });
  it('never ends where the hearing is not known, and so neither is the age', () => {
    expect(given(visit('2001-04-17', {}), BIRTHDAY)).toEqual(expect.not.arrayContaining(OWN));
  });
  it('also ends where the policy has no other category', () => {
    const [need] = document.categories.map((category) => ({ ...category, values: category.values.slice(0, 1) }));
    expect(given(YOUTH, BIRTHDAY, { categories: [need as never], portions: plain }, {})).toEqual(expect.arrayContaining(OWN));
    expect(given(YOUTH, BIRTHDAY - 1, { categories: [need as never], portions: plain }, {})).not.toContain(OWN[0]);
  });
  it('leaves an unrestricted event unrestricted', () => {
    const categories = document.categories.map((category) =>
      category.id === 'to' ? { ...category, values: [{ id: 'NORTH', ends: 'at 18' }, { id: 'SOUTH' }] } : category,
    );
    expect(given(YOUTH, BIRTHDAY, { categories }, {})).toContain('/defendants/0/person/name');
  });
  it('does not end for the whole event', () => {
    const labelling = officeLaw();
    const sealed = sealedIn(labelling, 'visit', YOUTH, { classification: 'OPEN', restrictions: ['YOUTH'] });
    expect(labelIn(labelling.policy, { classification: 'OPEN', restrictions: ['YOUTH'] })).toEqual(sealed.base);
    expect(decide(labelling, sealed, clearanceIn(labelling.policy, reader), BIRTHDAY)).toEqual({ verdict: 'deny', reasons: ['need'] });
  });
});

describe('a task', () => {
  const profile = {
    fields: new Map([['visit', new Set(['/title', '/defendants/*/person/name', '/defendants/*/address'])]]),
  } as unknown as Profile;
  const narrowed = (clearance: object, type = 'visit') => {
    const labelling = officeLaw();
    const sealed = withType(sealedIn(labelling, 'visit', ADULT), type);
    return decide(labelling, sealed, clearanceIn(labelling.policy, clearance), NOW, { profile });
  };
  it('withholds what it does not need, also from a reader who may read it', () => {
    const decision = narrowed(ALL);
    expect(decision).toMatchObject({ verdict: 'redact', withheld: 4, reasons: ['task'] });
    expect(placesIn(decision).toSorted()).toEqual(['/defendants/0/address', '/defendants/0/person/name', '/title']);
  });
  it('adds no rights', () => {
    const decision = narrowed({});
    expect(decision).toMatchObject({ verdict: 'redact', withheld: 5, reasons: ['task', 'need', 'to'] });
    expect(placesIn(decision)).toEqual(['/title', '/defendants/0/person/name']);
  });
  it('names no restriction that has ended', () => {
    const labelling = officeLaw();
    const reader = clearanceIn(labelling.policy, { releasableTo: ['NORTH'], restrictions: ['LIFE'] });
    const { extensions: _, ...data } = YOUTH;
    const youth = sealedIn(labelling, 'visit', { ...data, quality: { basis: 'fact' } });
    expect(decide(labelling, youth, reader, BIRTHDAY, { profile })).toMatchObject({ verdict: 'redact', withheld: 2, reasons: ['task'] });
    expect(decide(labelling, youth, reader, BIRTHDAY - 1, { profile })).toMatchObject({ withheld: 4, reasons: ['task', 'need'] });
  });
  it('that does not use a standard gets none of its fields', () => {
    expect(narrowed(ALL, 'letter')).toEqual({ verdict: 'deny', reasons: ['task'] });
  });
});

describe('the register’s protections of a case', () => {
  const labelling = officeLaw();
  const protect = labelling.protect as Protecting;
  const reader = clearanceIn(labelling.policy, { restrictions: ['LIFE'], releasableTo: ['NORTH'] });
  const protectionsOf = (data: JsonObject) => protect.find(eventWith('visit', data)).fromEvent;
  const inForce = { isEmpty: false, inForce: protectionsOf(YOUTH), isLifted: () => false };
  const nothing = { isEmpty: true, inForce: [], isLifted: () => false };
  const given = (data: JsonObject, terms: Parameters<typeof decide>[4], now = NOW) =>
    placesIn(decide(labelling, sealedIn(labelling, 'visit', data), reader, now, terms));
  const OWN = ['/defendants/0/person/name', '/defendants/0/person/dateOfBirth', '/defendants/0/address'];
  it('withhold what a later protection raises', () => {
    expect(given(ADULT, { known: nothing })).toEqual(expect.arrayContaining(OWN));
    expect(given(ADULT, { known: inForce })).toEqual(expect.not.arrayContaining(OWN));
    expect(given(ADULT, { known: inForce }).filter((pointer) => OWN.includes(pointer))).toEqual([]);
  });
  it('reveal what was lifted, at once', () => {
    const lifted = { isEmpty: true, inForce: [], isLifted: () => true, lifted: [1, 0, 0] };
    expect(given(YOUTH, { known: nothing }).filter((pointer) => OWN.includes(pointer))).toEqual([]);
    expect(given(YOUTH, { known: lifted })).toEqual(expect.arrayContaining(OWN));
  });
  it('are named among the reasons', () => {
    const decision = decide(labelling, sealedIn(labelling, 'visit', ADULT), reader, NOW, { known: inForce });
    expect(decision).toMatchObject({ verdict: 'redact', reasons: ['need'] });
  });
});

describe('an event in the current version of its standard', () => {
  const plan = plans.get('visit') as PortionPlan;
  const labelling = { ...officeLaw(), plans: new Map([['visit', { ...plan, schemaId: 'urn:office:visit' }]]) };
  const reader = clearanceIn(labelling.policy, { restrictions: ['LIFE'], releasableTo: ['NORTH'] });
  const given = (protections: unknown, now: number) =>
    placesIn(decide(labelling, sealedIn(labelling, 'visit', { ...YOUTH, protections } as JsonObject), reader, now));
  const NAME = '/defendants/0/person/name';
  it('is revealed on the day when a listed protection has ended', () => {
    const protections = [{ until: '2027-05-20' }];
    expect([given(protections, BIRTHDAY - 1).includes(NAME), given(protections, BIRTHDAY).includes(NAME)]).toEqual([false, true]);
  });
  it('is not labelled again where no listed protection has ended: the label of the seal holds', () => {
    expect(given([], BIRTHDAY)).not.toContain(NAME);
  });
  it('is delivered to each reader exactly as its labels allow', () => {
    const places = (clearance: object) =>
      placesIn(decide(labelling, sealedIn(labelling, 'visit', ADULT), clearanceIn(labelling.policy, clearance), NOW)).toSorted();
    const open = ['/defendants/0/person/dateOfBirth', NAME, '/title'];
    expect(places({})).toEqual(open);
    expect(places({ releasableTo: ['NORTH'] })).toEqual(['/defendants/0/address', ...open]);
    expect(places({ restrictions: ['LIFE'] })).toEqual(['/defendants/0/notes', ...open]);
  });
  it('is withheld by the register, and revealed where a protection was lifted', () => {
    const protect = labelling.protect as Protecting;
    const { fromEvent: inForce } = protect.find(eventWith('visit', YOUTH));
    const name = (data: JsonObject, known: Known) =>
      placesIn(decide(labelling, sealedIn(labelling, 'visit', data), reader, NOW, { known })).includes(NAME);
    const none = { isEmpty: true, inForce: [], isLifted: () => true };
    expect([name(ADULT, none), name(ADULT, { isEmpty: false, inForce, isLifted: () => false } as Known)]).toEqual([true, false]);
    expect([name(YOUTH, none), name(YOUTH, { ...none, lifted: [1, 0, 0] } as Known)]).toEqual([false, true]);
  });
  it('is denied in an earlier version, where it has text that would now be a portion', () => {
    const older = { ...plan, portions: plan.portions.filter(({ property }) => property !== 'title') };
    const before = { ...officeLaw(), plans: new Map([['visit', older]]) };
    const sealed = sealedIn(before, 'visit', ADULT, { classification: 'OPEN' });
    const now = { ...officeLaw(), plans: new Map([['visit', { ...plan, schemaId: 'urn:office:visit:2' }]]) };
    const verdict = (clearance: object) => decide(now, sealed, clearanceIn(now.policy, clearance), NOW);
    expect(verdict({})).toEqual({ verdict: 'deny', reasons: ['need', 'to'] });
    expect(verdict(ALL).verdict).toBe('permit');
  });
});
