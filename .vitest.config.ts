import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/kafka/setup.ts'],
    // V8 frees a wrapper twice when fetch, which is WebAssembly, and threads that end are in one process: only tests have both.
    execArgv: ['--wasm-wrapper-tiering-budget=2000000000'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default', ['json', { outputFile: '.cache/tests.json' }]],
  },
});
