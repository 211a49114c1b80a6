/** Messages of many records: valid ones are published, each faulty one is quarantined separately, and the receipt has totals. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ASSERTED, OPERATOR, openGateway, type TestGateway, temporary } from '../../support/gateway.ts';
import { STOPS_TITLES, stopRow, stopsMapping, stopsOf } from '../../support/stops.ts';

const folder = temporary();
let gateway: TestGateway;
beforeAll(async () => {
  const base = await import('../../support/gateway.ts').then(({ configFor }) => configFor({}, folder));
  const force = base.clients.find(({ persona }) => persona === 'force') as (typeof base.clients)[number];
  gateway = await openGateway({
    config: {
      adapters: [stopsMapping(folder), stopsMapping(folder, { id: 'marked-stops', carriesMarkings: true }, 'marked.mapping.json')],
    },
    clients: [OPERATOR, { ...force, submits: { ...(force.submits as NonNullable<typeof force.submits>), standards: ['person.stopped'] } }],
  });
});
afterAll(() => gateway.close());

const send = (text: string, headers = {}) => gateway.post('/v1/messages', text, 'force', { 'Content-Type': 'text/csv', ...headers });
const ledger = async () => {
  const { body } = await gateway.call('/v1/ledger?hours=1', {}, 'force');
  return body.rows[0] as { received: number; published: number; quarantined: number; difference: number };
};

describe('a message of a thousand rows with one faulty row', () => {
  const rows = Array.from({ length: 1000 }, (_, n) => stopRow(n, n === 416 ? '' : undefined));
  const text = stopsOf(...rows);
  let receipt: { id: string; events: { id: string }[]; records: { quarantined: { id: string; line: number; reasons: object[] }[] } };
  let record = '';
  beforeAll(async () => {
    const { status, body } = await send(text);
    expect(status).toBe(202);
    receipt = body;
    record = receipt.records.quarantined[0]?.id ?? '';
  });

  it('gives 999 events, and a receipt with totals, the record, its line and its reason', () => {
    expect(receipt.events).toHaveLength(999);
    expect(receipt.records).toMatchObject({ received: 1000, published: 999, quarantined: [{ line: 418 }] });
    expect(receipt.records.quarantined[0]?.reasons).toMatchObject([{ code: 'schema-violation', at: '/stop', line: 418 }]);
  });
  it('has the record in quarantine as a separate message, with its line', async () => {
    const { body } = await gateway.call(`/v1/quarantine/${record}`, {}, OPERATOR.id);
    expect(body).toMatchObject({ status: 'open', source: 'wessex.police.records', record: { message: receipt.id, line: 418 } });
    expect(Buffer.from(body.content, 'base64').toString()).toBe(`${STOPS_TITLES}\n${rows[416]}\n`);
  });
  it('counts once in the ledger, whatever is in quarantine', async () => {
    const { difference, received, published } = await ledger();
    expect([difference, received - published]).toEqual([0, 0]);
  });
  it('that is sent again has no effect, and gets the same receipt', async () => {
    const again = await send(text);
    expect([again.status, again.headers.get('Interchange-Repeated')]).toEqual([202, 'true']);
    expect(again.body.records).toEqual(receipt.records);
    const { body } = await gateway.call('/v1/quarantine?status=open&limit=1000', {}, 'force');
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual([record]);
  });
  it('whose record is corrected separately has one more event, and the ledger still balances', async () => {
    const path = `/v1/quarantine/${record}/resubmission`;
    const still = await gateway.call(path, { method: 'POST' }, 'force');
    expect(still.body.reasons).toMatchObject([{ code: 'schema-violation' }]);
    const two = await gateway.post(path, stopsOf(stopRow(416), stopRow(5000)), 'force');
    expect(two.body.reasons).toMatchObject([{ code: 'adapter.wessex-stops.one-record' }]);
    const fixed = await gateway.post(path, stopsOf(stopRow(416)), 'force');
    expect(fixed.body).toMatchObject({ status: 'accepted', resubmissionOf: record, record: { message: receipt.id, line: 418 } });
    expect((await gateway.call(`/v1/quarantine/${record}`, {}, 'force')).body).toMatchObject({
      status: 'resubmitted',
      resubmittedAs: fixed.body.id,
    });
    expect((await gateway.post(path, stopsOf(stopRow(416)), 'force')).status).toBe(409);
    expect((await ledger()).difference).toBe(0);
    const audit = await gateway.audit();
    expect(audit.filter(({ messageId, action }) => messageId === record && action !== 'consultation')).toMatchObject([
      { action: 'collection', decision: 'deny', reasons: ['schema-violation'] },
      { action: 'alteration', decision: 'deny' },
    ]);
  });
});

describe('refused records', () => {
  it('that are equal are two items, and are corrected separately', async () => {
    const bad = stopRow(2001, '');
    const { body } = await send(stopsOf(stopRow(2000), bad, bad));
    const ids = body.records.quarantined.map(({ id }: { id: string }) => id) as string[];
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) {
      const fixed = await gateway.post(`/v1/quarantine/${id}/resubmission`, stopsOf(stopRow(2001)), 'force');
      expect(fixed.body).toMatchObject({ status: 'accepted', resubmissionOf: id });
      expect((await gateway.call(`/v1/quarantine/${id}`, {}, 'force')).body.status).toBe('resubmitted');
    }
  });
  it('of a message without any valid record are one item in quarantine, with at most fifty reasons', async () => {
    const { status, body } = await send(stopsOf(...Array.from({ length: 5000 }, (_, n) => `x${n}`)));
    expect([status, body.reasons.length]).toEqual([422, 50]);
    expect(body.reasons[0]).toMatchObject({ code: 'adapter.wessex-stops.field-count', line: 2 });
  });
  it('above the limit are one item in quarantine, so that a million faulty rows are one item', async () => {
    const { status, body } = await send(stopsOf(stopRow(2100), ...Array.from({ length: 1001 }, (_, n) => `y${n}`)));
    expect([status, body.reasons[0].code]).toEqual([422, 'too-many-records-refused']);
    const invalid = await send(stopsOf(stopRow(2101), ...Array.from({ length: 1001 }, (_, n) => stopRow(20_000 + n, ''))));
    expect([invalid.status, invalid.body.reasons[0].code]).toEqual([422, 'too-many-records-refused']);
  });
  it('keep the asserted label, and the floor of their source', async () => {
    const { body } = await send(stopsOf(stopRow(2200), stopRow(2201, '')), ASSERTED({ sensitive: true, releasableTo: ['POLICE'] }));
    const [{ id }] = body.records.quarantined;
    const fixed = await gateway.post(`/v1/quarantine/${id}/resubmission`, stopsOf(stopRow(2201)), 'force');
    const { body: event } = await gateway.call(`/v1/events/${fixed.body.events[0].id}`, {}, 'force');
    expect(event.data.label).toMatchObject({ sensitive: true, releasableTo: ['POLICE'] });
  });
  it('T17 with a possible marking wait at the gateway’s highest label, and so does a message joined with them', async () => {
    const marked = { 'Interchange-Adapter': 'marked-stops' };
    const complete = await send(stopsOf(stopRow(2300)), marked);
    const { body } = await send(stopsOf(stopRow(2301), 'torn'), marked);
    const known = await send(stopsOf(stopRow(2302), 'torn'));
    const [{ id }] = body.records.quarantined;
    // The sender reads OFFICIAL-SENSITIVE, and the domain may hold more: it does not see a record that nobody read.
    expect((await gateway.call(`/v1/quarantine/${id}`, {}, 'force')).status).toBe(404);
    expect((await gateway.call(`/v1/quarantine/${known.body.records.quarantined[0].id}`, {}, 'force')).status).toBe(200);
    expect([complete.body.classification, known.body.classification]).toEqual(['OFFICIAL-SENSITIVE', 'OFFICIAL-SENSITIVE']);
    const events = await gateway.call(`/v1/events/${body.events[0].id}`, {}, 'force');
    expect(events.status).toBe(200);
  });
  it('of a truncated message do not count as a complete message', async () => {
    const { body } = await send(stopsOf(stopRow(2400), 'torn'));
    const [{ id }] = body.records.quarantined;
    const refused = await gateway.post(`/v1/quarantine/${id}/resubmission`, `${STOPS_TITLES}\n`, 'force');
    expect(refused.body.reasons).toMatchObject([{ code: 'adapter.wessex-stops.one-record' }]);
  });
});
