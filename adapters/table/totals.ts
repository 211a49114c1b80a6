/** Checks and computes the control totals in headers and trailers. */
import type { CompiledTable, Total } from './description.ts';

export interface CountedRow {
  readonly table: CompiledTable;
  readonly values: readonly string[];
}

const NUMBER = /^[+-]?\d{1,30}(?:\.\d{1,10})?$/;

/** A decimal as an integer number of ten-thousand-millionths, so that no amount is rounded. */
function scaled(text: string): bigint | undefined {
  const trimmed = text.trim();
  if (!NUMBER.test(trimmed)) return undefined;
  const [integer = '0', fraction = ''] = trimmed.replace(/^[+-]/, '').split('.');
  const number = BigInt(integer + fraction.padEnd(10, '0'));
  return trimmed.startsWith('-') ? -number : number;
}

const unscaled = (number: bigint): string => {
  const digits = String(number < 0n ? -number : number).padStart(11, '0');
  const fraction = digits.slice(-10).replace(/0+$/, '');
  return `${number < 0n ? '-' : ''}${digits.slice(0, -10)}${fraction === '' ? '' : `.${fraction}`}`;
};

/** The total of the rows; undefined where a value is not a number. `refused` rows are counted, but make a sum unknown. */
export function totalOf({ of, types }: Total, rows: readonly CountedRow[], refused: number, framed: number): string | undefined {
  const counted = types === undefined ? rows : rows.filter(({ table }) => types.includes(table.name));
  if (of === 'records') return String(rows.length + refused + framed);
  if (of === 'rows') return types !== undefined && refused > 0 ? undefined : String(counted.length + refused);
  if (refused > 0) return undefined;
  let sum = 0n;
  for (const { table, values } of counted) {
    const place = table.places.get(of.sum);
    const text = place === undefined ? '' : (values[place] ?? '');
    const number = text.trim() === '' ? 0n : scaled(text);
    if (number === undefined) return undefined;
    sum += number;
  }
  return unscaled(sum);
}

/** The sum of the totals of two parts of a table; undefined where one is not known. */
export function sumOf(a: string | undefined, b: string | undefined): string | undefined {
  const [first, second] = [scaled(a ?? ''), scaled(b ?? '')];
  return first === undefined || second === undefined ? undefined : unscaled(first + second);
}

/** Whether two numbers are equal, in any spelling. */
export const isSameNumber = (a: string, b: string): boolean => {
  const number = scaled(a);
  return number !== undefined && number === scaled(b);
};

export interface FramedRecord {
  readonly table: CompiledTable;
  readonly values: readonly string[];
  readonly line: number;
}

/** The totals of a header or trailer that do not match the rows. An unknown sum, because of unreadable rows, is accepted. */
export function wrongTotals({ table, values, line }: FramedRecord, rows: readonly CountedRow[], refused: number, framed: number) {
  return (table.totals ?? []).flatMap((total) => {
    const stated = values[table.places.get(total.column) as number] ?? '';
    const counted = totalOf(total, rows, refused, framed);
    if (counted === undefined && refused > 0) return [];
    if (counted !== undefined && isSameNumber(stated, counted)) return [];
    return [{ why: `The ${table.role} states a total (${total.column}) that the rows do not give`, line }];
  });
}
