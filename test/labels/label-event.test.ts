import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import { type Beforehand, holdsAnything, labelEvent, labelSlots, makeLabelling } from '../../gateway/labels/label-event.ts';
import { compilePolicy, compileRaise } from '../../gateway/labels/policy.ts';
import type { PolicyDocument } from '../../gateway/labels/policy-document.ts';
import { makeProtect, type Protecting } from '../../gateway/protections/protect.ts';
import { ADULT_BORN, courtLaw, defendantOf, HEARING_PLAN, hearing, PLACE_RULE, YOUTH_BORN } from '../protections/invented-court.ts';
import { document, eventWith, labelIn, labelledIn, OFFICE, officeLaw, plans } from './invented.ts';

describe('labelling', () => {
  it('is refused where a standard names a portion that the policy does not know', () => {
    const { text: _, ...portions } = document.portions;
    const policy = compilePolicy({ ...document, portions });
    expect(() => makeLabelling(policy, makeProtect(policy, []), plans, () => () => true)).toThrow(
      'letter: the policy office has no portion text',
    );
  });
});

describe('a place that can hold any part of an event', () => {
  const { policy } = courtLaw();
  const isOpen = (portion: string, more: object = {}) => holdsAnything(policy, { isText: false, isUnlisted: false, portion, ...more });
  it('is text, an unlisted code, or a portion of free text or of any content', () => {
    expect([isOpen('name', { isText: true }), isOpen('name', { isUnlisted: true }), isOpen('note'), isOpen('any')]).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });
  it('is a portion that the policy does not know, and no other', () => {
    expect([isOpen(''), isOpen('nose'), isOpen('name'), isOpen('home')]).toEqual([true, true, false, false]);
  });
});

describe('the places of an event', () => {
  const law = courtLaw();
  const youth = defendantOf('Yarrow', 'Kai', YOUTH_BORN);
  it('share one label where their portion and their raises are the same, so that it is joined once', () => {
    const { slots } = labelSlots(law, HEARING_PLAN, hearing([youth]));
    const [name, born] = slots.filter(({ pointer }) => pointer.includes('/person/'));
    expect(name?.label).toEqual(compileRaise(law.policy, { restrictions: ['YOUTH'] }));
    expect(born?.label).toBe(name?.label);
  });
  it('are raised only where a person is protected, or where a rule is about places', () => {
    let asked = 0;
    const counting = (original: typeof law): typeof law => {
      const raise: Protecting['raise'] = (...given) => {
        asked++;
        return original.protect.raise(...given);
      };
      return { ...original, protect: { ...original.protect, raise } };
    };
    const [plain, ofPlaces] = [counting(law), counting(courtLaw({ rules: [PLACE_RULE] }))];
    labelSlots(plain, HEARING_PLAN, hearing([defendantOf('Marrable', 'Maris', ADULT_BORN)]));
    expect(asked).toBe(0);
    labelSlots(plain, HEARING_PLAN, hearing([youth]));
    labelSlots(ofPlaces, HEARING_PLAN, hearing([youth]));
    expect(asked).toBe(2);
  });
  it('include a listed code only where it mentions a protected person', () => {
    const numbered = defendantOf('Yarrow', 'Kai', YOUTH_BORN, { asn: '12ABCD3400000000123R' });
    const other = (code: string) => defendantOf('Marrable', 'Maris', ADULT_BORN, { offences: [{ code }] });
    const pointersOf = (code: string, listedIn: typeof law.listedIn = law.listedIn) =>
      labelSlots({ ...law, listedIn }, HEARING_PLAN, hearing([numbered, other(code)]))
        .slots.map(({ pointer }) => pointer)
        .filter((pointer) => pointer.endsWith('/code'));
    expect([pointersOf('TH1'), pointersOf('12ABCD3400000000123R')]).toEqual([[], ['/defendants/1/offences/0/code']]);
    expect(pointersOf('TH1', () => () => false)).toEqual(['/defendants/1/offences/0/code']);
  });
});

