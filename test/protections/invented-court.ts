/** The policy of an invented court: every kind of rule that protects people, in cases that are small enough to read. */
import fc from 'fast-check';
import type { JsonObject } from '../../adapters/adapter.ts';
import type { UnlabelledEvent } from '../../gateway/labels/event.ts';
import { type Labelling, labelSlots, makeLabelling } from '../../gateway/labels/label-event.ts';
import { compilePolicy } from '../../gateway/labels/policy.ts';
import type { PolicyDocument, RuleDocument } from '../../gateway/labels/policy-document.ts';
import type { PortionPlan, PortionProperty } from '../../gateway/labels/portions.ts';
import { type FoundProtections, type KnownProtections, makeProtect, type Protecting } from '../../gateway/protections/protect.ts';
import { compileRules } from '../../gateway/protections/rules.ts';
import { eventWith } from '../labels/invented.ts';

const open = { classification: 'OPEN' };

/** What identifies a defendant, and what identifies a victim. */
const DEFENDANTS = ['name', 'home', 'family', 'note'];
const VICTIMS = ['victim', 'note'];

const raising = (restriction: string, portions: readonly string[]): RuleDocument['raise'] => ({
  portions,
  with: { restrictions: [restriction] },
});

export const YOUTH_RULE: RuleDocument = {
  id: 'youth',
  title: 'Youth',
  law: 'Youth Act',
  of: 'defendant',
  when: { ageAtHearingUnder: 18 },
  raise: raising('YOUTH', DEFENDANTS),
  protects: { who: 'self', reason: 'under-18', until: 'at 18' },
};
export const CHILD_RULE: RuleDocument = {
  id: 'child',
  title: 'Child',
  law: 'Child Act',
  of: 'defendant',
  when: { ageAtHearingUnder: 18 },
  raise: raising('CHILD', [...VICTIMS, ...DEFENDANTS]),
  protects: { who: 'children', reason: 'child-in-proceedings', until: 'at 18' },
};
export const COMPLAINANT_RULE: RuleDocument = {
  id: 'complainant',
  title: 'Complainant',
  law: 'Complainant Act',
  of: 'offence',
  when: { offenceCodeIn: 'sexual' },
  raise: raising('LIFE', [...VICTIMS, ...DEFENDANTS]),
  protects: { who: 'victims', reason: 'sexual-offence', until: 'never' },
};
/** An order about the defendant, and one about everybody whom the case calls a victim. */
export const ORDER_RULE: RuleDocument = {
  id: 'order',
  title: 'Order',
  law: 'Order Act',
  of: 'defendant',
  when: { resultCodes: ['4510'] },
  raise: raising('ORDER', DEFENDANTS),
  protects: { who: 'self', reason: 'order', until: 'at 18' },
};
export const WITNESS_RULE: RuleDocument = {
  id: 'witness',
  title: 'Witness',
  law: 'Witness Act',
  of: 'defendant',
  when: { resultCodes: ['4510'] },
  raise: raising('WITNESS', [...VICTIMS, ...DEFENDANTS]),
  protects: { who: 'every-victim', reason: 'order', until: 'never' },
};
/** A rule that protects nobody, and raises names inside the object that it looks at. */
export const PLACE_RULE: RuleDocument = {
  id: 'place',
  title: 'Place',
  law: 'Place Act',
  of: 'defendant',
  when: { resultCodes: ['7'] },
  raise: raising('PLACE', ['name']),
};

export const document: PolicyDocument = {
  id: 'office',
  version: '1.0.0',
  legacyMarkings: [],
  classifications: [{ id: 'OPEN', rank: 1, topic: 'open' }],
  categories: [
    {
      id: 'need',
      property: 'restrictions',
      kind: 'restrictive',
      values: [
        { id: 'YOUTH', ends: 'at 18' },
        { id: 'CHILD', ends: 'at 18' },
        { id: 'ORDER', ends: 'at 18' },
        ...['LIFE', 'WITNESS', 'PLACE'].map((id) => ({ id })),
      ],
    },
    { id: 'to', property: 'releasableTo', kind: 'permissive', values: [{ id: 'OFFICE' }, { id: 'PRESS' }] },
  ],
  publication: { recipients: ['PRESS'] },
  portions: {
    any: { title: 'Anything', label: 'event' },
    ...Object.fromEntries(['name', 'home', 'family', 'victim', 'officer'].map((name) => [name, { title: name, label: open }])),
    note: { title: 'Note', freeText: true, label: { ...open, releasableTo: ['OFFICE'] } },
  },
  groups: { people: { title: 'What identifies somebody', portions: [...DEFENDANTS, 'victim'] } },
  rules: [YOUTH_RULE, CHILD_RULE, COMPLAINANT_RULE, ORDER_RULE, WITNESS_RULE],
};

const portions = (classes: Readonly<Record<string, string>>): readonly PortionProperty[] =>
  Object.entries(classes).map(([property, portion]) => ({ property, step: `/${property}`, portion, isText: property === 'wording' }));
