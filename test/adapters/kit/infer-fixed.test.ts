/** A mapping is proposed from a sample of fixed width, with what a person must decide. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedSample } from '../../../adapters/kit/fixed-sample.ts';
import { infer } from '../../../adapters/kit/infer.ts';
import type { Proposal } from '../../../adapters/kit/proposal.ts';
import { mappingAdapter } from '../../../adapters/mapping/adapter.ts';
import { HOME } from '../../../gateway/config.ts';
import { readMapping } from '../../../gateway/rules/mappings.ts';
import { loadStandards } from '../../../gateway/rules/standards.ts';

const standards = loadStandards(join(HOME, 'schemas'));
const PEOPLE = ['TREMAYNE', 'PENROSE', 'MADDOX', 'NANCARROW', 'KETTLEBY', 'O’DEA'];

function proposed(text: string): Proposal {
  const proposal = infer(Buffer.from(text), { id: 'wessex-nightly', standard: 'person.stopped' });
  if (typeof proposal === 'string') throw new Error(proposal);
  return proposal;
}

/** Columns as name, first and last position, and the side to which the value is aligned. */
const columnsOf = ({ mapping }: Proposal, table: number) =>
  mapping.source.tables?.[table]?.tableSchema.columns.map(({ name, start = 0, length = 0, align = 'left' }) => [
    name,
    start,
    start + length - 1,
    align,
  ]);

const row = (n: number): string =>
  `D${`WX${1000 + n}`.padEnd(9)}202611${String(1 + (n % 28)).padStart(2, '0')} ${String(n * 7).padStart(6)} ${(PEOPLE[n % PEOPLE.length] as string).padEnd(14)}`;
const ROWS = Array.from({ length: 40 }, (_, n) => row(n));
const WIDTH = (ROWS[0] as string).length;
const HEADER = 'HWXS 20261127'.padEnd(WIDTH);
const trailer = (records: string): string => `T${'40'.padStart(6, '0')} ${records}`.padEnd(WIDTH);
const fileOf = (lines: readonly string[]): string => `${lines.join('\r\n')}\r\n`;
const SAMPLE = fileOf([HEADER, ...ROWS, trailer('000042')]);

