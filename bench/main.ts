/** `npm run bench [-- translate|egress|ingest|size|memory …]`: one table. Ratios are of one run; rates are of this machine today. */
import { type Row, table } from './clock.ts';

const QUESTIONS: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  translate: async () => (await import('./translate.ts')).translate(),
  egress: async () => (await import('./egress.ts')).egress(),
  ingest: async () => (await import('./ingest.ts')).ingest(),
  size: async () => (await import('./size.ts')).size(),
  memory: async () => (await import('./memory.ts')).memory(),
};

// Memory takes some minutes: only when it is asked for.
const asked = process.argv.slice(2);
const rows: Row[] = [];
for (const [name, answer] of Object.entries(QUESTIONS))
  if (asked.length === 0 ? name !== 'memory' : asked.includes(name)) rows.push(...(await answer()));
console.log(table(rows));