const plan = (component: string, classes: Readonly<Record<string, string>>, more: Partial<PortionPlan> = {}): PortionPlan => ({
  component,
  portions: portions(classes),
  codes: [],
  objects: [],
  arrays: [],
  ...more,
});

const person = plan('', { name: 'name', dateOfBirth: 'name', contact: 'home' });
const code = { property: 'code', step: '/code', code: { codelist: 'codes' } };
const offence = plan('offence', { victims: 'victim', wording: 'officer', location: 'home' }, { codes: [code] });
const defendant = plan(
  'defendant',
  { address: 'home', aliases: 'name', parentGuardian: 'family', bail: 'note', asn: 'name' },
  { objects: [['person', person]], arrays: [['offences', offence]] },
);

/** The standard of a hearing in this court. */
export const HEARING_PLAN = plan(
  '',
  { officer: 'officer', extensions: 'any', protections: 'any' },
  { arrays: [['defendants', defendant]], schemaId: 'urn:office:hearing' },
);

const LISTS: Readonly<Record<string, ReadonlySet<string>>> = { sexual: new Set(['SX1']) };

export interface CourtLaw extends Labelling {
  readonly protect: Protecting;
}

export function courtLaw(more: Partial<PolicyDocument> = {}): CourtLaw {
  const policy = compilePolicy({ ...document, ...more });
  const protect = makeProtect(
    policy,
    compileRules(policy, (id) => LISTS[id]),
  );
  const labelling = makeLabelling(policy, protect, new Map([['hearing', HEARING_PLAN]]), () => () => true);
  return { ...labelling, protect };
}

/** An event of a hearing on 16 November 2026, which the gateway received a week later. */
export const hearing = (defendants: readonly unknown[], more: object = {}): UnlabelledEvent =>
  eventWith('hearing', { hearing: { date: '2026-11-16' }, defendants, ...more } as unknown as JsonObject);

export const named = (familyName: string, ...givenNames: readonly string[]) => ({ name: { familyName, givenNames } });
export const ADULT_BORN = '1980-02-03';
export const YOUTH_BORN = '2012-02-03';
/** A defendant in the form of the standards. */
export const defendantOf = (familyName: string, given: string, dateOfBirth: string | undefined, more: object = {}) => ({
  person: { ...named(familyName, given), ...(dateOfBirth === undefined ? {} : { dateOfBirth }) },
  ...more,
});

/** Who is protected in an event, as `rule pointer reason until`. */
export const protectionsIn = (event: UnlabelledEvent, law = courtLaw(), known?: KnownProtections): readonly string[] =>
  law.protect
    .find(event, known)
    .all.map(({ id, at, reason, until }) => [id, at ?? 'somebody', reason, ...(until === undefined ? [] : [until])].join(' '));

/** By pointer the rules and protections that each place of an event is raised by. */
export function raisedIn(
  event: UnlabelledEvent,
  law = courtLaw(),
  found: FoundProtections = law.protect.find(event),
): Readonly<Record<string, readonly string[]>> {
  const { slots } = labelSlots(law, HEARING_PLAN, event, found);
  return Object.fromEntries(slots.map(({ pointer, raisedBy }) => [pointer, raisedBy.map(({ id }) => id)]));
}

/** The pointers of everything that is raised, in alphabetical order. */
export const raisedPointers = (...given: Parameters<typeof raisedIn>): readonly string[] =>
  Object.entries(raisedIn(...given))
    .filter(([, by]) => by.length > 0)
    .map(([pointer]) => pointer)
    .toSorted();

/** A victim in the form of the standards. */
export const victim = (familyName: string, given: string, dateOfBirth = ADULT_BORN, more: object = {}) => ({
  ...named(familyName, given),
  dateOfBirth,
  ...more,
});

const anyName = fc.constantFrom('Marrable', 'Yarrow', 'Proser', 'Prosser', 'Oakes', '');
const anyGiven = fc.constantFrom('Kai', 'K', 'Maris', 'Ffion');
const anyBorn = fc.constantFrom(ADULT_BORN, '1990-05-06', YOUTH_BORN, '2011-06-07', undefined);
const anyVictim = fc.tuple(anyName, anyGiven, anyBorn).map(([family, given, born]) => victim(family, given, born));
const anyOffence = fc.record({
  code: fc.constantFrom('SX1', 'TH1'),
  wording: fc.constantFrom('Took a bicycle.', 'With Kai Yarrow.'),
  victims: fc.array(anyVictim, { maxLength: 2 }),
});
export const anyDefendant = fc
  .tuple(
    anyName,
    anyGiven,
    anyBorn,
    fc.record(
      {
        address: fc.constantFrom({ lines: ['1 Mole Row'] }, { lines: ['c/o Yarrow'] }),
        bail: fc.constant('To live at home.'),
        parentGuardian: anyVictim,
        offences: fc.array(anyOffence, { maxLength: 2 }),
        results: fc.constantFrom([{ code: '4510' }], [{ code: '1' }]),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([family, given, born, more]) => defendantOf(family, given, born, more));
/** The defendants of any hearing, few of whose names are not shared. */
export const anyHearing = fc.array(anyDefendant, { maxLength: 3 });
