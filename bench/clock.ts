/** Times work so that noise cancels: the candidates take turns, and the median turn counts. */

export interface Row {
  readonly question: string;
  readonly rate: string;
  readonly ratio?: string;
  readonly target?: string;
}

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Median seconds of each candidate over interleaved rounds, after one round that warms up. `clock` gives seconds. */
export async function compare(
  rounds: number,
  candidates: Readonly<Record<string, () => unknown>>,
  clock: () => number = () => performance.now() / 1000,
): Promise<Readonly<Record<string, number>>> {
  const seconds: Record<string, number[]> = {};
  for (let round = 0; round <= rounds; round++)
    for (const [name, work] of Object.entries(candidates)) {
      const started = clock();
      await work();
      if (round > 0) (seconds[name] ??= []).push(clock() - started);
    }
  return Object.fromEntries(Object.entries(seconds).map(([name, values]) => [name, median(values)]));
}

export const perSecond = (count: number, seconds: number): string => Math.round(count / seconds).toLocaleString('en-GB');

export function table(rows: readonly Row[]): string {
  const cells = [
    ['question', 'rate', 'ratio', 'target'],
    ...rows.map(({ question, rate, ratio = '', target = '' }) => [question, rate, ratio, target]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
