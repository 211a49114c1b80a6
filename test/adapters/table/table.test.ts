/** Tables, delimited and fixed-width: they are written back byte for byte, faults are refused with their places, and no text takes long. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../../adapters/result.ts';
import { CHARSETS, decodeTableText, encodeTableText } from '../../../adapters/table/charsets.ts';
import { compileDescription, type TableDescription } from '../../../adapters/table/description.ts';
import { faultsOf } from '../../../adapters/table/faults.ts';
import { type ReadTable, readTable } from '../../../adapters/table/read.ts';
import { isNormalRow, writeRecord, writeTable } from '../../../adapters/table/write.ts';
import { must } from '../../support/must.ts';

const CSV: TableDescription = { tableSchema: { columns: [{ name: 'ref' }, { name: 'name' }, { name: 'town' }] } };
const WITH_TOTALS: TableDescription = {
  dialect: { delimiter: '|', quoteChar: null },
  tables: [
    { name: 'head', role: 'header', when: { column: 'kind', equals: 'H' }, tableSchema: { columns: [{ name: 'kind' }, { name: 'run' }] } },
    {
      name: 'fine',
      when: { column: 'kind', equals: 'F' },
      tableSchema: { columns: [{ name: 'kind' }, { name: 'ref' }, { name: 'amount' }] },
    },
    { name: 'note', when: { column: 'kind', equals: 'N' }, tableSchema: { columns: [{ name: 'kind' }, { name: 'text' }] } },
    {
      name: 'end',
      role: 'trailer',
      when: { column: 'kind', equals: 'T' },
      totals: [
        { column: 'rows', of: 'rows' },
        { column: 'sum', of: { sum: 'amount' }, types: ['fine'] },
      ],
      tableSchema: { columns: [{ name: 'kind' }, { name: 'rows' }, { name: 'sum' }] },
    },
  ],
};
const FIXED: TableDescription = {
  dialect: { lineTerminators: [], encoding: 'cp037' },
  tableSchema: {
    columns: [
      { name: 'ref', start: 1, length: 6, align: 'right', pad: '0' },
      { name: 'name', start: 7, length: 10 },
    ],
  },
};

const read = (description: TableDescription, text: string | Uint8Array, options = {}): Result<ReadTable> =>
  readTable(compileDescription(description), typeof text === 'string' ? Buffer.from(text) : text, { adapter: 'test', ...options });
const mustRead = (description: TableDescription, text: string | Uint8Array, options = {}): ReadTable =>
  must(read(description, text, options));
const back = (description: TableDescription, table: ReadTable): Uint8Array =>
  must(writeTable(compileDescription(description), table.rows, table));
const refusedIn = ({ refused }: ReadTable): readonly unknown[] =>
  refused.map(({ line, fault: { reason, column } }) => [reason, line, column]);
const reasons = (found: Result<ReadTable>): readonly unknown[] =>
  found.ok ? refusedIn(found.value) : found.refusals.map(({ code, line }) => [code.replace('adapter.test.', ''), line]);

/** Everything that breaks readers of CSV, often. */
const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r\n', ' ', '€', '𝄞', "'", '\t', '|', '\u0085') });

