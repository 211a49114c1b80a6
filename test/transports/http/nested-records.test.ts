/** Nested records over HTTP: a faulty record of a message in XML or JSON is quarantined separately, and corrected as its own document. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOME } from '../../../gateway/config.ts';
import { configFor, OPERATOR, openGateway, type TestGateway, temporary } from '../../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  const base = configFor({}, temporary());
  const force = base.clients.find(({ persona }) => persona === 'force') as (typeof base.clients)[number];
  const standards = ['person.stopped', 'crime.recorded'];
  gateway = await openGateway({
    config: { adapters: ['incident-export', 'stop-feed'].map((id) => join(HOME, `adapters/${id}/${id}.mapping.json`)) },
    clients: [OPERATOR, { ...force, submits: { ...(force.submits as NonNullable<typeof force.submits>), standards } }],
  });
});
afterAll(() => gateway.close());

describe.each([
  {
    id: 'incident-export',
    sample: 'incidents.xml',
    type: 'application/xml',
    code: 'missing',
    line: 26,
    right: '<Incident id="52/48214/26" beat="B2">',
    wrong: '<Incident beat="B2">',
  },
  {
    id: 'stop-feed',
    sample: 'stops.json',
    type: 'application/json',
    code: 'unknown-code',
    line: 32,
    right: '"code": "ARR"',
    wrong: '"code": "ZZ"',
  },
])('a message of $id with one faulty record', ({ id, sample, type, code, line, right, wrong }) => {
  const text = readFileSync(join(HOME, 'adapters', id, 'samples', sample), 'utf8');
  const send = (path: string, body: string) => gateway.post(path, body, 'force', { 'Content-Type': type, 'Interchange-Adapter': id });

  it('is published without that record, which is sent again after a correction', async () => {
    const { status, body } = await send('/v1/messages', text.replace(right, wrong));
    expect([status, body.status]).toEqual([202, 'accepted']);
    const { received, published, quarantined } = body.records;
    expect([received - published, quarantined.length]).toEqual([1, 1]);
    const [{ id: record, line: found, reasons }] = quarantined;
    expect([found, reasons[0].code]).toEqual([line, `adapter.${id}.${code}`]);
    const held = await gateway.call(`/v1/quarantine/${record}`, {}, OPERATOR.id);
    const alone = Buffer.from(held.body.content, 'base64').toString();
    expect(alone).toContain(wrong);
    expect(alone.length).toBeLessThan(text.length);
    const fixed = await send(`/v1/quarantine/${record}/resubmission`, alone.replace(wrong, right));
    expect(fixed.body).toMatchObject({ status: 'accepted', resubmissionOf: record });
    expect(fixed.body.events).toHaveLength(1);
  });
});