describe('the label of an event', () => {
  const youth = { hearing: { date: '2026-11-16' }, defendants: [{ person: { name: 'Perran Tregoss', dateOfBirth: '2010-01-01' } }] };
  it('is the join of its base and of each portion in it', () => {
    const { event, base } = labelledIn(officeLaw(), 'visit', youth, { classification: 'SHUT', releasableTo: ['NORTH'] });
    expect(base).toEqual({ policy: OFFICE, classification: 'SHUT', releasableTo: ['NORTH'] });
    expect(event.data.label).toEqual({ policy: OFFICE, classification: 'SHUT', restrictions: ['YOUTH'], releasableTo: ['NORTH'] });
    expect(event.classification).toBe('SHUT');
    expect(event.data.portions).toEqual([
      {
        label: { policy: OFFICE, classification: 'OPEN', restrictions: ['YOUTH'] },
        at: ['/defendants/0/person/name', '/defendants/0/person/dateOfBirth'],
      },
    ]);
  });
  it('names the rule that raised each portion', () => {
    const { slots } = labelledIn(officeLaw(), 'visit', youth, { classification: 'OPEN' });
    const raised = slots.filter(({ raisedBy }) => raisedBy.length > 0);
    expect(raised.map(({ pointer, raisedBy: [rule] }) => [pointer, rule?.id])).toEqual([
      ['/defendants/0/person/name', 'youth'],
      ['/defendants/0/person/dateOfBirth', 'youth'],
    ]);
  });
  it('applies to a portion that can hold anything, which no rule raises by itself', () => {
    const rules = document.rules.map(({ protects: _, ...rule }) => ({ ...rule, raise: { ...rule.raise, portions: ['any', 'name'] } }));
    const labelling = officeLaw({ rules });
    const plan = {
      component: 'defendant',
      codes: [],
      objects: [],
      arrays: [],
      portions: [{ property: 'extensions', step: '/extensions', portion: 'any', isText: false }],
    };
    const {
      slots: [slot],
    } = labelSlots(labelling, plan, eventWith('visit', { extensions: { raw: 'x' } }));
    expect(slot).toMatchObject({ pointer: '/extensions', raisedBy: [] });
    expect(slot?.label).toBeUndefined();
  });
  it('does not exist for an unknown standard', () => {
    const labelling = officeLaw();
    expect(() => labelEvent(labelling, eventWith('nothing', {}), labelling.policy.lowest)).toThrow(
      'No standard for this event type: validate before labelling',
    );
  });
});

describe('labelling with facts that are known beforehand', () => {
  const OPEN = { classification: 'OPEN' };
  const labelled = (data: JsonObject, beforehand: Beforehand, labelling = officeLaw()) =>
    labelEvent(labelling, eventWith('visit', data), labelIn(labelling.policy, OPEN), beforehand);
  const textOf = (label: object) => labelIn(officeLaw().policy, { ...OPEN, ...label });
  const labelAt = ({ event }: ReturnType<typeof labelled>, pointer: string) =>
    event.data.portions.find(({ at }) => at.includes(pointer))?.label;
  const data = { title: 'A visit', defendants: [{ organisation: { name: 'Mole Boats' }, address: '1 Mole Row' }] } as JsonObject;

  it('gives the label of the text to every portion and to the event', () => {
    const result = labelled(data, { text: textOf({ restrictions: ['LIFE'] }) });
    expect(labelAt(result, '/title')).toEqual({ policy: OFFICE, ...OPEN, restrictions: ['LIFE'] });
    expect(labelAt(result, '/defendants/0/address')).toEqual({ policy: OFFICE, ...OPEN, restrictions: ['LIFE'], releasableTo: ['NORTH'] });
    expect(result.event.data.label).toMatchObject({ restrictions: ['LIFE'] });
    expect(result.base).toEqual({ policy: OFFICE, ...OPEN });
  });
  it('raises the event through a place that can hold anything, even where that is the only one', () => {
    const result = labelled({ extensions: { raw: 'x' } } as JsonObject, { text: textOf({ restrictions: ['LIFE'] }) });
    expect(labelAt(result, '/extensions')).toEqual({ policy: OFFICE, ...OPEN, restrictions: ['LIFE'] });
    expect(result.slots[0]?.label).toBeUndefined();
  });
  it('raises no event without portions', () => {
    const result = labelled({}, { text: textOf({ restrictions: ['LIFE'] }) });
    expect(result.event.data).toEqual({ label: { policy: OFFICE, ...OPEN }, portions: [] });
    expect(result.spare).toBeGreaterThan(0);
  });
  it('uses the given protected persons, and not those of the event', () => {
    const law = officeLaw();
    const protect = law.protect as Protecting;
    const youth = { hearing: { date: '2026-11-16' }, defendants: [{ person: { name: 'Perran', dateOfBirth: '2010-01-01' } }] } as never;
    const found = protect.find(eventWith('visit', youth));
    const extended = { ...(youth as JsonObject), extensions: { raw: 'x' } };
    const nobody = protect.registered({ isEmpty: true, inForce: [], isLifted: () => true });
    expect(labelled(extended, { found: nobody }, law).event.data.label).toEqual({ policy: OFFICE, ...OPEN });
    expect(labelled(extended, { found }, law).event.data.label).toMatchObject({ restrictions: ['YOUTH'] });
    expect(labelled(extended, {}, law).event.data.label).toMatchObject({ restrictions: ['YOUTH'] });
  });
  it('raises the event for all protected persons only where a place can hold anything', () => {
    const law = officeLaw();
    const found = (law.protect as Protecting).find(
      eventWith('visit', { hearing: { date: '2026-11-16' }, defendants: [{ person: { dateOfBirth: '2010-01-01' } }] } as never),
    );
    const of = (content: JsonObject) => labelled(content, { found }, law).event.data.label;
    expect(of({ title: 'A visit' })).toEqual({ policy: OFFICE, ...OPEN });
    expect(of({ title: 'A visit', extensions: {} })).toEqual({ policy: OFFICE, ...OPEN, restrictions: ['YOUTH'] });
  });
  it('returns the compiled labels, and the portions in order', () => {
    const law = officeLaw();
    const result = labelled({ ...data, extensions: {} } as JsonObject, {}, law);
    expect(result.compiled).toEqual({
      base: labelIn(law.policy, OPEN),
      eventLabel: labelIn(law.policy, { ...OPEN, releasableTo: ['NORTH'] }),
    });
    expect(result.event.data.portions).toEqual([
      { label: { policy: OFFICE, ...OPEN, releasableTo: ['NORTH'] }, at: ['/extensions', '/defendants/0/address'] },
      { label: { policy: OFFICE, ...OPEN }, at: ['/title'] },
    ]);
  });
});

