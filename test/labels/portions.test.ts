import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import { at } from '../../adapters/json.ts';
import { classesOf, type IsListed, type PortionPlan, planOf, slotsOf } from '../../gateway/labels/portions.ts';
import { HEARING_PLAN } from '../protections/invented-court.ts';

const text = { type: 'string' };
const schemas: Readonly<Record<string, object>> = {
  name: { $id: 'https://office.example/components/name/1', type: 'object', properties: { familyName: text } },
  address: { $id: 'https://office.example/components/address/1', type: 'object', properties: { lines: { type: 'array', items: text } } },
  contact: { $id: 'https://office.example/components/contact/1', properties: { emails: { type: 'array', items: text } } },
  defendant: {
    $id: 'https://office.example/components/defendant/1.0.0',
    type: 'object',
    properties: { title: { ...text, 'x-portion': 'name' }, plea: { ...text, 'x-codelist': 'pleas' } },
  },
  day: { type: 'string', format: 'date' },
  loose: { $id: 'https://office.example/notes/defendant/1', type: 'string' },
};
const resolve = (id: string) =>
  (schemas[id] ?? Object.values(schemas).find((schema) => '$id' in schema && schema.$id === id)) as Record<string, unknown> | undefined;
const component = (name: string) => ({ $ref: `https://office.example/components/${name}/1` });
const plan = (properties: Readonly<Record<string, unknown>>, more: object = {}): PortionPlan =>
  planOf({ type: 'object', properties, ...more } as Record<string, unknown>, resolve);
const portion = (schema: object, portionClass = 'note') => ({ ...schema, 'x-portion': portionClass });
const isText = (schema: object, property = 'notes'): boolean | undefined => plan({ [property]: portion(schema) }).portions[0]?.isText;