describe('delimited text', () => {
  it('gives back any values that were written', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, cell), { minLength: 1 }),
        fc.constantFrom('minimal' as const, 'all' as const),
        (rows, quoting) => {
          const description = { ...CSV, dialect: { quoting } };
          const compiled = compileDescription(description);
          const [table] = compiled.rows;
          const written = rows.map((values) => ({
            table: table as never,
            values,
            raw: writeRecord(compiled, table as never, values) as string,
          }));
          const { rows: found, refused } = mustRead(description, must(writeTable(compiled, written)));
          expect(refused).toEqual([]);
          expect(found.map(({ values }) => values)).toEqual(rows);
        },
      ),
    );
  });

  it('is written back byte for byte in any form that is accepted', () => {
    const line = fc
      .tuple(cell, cell, cell)
      .map((values) => values.map((value) => (/[",\r\n\u0085]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(','));
    const end = fc.constantFrom('\n', '\r\n', '\n\n', '\r\n \n');
    const order = fc.constantFrom('ref,name,town', 'town,ref,name', 'name,extra,"ref",town');
    fc.assert(
      fc.property(order, fc.array(fc.tuple(line, end)), fc.boolean(), fc.boolean(), (titles, lines, hasMark, isCut) => {
        const rows = lines.map(([text, eol]) => (titles.includes('extra') ? `${text},x${eol}` : text + eol)).join('');
        const text = `${titles}\n${isCut ? rows.replace(/(\r?\n)( \n|\r?\n)?$/, '') : rows}`;
        const bytes = Buffer.from(`${hasMark ? '\ufeff' : ''}${text}`);
        const table = mustRead(CSV, bytes);
        expect(table.refused).toEqual([]);
        expect(Buffer.from(back(CSV, table)).toString()).toBe(bytes.toString());
      }),
    );
  });

  it('is never misread: each record is read in its place, or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', '\0', ' ') }), (text) => {
        const found = mustRead(CSV, `ref,name,town\n${text}`);
        const parts = [...found.rows, ...found.refused].toSorted((a, b) => a.line - b.line);
        let at = 0;
        for (const { raw } of parts) {
          at = text.indexOf(raw, at);
          expect(at).toBeGreaterThanOrEqual(0);
          at += raw.length;
        }
        for (const { values } of found.rows) expect(values).toHaveLength(3);
      }),
    );
  });

  it('is in normal form exactly where it is written back unchanged', () => {
    const description = compileDescription(CSV);
    const [table] = description.rows as [(typeof description.rows)[number]];
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '"a"', '","', '\u0085', '""') }), (text) => {
        for (const row of mustRead(CSV, `ref,name,town\n${text}`).rows)
          expect(isNormalRow(description, row, [], '\n')).toBe(writeRecord(description, table, row.values) === row.raw);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['a quote that never closes', '"open,b,c', ['open-quote', 3, 1]],
    ['a quote that the next quoted field would close', '"open,b,c\n"d",e,f', ['after-quote', 3, 9]],
    ['a quote inside a field', 'a,b"b,c', ['quote-inside', 3, 4]],
    ['text after a closing quote', 'a,"b"b,c', ['after-quote', 3, 6]],
    ['a field too few', 'a,b', ['field-count', 3, 4]],
    ['a field too many', 'a,"b,b",c,d', ['field-count', 3, 11]],
    ['a bare CR', 'a,b\rb,c', ['line-end', 3, 4]],
    ['a NUL', 'a,\0,c', ['nul', 3, 3]],
    ['more characters than a record may have', `a,${'b'.repeat(70_000)},c`, ['record-too-long', 3, 3]],
  ])('with %s has only that record refused', (_, record, expected) => {
    const found = mustRead(CSV, `ref,name,town\n1,one,x\n${record}\n2,two,y\n`);
    const last = found.rows.at(-1);
    expect(last?.values[0]).toBe('2');
    expect(found.rows[0]?.values).toEqual(['1', 'one', 'x']);
    const [[reason, line, column] = []] = refusedIn(found) as unknown[][];
    expect([reason, line]).toEqual(expected.slice(0, 2));
    if (reason !== 'after-quote' && reason !== 'record-too-long') expect(column).toBe(expected[2]);
  });

  it.each([
    ['no header line', '', 'header'],
    ['a title twice', 'ref,name,ref,town\n', 'header'],
    ['T34 a title that no event may have', 'ref,name,__proto__,town\n', 'header'],
    ['a column missing', 'ref,name\n', 'header'],
  ])('with %s is refused as a whole', (_, text, reason) => expect(reasons(read(CSV, text))).toEqual([[reason, 1]]));

  it('gives a separate message for a refused record, which is read after a correction', () => {
    const { refused, message } = mustRead(CSV, 'town,ref,name\nx,1\ny,2,two\n');
    const alone = Buffer.from(message(refused[0] as never)).toString();
    expect(alone).toBe('town,ref,name\nx,1\n');
    expect(mustRead(CSV, alone.replace('x,1', 'x,1,one'), { isRecord: true }).rows[0]?.values).toEqual(['1', 'one', 'x']);
    expect(reasons(read(CSV, `${alone}z,3,three\n`, { isRecord: true }))).toEqual([['one-record', 1]]);
  });
});

