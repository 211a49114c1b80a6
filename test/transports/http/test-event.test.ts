/** The test event for a subscriber’s address: every verifier accepts it as an event, and it is on no topic. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInterchange } from '../../../contracts/client/client.ts';
import { runVerb } from '../../../gateway/cli/verb.ts';
import { verb } from '../../../gateway/cli/verify.ts';
import { HOME } from '../../../gateway/config.ts';
import { VERIFY_PROGRAM } from '../../../gateway/documents.ts';
import type { ClientConfig } from '../../../gateway/rules/clients.ts';
import { topicSpecification } from '../../../gateway/topics.ts';
import { type Answer, eventRecords, openGateway, type TestGateway } from '../../support/gateway.ts';
import { makeIo } from '../../support/io.ts';
import { openReceiver, type Received, type Receiver, verifies } from '../../support/receiver.ts';

const json = { 'Content-Type': 'application/json' };
let gateway: TestGateway;
let receiver: Receiver;
let made: Answer;
let before: Answer;
let tested: Answer;
let got: Received;
const path = () => `/v1/subscriptions/${made.body.id as string}`;

beforeAll(async () => {
  gateway = await openGateway({ config: { webhooks: { networks: ['127.0.0.0/8'], timeoutSeconds: 5 } } });
  receiver = await openReceiver();
  made = await gateway.post('/v1/subscriptions', JSON.stringify({ url: receiver.url }), 'cps', json);
  const headers = { 'Content-Type': 'application/merge-patch+json' };
  before = await gateway.call(path(), { method: 'PATCH', headers, body: '{"status":"paused"}' }, 'cps');
  tested = await gateway.post(`${path()}/test`, '', 'cps');
  [got] = (await receiver.count(1)) as [Received];
});
afterAll(async () => {
  await receiver.close();
  await gateway.close();
});

describe('a test event', () => {
  it('is sent on request, even while the subscription is paused, without changing the subscription', async () => {
    expect([tested.status, tested.body]).toMatchObject([200, { attempt: 1, outcome: 'delivered', status: 204 }]);
    expect(got.headers['webhook-id']).toBe(tested.body.event);
    expect((await gateway.call(path(), {}, 'cps')).body).toEqual(before.body);
    const about = (await gateway.audit()).filter(({ subscription }) => subscription === made.body.id);
    expect(about.at(-1)).toMatchObject({ action: 'alteration', change: 'test', to: new URL(receiver.url).host });
    expect(about.some(({ action }) => action === 'disclosure')).toBe(false);
  });

  it('has its own type and standard and the lowest label, and mentions no person or case', () => {
    expect(got.event).toMatchObject({
      id: tested.body.event,
      source: 'justice-interchange',
      recordedtime: tested.body.time,
      classification: 'OFFICIAL',
      type: 'uk.justice.subscription.tested.v1',
      dataschema: 'https://justice-interchange.example/standards/events/subscription.tested/1.0.0',
    });
    const label = { policy: { id: 'uk.gov.gsc', version: '1.2.0' }, classification: 'OFFICIAL' };
    expect(got.event.data).toEqual({ subscription: made.body.id, label, portions: [] });
    expect(gateway.gateway.standards.byType.get(got.event.type)?.check(got.event.data)).toEqual([]);
    expect(got.event.subject).toBeUndefined();
  });

  it('T71 verifies with a stock library of Standard Webhooks, the client, `interchange verify` and the program of the portal, and does not after a change', async () => {
    // Here, and not under /tmp: the program imports what is installed here.
    const folder = mkdtempSync(join(HOME, '.cache/test-event-'));
    const changed = got.body.replace(made.body.id as string, 'A'.repeat(43));
    const client = openInterchange({ url: gateway.url, token: 'none' });
    writeFileSync(join(folder, 'jwks.json'), (await gateway.call('/.well-known/jwks.json')).text);
    writeFileSync(join(folder, 'verify-seal.mjs'), VERIFY_PROGRAM);
    const byCommand = async (text: string) => {
      writeFileSync(join(folder, 'event.json'), text);
      const io = makeIo(
        { INTERCHANGE_DATA: folder },
        () => undefined,
        () => undefined,
      );
      return (await runVerb(verb, [join(folder, 'event.json'), '--json', '--keys', join(folder, 'jwks.json')], io)) === 0;
    };
    const byProgram = (text: string) =>
      new Promise<boolean>((resolve) => {
        const child = execFile(process.execPath, [join(folder, 'verify-seal.mjs'), gateway.url], (_error, stdout) =>
          resolve(/^The seal verifies/.test(stdout)),
        );
        child.stdin?.end(text);
      });
    for (const [text, isRight] of [
      [got.body, true],
      [changed, false],
    ] as const) {
      const { headers } = got;
      const found = [verifies(made.body.secret as string, { headers, body: text }), await client.verify(text)];
      expect([...found, await byCommand(text), await byProgram(text)]).toEqual(found.map(() => isRight).concat(isRight, isRight));
    }
    rmSync(folder, { recursive: true });
  });

  it('is on no topic, can be read by nobody, and has no possible topic', async () => {
    expect((await gateway.call(`/v1/events/${tested.body.event as string}`, {}, 'cps')).status).toBe(404);
    expect(await gateway.onBus(eventRecords)).toEqual([]);
    const { topics } = topicSpecification(gateway.config, gateway.gateway.rules(), gateway.gateway.standards);
    expect(topics.filter(({ name }) => name.includes('justice.')).length).toBeGreaterThan(0);
    expect(topics.filter(({ name }) => name.includes('.subscription.'))).toEqual([]);
  });

  it('cannot be submitted', async () => {
    const court = gateway.config.clients.find(({ persona }) => persona === 'court') as ClientConfig;
    const submits = { floor: court.submits?.floor as NonNullable<ClientConfig['submits']>['floor'], standards: ['subscription.tested'] };
    await expect(openGateway({ clients: [{ ...court, submits }] })).rejects.toThrow(/submits a standard that is not published for senders/);
    const event = { specversion: '1.0', type: got.event.type, data: { subscription: made.body.id } };
    const sent = await gateway.post('/v1/events', JSON.stringify(event), 'court');
    expect([sent.status, sent.body.reasons]).toMatchObject([422, [{ code: 'standard-not-allowed' }]]);
  });
});