describe('the plan of a schema', () => {
  it('has every portion with its class and its step', () => {
    expect(plan({ notes: portion(text), other: text, home: portion(component('address'), 'home') }).portions).toStrictEqual([
      { property: 'notes', step: '/notes', portion: 'note', isText: true },
      { property: 'home', step: '/home', portion: 'home', isText: false },
    ]);
  });
  it.each([
    ['a/b', '/a~1b'],
    ['a~b', '/a~0b'],
    ['~1/', '/~01~1'],
    ['ab', '/ab'],
  ])('writes the name %j as the step %j of a pointer (RFC 6901)', (name, step) => {
    const found = plan({ [name]: portion(text), [`${name} code`]: { 'x-form': '^A$' } });
    expect([found.portions[0]?.step, found.codes[0]?.step]).toEqual([step, `${step} code`]);
  });
  it('has the codes that are not portions, with their list and form', () => {
    expect(plan({ plea: { 'x-codelist': 'pleas' }, urn: { 'x-form': '^[A-Z]+$' }, none: { 'x-codelist': 7 } }).codes).toStrictEqual([
      { property: 'plea', step: '/plea', code: { codelist: 'pleas' } },
      { property: 'urn', step: '/urn', code: { form: /^[A-Z]+$/u } },
    ]);
    expect(plan({ pleas: { type: 'array', items: { 'x-codelist': 'pleas', 'x-form': '^A$' } } }).codes).toEqual([
      { property: 'pleas', step: '/pleas', code: { codelist: 'pleas', form: /^A$/u } },
    ]);
    expect(plan({ pleas: { items: null }, other: { items: 'x' } })).toMatchObject({ codes: [], portions: [] });
  });
  it('has a portion that is a code in both ways: as text only where the code is not listed', () => {
    expect(plan({ plea: { ...portion(text), 'x-codelist': 'pleas' } }).portions).toEqual([
      { property: 'plea', step: '/plea', portion: 'note', isText: false, code: { codelist: 'pleas' } },
    ]);
    expect(plan({ pleas: { ...portion({ type: 'array', items: text }), 'x-codelist': 'pleas' } }).portions).toEqual([
      { property: 'pleas', step: '/pleas', portion: 'note', isText: false, code: { codelist: 'pleas' } },
    ]);
  });
  it('has the objects and lists that contain portions, and no others', () => {
    const found = plan({
      own: { type: 'object', properties: { notes: portion(text) } },
      empty: { type: 'object', properties: { day: { format: 'date' } } },
      deep: { properties: { deeper: { properties: { plea: { 'x-codelist': 'pleas' } } } } },
      defendants: { type: 'array', items: { $ref: 'defendant' } },
      days: { type: 'array', items: { properties: { day: { format: 'date' } } } },
      lists: { type: 'array', items: { properties: { defendants: { type: 'array', items: { $ref: 'defendant' } } } } },
    });
    expect(found.objects.map(([name]) => name)).toEqual(['own', 'deep']);
    expect(found.arrays.map(([name]) => name)).toEqual(['defendants', 'lists']);
    expect(found.arrays[0]?.[1]).toMatchObject({
      component: 'defendant',
      portions: [{ property: 'title' }],
      codes: [{ property: 'plea' }],
    });
  });
  it('has a property that can be a list or an object in both ways', () => {
    const found = plan({ either: { anyOf: [{ $ref: 'defendant' }, { type: 'array', items: { $ref: 'defendant' } }] } });
    expect([found.objects, found.arrays].map((below) => below.map(([name]) => name))).toEqual([['either'], ['either']]);
    const places = [{ title: 'x' }, [{ title: 'x' }]].map((either) => slotsOf(found, { either }).slots.map(({ pointer }) => pointer));
    expect(places).toEqual([['/either/title'], ['/either/0/title']]);
  });
  it('does not descend below a portion, which is always removed completely', () => {
    expect(plan({ own: portion({ properties: { notes: portion(text), plea: { 'x-codelist': 'pleas' } } }) })).toMatchObject({
      objects: [],
      portions: [{ property: 'own' }],
    });
  });
  it('identifies a component by its id, and a standard by its version', () => {
    const { $id } = schemas.defendant as { $id: string };
    expect(planOf(schemas.defendant as Record<string, unknown>, resolve)).toMatchObject({ component: 'defendant', schemaId: $id });
    expect(planOf({ $ref: 'defendant' }, resolve).component).toBe('defendant');
    expect(planOf(schemas.loose as Record<string, unknown>, resolve).component).toBe('');
    expect(plan({}).component).toBe('');
    expect('schemaId' in plan({})).toBe(false);
    expect('schemaId' in plan({}, { $id: 7 })).toBe(false);
    // A component that another component refers to is still the outer component.
    expect(planOf({ $id: 'https://office.example/components/youth/1', $ref: 'defendant' }, resolve).component).toBe('youth');
  });
  it('follows references and combinations', () => {
    const found = planOf(
      {
        $ref: 'defendant',
        allOf: [{ properties: { all: portion(text) } }],
        anyOf: [{ properties: { any: portion(text) } }],
        oneOf: [{ properties: { one: portion(text) } }, { anyOf: [{ properties: { deep: portion(text) } }] }],
        properties: { own: portion(text) },
      },
      resolve,
    );
    expect(found.portions.map(({ property }) => property)).toEqual(['title', 'own', 'all', 'any', 'one', 'deep']);
  });
  it('refuses an unknown reference anywhere', () => {
    const refused = 'The standards do not hold nothing';
    expect(() => planOf({ $ref: 'nothing' }, resolve)).toThrow(refused);
    expect(() => plan({ notes: portion({ $ref: 'nothing' }) })).toThrow(refused);
    expect(() => plan({ list: { items: { $ref: 'nothing' } } })).toThrow(refused);
  });
  it('names every portion class in it', () => {
    const classes = classesOf(
      plan({
        notes: portion(text),
        person: { properties: { name: portion({ $ref: 'name' }, 'name') } },
        homes: { items: { properties: { home: portion({ $ref: 'address' }, 'home') } } },
      }),
    );
    expect(classes).toEqual(new Set(['note', 'name', 'home']));
  });
});