describe('a header and a trailer', () => {
  const text = 'H|0417\nF|A1|10.10\nN|seen\nF|A2|0.2\nT|3|10.30\n';
  it('are checked, and written back byte for byte', () => {
    const table = mustRead(WITH_TOTALS, text);
    expect(table.rows.map(({ table: { name } }) => name)).toEqual(['fine', 'note', 'fine']);
    expect(Buffer.from(back(WITH_TOTALS, table)).toString()).toBe(text);
  });
  it.each([
    ['a wrong count', text.replace('T|3', 'T|4'), 'total'],
    ['a wrong sum', text.replace('10.30', '10.31'), 'total'],
    ['no trailer', text.replace(/T.*\n/, ''), 'trailer'],
    ['no header', text.replace(/H.*\n/, ''), 'header'],
    ['two trailers', `${text}T|3|10.30\n`, 'two-trailers'],
    ['a record after the trailer', `${text}N|late\n`, 'after-trailer'],
    ['a header in the middle', text.replace('N|seen', 'N|seen\nH|0418'), 'two-headers'],
  ])('with %s make the message refused as a whole', (_, changed, reason) =>
    expect((reasons(read(WITH_TOTALS, changed))[0] as unknown[])[0]).toBe(reason),
  );
  it('count an unreadable record, and are recomputed for the rows that are written', () => {
    const table = mustRead(WITH_TOTALS, text.replace('N|seen', 'N|seen|twice'));
    expect(refusedIn(table)).toEqual([['field-count', 3, 8]]);
    expect(Buffer.from(back(WITH_TOTALS, table)).toString()).toBe('H|0417\nF|A1|10.10\nF|A2|0.2\nT|2|10.30\n');
  });
  it('have exact sums', () => {
    const pence = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
    fc.assert(
      fc.property(fc.array(pence), (amounts) => {
        const pounds = (n: number) => `${n < 0 ? '-' : ''}${Math.trunc(Math.abs(n) / 100)}.${String(Math.abs(n) % 100).padStart(2, '0')}`;
        const sum = amounts.reduce((a, b) => a + b, 0);
        const messageWith = (total: number) =>
          ['H|1', ...amounts.map((n) => `F|x|${pounds(n)}`), `T|${amounts.length}|${pounds(total)}`, ''].join('\n');
        expect(read(WITH_TOTALS, messageWith(sum)).ok).toBe(true);
        expect(read(WITH_TOTALS, messageWith(sum + 1)).ok).toBe(false);
      }),
    );
  });
});

describe('fixed-width text', () => {
  it('in EBCDIC without line ends is read by columns and written back byte for byte', () => {
    const bytes = must(encodeTableText('000417Tremayne  000000Penrose   ', 'cp037', false));
    const table = mustRead(FIXED, bytes);
    expect(table.rows.map(({ values }) => values)).toEqual([
      ['417', 'Tremayne'],
      ['0', 'Penrose'],
    ]);
    expect(back(FIXED, table)).toEqual(bytes);
  });
  it('gives back any fitting values that were written', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'é', '0', '-'), maxLength: 10 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(999_999).map(String), name), { minLength: 1 }), (rows) => {
        const compiled = compileDescription(FIXED);
        const [table] = compiled.rows;
        const written = rows.map((values) => ({
          table: table as never,
          values,
          raw: writeRecord(compiled, table as never, values) as string,
        }));
        expect(mustRead(FIXED, must(writeTable(compiled, written))).rows.map(({ values }) => values)).toEqual(rows);
      }),
    );
  });
  it('is refused for a value that does not fit, with its column', () => {
    const compiled = compileDescription(FIXED);
    expect(writeRecord(compiled, compiled.rows[0] as never, ['1234567', ''])).toEqual({ column: 0 });
  });
});

