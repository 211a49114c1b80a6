/**
 * `npm run bench [-- translate|tables|files|egress|labels|cost|ingest|size|memory|kafka|clients|reading|console|peers …]`: one table. Ratios are of one
 * run; rates are of this machine today. `reading --kafka` reads over a broker, and `reading --against DIR` compares with another checkout.
 * `console --messages N` says how many messages are in the view.
 * `peers --rows NAME,… --messages N --warm N --rounds N` says which rows, and how much is sent.
 */
import { parseArgs } from 'node:util';
import { type Row, table } from './clock.ts';

const { values: options, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: {
    kafka: { type: 'boolean' },
    against: { type: 'string' },
    rows: { type: 'string' },
    messages: { type: 'string' },
    warm: { type: 'string' },
    rounds: { type: 'string' },
  },
});

const QUESTIONS: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  translate: async () => [...(await (await import('./translate.ts')).translate()), ...(await (await import('./tables.ts')).tables())],
  tables: async () => (await import('./tables.ts')).tables(),
  files: async () => (await import('./tables.ts')).tableFiles(),
  egress: async () => (await import('./egress.ts')).egress(),
  labels: async () => (await import('./labels.ts')).labels(),
  cost: async () => (await import('./cost.ts')).cost(),
  ingest: async () => (await import('./ingest.ts')).ingest(),
  kafka: async () => (await import('./kafka.ts')).kafka(),
  clients: async () => (await import('./kafka-clients.ts')).clients(),
  size: async () => (await import('./size.ts')).size(),
  reading: async () => (await import('./reading.ts')).reading(options),
  memory: async () => (await import('./memory.ts')).memory(),
  console: async () => (await import('./console.ts')).console(options),
  peers: async () => (await import('./peers/peers.ts')).peers(options),
};

/** What takes some minutes, needs a broker, or is a part of another: only when it is asked for. */
const LONG = new Set(['tables', 'files', 'memory', 'kafka', 'clients', 'reading', 'console', 'peers']);
const rows: Row[] = [];
for (const [name, answer] of Object.entries(QUESTIONS))
  if (asked.length === 0 ? !LONG.has(name) : asked.includes(name)) rows.push(...(await answer()));
console.log(table(rows));