describe('a portion with free text', () => {
  it.each<readonly [string, object, boolean]>([
    ['text', text, true],
    ['of no type', {}, true],
    ['of several types, text among them', { type: ['null', 'string'] }, true],
    ['a number', { type: 'number' }, false],
    ['a yes or no or nothing', { type: ['boolean', 'null'] }, false],
    ['a date', { ...text, format: 'date' }, false],
    ['of a few values', { enum: ['A', 'B'] }, false],
    ['of one value', { const: 'A' }, false],
    ['of a pattern', { ...text, pattern: '^A$' }, false],
    ['a list of texts', { type: 'array', items: text }, true],
    ['a list of dates', { type: 'array', items: { ...text, format: 'date' } }, false],
    ['an object with a text in it', { type: 'object', properties: { day: { format: 'date' }, why: text } }, true],
    ['an object without text', { type: 'object', properties: { day: { format: 'date' }, count: { type: 'integer' } } }, false],
    ['an object that takes any property', { type: 'object', additionalProperties: true }, true],
    ['an object that takes none', { type: 'object', additionalProperties: false }, false],
    ['an object of no property', { type: 'object' }, false],
    ['a name', component('name'), false],
    ['an address', component('address'), false],
    ['a contact', component('contact'), false],
    ['text by reference', { $ref: 'loose' }, true],
    ['a date by reference', { $ref: 'day' }, false],
    ['text by reference, and closed here', { $ref: 'loose', pattern: '^A$' }, false],
    ['an object with a name in it', { type: 'object', properties: { name: component('name') } }, false],
  ])('is recognised where it is %s: %j, %s', (_, schema, expected) => {
    expect(isText(schema)).toBe(expected);
  });
  it('is never a name or a list of names, which are searched instead', () => {
    expect([isText(text, 'name'), isText({ type: 'array', items: text }, 'aliases'), isText(text, 'names')]).toEqual([false, false, true]);
  });
});

