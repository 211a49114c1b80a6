/** Fault 5 of issue 11: disclosures take few bytes in the audit log, and every event of them can be found. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verb } from '../../gateway/cli/audit.ts';
import { runVerb } from '../../gateway/cli/verb.ts';
import { openKeys } from '../../gateway/keys/keys.ts';
import type { SealedEvent } from '../../gateway/labels/event.ts';
import type { Disclosure } from '../../gateway/store/disclosures.ts';
import { Journal } from '../../gateway/store/journal.ts';
import { disclosedEvents, joinDisclosures, Outcomes, shortId } from '../../gateway/store/outcomes.ts';
import type { AuditEntry } from '../../gateway/wire/streams.ts';
import { busEnvironment, caseOf, ON_KAFKA, openBusOf, openGateway, type TestGateway, temporary } from '../support/gateway.ts';
import { makeIo } from '../support/io.ts';

const CPS = 'wessex.cps.review';

async function disclosures(folder: string, urn: string): Promise<readonly Disclosure[]> {
  const out: string[] = [];
  const write = (line: string) => void out.push(line);
  const io = makeIo({ INTERCHANGE_DATA: folder, ...busEnvironment(folder) }, write);
  await runVerb(verb, ['disclosures', '--subject', `urn:${urn}`, '--json'], io);
  return (JSON.parse(out[0] ?? '') as { disclosures: Disclosure[] }).disclosures;
}

describe('a page in the audit log', () => {
  it('of 55 events is one record of less than 1,100 bytes, with the recipient of each event', async () => {
    const gateway = await openGateway();
    for (let n = 0; n < 55; n++) await gateway.post('/v1/messages', caseOf(n), 'force');
    for (const persona of ['cps', 'supplier']) {
      const before = (await gateway.audit()).length;
      const { body } = await gateway.call('/v1/events?limit=1000', {}, persona);
      const ids = (body.events as SealedEvent[]).map(({ id }) => id);
      expect(ids).toHaveLength(55);
      const added = (await gateway.audit()).slice(before);
      expect(added).toHaveLength(1);
      expect(JSON.stringify(added[0]).length).toBeLessThan(1100);
      expect(added.flatMap(disclosedEvents).map(({ id }) => id)).toEqual(ids.map(shortId));
      for (const n of [0, 54]) {
        const found = await disclosures(gateway.folder, `52WX2${String(n).padStart(6, '0')}`);
        expect(found.at(-1)).toMatchObject({ who: added[0]?.who, event: expect.stringMatching(/^[\w-]{43}$/), marking: /OFFICIAL/ });
        expect(ids).toContain(found.at(-1)?.event);
      }
    }
    await gateway.close();
  });
});

/** Reads a stream until it has returned this many events. */
async function readStream(gateway: TestGateway, count: number): Promise<void> {
  const headers = { Authorization: `Bearer ${await gateway.token('cps')}` };
  const leaving = new AbortController();
  const response = await fetch(`${gateway.url}/v1/events/stream`, { headers, signal: leaving.signal });
  let text = '';
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    text += new TextDecoder().decode(chunk, { stream: true });
    if (text.split('\nevent: ').length > count) break;
  }
  leaving.abort();
}

describe('streams in the audit log', () => {
  it('of one client that wake for one event make few records, which count all of them', async () => {
    const gateway = await openGateway({ limits: { streams: 20 } });
    const streams = Array.from({ length: 20 }, () => readStream(gateway, 5));
    for (let n = 0; n < 5; n++) await gateway.post('/v1/messages', caseOf(n), 'force');
    await Promise.all(streams);
    const entries = (await gateway.audit()).filter(({ who, action }) => who === CPS && action === 'disclosure');
    expect(new Set(entries.flatMap(disclosedEvents).map(({ id }) => id)).size).toBe(5);
    // There would be 100 if each stream had its own records.
    expect(entries.length).toBeLessThan(40);
    const disclosed = entries.reduce((sum, entry) => sum + (entry.requests ?? 1) * disclosedEvents(entry).length, 0);
    expect(disclosed).toBeGreaterThanOrEqual(100);
    await gateway.close();
  }, 60_000);
});

