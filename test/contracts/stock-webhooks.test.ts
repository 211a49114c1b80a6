/** Stock libraries of Standard Webhooks and of Svix verify the deliveries of a subscription. */
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caseOf, openGateway, type TestGateway } from '../support/gateway.ts';
import { openReceiver, type Received, type Receiver } from '../support/receiver.ts';

const json = { 'Content-Type': 'application/json' };
let gateway: TestGateway;
let receiver: Receiver;
let secret: string;
let deliveries: readonly Received[];

beforeAll(async () => {
  gateway = await openGateway({ config: { webhooks: { networks: ['127.0.0.0/8'] } } });
  receiver = await openReceiver();
  const made = await gateway.post('/v1/subscriptions', JSON.stringify({ url: receiver.url }), 'cps', json);
  secret = made.body.secret as string;
  await gateway.post('/v1/messages', caseOf(1), 'force');
  await receiver.count(1);
  await gateway.post(`/v1/subscriptions/${made.body.id as string}/test`, '', 'cps');
  deliveries = await receiver.count(2);
});
afterAll(async () => {
  await receiver.close();
  await gateway.close();
});

type Verify = (text: string, headers: Record<string, string>) => unknown;

const LIBRARIES: Readonly<Record<string, Verify>> = {
  standardwebhooks: (text, headers) => new StandardWebhook(secret).verify(text, headers),
  // It gives nothing back: what it takes, the receiver parses.
  svix: (text, headers) => new SvixWebhook(secret).verify(text, headers) ?? JSON.parse(text),
};

describe.each(Object.entries(LIBRARIES))('the library %s', (_name, verify) => {
  it('accepts an event and a test event, and returns the data that was sent', () => {
    for (const { body, headers, event } of deliveries) expect(verify(body, headers as Record<string, string>)).toEqual(event);
  });

  it('rejects another body, id, time or secret', () => {
    for (const { body, headers } of deliveries) {
      const signed = headers as Record<string, string>;
      expect(() => verify(body.replace('OFFICIAL', 'OFFICIOL'), signed)).toThrow();
      expect(() => verify(body, { ...signed, 'webhook-id': 'another' })).toThrow();
      expect(() => verify(body, { ...signed, 'webhook-timestamp': String(Number(signed['webhook-timestamp']) + 1) })).toThrow();
      const [, signature = ''] = (signed['webhook-signature'] ?? '').split(',');
      expect(() => verify(body, { ...signed, 'webhook-signature': `v1,${signature.slice(0, -4)}AAA=` })).toThrow();
    }
  });
});
