import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../adapters/adapter.ts';
import { type Places, placesOf, without } from '../../gateway/labels/places.ts';

const cut = (data: JsonObject, pointers: readonly string[], gone = pointers.map(() => true)): JsonObject =>
  without(data, placesOf(pointers), gone);

describe('the places of portions', () => {
  it('are one place for each name, however many there are, and lead to each portion', () => {
    const anyName = fc.oneof(fc.constantFrom('a', 'b', '__proto__', 'constructor'), fc.integer({ min: 0, max: 200 }).map(String));
    const anyPointers = fc
      .uniqueArray(fc.tuple(anyName, anyName), { maxLength: 300, selector: (steps) => steps.join('/') })
      .map((all) => all.map((steps) => `/${steps.join('/')}`));
    const named = (places: readonly Places[], name: string) => places.filter((place) => place.name === name);
    fc.assert(
      fc.property(anyPointers, (pointers) => {
        const tree = placesOf(pointers);
        for (const [n, pointer] of pointers.entries()) {
          const [, first = '', second = ''] = pointer.split('/');
          const [place, ...others] = named(tree.below, first);
          expect([others, named(place?.below ?? [], second)]).toEqual([[], [{ name: second, below: [], portion: n }]]);
        }
      }),
      { numRuns: 50 },
    );
  });
  it('are a tree in which each portion keeps its number', () => {
    expect(placesOf(['/b', '/a/0/c', '/a/0/d~1e~0f'])).toEqual({
      name: '',
      portion: -1,
      below: [
        { name: 'b', portion: 0, below: [] },
        {
          name: 'a',
          portion: -1,
          below: [
            {
              name: '0',
              portion: -1,
              below: [
                { name: 'c', portion: 1, below: [] },
                { name: 'd/e~f', portion: 2, below: [] },
              ],
            },
          ],
        },
      ],
    });
  });
});

describe('a copy without some portions', () => {
  it('has all other portions, and everything outside portions', () => {
    const data = { a: 1, list: [{ b: 2, c: 3 }, { b: 4 }], d: { e: 5 } };
    expect(cut(data, ['/a', '/list/0/b', '/list/1/b', '/d/e'], [true, true, false, true])).toEqual({ list: [{ c: 3 }, { b: 4 }], d: {} });
    expect(data).toEqual({ a: 1, list: [{ b: 2, c: 3 }, { b: 4 }], d: { e: 5 } });
  });
  it('shares unchanged parts with the original', () => {
    const data = { near: [{ a: 1 }], far: { list: [{ b: 2 }, { b: 3 }] } };
    const copy = cut(data, ['/near/0/a', '/far/list/0/b', '/far/list/1/b'], [false, true, false]) as typeof data;
    expect(copy.near).toBe(data.near);
    expect(copy.far.list[1]).toBe(data.far.list[1]);
    expect(copy).toEqual({ near: [{ a: 1 }], far: { list: [{}, { b: 3 }] } });
  });
  it('is the same object where no portion is removed', () => {
    const data = { a: 1, list: [{ b: 2 }] };
    expect(cut(data, ['/a', '/list/0/b'], [false, false])).toBe(data);
  });
  it('is the same object where the portions are absent', () => {
    const data = { a: 1, list: [] as JsonObject[] };
    expect(cut(data, ['/b', '/c/d', '/list/0/e'])).toBe(data);
  });
  it.each([null, 'text', 1, false])('stops where %j is on the path', (value) => {
    const data = { on: value, list: [value], b: 1 };
    expect(cut(data, ['/on/length', '/list/0/length', '/b'])).toStrictEqual({ on: value, list: [value] });
  });
  it('has no member for an undefined value', () => {
    expect(cut({ a: 1, b: undefined as never }, ['/a'])).toStrictEqual({});
  });
  it('keeps a member with a name that every object inherits (T34)', () => {
    const data = JSON.parse('{"__proto__":{"isAdmin":true},"a":1,"b":2}') as JsonObject;
    const copy = cut(data, ['/a']);
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"isAdmin":true},"b":2}');
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect((copy as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
});