describe('the places of an event', () => {
  const isListed: IsListed = (_, value) => value.startsWith('TH');
  const anyText = fc.constantFrom('TH1', 'THEFT', 'SX1', '', 'with Kai Yarrow');
  const anyValue: fc.Arbitrary<Json> = fc.oneof(
    anyText,
    fc.array(anyText, { maxLength: 2 }),
    fc.constantFrom<Json>(null, { familyName: 'x' }, [7], ['TH1', null]),
  );
  const some = (...names: readonly string[]) => fc.record(Object.fromEntries(names.map((name) => [name, anyValue])), { requiredKeys: [] });
  /** Data with every portion and code of the plan, apart from what is around them. */
  const anyOffence = some('victims', 'wording', 'code');
  const anyDefendant = fc
    .tuple(
      some('address', 'aliases', 'parentGuardian', 'bail', 'asn'),
      some('name', 'dateOfBirth', 'contact'),
      fc.array(anyOffence, { maxLength: 2 }),
    )
    .map(([fields, person, offences]) => ({ ...fields, person, offences }));
  const anyData = fc
    .tuple(some('officer', 'extensions', 'protections'), fc.array(anyDefendant, { maxLength: 2 }))
    .map(([fields, defendants]) => ({ ...fields, defendants }) as unknown as JsonObject);

  /** The data without any portion and any code: only what is around them. */
  const around = (data: JsonObject): JsonObject =>
    ({
      defendants: (data.defendants as readonly { offences: readonly object[] }[]).map(({ offences }) => ({
        person: {},
        offences: offences.map(() => ({})),
      })),
    }) as unknown as JsonObject;

  it('have the same number, including the spare ones, whatever the portions and codes contain', () => {
    fc.assert(
      fc.property(anyData, (data) => {
        const count = (content: JsonObject) => {
          const { slots, spare } = slotsOf(HEARING_PLAN, content, isListed);
          return slots.length + spare;
        };
        expect(count(data)).toBe(count(around(data)));
        expect(slotsOf(HEARING_PLAN, around(data), isListed).slots).toEqual([]);
      }),
    );
  });
  it('are listed once for each existing value', () => {
    fc.assert(
      fc.property(anyData, (data) => {
        const { slots } = slotsOf(HEARING_PLAN, data, isListed);
        for (const { pointer, holder, property } of slots) {
          expect(at(data, pointer)).toBe(holder[property]);
          expect(holder[property]).toBeDefined();
        }
        expect(new Set(slots.map(({ pointer }) => pointer)).size).toBe(slots.length);
      }),
    );
  });
  it('include a code only where one of its values is not listed', () => {
    fc.assert(
      fc.property(anyValue, (code) => {
        const { slots, spare } = slotsOf(HEARING_PLAN, { defendants: [{ offences: [{ code }] }] } as unknown as JsonObject, isListed);
        const values = Array.isArray(code) ? code : [code];
        const areListed = values.every((value) => typeof value === 'string' && (value === '' || value.startsWith('TH')));
        expect(slots.map(({ pointer }) => pointer)).toEqual(areListed ? [] : ['/defendants/0/offences/0/code']);
        if (!areListed) expect(slots[0]).toMatchObject({ portion: '', isText: true, isUnlisted: true, property: 'code' });
        expect(spare + slots.length).toBe(slotsOf(HEARING_PLAN, { defendants: [{ offences: [{}] }] } as unknown as JsonObject).spare);
      }),
    );
  });
  it('include every code as text where no list is known', () => {
    expect(slotsOf(HEARING_PLAN, { defendants: [{ offences: [{ code: 'TH1' }] }] } as unknown as JsonObject).slots).toHaveLength(1);
  });
  it('always include a portion that is a code, and whether it is listed', () => {
    const portionPlan = plan({ plea: { ...portion(text), 'x-codelist': 'pleas' }, notes: portion(text) });
    const isUnlisted = (value: Json) => slotsOf(portionPlan, { plea: value, notes: 'x' }, isListed).slots.map((slot) => slot.isUnlisted);
    expect([isUnlisted('TH1'), isUnlisted('x'), isUnlisted('')]).toEqual([
      [false, false],
      [true, false],
      [false, false],
    ]);
    expect(slotsOf(portionPlan, {}, isListed)).toMatchObject({ slots: [], spare: 2 });
  });
  it('use the list of their property', () => {
    const asked: unknown[] = [];
    const portionPlan = plan({ plea: { ...text, 'x-codelist': 'pleas' } });
    slotsOf(portionPlan, { plea: ['A', ''] }, (code, value) => asked.push(code, value) > 0);
    expect(asked).toEqual([{ codelist: 'pleas' }, 'A']);
  });
  it('name the components around them, outermost first', () => {
    const data = { defendants: [{ offences: [{ victims: 'x' }], person: { name: 'y' }, address: 'z' }] } as unknown as JsonObject;
    const within = Object.fromEntries(
      slotsOf(HEARING_PLAN, data).slots.map((slot) => [
        slot.pointer,
        slot.within.map(({ component, pointer }) => `${component} ${pointer}`),
      ]),
    );
    expect(within).toEqual({
      '/defendants/0/address': ['defendant /defendants/0'],
      '/defendants/0/person/name': ['defendant /defendants/0'],
      '/defendants/0/offences/0/victims': ['defendant /defendants/0', 'offence /defendants/0/offences/0'],
    });
    const [slot] = slotsOf(HEARING_PLAN, data).slots;
    expect(slot?.within[0]?.object).toBe((data.defendants as unknown[])[0]);
  });
  it('do not include values of another type than the standard says', () => {
    for (const defendants of [null, 'x', {}, [null, 'x', []], [{ person: [], offences: {} }], [{ person: null, offences: [7] }]])
      expect(slotsOf(HEARING_PLAN, { defendants } as unknown as JsonObject).slots).toEqual([]);
  });
  it('have pointers with escaped names', () => {
    const portionPlan = plan({ 'a/b': { properties: { 'c~d': portion(text) } }, 'e/f': { items: { properties: { g: portion(text) } } } });
    const data: JsonObject = { 'a/b': { 'c~d': 'x' }, 'e/f': [{ g: 'y' }] };
    expect(slotsOf(portionPlan, data).slots.map(({ pointer }) => pointer)).toEqual(['/a~1b/c~0d', '/e~1f/0/g']);
  });
});
