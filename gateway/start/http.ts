/** Opens the HTTP listeners: one for the operations of the contract and the portal, one for metrics without a token. */
import type { Express } from 'express';
import type { ListenerConfig } from '../config.ts';
import { answerConnection } from '../transports/http/answer-connection.ts';
import { makeMetricsApp } from '../transports/http/metrics.ts';
import { type Listening, listen, stopListening } from '../transports/server.ts';
import type { OpenTransport, Transport } from '../transports/transport.ts';
import { openHttpApp } from './http-app.ts';
import type { HttpContext } from './http-context.ts';

const STOP_MILLISECONDS = 10_000;

export interface OpenHttp extends Transport {
  readonly url: string;
  readonly metricsUrl: string | undefined;
}

export const openHttp =
  (context: HttpContext): OpenTransport<OpenHttp> =>
  async (stack, receive) => {
    const { config, log, observe, stopping } = context;
    let ownUrl = '';
    const addresses = { publicUrl: () => config.publicUrl || ownUrl, ownUrl: () => ownUrl };
    const app = openHttpApp(context, addresses, receive);
    const listeners: Listening[] = [];
    // A gateway that served requests finishes them. A gateway whose start failed has none.
    stack.defer(async () => {
      await Promise.all(listeners.map((listener) => stopListening(listener, stopping.aborted ? STOP_MILLISECONDS : 0)));
    });
    const open = async (served: Express, { host, port }: ListenerConfig): Promise<Listening> => {
      const listener = await listen(served, host, port, config.limits, { answerOf: answerConnection });
      listeners.push(listener);
      return listener;
    };
    const metrics = config.metrics === undefined ? undefined : await open(makeMetricsApp({ observe, log }), config.metrics);
    const { url } = await open(app, config);
    ownUrl = url;
    return { name: 'http', addresses: [url], url, metricsUrl: metrics?.url };
  };
