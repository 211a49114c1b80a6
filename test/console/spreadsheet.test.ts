/** Tables for spreadsheets (T73). */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cellOf, csvOf } from '../../gateway/console/spreadsheet.ts';

/** What a spreadsheet reads in a cell, by RFC 4180. */
const readCell = (cell: string): string => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);

it('T73 no cell begins like a formula, and nothing of its text is lost', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'=+-@\t\r\n",\'aé ') }), (text) => {
      const read = readCell(cellOf(text));
      expect(read).not.toMatch(/^[=+\-@\t\r]/);
      expect(read === text || read === `'${text}`).toBe(true);
    }),
  );
});
it('writes one row on a line', () => {
  expect(
    csvOf([
      ['a', 'b, c'],
      ['=1+1', ''],
    ]),
  ).toBe(`a,"b, c"\r\n"'=1+1",\r\n`);
});