describe('a sample of fixed width', () => {
  it('shows its header, rows and trailer by their first characters, and columns by what is blank in all rows', () => {
    const proposal = proposed(SAMPLE);
    const { tables = [], dialect } = proposal.mapping.source;
    expect(dialect?.lineTerminators?.[0]).toBe('\r\n');
    expect(tables.map(({ name, role, when }) => [name, role, when?.equals])).toEqual([
      ['header', 'header', 'H'],
      ['row_d', undefined, 'D'],
      ['trailer', 'trailer', 'T'],
    ]);
    expect(columnsOf(proposal, 1)).toEqual([
      ['record_type', 1, 1, 'left'],
      ['column_2', 2, 10, 'left'],
      ['column_11', 11, 18, 'left'],
      ['column_19', 19, 25, 'right'],
      ['column_27', 27, WIDTH, 'left'],
    ]);
  });

  it('shows the totals of its trailer where they agree, and uses no number that does not', () => {
    expect(proposed(SAMPLE).mapping.source.tables?.[2]?.totals).toEqual([
      { column: 'column_2', of: 'rows' },
      { column: 'column_9', of: 'records' },
    ]);
    const other = fileOf([HEADER, ...ROWS, trailer('000099')]);
    expect(proposed(other).mapping.source.tables?.[2]?.totals).toEqual([{ column: 'column_2', of: 'rows' }]);
  });

  it('says what a person must decide, and reveals no value', () => {
    const { undecided, mapping } = proposed(SAMPLE);
    expect(undecided).toContain('row_d, column_11 (11 to 18): a date, yyyyMMdd. Give it a name, and a place in fields.');
    expect(undecided.filter((line) => line.startsWith('standard: person.stopped is proposed'))).toHaveLength(1);
    expect(JSON.stringify([undecided, mapping])).not.toMatch(/TREMAYNE|PENROSE|WX10/);
  });

  it('becomes a mapping that reads the sample and writes it back, when its columns have places', () => {
    const { mapping } = proposed(SAMPLE);
    const faults = readMapping(JSON.stringify(mapping), standards);
    expect('document' in faults ? [] : faults.map(({ at }) => at)).toEqual(['/events/0/fields']);
    const fields = [
      { to: '/stop/kind', value: 'person-search' },
      { column: 'column_2', to: '/stop/reference' },
      { column: 'column_11', to: '/stop/date', lens: { as: 'date', format: 'yyyyMMdd' } },
      { column: 'column_27', to: '/person/name/familyName' },
    ];
    const compiled = readMapping(JSON.stringify({ ...mapping, events: [{ ...mapping.events[0], fields }] }), standards);
    if (!('document' in compiled)) throw new Error(JSON.stringify(compiled));
    const adapter = mappingAdapter(compiled);
    const decoded = adapter.decode(Buffer.from(SAMPLE));
    if (!decoded.ok) throw new Error(JSON.stringify(decoded.refusals));
    expect(decoded.value.events).toHaveLength(40);
    expect(decoded.value.events[3]?.data).toMatchObject({ stop: { reference: 'WX1003', date: '2026-11-04' } });
    const written = adapter.encode?.(decoded.value.events);
    expect(written?.ok === true && Buffer.from(written.value.bytes).toString()).toBe(SAMPLE);
    expect(adapter.detect(SAMPLE)).toBe(true);
  });

  it('may have several kinds of rows, digits for kinds, or one kind only', () => {
    const kinds = (lines: readonly string[]) => fixedSample(lines)?.kinds.map(({ role, known }) => [role, known]);
    const padded = (lines: readonly string[]) => lines.map((line) => line.padEnd(30));
    expect(kinds(padded(['00 WX 2026', '10 THORNE  Nia', '20 TH68006', '10 MADDOX  Ifan', '20 CJ88116', '99 0005']))).toEqual([
      ['header', '00'],
      ['row', '10'],
      ['row', '20'],
      ['trailer', '99'],
    ]);
    expect(kinds(padded(['THORNE   Nia', 'MADDOX   Ifan', 'PROSSER  Mair']))).toEqual([['row', undefined]]);
    const proposal = proposed(fileOf(padded(['THORNE   Nia', 'MADDOX   Ifan', 'PROSSER  Mair'])));
    expect(proposal.undecided).toContain('No header and no trailer were found.');
    expect(proposal.undecided.some((line) => line.startsWith('row: the sample has 3 records'))).toBe(true);
  });

  it('is not seen in what has no columns', () => {
    const prose = 'The gateway reads a message.\nIt labels every event.\nA reader sees what they may.\n';
    expect(infer(Buffer.from(prose), { id: 'prose' })).toContain('no position is blank in all of them');
    expect(infer(Buffer.from('one\n'), { id: 'one' })).toContain('No delimiter');
  });

  it('has columns that never overlap and leave out nothing, whatever its values', () => {
    const value = fc.string({ unit: fc.constantFrom('a', 'B', '7', '0', ' ', '-'), maxLength: 8 });
    const widths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 6 });
    const samples = widths.chain((columnWidths) =>
      fc.tuple(fc.constant(columnWidths), fc.array(fc.tuple(...columnWidths.map(() => value)), { minLength: 2, maxLength: 30 })),
    );
    fc.assert(
      fc.property(samples, ([columnWidths, records]) => {
        const lines = records
          .map((values) => columnWidths.map((width, n) => (values[n] ?? '').slice(0, width).padEnd(width + 1)).join(''))
          .filter((line) => line.trim() !== '');
        for (const { known = '', role, columns } of fixedSample(lines)?.kinds ?? [])
          for (const line of lines.filter((sampleLine) => role === 'row' && sampleLine.startsWith(known))) {
            const left = columns.reduceRight(
              (rest, { column: { start, length } }) => rest.slice(0, start - 1) + rest.slice(start - 1 + length),
              line,
            );
            expect(left.trim()).toBe('');
          }
        for (const { columns } of fixedSample(lines)?.kinds ?? [])
          for (const [n, { column }] of columns.entries())
            expect(column.start).toBeGreaterThan((columns[n - 1]?.column.start ?? 0) + (columns[n - 1]?.column.length ?? 0) - 1);
      }),
    );
  });
});