describe.skipIf(ON_KAFKA)('records of an earlier version', () => {
  it('answer a search for disclosures like current ones, and corrections reach those readers', async () => {
    const dataFolder = join(temporary(), 'data');
    const first = await openGateway({ dataFolder });
    const { body } = await first.post('/v1/messages', caseOf(1), 'force');
    const id = body.events[0].id as string;
    await first.close();
    const { seal, everSealed, secretName } = await openKeys(join(dataFolder, 'keys'));
    const bus = await openBusOf(dataFolder);
    const key = () => ({ kid: seal.kid, key: seal.privateKey });
    const journal = await Journal.open({ bus, key, keys: everSealed, secret: secretName, now: Date.now, onCommitted: () => undefined });
    const policy = 'uk.gov.gsc/1.1.0';
    const events = [{ id, decision: 'permit', marking: 'OFFICIAL-SENSITIVE' }];
    await journal.close({ action: 'disclosure', who: CPS, decision: 'permit', policy, events });
    await bus.close();
    const gateway = await openGateway({ dataFolder });
    await gateway.events('supplier');
    expect((await disclosures(dataFolder, '52WX2000001')).map(({ who, event }) => [who, event])).toEqual([
      [CPS, id],
      ['example.supplier.frontend', id],
    ]);
    const data = { case: { urn: '52WX2000001' }, corrects: id, kind: 'erased' };
    const sent = { specversion: '1.0', type: 'uk.justice.correction.issued.v1', data };
    expect((await gateway.post('/v1/events', JSON.stringify(sent), 'force')).status).toBe(202);
    for (const persona of ['cps', 'supplier', 'court']) {
      const { body: page } = await gateway.call('/v1/events?type=uk.justice.hearing.resulted.v1', {}, persona);
      expect([persona, page.events.length]).toEqual([persona, persona === 'court' ? 0 : 1]);
    }
    await gateway.close();
    rmSync(dataFolder, { recursive: true });
  });
});

describe('disclosures at the same moment', () => {
  const ids = fc.array(fc.string({ unit: fc.constantFrom(...'abcXYZ-_09'), minLength: 43, maxLength: 43 }), { minLength: 1, maxLength: 8 });
  const decision = fc.constantFrom('permit', 'redact', 'deny');
  const entry = fc
    .record({
      action: fc.constantFrom('disclosure', 'disclosure', 'disclosure', 'collection'),
      who: fc.constantFrom('one', 'two'),
      policy: fc.constantFrom('p/1', 'p/2'),
      task: fc.option(fc.constantFrom('t', 'u'), { nil: undefined }),
      outcomes: fc.array(fc.tuple(decision, ids), { minLength: 1, maxLength: 3 }),
    })
    .map(({ outcomes: added, ...rest }) => {
      const outcomes = new Outcomes();
      for (const [verdict, named] of added) outcomes.add({ decision: verdict }, named);
      return { ...rest, decision: 'permit', outcomes: outcomes.list } as AuditEntry;
    });
  const disclosedIn = (entries: readonly AuditEntry[]) =>
    new Set(
      entries.flatMap(({ who, policy, task, action, ...record }) =>
        disclosedEvents(record).map(({ id, decision: verdict }) => [action, who, policy, task, verdict, id].join()),
      ),
    );
  it('have the same content in fewer records', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
        const joined = joinDisclosures(entries);
        expect(disclosedIn(joined)).toEqual(disclosedIn(entries));
        expect(joined.reduce((sum, { requests = 1 }) => sum + requests, 0)).toBe(entries.length);
        const purposes = joined
          .filter(({ action }) => action === 'disclosure')
          .map(({ who, policy, task }) => JSON.stringify([who, policy, task]));
        expect(new Set(purposes).size).toBe(purposes.length);
      }),
    );
  });
  it('are split into several records where they are large', () => {
    const large = (start: number): AuditEntry => {
      const outcomes = new Outcomes();
      outcomes.add(
        { decision: 'permit' },
        Array.from({ length: 3000 }, (_, n) =>
          String(start + n)
            .padStart(43, '0')
            .split('')
            .reverse()
            .join(''),
        ),
      );
      return { action: 'disclosure', who: 'one', decision: 'permit', policy: 'p/1', outcomes: outcomes.list };
    };
    expect(joinDisclosures([large(0), large(10_000), large(20_000)])).toHaveLength(3);
  });
});
