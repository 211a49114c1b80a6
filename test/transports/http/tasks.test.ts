/** Task profiles: the fields that a task needs, and no more; and the evidence of their use. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verb } from '../../../gateway/cli/profiles.ts';
import { runVerb } from '../../../gateway/cli/verb.ts';
import type { SealedEvent } from '../../../gateway/labels/event.ts';
import { compileProfile, fieldOf, type Profile, type ProfileDocument } from '../../../gateway/labels/profile.ts';
import { decide } from '../../../gateway/labels/redact.ts';
import { busEnvironment, caseOf, openGateway, problem, resultOf, type TestGateway } from '../../support/gateway.ts';
import { makeIo } from '../../support/io.ts';
import { clearanceOf, eventOf, labelling, must, NOW, sampleCase, sampleResult, standards, verifier } from '../../support/rules-in-force.ts';

const { profiles } = standards;
const profile = (task: string): Profile => profiles.get(task) as Profile;

describe('every published profile', () => {
  it('exists for each of the tasks', () => {
    expect([...profiles.keys()].toSorted()).toEqual([
      'charging-decision',
      'court-listing',
      'custody-reception',
      'custody-safeguarding',
      'pre-sentence-report',
      'public-statistics',
      'roadside-stop',
      'victim-update',
    ]);
  });
  it.each([...profiles.keys()])('%s: what is delivered is what both clearance and profile allow, and it verifies', async (task) => {
    const sealVerifier = verifier();
    for (const text of [sampleCase, sampleResult]) {
      const { event, topic } = await eventOf(text);
      const verified = must(await sealVerifier.verify(event, topic));
      for (const persona of ['cps', 'supplier', 'force', 'court']) {
        const without = decide(labelling, verified, clearanceOf(persona), NOW);
        const decision = decide(labelling, verified, clearanceOf(persona), NOW, { profile: profile(task) });
        if (without.verdict === 'deny') expect(decision.verdict).toBe('deny');
        if (without.verdict === 'deny' || decision.verdict === 'deny') continue;
        const placesOf = ({ data }: SealedEvent) => data.portions.flatMap(({ at }) => at).toSorted();
        const allowed = profile(task).fields.get(event.type);
        expect(placesOf(decision.event)).toEqual(placesOf(without.event).filter((pointer) => allowed?.has(fieldOf(pointer))));
        must(await sealVerifier.verify(decision.event));
      }
    }
  });
  it('works without names and places for public statistics', async () => {
    const { event, topic } = await eventOf(sampleCase);
    const decision = decide(labelling, must(await verifier().verify(event, topic)), clearanceOf('cps'), NOW, {
      profile: profile('public-statistics'),
    });
    expect(JSON.stringify(decision)).not.toMatch(/TREMAYNE|PROSSER|Kittiwake|Larkspur|1991-04-17/i);
  });
});

describe('an invalid profile stops the start', () => {
  const document: ProfileDocument = {
    id: 'odd',
    version: '1.0.0',
    title: 'Odd',
    purpose: 'To be refused',
    law: 'None',
    standards: { 'case.registered': ['/defendants/*/address'], 'correction.issued': [] },
  };
  const compiled = (fields: Record<string, readonly string[]>) =>
    compileProfile({ ...document, standards: fields }, (name) => standards.byName.get(name));
  it.each([
    ['of a field that is not a portion', { ...document.standards, 'case.registered': ['/case/urn'] }, /\/case\/urn is not a portion/],
    ['of a standard that is not published', { ...document.standards, 'stop.imagined': [] }, /stop\.imagined: there is no such standard/],
    ['that keeps corrections away', { 'case.registered': [] }, /told when it was wrong/],
  ])('%s', (_, fields, reason) => expect(() => compiled(fields)).toThrow(reason));
  it('but a valid one does not', () => expect(compiled(document.standards).fields.size).toBe(2));
});

