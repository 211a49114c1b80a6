/** `npm run bench [-- translate|ingest|egress|start …]`: one table. Ratios are of one run; rates are of this machine today. */
import { type Row, table } from './clock.ts';

const QUESTIONS: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  translate: async () => (await import('./translate.ts')).translate(),
  egress: async () => (await import('./egress.ts')).egress(),
  ingest: async () => (await import('./ingest.ts')).ingest(),
};

const asked = process.argv.slice(2);
const rows: Row[] = [];
for (const [name, answer] of Object.entries(QUESTIONS)) if (asked.length === 0 || asked.includes(name)) rows.push(...(await answer()));
console.log(table(rows));
