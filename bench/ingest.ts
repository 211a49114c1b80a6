/** How many durable messages a second over HTTP, compared with the same server that does nothing but append? */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { pino } from 'pino';
import { openEmbeddedBus } from '../gateway/bus/embedded/embedded-bus.ts';
import { readConfig } from '../gateway/config.ts';
import { HTTP_CONTRACT } from '../gateway/documents.ts';
import { startGateway } from '../gateway/main.ts';
import { ByteBudget } from '../gateway/transports/byte-budget.ts';
import { admit } from '../gateway/transports/http/admit.ts';
import { answerConnection } from '../gateway/transports/http/answer-connection.ts';
import { Authenticator, authenticate, requireScope } from '../gateway/transports/http/auth.ts';
import { bytesOf, readBody } from '../gateway/transports/http/body.ts';
import { checkParameters } from '../gateway/transports/http/call.ts';
import { loadContract } from '../gateway/transports/http/contract.ts';
import { makeObserve } from '../gateway/transports/http/observe.ts';
import { listen, stopListening } from '../gateway/transports/server.ts';
import { perSecond, type Row } from './clock.ts';
import { measuredLoad } from './measured-load.ts';

const CONNECTIONS = 32;
const COUNT = 4000;
const ROUNDS = 3;

/** Seconds that so many messages take, sent by a separate process. Throws when one is not accepted. */
export async function load(url: string, token: string, from: number, count = COUNT, connections = CONNECTIONS): Promise<number> {
  return (await measuredLoad({ url, token, from, count, connections, kind: 'distinct' })).seconds;
}

export async function ingest(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const base = readConfig({}, { dataFolder: join(folder, 'gateway'), port: 0, logLevel: 'info' });
  const config = { ...base, limits: { ...base.limits, requestsPerMinute: 1e9 } };
  const nowhere = { write: () => true };
  const gateway = await startGateway({ config, logTo: nowhere });
  const court = config.clients.find(({ persona }) => persona === 'court');
  const token = court === undefined ? '' : ((await gateway.issuer?.token(court)) ?? '');

  // The same doors in the same order, and then nothing but the durable append of the same bytes.
  const bus = openEmbeddedBus({ file: join(folder, 'append.sqlite') });
  const observe = makeObserve(pino({ level: 'info' }, nowhere), Date.now);
  const contract = loadContract(HTTP_CONTRACT, gateway.standards);
  const app = express();
  const authority = gateway.issuer?.authority;
  if (authority === undefined) throw new Error('The bench needs the development issuer');
  const operation = contract.get('submitMessage');
  app.post(
    '/v1/messages',
    observe.request('submitMessage'),
    authenticate(new Authenticator(authority, () => gateway.rules().clients, Date.now)),
    requireScope('messages:write'),
    ...(operation === undefined ? [] : [checkParameters(operation)]),
    admit(new ByteBudget({ bytes: config.limits.bytesInFlight, clients: () => 10 }), config.limits.requestsAtOnce, 'requests'),
    readBody(config.limits.bodyBytes),
    async (request, response) => {
      const bytes = bytesOf(request.body);
      const [position] = await bus.publish([{ topic: 'justice.official-sensitive.hearing.v1', key: String(bytes.length), value: bytes }]);
      response.status(202).json(position);
    },
  );
  const appending = await listen(app, '127.0.0.1', 0, config.limits, { answerOf: answerConnection });

  const times: Record<'gateway' | 'append', number[]> = { gateway: [], append: [] };
  for (let round = 0; round <= ROUNDS; round++) {
    const append = await load(appending.url, token, round * COUNT);
    const seconds = await load(gateway.url, token, round * COUNT);
    if (round > 0) {
      times.append.push(append);
      times.gateway.push(seconds);
    }
  }
  await stopListening(appending, 1000);
  await bus.close();
  await gateway.close();
  rmSync(folder, { recursive: true });
  const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 1;
  const [append, gatewaySeconds] = [middle(times.append), middle(times.gateway)];
  return [
    { question: `HTTP append only, ${CONNECTIONS} connections`, rate: `${perSecond(COUNT, append)} messages/s`, ratio: '1.00' },
    {
      question: `HTTP ingest, ${CONNECTIONS} connections`,
      rate: `${perSecond(COUNT, gatewaySeconds)} messages/s`,
      ratio: (append / gatewaySeconds).toFixed(2),
      target: '≥ 0.40 of the append',
    },
  ];
}
