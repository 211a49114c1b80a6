/** Tables as CSV (RFC 4180) that no spreadsheet runs: a cell that begins like a formula is text. */

/** What a spreadsheet reads as the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** One cell. Text that begins like a formula gets an apostrophe in front, which spreadsheets do not show. */
export function cellOf(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** The rows as CSV, each on a line. */
export const csvOf = (rows: readonly (readonly string[])[]): string => rows.map((row) => `${row.map(cellOf).join(',')}\r\n`).join('');
