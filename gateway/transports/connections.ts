/** Bounds on connections: how many there are, and how long one may take nothing of its answer (T50, T58). */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  readonly connections: number;
  readonly connectionsPerAddress: number;
  /** How long a reader may take nothing, in seconds. */
  readonly writeSeconds: number;
}

interface Connection {
  /** With TLS, the encrypted socket as soon as there is one. */
  socket: Socket;
  readonly address: string;
  /** Requests under way. */
  busy: number;
  /** Whether a complete request has ever arrived. */
  hasServed: boolean;
  /** When it began to wait for a request (milliseconds). */
  since: number;
  /** How many bytes its reader had taken when that was last looked at, and when they had changed. */
  taken: number;
  takenAt: number;
}

/** The other end of a connection. With TLS, two sockets of this end have the same. */
const peerOf = ({ remoteAddress = '', remotePort = 0 }: Socket): string => `${remoteAddress} ${remotePort}`;

/** A reader that takes less than this in the time takes nothing. */
const LEAST_TAKEN = 4096;

/**
 * Keeps the connections of a server within limits. When there are too many, the one goes that has waited longest for a request, of the
 * address that has most: so whoever opens connections and sends nothing keeps nobody out.
 */
export function limitConnections(server: Server, limits: ConnectionLimits, now: () => number = () => performance.now()): void {
  const open = new Map<string, Connection>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const peer = peerOf(socket);
    const connection = { socket, address, busy: 0, hasServed: false, since: now(), taken: 0, takenAt: now() };
    open.set(peer, connection);
    socket.once('close', () => {
      if (open.get(peer) === connection) open.delete(peer);
    });
    const connectionsOfAddress = [...open.values()].filter((other) => other.address === address);
    if (connectionsOfAddress.length > limits.connectionsPerAddress)
      (longestWaiting(connectionsOfAddress, connection) ?? connection).socket.destroy();
    else if (open.size > limits.connections) (longestWaiting(ofBusiestAddress(open.values()), connection) ?? connection).socket.destroy();
  });
  server.on('secureConnection', (socket: Socket) => {
    const connection = open.get(peerOf(socket));
    if (connection !== undefined) connection.socket = socket;
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = open.get(peerOf(request.socket));
    if (connection === undefined) return;
    connection.busy++;
    response.once('close', () => {
      connection.busy--;
      connection.hasServed = true;
      connection.since = now();
    });
  });
  const watch = setInterval(
    () => {
      for (const connection of open.values()) if (isStuck(connection, now(), limits.writeSeconds * 1000)) connection.socket.destroy();
    },
    Math.min(1000, limits.writeSeconds * 250),
  ).unref();
  server.once('close', () => clearInterval(watch));
}

/** Whether a reader has left what it was sent for so many milliseconds. */
function isStuck(connection: Connection, time: number, milliseconds: number): boolean {
  const { socket } = connection;
  const taken = socket.bytesWritten - socket.writableLength;
  if (socket.writableLength === 0 || taken - connection.taken >= LEAST_TAKEN) {
    connection.taken = taken;
    connection.takenAt = time;
    return false;
  }
  return time - connection.takenAt >= milliseconds;
}

/** The connections of the address that has most of them without a request under way. */
function ofBusiestAddress(open: Iterable<Connection>): readonly Connection[] {
  const waiting = Map.groupBy(
    [...open].filter(({ busy }) => busy === 0),
    ({ address }) => address,
  );
  return [...waiting.values()].reduce<readonly Connection[]>(
    (most, connections) => (connections.length > most.length ? connections : most),
    [],
  );
}

/** The connection without a request under way that has waited longest; first of those on which none has ever arrived. */
function longestWaiting(connections: readonly Connection[], newest: Connection): Connection | undefined {
  return connections
    .filter((candidate) => candidate.busy === 0 && candidate !== newest)
    .reduce<Connection | undefined>(
      (longest, connection) => (longest === undefined || goesBefore(connection, longest) ? connection : longest),
      undefined,
    );
}

const goesBefore = (a: Connection, b: Connection): boolean => (a.hasServed === b.hasServed ? a.since < b.since : !a.hasServed);
