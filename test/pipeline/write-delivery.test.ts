/** A delivery in a legacy format has the content of the event, or is refused with the places that it lacks. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Adapter } from '../../adapters/adapter.ts';
import { refusal } from '../../adapters/refusal.ts';
import { failure, success } from '../../adapters/result.ts';
import { newCase, resultedCase } from '../../adapters/spi/index.ts';
import { HOME } from '../../gateway/config.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import { makeAdapters } from '../../gateway/pipeline/decode.ts';
import {
  type DeliveryResult,
  type Form,
  LONGEST_INLINE,
  type WriteDeliveryContext,
  writeDelivery,
} from '../../gateway/pipeline/write-delivery.ts';
import { NOTHING_KNOWN } from '../../gateway/protections/register.ts';
import { corpus } from '../support/corpus.ts';
import {
  caseWithOffences,
  clearanceFor,
  clearanceOf,
  context,
  eventOf,
  labelling,
  NOW,
  recordVerifier,
  sampleCase,
  standards,
  take,
} from '../support/rules-in-force.ts';

const contextWith = (...adapters: readonly Adapter[]): WriteDeliveryContext => ({
  labelling: () => labelling,
  records: recordVerifier(),
  now: () => NOW,
  known: () => NOTHING_KNOWN,
  adapters: makeAdapters(adapters),
  standardOf: (type) => standards.byType.get(type)?.name ?? '',
  mostBytes: 1_000_000,
});
const SPI = { mediaTypes: ['application/spi+xml'], isLenient: false, orEvent: false } as const;
const ALL = context.domain();

const recordOf = ({ event, topic }: { event: SealedEvent; topic: string }) => ({
  topic,
  key: event.partitionkey,
  value: Buffer.from(JSON.stringify(event)),
  headers: {},
});

const giveTo = (
  context: WriteDeliveryContext,
  event: { event: SealedEvent; topic: string },
  form: Form,
  clearance = ALL,
): Promise<DeliveryResult> => writeDelivery(context, recordOf(event), clearance, undefined, form);

const encodedOf = (given: DeliveryResult) => (given.ok ? given.value.encoded : undefined);

const samples = readdirSync(join(HOME, 'examples/messages'))
  .filter((name) => name.endsWith('.xml'))
  .map((name) => ({ name, bytes: readFileSync(join(HOME, 'examples/messages', name)) }));

describe('T60 an event in a legacy format', () => {
  it.each([...samples, ...corpus('spi-common-platform', 'spi-envelopes', 'spi-new-case', 'spi-resulted-case', 'spi-routedata')])(
    'of $name contains the content of the event',
    async ({ bytes }) => {
      const outcome = take(bytes);
      if (outcome.kind === 'refused') return;
      for (const event of outcome.events) {
        const written = encodedOf(await giveTo(contextWith(resultedCase, newCase), event, SPI));
        expect(written?.ok === false ? written.refusals : []).toEqual([]);
        for (const persona of ['force', 'court', 'cps', 'supplier']) {
          const given = await giveTo(contextWith(resultedCase, newCase), event, { ...SPI, isLenient: true }, clearanceOf(persona));
          const encoded = encodedOf(given);
          expect([persona, encoded?.ok === false ? encoded.refusals : []]).toEqual([persona, []]);
        }
      }
    },
  );

  const writing = (text: (written: string) => string): Adapter => ({
    ...newCase,
    encode: (events, options) => {
      const encoded = newCase.encode?.(events, options);
      return encoded?.ok
        ? success({ ...encoded.value, bytes: Buffer.from(text(Buffer.from(encoded.value.bytes).toString())) })
        : (encoded as never);
    },
  });

  it.each([
    ['another value', (text: string) => text.replace(/<PersonFamilyName>[^<]+/, '<PersonFamilyName>SOMEBODY'), /familyName$/],
    [
      'a value less',
      (text: string) => text.replace(/<BailConditions>[^<]+<\/BailConditions>|<OffenceWording>[^<]+<\/OffenceWording>/, ''),
      /^\/defendants\/0\//,
    ],
    ['no message', () => 'not a message', undefined],
  ])('is refused when the adapter wrote %s', async (_, change, at) => {
    const encoded = encodedOf(await giveTo(contextWith(writing(change)), await eventOf(sampleCase), SPI));
    expect(encoded).toMatchObject({ ok: false, refusals: [{ code: 'not-read-back' }] });
    if (at !== undefined) expect(encoded?.ok === false ? encoded.refusals[0]?.at : '').toMatch(at);
  });

  it('is refused when it is larger than the limit', async () => {
    const large = { ...contextWith(newCase), mostBytes: 100 };
    expect(encodedOf(await giveTo(large, await eventOf(sampleCase), SPI))).toMatchObject({
      ok: false,
      refusals: [{ code: 'adapter-limit' }],
    });
  });

  it('is refused when the adapter fails, without content of the event', async () => {
    const failing: Adapter = {
      ...newCase,
      encode: ([event]) => {
        throw new Error(JSON.stringify(event));
      },
    };
    const encoded = encodedOf(await giveTo(contextWith(failing), await eventOf(sampleCase), SPI));
    expect(encoded).toEqual({ ok: false, refusals: [{ code: 'adapter-failed', reason: 'The adapter failed at this event' }] });
  });

  it('is in the first format that can hold it, otherwise in JSON for a client that accepts JSON', async () => {
    const encoder = { ...newCase, id: 'whole', mediaTypes: ['application/whole'] };
    const nothing: Adapter = { ...newCase, id: 'none', mediaTypes: ['application/none'], encode: () => failure(refusal('charset')) };
    const deliveryContext = contextWith(nothing, encoder);
    const event = await eventOf(sampleCase);
    const second = { ...SPI, mediaTypes: ['application/none', 'application/whole'] };
    expect(encodedOf(await giveTo(deliveryContext, event, { ...second, orEvent: true }))?.ok).toBe(true);
    const none = { ...SPI, mediaTypes: ['application/none', 'application/other'] };
    expect(encodedOf(await giveTo(deliveryContext, event, none))).toEqual(failure(refusal('charset')));
    const given = await giveTo(deliveryContext, event, { ...none, orEvent: true });
    expect(encodedOf(given)).toBeUndefined();
    expect(JSON.parse(given.ok ? (given.value.json ?? '') : '')).toEqual(event.event);
  });

  it('is refused to a reader that may not read the event', async () => {
    const given = await giveTo(contextWith(newCase), await eventOf(sampleCase), SPI, clearanceFor({ classifications: [] }));
    expect(given).toMatchObject({ ok: true, value: { decision: { verdict: 'deny' } } });
    expect(encodedOf(given)).toBeUndefined();
  });
});

describe('a large event', () => {
  const large = () => eventOf(caseWithOffences(2000));

  it('is delivered by reference: its context and an address, without its data', async () => {
    const largeEvent = await large();
    expect(JSON.stringify(largeEvent.event).length).toBeGreaterThan(LONGEST_INLINE);
    const given = await giveTo(contextWith(newCase), largeEvent, 'reference');
    const reference = JSON.parse(given.ok ? (given.value.json ?? '') : '');
    const { data: _data, seal: _seal, ...attributes } = largeEvent.event;
    expect(reference).toEqual({ ...attributes, dataref: `/v1/events/${largeEvent.event.id}` });
  });

  it('is delivered completely on request', async () => {
    const largeEvent = await large();
    const given = await giveTo(contextWith(newCase), largeEvent, 'event');
    expect(JSON.parse(given.ok ? (given.value.json ?? '') : '')).toEqual(largeEvent.event);
  });
});
