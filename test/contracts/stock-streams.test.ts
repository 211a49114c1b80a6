/** Stock clients of server-sent events follow the stream, and continue where they were after the gateway was unavailable. */

import { EventSourcePolyfill } from 'event-source-polyfill';
import { EventSource } from 'eventsource';
import { describe, expect, it, vi } from 'vitest';
import { caseOf, openGateway, temporary } from '../support/gateway.ts';

const TYPE = 'uk.justice.case.registered.v1';

type Take = (data: string) => void;
type Follow = (url: string, token: string, take: Take) => { close(): void };

const CLIENTS: Readonly<Record<string, Follow>> = {
  // It sends the last id as `?lastEventId=`.
  'event-source-polyfill': (url, token, take) => {
    const source = new EventSourcePolyfill(url, { headers: { Authorization: `Bearer ${token}` } });
    source.addEventListener(TYPE, ({ data }) => take(data));
    return source;
  },
  // It sends the last id as `Last-Event-ID`.
  eventsource: (url, token, take) => {
    const source = new EventSource(url, {
      fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } }),
    });
    source.addEventListener(TYPE, ({ data }) => take(data as string));
    return source;
  },
};

describe('a stock client of server-sent events', () => {
  it.each(Object.keys(CLIENTS))(
    '%s gets every event once and in order, over two restarts of the gateway',
    async (name) => {
      const dataFolder = temporary();
      let gateway = await openGateway({ dataFolder });
      const port = Number(new URL(gateway.url).port);
      const post = async (n: number) => {
        const sent = await gateway.post('/v1/messages', caseOf(1).replace('Boat builder', `Trade ${n}`), 'force');
        return (sent.body.events as { id: string }[]).map(({ id }) => id);
      };
      const sent = [...(await post(1)), ...(await post(2))];
      const got: string[] = [];
      const source = (CLIENTS[name] as Follow)(`${gateway.url}/v1/events/stream?type=${TYPE}`, await gateway.token('cps'), (data) =>
        got.push((JSON.parse(data) as { id: string }).id),
      );
      const caughtUp = () => vi.waitFor(() => expect(got).toEqual(sent), { timeout: 30_000, interval: 50 });
      await caughtUp();
      for (const n of [3, 5]) {
        await gateway.close();
        gateway = await openGateway({ dataFolder, config: { port } });
        sent.push(...(await post(n)), ...(await post(n + 1)));
        await caughtUp();
      }
      source.close();
      await gateway.close();
    },
    90_000,
  );
});
