import { defineConfig } from 'vitest/config';

/** What shows labels, protections, redaction and seals, without a gateway around them. */
export default defineConfig({
  test: {
    include: [
      'test/labels/{algebra,decision,join,label-event,levels,places,portions,quarantine-label,redact,references,seal,spif,today,validity,verify}.test.ts',
      'test/protections/{age,event-people,known-again,lookup,marks,mentions,people-keys,protect,raiser,register,rules,same-person,source-label,words}.test.ts',
      'test/threats/{labels,seal,people,protections}.test.ts',
    ],
    // T15 and the first part of the threats to protections start a gateway.
    testNamePattern: /^(?!T15|a gateway)/,
    testTimeout: 30_000,
    // Most of the time goes into loading modules. No test here leaves anything behind in them.
    isolate: false,
  },
});