describe('charsets (T47)', () => {
  it('of one byte per character write back every byte that they decode', () => {
    for (const charset of CHARSETS.filter((name) => !name.startsWith('utf')))
      for (let byte = 0; byte < 256; byte++) {
        const decoded = decodeTableText(Uint8Array.of(byte), charset);
        if (decoded.ok) expect([charset, ...must(encodeTableText(decoded.value.text, charset, false))]).toEqual([charset, byte]);
      }
  });
  it('of EBCDIC have letters, digits and brackets at the code points that IBM defined', () => {
    const text = (charset: string, ...bytes: number[]) => must(decodeTableText(Uint8Array.from(bytes), charset)).text;
    expect(text('cp037', 0xc1, 0xd1, 0xe2, 0xf0, 0xf9, 0x40, 0x4b, 0x15, 0x25, 0xba, 0xbb, 0xb0)).toBe('AJS09 .\u0085\n[]^');
    expect(text('cp500', 0xc1, 0xd1, 0xe2, 0xf0, 0xf9, 0x40, 0x4b, 0x4a, 0x5a, 0x5f, 0xbb)).toBe('AJS09 .[]^|');
  });
  it('are refused where they contradict the transport or the bytes', () => {
    const other = { ...CSV, dialect: { encoding: 'windows-1250' } };
    for (const [description, bytes, charset] of [
      [CSV, Buffer.from('ref,name,town\n1,Si\xe2n,x\n', 'latin1'), undefined],
      [CSV, Buffer.from('ref,name,town\n'), 'windows-1252'],
      [other, Buffer.from('ref,name,town\n'), 'utf-8'],
      [other, Buffer.from('ref,name,town\n1,\x81,x\n', 'latin1'), undefined],
      [CSV, Buffer.from('\ufeffref,name,town\n', 'utf16le'), undefined],
    ] as const)
      expect(read(description, bytes, charset === undefined ? {} : { charset })).toMatchObject({
        ok: false,
        refusals: [{ code: 'charset' }],
      });
  });
});

describe('hostile tables (T32)', () => {
  const LINES = 30_000;
  it.each([
    ['a quote opened on every line', '"a\n'],
    ['three quotes on every line', '"""\n'],
    ['doubled quotes alone', '""""\n'],
    ['an open quote after a field', 'a,"\n'],
    ['delimiters alone', ',,,,,,,,,\n'],
    ['empty lines', '\n'],
    ['bare CRs', 'a\rb\n'],
  ])('with %s take time in proportion to their length', (_, line) => {
    const time = (lines: number) => {
      const began = performance.now();
      read(CSV, `ref,name,town\n${line.repeat(lines)}"`, { limits: { recordLength: 65_536, columns: 1000, rows: 1_000_000 } });
      return performance.now() - began;
    };
    time(1000);
    const short = time(LINES / 10);
    expect(time(LINES)).toBeLessThan(Math.max(1, short) * 60 + 500);
  });
  it('with more rows than the limit are refused', () => {
    expect(reasons(read(CSV, `ref,name,town\n${'1,2,3\n'.repeat(100_001)}`))).toEqual([['too-many-rows', 100_002]]);
  });
});

describe('the description of a table', () => {
  it('is refused with all faults at once, and their places', () => {
    const faults = faultsOf({
      dialect: { encoding: 'klingon', delimiter: '"', lineTerminators: ['\t'] },
      tables: [
        { name: 'a', tableSchema: { columns: [{ name: 'x' }, { name: 'x' }] } },
        {
          name: 'a',
          role: 'trailer',
          when: { column: 'none', equals: 'T' },
          totals: [{ column: 'y', of: { sum: 'z' } }],
          tableSchema: { columns: [{ name: 'q' }] },
        },
      ],
    });
    expect(faults.map(({ at }) => at)).toEqual([
      '/dialect/encoding',
      '/dialect/quoteChar',
      '/dialect/lineTerminators',
      '/tables/0/tableSchema/columns/1/name',
      '/tables/0/tableSchema/columns/1',
      '/tables/0',
      '/tables/1/name',
      '/tables/1/when/column',
      '/tables/1/totals/0/column',
      '/tables/1/totals/0/of/sum',
    ]);
  });
});
