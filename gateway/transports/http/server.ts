/** The listening socket: limits on what a connection may cost, and a stop that loses nothing. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Express } from 'express';
import { type ConnectionLimits, limitConnections } from './connections.ts';
import { PROBLEMS, type ProblemCode, problemOf } from './problem.ts';

export interface ServerLimits extends ConnectionLimits {
  readonly headerBytes: number;
  readonly requestSeconds: number;
}

/** Answers what never became a request. */
function refuse(socket: Socket, code: ProblemCode): void {
  if (!socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(problemOf(code));
  const [status, title] = PROBLEMS[code];
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const CODES: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

export interface Listening {
  readonly server: Server;
  readonly url: string;
}

/** Listens. Rejects when the address is taken. */
export async function listen(app: Express, host: string, port: number, limits: ServerLimits): Promise<Listening> {
  const { headerBytes, requestSeconds } = limits;
  const milliseconds = requestSeconds * 1000;
  const server = createServer(
    {
      maxHeaderSize: headerBytes,
      requestTimeout: milliseconds,
      headersTimeout: milliseconds,
      connectionsCheckingInterval: Math.min(1000, milliseconds),
      keepAliveTimeout: 65_000,
    },
    app,
  );
  server.maxRequestsPerSocket = 0;
  limitConnections(server, limits);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    refuse(socket as Socket, CODES[error.code ?? ''] ?? 'invalid-request'),
  );
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await promise;
  const address = server.address() as AddressInfo;
  return { server, url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}` };
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
