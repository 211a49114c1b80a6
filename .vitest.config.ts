import { configDefaults, defineConfig } from 'vitest/config';

/** What is the same whatever the bus: `npm test` has run it. The crash of a gateway on Kafka is in `npm run test:faults`. */
const WITHOUT_BUS = [
  'test/threats/{parsing,fuzz,seal,labels,http,issuer,terminal,budgets,known-bad-records}.test.ts',
  'test/store/audit/{audit-head,timestamp-token,audit-search,head-roots,audit,merkle}.test.ts',
  'test/store/view/*.test.ts',
  'test/store/crash.test.ts',
  'test/console/{audit,every-page,marked-text,spreadsheet,times}.test.ts',
];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(process.env.TEST_BUS === 'kafka' ? WITHOUT_BUS : [])],
    globalSetup: ['test/support/kafka/setup.ts'],
    // V8 frees a wrapper twice when fetch, which is WebAssembly, and threads that end are in one process: only tests have both.
    execArgv: ['--wasm-wrapper-tiering-budget=2000000000'],
    // Most of a test is waiting: for a broker, a process, a browser. One worker of two cores leaves half of the machine idle.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // How long a test waits for what must come. What must be fast is measured, and never by this.
    expect: { poll: { timeout: 10_000 } },
    reporters: ['default', ['json', { outputFile: '.cache/tests.json' }]],
  },
});
