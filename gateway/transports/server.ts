/** The listening socket: limits on what a connection may cost, and a stop that loses nothing. */
import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { type ConnectionLimits, limitConnections } from './connections.ts';

export interface ServerLimits extends ConnectionLimits {
  readonly headerBytes: number;
  readonly requestSeconds: number;
}

/** Why something on a connection never became a request. */
export type ConnectionFault = 'headers-too-large' | 'request-timeout' | 'invalid-request';

/** What is answered to it. */
export interface ConnectionAnswer {
  readonly status: number;
  readonly mediaType: string;
  readonly body: string;
}

export interface ListenOptions {
  /** The answer to what never became a request. */
  readonly answerOf: (fault: ConnectionFault) => ConnectionAnswer;
  /** The certificate and key of the server, and what it asks of clients. Without it connections are not encrypted. */
  readonly tls?: TlsOptions;
}

const FAULTS: Readonly<Record<string, ConnectionFault>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

function refuse(socket: Socket, { status, mediaType, body }: ConnectionAnswer): void {
  if (!socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const length = Buffer.byteLength(body);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${mediaType}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`,
  );
}

export interface Listening {
  readonly server: Server;
  readonly url: string;
}

/** Listens. Rejects when the address is taken. */
export async function listen(
  app: RequestListener,
  host: string,
  port: number,
  limits: ServerLimits,
  { answerOf, tls }: ListenOptions,
): Promise<Listening> {
  const { headerBytes, requestSeconds } = limits;
  const milliseconds = requestSeconds * 1000;
  const options = {
    maxHeaderSize: headerBytes,
    requestTimeout: milliseconds,
    headersTimeout: milliseconds,
    connectionsCheckingInterval: Math.min(1000, milliseconds),
    keepAliveTimeout: 65_000,
  };
  const server: Server =
    tls === undefined ? createServer(options, app) : createTlsServer({ ...options, ...tls, handshakeTimeout: milliseconds }, app);
  server.maxRequestsPerSocket = 0;
  limitConnections(server, limits);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    refuse(socket as Socket, answerOf(FAULTS[error.code ?? ''] ?? 'invalid-request')),
  );
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await promise;
  const address = server.address() as AddressInfo;
  const scheme = tls === undefined ? 'http' : 'https';
  return { server, url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${address.port}` };
}

/** Takes no new request, lets those under way end, and cuts what is still open after so many milliseconds. */
export async function stopListening({ server }: Listening, milliseconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  // Keep-alive connections become idle one by one as their last answer goes out.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), milliseconds);
  await promise;
  clearInterval(sweep);
  clearTimeout(cut);
}