describe('a label as data', () => {
  it('is the same frozen object for each equal label', () => {
    const labelling = officeLaw();
    const label = () => labelIn(labelling.policy, { classification: 'OPEN', releasableTo: ['NORTH'] });
    const spelled = labelling.spell(label());
    expect(labelling.spell(label())).toBe(spelled);
    expect([spelled, spelled.policy, spelled.releasableTo].map(Object.isFrozen)).toEqual([true, true, true]);
  });
  it('is cached for ten thousand labels, and computed for more', () => {
    const { portions, ...rest } = document;
    const plain = Object.fromEntries(Object.keys(portions).map((name) => [name, { title: name, label: 'event' as const }]));
    const values = Array.from({ length: 14 }, (_, n) => ({ id: `VALUE-${n}` }));
    const many = { id: 'many', property: 'categories.many', kind: 'restrictive', values } as never;
    const labelling = officeLaw({ ...rest, portions: plain, categories: [many], rules: [] });
    const nth = (n: number) => labelling.spell({ classification: 0, bits: [n] });
    const first = nth(1);
    for (let n = 2; n <= 10_000; n++) nth(n);
    const further = nth(10_001);
    expect(nth(1)).toBe(first);
    expect(nth(10_001)).toEqual(further);
    expect(nth(10_001)).not.toBe(further);
  });

  /** Categories that exist only with some classifications. */
  const categories: PolicyDocument['categories'] = [
    ['low', ['OPEN']],
    ['middle', ['SHUT']],
    ['high', ['LOCKED']],
    ['ends', ['OPEN', 'LOCKED']],
    ['lower', ['OPEN', 'SHUT']],
  ].map(([id, onlyWith]) => ({ id, property: `categories.${id}`, kind: 'restrictive', onlyWith, values: [{ id: 'YES' }] }) as never);
  const all = Object.fromEntries(categories.map(({ id }) => [id, ['YES']]));
  it.each([
    ['OPEN', ['low', 'middle', 'high', 'ends', 'lower']],
    ['SHUT', ['middle', 'high', 'ends', 'lower']],
    ['LOCKED', ['high', 'ends']],
  ])('at %s does not show the categories of lower levels, and shows all others: %j', (classification, shown) => {
    const { portions, ...rest } = document;
    const plain = Object.fromEntries(Object.keys(portions).map((name) => [name, { title: name, label: 'event' as const }]));
    const labelling = officeLaw({ ...rest, portions: plain, categories, rules: [] });
    const label = labelIn(labelling.policy, { classification, categories: all });
    expect(Object.keys(labelling.spell(label).categories ?? {})).toEqual(shown);
  });
});
