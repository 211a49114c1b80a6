/**
 * Messages under faults: the gateway and the broker are killed, the network is cut and the disk is full while messages come. None is lost, and
 * none has two effects. The short form runs with all tests; `MESSAGES=10000` is the full one.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { developmentToken } from '../../gateway/cli/remote.ts';
import { readConfig } from '../../gateway/config.ts';
import { type CampaignGateway, campaignGateway, publishedCases } from '../support/campaign-gateway.ts';
import { caseOf, ON_KAFKA, temporary } from '../support/gateway.ts';
import { openProxy } from '../support/proxy.ts';
import { PASSWORD, type ProtocolName, type QueueBroker, queueBrokers, USER } from '../support/queue-broker.ts';
import { openClient } from '../support/queue-client.ts';

const MESSAGES = Number(process.env.MESSAGES ?? 200);
const MILLISECONDS = 120_000 + MESSAGES * 200;
const BATCH = 50;
/** Whether each protocol is tried with each broker. In the short form each protocol has one broker. */
const IS_FULL = process.env.MESSAGES !== undefined;
/** The files of the gateway, at first: a small part of the messages fits. */
const FILE_KILOBYTES = 1024;

const brokers = await queueBrokers();
const cases = (['amqp', 'stomp'] as ProtocolName[]).flatMap((protocol) =>
  brokers.filter((_, n) => IS_FULL || n === (protocol === 'amqp' ? 0 : brokers.length - 1)).map((broker) => ({ protocol, ...broker })),
);

/** A gateway that takes messages from a queue, over a network that can be cut. */
function gatewayOf(folder: string, protocol: ProtocolName, broker: QueueBroker, port: number): CampaignGateway {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, PASSWORD);
  const settings = {
    host: '127.0.0.1',
    port,
    user: USER,
    passwordFile,
    from: broker.address('in'),
    to: broker.address('out'),
    timeoutSeconds: 5,
    heartbeatSeconds: 1,
  };
  return campaignGateway(folder, [{ name: 'records', kind: protocol, client: 'wessex.police.records', settings }]);
}

describe.skipIf(ON_KAFKA).each(cases)('T39 $protocol with $name', ({ protocol, open }) => {
  it(`loses none of ${MESSAGES} messages, and accepts none twice`, { timeout: MILLISECONDS }, async () => {
    const folder = temporary();
    const [broker, network] = [await open(), await openProxy()];
    network.target = broker.ports[protocol];
    const gateway = gatewayOf(folder, protocol, broker, network.port);
    let url = await gateway.start(FILE_KILOBYTES);
    const token = await developmentToken(readConfig({}, { dataFolder: gateway.data }), 'force', false);
    const monitor = await developmentToken(readConfig({}, { dataFolder: gateway.data }), 'monitoring', false);
    /** Whether the transport works, as monitoring sees it. */
    const isUp = async () => {
      const answer = await fetch(`${url}/metrics`, { headers: { Authorization: `Bearer ${monitor}` } });
      return /^interchange_transport_up\{transport="records"\} 1/m.test(await answer.text());
    };
    try {
      let sent = 0;
      /** Sends a part of the messages. Each fifth is there twice. */
      const send = async (part: number) => {
        const client = await openClient(protocol, broker);
        for (const until = Math.floor(MESSAGES * part); sent < until; ) {
          const numbers = Array.from({ length: Math.min(BATCH, until - sent) }, (_, n) => sent + n);
          await client.put('in', ...numbers.flatMap((n) => Array.from({ length: n % 5 === 0 ? 2 : 1 }, () => ({ body: caseOf(n) }))));
          sent += numbers.length;
        }
        await client.close();
      };
      const progressed = async (part: number) => {
        for (const least = Math.floor(MESSAGES * part); (await publishedCases(url, token)).length < least; )
          await delay(200 + MESSAGES / 4);
      };
      await send(0.5);
      // The disk is full until there is room.
      await expect.poll(isUp, { timeout: 60_000, interval: 100 }).toBe(false);
      gateway.makeRoom();
      await progressed(0.1);
      network.cut();
      await expect.poll(isUp, { timeout: 60_000, interval: 100 }).toBe(false);
      network.heal();
      await progressed(0.2);
      await gateway.kill();
      url = await gateway.start();
      await progressed(0.3);
      await broker.kill();
      await broker.start();
      await send(1);
      await progressed(0.6);
      await gateway.kill();
      url = await gateway.start();
      await progressed(1);
      const numbers = await publishedCases(url, token);
      expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: MESSAGES }, (_, n) => n));
    } finally {
      await gateway.kill();
      await broker.close();
      await network.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
