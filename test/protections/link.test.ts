/** Which cases links lead to, and until when each did. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LinksOf, linkedWith, MOST_CASES } from '../../gateway/protections/link.ts';

interface Link {
  readonly from: string;
  readonly to: string;
  /** When it ended; null while it is in force. */
  readonly ended: string | null;
}

/** Each link is known from both of its ends, as the view has them. */
const linksIn =
  (links: readonly Link[]): LinksOf =>
  (subject, limit) =>
    links
      .flatMap(({ from, to, ended }) => [
        ...(from === subject ? [{ other: to, ended }] : []),
        ...(to === subject ? [{ other: from, ended }] : []),
      ])
      .slice(0, limit);

const FOR_EVER = '~';
const CASES = ['a', 'b', 'c', 'd', 'e', 'f'];
const link: fc.Arbitrary<Link> = fc.record({
  from: fc.constantFrom(...CASES),
  to: fc.constantFrom(...CASES),
  ended: fc.option(fc.constantFrom('2024-01-01', '2025-01-01', '2026-01-01'), { nil: null }),
});

/** The same by every path: a path held until its first link ended, and a case was linked until its last path ended. */
function untilByPaths(links: readonly Link[], start: string): Readonly<Record<string, string>> {
  const until: Record<string, string> = {};
  const follow = (at: string, path: readonly string[], held: string): void => {
    for (const { from, to, ended } of links)
      for (const [here, there] of [
        [from, to],
        [to, from],
      ] as const) {
        if (here !== at || path.includes(there)) continue;
        const time = ended !== null && ended < held ? ended : held;
        if ((until[there] ?? '') < time) until[there] = time;
        follow(there, [...path, there], time);
      }
  };
  follow(start, [start], FOR_EVER);
  return until;
}

const inLine = (links: number): readonly Link[] => Array.from({ length: links }, (_, n) => ({ from: `${n}`, to: `${n + 1}`, ended: null }));

describe('the cases that links lead to', () => {
  it('are those of every path, until the last of them ended', () => {
    fc.assert(
      fc.property(fc.array(link, { maxLength: 9 }), (links) => {
        const { cases, isCut } = linkedWith('a', linksIn(links));
        expect(isCut).toBe(false);
        expect(Object.fromEntries(cases.map((linked) => [linked.case, linked.until ?? FOR_EVER]))).toEqual(untilByPaths(links, 'a'));
        expect(new Set(cases.map((linked) => linked.case)).size).toBe(cases.length);
      }),
      { numRuns: 1000 },
    );
  });
  it('have an end only where every path to them ended', () => {
    const ended = '2025-01-01';
    expect(linkedWith('a', linksIn([{ from: 'a', to: 'b', ended }])).cases).toStrictEqual([{ case: 'b', until: ended }]);
    expect(
      linkedWith(
        'a',
        linksIn([
          { from: 'a', to: 'b', ended },
          { from: 'b', to: 'a', ended: null },
        ]),
      ).cases,
    ).toStrictEqual([{ case: 'b' }]);
  });
  it('are none where there is no link', () => {
    expect(linkedWith('a', () => [])).toStrictEqual({ cases: [], isCut: false });
  });
});

describe('the limits of links', () => {
  it.each([
    [MOST_CASES - 1, MOST_CASES - 1, false],
    [MOST_CASES, MOST_CASES, false],
    [MOST_CASES + 1, MOST_CASES, true],
    [MOST_CASES * 2, MOST_CASES, true],
  ])('of %i cases in line %i are followed: the answer says whether it is cut (%s)', (links, cases, isCut) => {
    const linked = linkedWith('0', linksIn(inLine(links)));
    expect([linked.cases.length, linked.isCut]).toEqual([cases, isCut]);
  });
  it('count links too, and ask for no more than one above the limit', () => {
    const asked: number[] = [];
    const between = (links: number): LinksOf => {
      const all = Array.from({ length: links }, () => ({ other: 'b', ended: null }));
      return (subject, limit) => {
        asked.push(limit);
        return subject === 'a' ? all.slice(0, limit) : [];
      };
    };
    expect(linkedWith('a', between(10_000))).toStrictEqual({ cases: [{ case: 'b' }], isCut: false });
    expect(linkedWith('a', between(10_001))).toStrictEqual({ cases: [{ case: 'b' }], isCut: true });
    expect(asked).toEqual([10_001, 1, 10_001]);
  });
});
