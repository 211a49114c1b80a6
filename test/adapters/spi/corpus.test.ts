import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Decoded } from '../../../adapters/adapter.ts';
import { refusal } from '../../../adapters/refusal.ts';
import { failure } from '../../../adapters/result.ts';
import { adapterFor, CORPUS, type CorpusMessage, corpus, hasCorpus } from '../../support/corpus.ts';
import { canonicalDocument, canonicalMessage, officialSchema } from '../../support/xml.ts';

const resulted = corpus('spi-resulted-case');
const registered = corpus('spi-new-case');
const routed = corpus('spi-routedata');
const mixed = corpus('spi-common-platform');

function roundTrip({ bytes }: CorpusMessage): { decoded: Decoded; back: string } {
  const adapter = adapterFor(bytes);
  const decoded = adapter?.decode(bytes) ?? failure(refusal('no-adapter'));
  const encoded = decoded.ok ? adapter?.encode?.(decoded.value.events) : undefined;
  return { decoded, back: encoded?.ok ? Buffer.from(encoded.value.bytes).toString() : '' };
}

describe.runIf(hasCorpus)('the corpus of SPI messages', () => {
  it('is complete', () => {
    expect([resulted.length, registered.length, routed.length]).toEqual([138, 55, 1]);
  });

  it.each([...resulted, ...registered, ...routed])(
    '$folder/$name is accepted, and written back with the same information set',
    (message) => {
      const { decoded, back } = roundTrip(message);
      expect(decoded.ok).toBe(true);
      expect(canonicalMessage(back)).toBe(canonicalMessage(message.bytes.toString()));
      expect(canonicalDocument(back)).toBe(canonicalDocument(message.bytes.toString()));
    },
  );

  it.each(mixed)('$folder/$name is written back with the same information set, or refused because it contains no message', (message) => {
    const { decoded, back } = roundTrip(message);
    if (decoded.ok) expect(canonicalMessage(back)).toBe(canonicalMessage(message.bytes.toString()));
    else expect(message.bytes.toString()).not.toMatch(/(?:NewCase|ResultedCase)Message/);
  });

  it('is valid against the official schemas after encoding, where the original is valid', () => {
    const valid = (messages: readonly CorpusMessage[], xsd: string): number => {
      const check = officialSchema(join(CORPUS, 'spi-xsd', xsd));
      return messages.filter((message) => {
        const before = check(message.bytes.toString()).length === 0;
        expect(check(roundTrip(message).back).length === 0, message.name).toBe(before);
        return before;
      }).length;
    };
    expect(valid(resulted, 'CPP-StdProsPoliceResult-v1-2.xsd')).toBe(138);
    expect(valid(registered, 'CPP-StdProsPoliceCase-v1-2.xsd')).toBe(51);
  });

  it('is also valid when encoded from the canonical values alone, where the original is valid', () => {
    for (const [messages, xsd] of [
      [resulted, 'CPP-StdProsPoliceResult-v1-2.xsd'],
      [registered, 'CPP-StdProsPoliceCase-v1-2.xsd'],
    ] as const) {
      const check = officialSchema(join(CORPUS, 'spi-xsd', xsd));
      for (const { bytes, name } of messages) {
        const adapter = adapterFor(bytes);
        const decoded = adapter?.decode(bytes);
        if (!decoded?.ok || check(bytes.toString()).length > 0) continue;
        const bare = decoded.value.events.map(({ standard, data: { extensions, ...data } }) => ({ standard, data }));
        const encoded = adapter?.encode?.(bare);
        expect(check(encoded?.ok ? Buffer.from(encoded.value.bytes).toString() : ''), name).toEqual([]);
      }
    }
  });
});