describe('reading for a task', () => {
  let gateway: TestGateway;
  const CUSTODY = {
    id: 'wessex.custody',
    title: 'Custody suite (invented)',
    scopes: ['events:read' as const],
    tasks: ['custody-reception'],
  };
  beforeAll(async () => {
    gateway = await openGateway();
    const cps = gateway.config.clients.find(({ persona }) => persona === 'cps');
    await gateway.close();
    gateway = await openGateway({ clients: [{ ...CUSTODY, clearance: cps?.clearance as NonNullable<typeof cps>['clearance'] }] });
    await gateway.post('/v1/messages', caseOf(1), 'force');
    await gateway.post('/v1/messages', resultOf(1), 'court');
  });
  afterAll(() => gateway.close());
  const idOf = async () => (await gateway.events('cps')).find(({ type }) => type.includes('case'))?.id ?? '';
  const report = async (): Promise<{ task: string; requests: number; fields: { field: string; asked: number; granted: number }[] }[]> => {
    const out: string[] = [];
    const env = { INTERCHANGE_DATA: gateway.folder, ...busEnvironment(gateway.folder) };
    const io = makeIo(
      env,
      (line) => out.push(line),
      () => undefined,
    );
    await runVerb(verb, ['report', '--json'], io);
    return JSON.parse(out[0] ?? '');
  };

  it('returns the list, one event and the stream with the fields of the task', async () => {
    const id = await idOf();
    const listed = await gateway.call('/v1/events?task=victim-update', {}, 'cps');
    const event = await gateway.call(`/v1/events/${id}?task=victim-update`, {}, 'cps');
    for (const text of [listed.text, event.text]) {
      expect(text).toContain('PROSSER');
      expect(text).not.toMatch(/Kittiwake|1991-04-17/i);
    }
    const response = await fetch(`${gateway.url}/v1/events/stream?task=victim-update&type=uk.justice.case.registered.v1`, {
      headers: { Authorization: `Bearer ${await gateway.token('cps')}` },
    });
    let streamed = '';
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      streamed += new TextDecoder().decode(chunk);
      if (streamed.includes('"seal"') && streamed.endsWith('\n\n')) break;
    }
    expect(streamed).toContain('PROSSER');
    expect(streamed).not.toMatch(/Kittiwake|1991-04-17/i);
  });
  it('never returns more than the clearance allows', async () => {
    const { text, body } = await gateway.call('/v1/events?task=custody-reception', {}, 'supplier');
    expect(body.events).toHaveLength(2);
    expect(text).not.toMatch(/Kittiwake|PROSSER|Ffion/i);
  });
  it('is refused for a task without a profile', async () => {
    const { status, body } = await gateway.call('/v1/events?task=curiosity', {}, 'cps');
    expect([status, body.type, body.reasons[0].code]).toEqual([400, problem('invalid-request'), 'unknown-task']);
  });
  it.each(['', '?task=victim-update', '?task=curiosity'])(
    'is required for a client with tasks, which reads nothing with %j',
    async (query) => {
      for (const path of ['/v1/events', '/v1/events/stream', `/v1/events/${await idOf()}`])
        expect((await gateway.call(path + query, {}, CUSTODY.id)).body).toMatchObject({ type: problem('forbidden') });
    },
  );
  it('works for a client’s own task', async () => {
    expect((await gateway.call('/v1/events?task=custody-reception', {}, CUSTODY.id)).text).toContain('Kittiwake');
  });
  it('also delivers corrections, whatever the task', async () => {
    const data = { case: { urn: '52WX2000001' }, corrects: await idOf(), kind: 'erased' };
    const sent = { specversion: '1.0', type: 'uk.justice.correction.issued.v1', data };
    expect((await gateway.post('/v1/events', JSON.stringify(sent), 'force')).status).toBe(202);
    const { body } = await gateway.call('/v1/events?task=public-statistics', {}, 'cps');
    expect(body.events.map(({ type }: SealedEvent) => type)).toContain(sent.type);
  });
  it('is recorded in the audit log: the audit log keeps the task, with requested and granted fields, and no value', async () => {
    const entries = (await gateway.audit()).filter(({ task }) => task === 'custody-reception');
    expect(new Set(entries.map(({ who }) => who))).toEqual(new Set(['example.supplier.frontend', CUSTODY.id]));
    expect(JSON.stringify(entries)).not.toMatch(/TREMAYNE|Kittiwake/i);
    const custody = (await report()).find(({ task }) => task === 'custody-reception');
    const address = custody?.fields.filter(({ field }) => field === '/defendants/*/address') ?? [];
    expect(custody?.requests).toBe(2);
    // Asked by the custody suite, which may read it, and by the supplier, which may not.
    expect(address.some(({ asked, granted }) => asked === 2 && granted === 1)).toBe(true);
    expect((await report()).find(({ task }) => task === 'charging-decision')).toMatchObject({ requests: 0 });
  });
});
