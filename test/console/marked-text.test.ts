/** The original of a message with the places of its faults: nothing of the text is lost, and every reason is shown once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markedText } from '../../gateway/console/marked-text.ts';
import { londonTime } from '../../gateway/console/times.ts';

describe('a marked text', () => {
  it('has every character of a short text, and every reason once', () => {
    const line = fc.string({ maxLength: 30 }).map((text) => text.replaceAll(/[\r\n]/g, ' '));
    const reasons = fc.array(
      fc.record(
        { code: fc.constant('c'), reason: fc.uuid(), line: fc.integer({ min: -1, max: 12 }), column: fc.integer({ min: -1, max: 40 }) },
        { requiredKeys: ['code', 'reason'] },
      ),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 10 }), reasons, (lines, all) => {
        const { excerpts, elsewhere, isWhole } = markedText(lines.join('\n'), all);
        expect(isWhole).toBe(true);
        expect(excerpts.flat().map(({ parts }) => parts.map(({ text }) => text).join(''))).toEqual(lines);
        const shown = excerpts.flat().flatMap(({ parts }) => parts.flatMap(({ reasons = [] }) => reasons));
        expect([...shown, ...elsewhere.map(({ reason }) => reason)].toSorted()).toEqual(all.map(({ reason }) => reason).toSorted());
      }),
    );
  });
  it('of a long text has the lines around each place', () => {
    const text = Array.from({ length: 5000 }, (_, n) => `line ${n + 1}`).join('\n');
    const { excerpts, isWhole } = markedText(text, [{ code: 'c', reason: 'r', line: 3000, column: 6 }]);
    expect(isWhole).toBe(false);
    expect(excerpts.map((lines) => [lines[0]?.number, lines.at(-1)?.number])).toEqual([[2995, 3005]]);
    expect(excerpts[0]?.[5]?.parts).toEqual([{ text: 'line ' }, { text: '3000', reasons: ['r'] }]);
  });
});

describe('a time in London', () => {
  it.each([
    ['27/3/2026', 'start', '2026-03-27T00:00:00.000Z'],
    ['27/3/2026', 'end', '2026-03-28T00:00:00.000Z'],
    ['1/7/2026 14:05', 'start', '2026-07-01T13:05:00.000Z'],
    ['31/12/2026', 'end', '2027-01-01T00:00:00.000Z'],
    ['28/3/2026', 'end', '2026-03-29T00:00:00.000Z'],
    ['29/3/2026', 'end', '2026-03-29T23:00:00.000Z'],
  ] as const)('%s is at its %s %s', (text, edge, expected) => {
    expect(new Date(londonTime(text, edge) ?? 0).toISOString()).toBe(expected);
  });
  it.each(['31/2/2026', '1/13/2026', '2026-03-27', '1/1/2026 25:00', ''])('%s is none', (text) => {
    expect(londonTime(text, 'start')).toBeUndefined();
  });
});
