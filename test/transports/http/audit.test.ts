/** The audit log, shadow runs and the configuration over HTTP, for those who are cleared for everything. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKeys } from '../../../gateway/keys/keys.ts';
import type { ClientConfig } from '../../../gateway/rules/clients.ts';
import { verifiedReport } from '../../../gateway/shadow/report.ts';
import { AUDITOR } from '../../support/evidence.ts';
import { caseOf, LOW_OPERATOR, openGateway, resultOf, type TestGateway } from '../../support/gateway.ts';
import { config } from '../../support/rules-in-force.ts';

const SCOPES = ['audit:read', 'configuration:read', 'shadow:run'] as const;
const READER: ClientConfig = { ...AUDITOR, scopes: [...SCOPES, 'receipts:read'] };
const LOW: ClientConfig = { ...LOW_OPERATOR, scopes: [...SCOPES] };
const broken = (n: number): string => caseOf(n).replace(/<\/[A-Za-z:]*Defendant>/, '');

describe('the audit log, shadow runs and the configuration', () => {
  let gateway: TestGateway;
  let accepted: { id: string; event: string };
  const folder = mkdtempSync(join(tmpdir(), 'candidates-'));
  const get = (path: string, persona = READER.id) => gateway.call(path, {}, persona);
  const ended = async (path: string) => {
    await expect.poll(async () => (await get(path)).body.status, { timeout: 60_000 }).not.toBe('running');
    return (await get(path)).body;
  };

  beforeAll(async () => {
    const policyFile = join(folder, 'open.policy.json');
    writeFileSync(policyFile, JSON.stringify({ ...JSON.parse(readFileSync(config.policyFile, 'utf8')), version: '9.0.0', rules: [] }));
    const shadow = {
      candidates: { open: { policyFile }, same: { policyFile: config.policyFile }, broken: { policyFile: join(folder, 'none.json') } },
    };
    gateway = await openGateway({ clients: [READER, LOW], config: { shadow } });
    const { body } = await gateway.post('/v1/messages', caseOf(1).replace(/Birthdate>\d{4}-/, 'Birthdate>2012-'), 'force');
    accepted = { id: body.id, event: body.events[0].id };
    await gateway.post('/v1/messages', resultOf(1), 'court');
    await gateway.post('/v1/messages', broken(2), 'force');
    await gateway.events('cps');
  }, 60_000);
  afterAll(() => gateway?.close());

  it('finds records by message, event, client, action, decision, time and pseudonym, the newest first', async () => {
    const records = async (query: string) => (await get(`/v1/audit?${query}`)).body.records;
    const ofMessage = await records(`message=${accepted.id}`);
    expect(ofMessage).toEqual([
      expect.objectContaining({ action: 'collection', who: 'wessex.police.records', decision: 'permit', eventCount: 1 }),
    ]);
    const [{ events }] = ofMessage;
    expect(events[0]).toMatchObject({ id: accepted.event, marking: 'OFFICIAL-SENSITIVE' });
    const ofEvent = await records(`event=${accepted.event}`);
    expect(ofEvent.map(({ action }: { action: string }) => action)).toEqual(['disclosure', 'collection']);
    expect(await records(`subject=${events[0].subject}`)).toHaveLength(2);
    expect(await records(`subject=${events[0].persons[0]}&who=wessex.police.records`)).toHaveLength(1);
    expect((await records('decision=deny&action=collection'))[0]).toMatchObject({ reasons: ['xml-not-well-formed'] });
    expect(await records('to=2020-01-01T00:00:00Z')).toEqual([]);
    expect(await records('from=2999-01-01T00:00:00Z')).toEqual([]);
    expect((await get('/v1/audit?from=2016-12-31T23:59:60Z')).status).toBe(400);
    const sequence = (await records('limit=1000')).map(({ seq }: { seq: number }) => seq);
    expect(sequence).toEqual(sequence.toSorted((one: number, other: number) => other - one));
  });

  it('continues with a cursor until the end of the log, and records each search', async () => {
    const all = (await get('/v1/audit?limit=1000&to=2999-01-01T00:00:00Z')).body.records.length;
    const seen: number[] = [];
    let cursor = '';
    for (let more = true; more; ) {
      const page = (await get(`/v1/audit?limit=2&who=wessex.police.records${cursor === '' ? '' : `&cursor=${cursor}`}`)).body;
      seen.push(...page.records.map(({ seq }: { seq: number }) => seq));
      ({ cursor, more } = page);
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeLessThan(all);
    expect((await get(`/v1/audit?limit=2&who=other&cursor=${cursor}`)).status).toBe(400);
    const searches = (await gateway.audit()).filter(({ change }) => change === 'search audit');
    expect(searches.length).toBeGreaterThan(2);
    expect(searches.every(({ who }) => who === READER.id)).toBe(true);
    await get(`/v1/audit?subject=${'A'.repeat(22)}`);
    expect((await gateway.audit()).filter(({ change }) => change === 'search audit').at(-1)?.subject).toBe('A'.repeat(22));
  });

  it('shows the signed heads, and verifies the log', async () => {
    const { heads, witness } = (await get('/v1/audit/heads')).body;
    expect(witness).toBe('none');
    expect(heads[0]).toMatchObject({ number: expect.any(Number), key: (await openKeys(join(gateway.folder, 'keys'))).seal.kid });
    const { status, body } = await gateway.call('/v1/audit/verifications', { method: 'POST' }, READER.id);
    expect(status).toBe(202);
    expect(await ended(`/v1/audit/verifications/${body.id}`)).toMatchObject({ status: 'verifies', gaps: 0, records: expect.any(Number) });
    expect((await get(`/v1/audit/verifications/${'A'.repeat(43)}`)).status).toBe(404);
  });

  it('shows the configuration in force, without a secret, and what changed since', async () => {
    const before = (await get('/v1/configuration')).body;
    expect(before.policy).toMatchObject({ id: 'uk.gov.gsc', version: '1.2.0' });
    expect(before.clients.find(({ id }: { id: string }) => id === 'idris.vale')).toMatchObject({ isPerson: true });
    expect(before.keys).toEqual([expect.objectContaining({ status: 'current', use: 'seal' })]);
    expect(before.before).toBeUndefined();
    const text = JSON.stringify(before);
    for (const secret of [readFileSync(join(gateway.folder, 'keys/secret'), 'utf8').trim(), gateway.folder])
      expect(text).not.toContain(secret);
    const changed = gateway.config.clients.map((client) =>
      client.id === LOW.id ? { ...client, scopes: ['audit:read' as const] } : client,
    );
    await gateway.gateway.reload({ ...gateway.config, clients: changed });
    const { before: last, digest } = (await get('/v1/configuration')).body;
    expect(last.digest).toBe(before.digest);
    expect(last.changes).toEqual(expect.arrayContaining([{ at: `/clients/${LOW.id}/scopes/1`, kind: 'removed' }]));
    expect((await gateway.audit()).filter(({ change }) => change === `configuration ${digest}`)).toHaveLength(1);
    await gateway.gateway.reload(gateway.config);
  });

  it('tries a candidate over the messages of the gateway, and keeps a signed report', async () => {
    const start = (candidate: string, more: object = {}) =>
      gateway.call(
        '/v1/shadow-runs',
        { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ candidate, ...more }) },
        READER.id,
      );
    expect((await get('/v1/shadow-runs')).body.candidates).toEqual(['open', 'same', 'broken']);
    expect((await start('no-such')).status).toBe(400);
    expect((await start('open', { to: '2016-12-31T23:59:60Z' })).status).toBe(400);
    const { status, body } = await start('open');
    expect([status, body.status]).toEqual([202, 'running']);
    // One runs at a time.
    expect((await start('same')).body.id).toBe(body.id);
    const done = await ended(`/v1/shadow-runs/${body.id}`);
    expect(done).toMatchObject({ status: 'ended', compared: 3, isWorse: true, by: READER.id });
    const report = await verifiedReport(JSON.stringify(done.signed), (await openKeys(join(gateway.folder, 'keys'))).trusted);
    expect(report?.findings.falls.some(({ examples }) => examples.includes(accepted.id))).toBe(true);
    const same = (await start('same', { limit: 2 })).body;
    expect(await ended(`/v1/shadow-runs/${same.id}`)).toMatchObject({ status: 'ended', compared: 2, same: 2, isWorse: false });
    const failed = (await start('broken')).body;
    expect(await ended(`/v1/shadow-runs/${failed.id}`)).toMatchObject({ status: 'failed' });
    // Nothing was published.
    expect((await gateway.events('cps')).length).toBe(2);
  }, 120_000);

  it('T64 is not for a client that may not know of everything', async () => {
    for (const path of ['/v1/audit', '/v1/audit/heads', '/v1/configuration', '/v1/shadow-runs', `/v1/shadow-runs/${'A'.repeat(43)}`])
      expect([path, (await get(path, LOW.id)).status]).toEqual([path, 403]);
    expect((await gateway.call('/v1/audit/verifications', { method: 'POST' }, LOW.id)).status).toBe(403);
    expect((await get('/v1/audit', 'cps')).status).toBe(403);
  });
});
