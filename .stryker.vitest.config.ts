import { defineConfig } from 'vitest/config';

/** What shows labels, redaction and seals, without a gateway around them. */
export default defineConfig({
  test: {
    include: [
      'test/labels/{algebra,decision,join,label-event,levels,places,redact,rules,seal,spif,validity,verify}.test.ts',
      'test/threats/{labels,seal,people}.test.ts',
    ],
    // T15 starts a gateway.
    testNamePattern: /^(?!T15)/,
    testTimeout: 30_000,
  },
});
