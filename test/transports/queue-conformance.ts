/** The promises of each queue protocol with each broker. The test files of the protocols run them. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BusUnavailable } from '../../gateway/bus/bus.ts';
import type { Departure } from '../../gateway/transports/transport.ts';
import { caseOf, openGateway, type TestGateway, temporary } from '../support/gateway.ts';
import { openTransport } from '../support/opened-transport.ts';
import { openProxy } from '../support/proxy.ts';
import { PASSWORD, type ProtocolName, type QueueBroker, queueBrokers, USER } from '../support/queue-broker.ts';
import { openClient, type QueueClient } from '../support/queue-client.ts';

const CLIENT = 'wessex.police.records';
const WITHIN = { timeout: 20_000, interval: 20 };
const MOST_BYTES = 200_000;

export const BROKERS = await queueBrokers();

export function testQueues(protocol: ProtocolName): void {
  describe.each(BROKERS)(`${protocol} with $name`, ({ open }) => {
    const folder = temporary();
    let broker: QueueBroker;
    let client: QueueClient;
    const passwordFile = join(folder, 'password');
    const connection = () => ({
      host: '127.0.0.1',
      port: broker.ports[protocol],
      user: USER,
      passwordFile: 'password',
      timeoutSeconds: 3,
      heartbeatSeconds: 1,
    });
    const context = { baseFolder: folder, mostBytes: MOST_BYTES };
    beforeAll(async () => {
      writeFileSync(passwordFile, `${PASSWORD}\n`);
      broker = await open();
      client = await openClient(protocol, broker);
    }, 120_000);
    afterAll(async () => {
      await broker?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    describe('a gateway', () => {
      let gateway: TestGateway;
      const receiptsOf = async () => (await gateway.events('force')).length;
      const report = async () => JSON.parse((await client.take('replies')).text);
      beforeAll(async () => {
        mkdirSync(join(folder, 'data'));
        const settings = { ...connection(), passwordFile, from: broker.address('in'), replies: broker.address('replies'), prefetch: 5 };
        gateway = await openGateway({
          dataFolder: join(folder, 'data'),
          limits: { bodyBytes: MOST_BYTES },
          config: { name: 'one', transports: [{ name: 'records', kind: protocol, client: CLIENT, settings }] },
        });
      }, 60_000);
      afterAll(async () => {
        await gateway?.close();
      });

      it('accepts a message, and answers with a report', async () => {
        await client.put('in', { body: caseOf(1), correlationId: 'my-1', mediaType: 'application/xml; charset=utf-8' });
        const taken = await client.take('replies');
        expect(taken).toMatchObject({ correlationId: 'my-1', mediaType: 'application/json', isDurable: true });
        const { status, receipt } = JSON.parse(taken.text);
        expect(status).toBe('accepted');
        const { body } = await gateway.call(`/v1/messages/${receipt}`, {}, 'force');
        expect(body).toMatchObject({ status: 'accepted' });
        expect((await gateway.audit()).filter(({ action, who }) => action === 'collection' && who === CLIENT)).toHaveLength(1);
      });
      it('returns the same receipt for a repeated message', async () => {
        const before = await receiptsOf();
        await client.put('in', { body: caseOf(2) }, { body: caseOf(2) });
        const [first, second] = [await report(), await report()];
        expect(second).toEqual(first);
        expect(await receiptsOf()).toBe(before + 1);
      });
      it('keeps the order of the queue', async () => {
        const numbers = Array.from({ length: 30 }, (_, n) => 100 + ((n * 7) % 30));
        await client.put('in', ...numbers.map((n) => ({ body: caseOf(n) })));
        for (const _ of numbers) expect((await report()).status).toBe('accepted');
        const references = JSON.stringify((await gateway.events('force')).map(({ data }) => data));
        const found = [...references.matchAll(/52WX20001(\d\d)/g)].map(([, n]) => 100 + Number(n));
        expect([...new Set(found)]).toEqual(numbers);
      });
      it('quarantines a refused message, and accepts the next', async () => {
        await client.put('in', { body: caseOf(3).slice(0, -40) }, { body: caseOf(3) });
        const [refused, accepted] = [await report(), await report()];
        expect(refused).toMatchObject({ status: 'quarantined', receipt: expect.stringMatching(/^[\w-]{43}$/) });
        expect(accepted).toMatchObject({ status: 'accepted' });
      });
      it('rejects a too large or empty message once, and accepts the next', async () => {
        await client.put('in', { body: 'x'.repeat(MOST_BYTES + 1), correlationId: 'large' }, { body: 'x'.repeat(900_000) });
        await client.put('in', { body: '' }, { body: caseOf(4) });
        const large = await client.take('replies');
        expect([large.correlationId, JSON.parse(large.text).reasons]).toMatchObject(['large', [{ code: 'message-too-large' }]]);
        expect(await report()).toMatchObject({ status: 'refused', reasons: [{ code: 'message-too-large' }] });
        expect(await report()).toMatchObject({ status: 'refused', reasons: [{ code: 'empty-message' }] });
        expect(await report()).toMatchObject({ status: 'accepted' });
        // Artemis drops what a client of STOMP does not acknowledge.
        if (protocol === 'amqp' || broker.name === 'RabbitMQ')
          expect([(await client.take('dead')).text.length, (await client.take('dead')).text.length]).toEqual([MOST_BYTES + 1, 900_000]);
        const { body } = await gateway.call('/health', {});
        expect(body.checks.transports).toBe('warn');
      });
      it('accepts a message of the largest size', async () => {
        await client.put('in', { body: 'x'.repeat(MOST_BYTES) });
        expect(await report()).toMatchObject({ status: 'quarantined' });
      });
      it('T39 accepts messages again after the broker was killed, and reports meanwhile that it cannot', {
        timeout: 120_000,
      }, async () => {
        const isUp = async () =>
          /transport_up\{transport="records"\} (\d)/.exec((await gateway.call('/metrics', {}, 'monitoring')).text)?.[1];
        expect(await isUp()).toBe('1');
        await broker.kill();
        await expect.poll(isUp, WITHIN).toBe('0');
        await broker.start();
        await expect.poll(isUp, WITHIN).toBe('1');
        client = await openClient(protocol, broker);
        await client.put('in', { body: caseOf(5) });
        // What was accepted just before may have come again: its report does too.
        await expect.poll(async () => (await report()).status, WITHIN).toBe('accepted');
      });
      it('writes no password, address or value to the log', () => {
        expect(gateway.log()).toContain('a message was taken');
        for (const word of [PASSWORD, 'Pa55word', 'Tremayne', 'TREMAYNE', 'my-1']) expect(gateway.log()).not.toContain(word);
      });
    });

    describe('a message', () => {
      const settings = () => ({ ...connection(), from: broker.address('in') });
      it('T39 stays at the broker until it is durable', async () => {
        let isAway = true;
        const receive = async () => {
          if (isAway) throw new BusUnavailable('The bus is away');
        };
        {
          await using opened = await openTransport(protocol, settings(), receive, context);
          await client.put('in', { body: 'first', mediaType: 'application/xml; charset=utf-8' }, { body: 'second' });
          await vi.waitUntil(() => opened.taken.length > 1, WITHIN);
          expect(opened.taken.filter((text) => text !== 'first')).toEqual([]);
          expect(opened.mediaTypes[0]).toBe('application/xml');
          expect(opened.transport.health?.()).toEqual({ status: 'fail', reason: 'The bus is away' });
        }
        isAway = false;
        await using opened = await openTransport(protocol, settings(), receive, context);
        await vi.waitUntil(() => opened.taken.length >= 2, WITHIN);
        expect(opened.taken).toEqual(['first', 'second']);
      });
      it('is accepted before the transport closes, if it is durable by then', async () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const opened = await openTransport(protocol, settings(), () => promise, context);
        await client.put('in', { body: 'in flight' }, { body: 'later' });
        await vi.waitUntil(() => opened.taken.length === 1, WITHIN);
        const closed = opened[Symbol.asyncDispose]();
        resolve();
        await closed;
        expect([opened.taken, (await client.take('in')).text]).toEqual([['in flight'], 'later']);
      });
      it('is answered on request, and an invalid address blocks nobody', async () => {
        await using opened = await openTransport(protocol, settings(), undefined, context);
        const nowhere = broker.name === 'RabbitMQ' ? '/exchange/nowhere/key' : 'x'.repeat(300);
        await client.put(
          'in',
          { body: 'one', replyTo: nowhere },
          { body: 'two', replyTo: broker.address('elsewhere'), correlationId: 'c' },
        );
        const answer = await client.take('elsewhere');
        expect([answer.correlationId, JSON.parse(answer.text)]).toMatchObject(['c', { status: 'accepted', receipt: 'a-receipt' }]);
        expect(opened.taken).toEqual(['one', 'two']);
      });
      it('is accepted after the network failed before its acknowledgement', async () => {
        const network = await openProxy();
        network.target = broker.ports[protocol];
        const { promise, resolve } = Promise.withResolvers<void>();
        await using opened = await openTransport(protocol, { ...settings(), port: network.port }, () => promise, context);
        await client.put('in', { body: 'cut' });
        await vi.waitUntil(() => opened.taken.length === 1, WITHIN);
        network.cut();
        resolve();
        await vi.waitUntil(() => opened.transport.health?.().status === 'fail', WITHIN);
        network.heal();
        await vi.waitUntil(() => opened.taken.length === 2, WITHIN);
        await client.put('in', { body: 'after' });
        await vi.waitUntil(() => opened.taken.length === 3, WITHIN);
        expect(opened.taken).toEqual(['cut', 'cut', 'after']);
        await network.close();
      });
    });

    describe('an event', () => {
      const event = (text: string): Departure => ({ bytes: Buffer.from(text), mediaType: 'application/xml', name: 'an-event-id' });
      const settings = () => ({ ...connection(), to: broker.address('out') });
      it('is delivered when the broker has stored it', async () => {
        await using opened = await openTransport(protocol, settings(), undefined, context);
        await opened.transport.deliver?.(event('<out>£</out>'));
        expect(await client.take('out')).toMatchObject({
          text: '<out>£</out>',
          mediaType: 'application/xml',
          id: 'an-event-id',
          isDurable: true,
        });
      });
      it('is not delivered while the broker is unavailable, and is delivered afterwards', { timeout: 120_000 }, async () => {
        await using opened = await openTransport(protocol, settings(), undefined, context);
        await opened.transport.deliver?.(event('before'));
        await broker.kill();
        await expect(opened.transport.deliver?.(event('lost'))).rejects.toMatchObject({ name: 'NotDelivered', reason: 'connection' });
        await broker.start();
        await expect
          .poll(
            () =>
              opened.transport.deliver?.(event('after')).then(
                () => 'sent',
                () => 'not sent',
              ),
            WITHIN,
          )
          .toBe('sent');
        client = await openClient(protocol, broker);
        expect([(await client.take('out')).text, (await client.take('out')).text]).toEqual(['before', 'after']);
      });
      it('is not delivered to an address that the broker refuses, or with a wrong password', async () => {
        if (broker.name !== 'RabbitMQ') return;
        const elsewhere = { ...settings(), to: '/exchange/nowhere/key' };
        await using opened = await openTransport(protocol, elsewhere, undefined, context);
        await expect(opened.transport.deliver?.(event('x'))).rejects.toMatchObject({ reason: 'refused' });
        writeFileSync(join(folder, 'wrong'), 'wrong');
        // RabbitMQ takes three seconds to refuse a password.
        await using wrong = await openTransport(
          protocol,
          { ...settings(), passwordFile: 'wrong', timeoutSeconds: 10, heartbeatSeconds: 10 },
          undefined,
          context,
        );
        await expect(wrong.transport.deliver?.(event('x'))).rejects.toMatchObject({ reason: 'refused' });
      });
      it('is delivered only to the broker with the right certificate', async () => {
        if (!existsSync(broker.authoritiesFile)) return;
        const delivery = async (tls: Readonly<Record<string, string>>, port = broker.tlsPorts[protocol]) => {
          await using opened = await openTransport(protocol, { ...settings(), port, tls }, undefined, context);
          // It must be awaited here: the transport is closed at the end.
          return await opened.transport.deliver?.(event('secret')).then(
            () => 'delivered',
            (error: { reason: string }) => error.reason,
          );
        };
        const { authoritiesFile } = broker;
        expect(await delivery({ authoritiesFile })).toBe('delivered');
        expect((await client.take('out')).text).toBe('secret');
        expect(await delivery({ authoritiesFile, serverName: 'localhost' })).toBe('delivered');
        expect((await client.take('out')).text).toBe('secret');
        expect(await delivery({ authoritiesFile, serverName: 'another.example' })).toBe('tls');
        expect(await delivery({})).toBe('tls');
        expect(await delivery({ authoritiesFile }, broker.ports[protocol])).toBe('tls');
      });
    });
  });
}
