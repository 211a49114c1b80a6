/** A network between clients and a broker, which a test can cut, delay, or make lose an answer. */
import { once } from 'node:events';
import { createServer, connect as openSocket, type Socket } from 'node:net';

/** Kafka's number of a produce request. */
const PRODUCE = 0;

export interface Network {
  readonly port: number;
  /** The port to which it connects. */
  target: number;
  /** Ends all connections, and accepts no new connection until it is healed. */
  cut(): void;
  heal(): void;
  /** Lets the next produce request reach the broker, then loses the answer with the connection. Resolves when that has happened. */
  loseAnswer(): Promise<void>;
  /** Ends the connection after the first bytes of the next answer. Resolves when that has happened. */
  breakAnswer(bytes: number): Promise<void>;
  close(): Promise<void>;
}

/** `speaks`: whether what goes through is Kafka's, which `loseAnswer` needs. Requests of others are not looked into. */
export async function openProxy(speaks: 'kafka' | 'another' = 'kafka'): Promise<Network> {
  let isCut = false;
  let losing: (() => void) | undefined;
  let breaking: { readonly bytes: number; readonly broken: () => void } | undefined;
  const pairs = new Set<readonly [Socket, Socket]>();
  const drop = (pair: readonly [Socket, Socket]) => {
    for (const socket of pair) socket.destroy();
    pairs.delete(pair);
  };
  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const broker = openSocket(proxy.target, '127.0.0.1');
    const pair = [client, broker] as const;
    pairs.add(pair);
    let lost: (() => void) | undefined;
    let frame = Buffer.alloc(0);
    client.on('data', (chunk) => {
      if (speaks === 'kafka') frame = Buffer.concat([frame, chunk]);
      // A frame is its length in four bytes, and then what is asked in two.
      while (frame.length >= 6 && frame.length >= 4 + frame.readInt32BE(0)) {
        if (losing !== undefined && frame.readInt16BE(4) === PRODUCE) {
          lost = losing;
          losing = undefined;
        }
        frame = frame.subarray(4 + frame.readInt32BE(0));
      }
      broker.write(chunk);
    });
    broker.on('data', (chunk) => {
      if (breaking !== undefined) {
        const { bytes, broken } = breaking;
        breaking = undefined;
        client.end(chunk.subarray(0, bytes), () => {
          drop(pair);
          broken();
        });
      } else if (lost === undefined) client.write(chunk);
      else {
        drop(pair);
        lost();
      }
    });
    for (const socket of pair) socket.on('error', () => drop(pair)).on('close', () => drop(pair));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: Network = {
    port: (server.address() as { port: number }).port,
    target: 0,
    cut: () => {
      isCut = true;
      for (const pair of [...pairs]) drop(pair);
    },
    heal: () => {
      isCut = false;
    },
    loseAnswer: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      losing = resolve;
      return promise;
    },
    breakAnswer: (bytes) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      breaking = { bytes, broken: resolve };
      return promise;
    },
    close: async () => {
      proxy.cut();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
