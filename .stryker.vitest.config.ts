import { defineConfig } from 'vitest/config';

/** What shows labels, protections, redaction and seals, without a gateway around them. */
export default defineConfig({
  test: {
    include: [
      'test/contracts/client/seal-form.test.ts',
      'test/labels/{algebra,decision,event-time,join,label-event,levels,places,portions,quarantine-label,redact,references,schema,seal,spif,today,validity,verify}.test.ts',
      'test/protections/{age,event-people,known-again,link,lookup,marks,mentions,people-keys,protect,raiser,recorded-crime,register,restriction-raise,rules,same-person,source-label,words}.test.ts',
      'test/threats/{labels,seal,people,protections}.test.ts',
    ],
    // T15 and the first part of the threats to protections start a gateway.
    testNamePattern: /^(?!T15|a gateway)/,
    testTimeout: 30_000,
    // Most of the time goes into loading modules. No test here leaves anything behind in them.
    isolate: false,
  },
});
