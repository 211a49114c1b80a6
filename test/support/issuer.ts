/** A real issuer of access tokens over HTTP. Tests set its answer for its keys. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

export interface IssuerKey {
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
}

export interface TestIssuer {
  readonly url: string;
  /** How it answers who asks for its keys. */
  answer: RequestListener;
  /** Requests until now, by path. */
  readonly asked: readonly string[];
  /** Bytes that it wrote to connections that are closed. */
  readonly written: () => number;
  close(): Promise<void>;
}

export async function makeKey(kid: string, alg = 'EdDSA'): Promise<IssuerKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }, privateKey };
}

export const keysOf =
  (keys: readonly unknown[], headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify({ keys }));
  };

export async function openIssuer(answer: RequestListener): Promise<TestIssuer> {
  const asked: string[] = [];
  let written = 0;
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    issuer.answer(request, response);
  });
  server.on('connection', (socket) => socket.once('close', () => void (written += socket.bytesWritten)));
  const issuer: TestIssuer = {
    answer,
    asked,
    written: () => written,
    get url() {
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return issuer;
}

/** A signed token with valid claims, except for those given. */
export const signToken = (
  { jwk, privateKey }: IssuerKey,
  auth: { issuer: string; audience: string },
  claims: object = {},
): Promise<string> => {
  const iat = Math.floor(Date.now() / 1000);
  const defaults = { iss: auth.issuer, aud: auth.audience, sub: 'wessex.cps.review', client_id: 'wessex.cps.review', scope: 'events:read' };
  return new SignJWT({ ...defaults, iat, exp: iat + 600, jti: crypto.randomUUID(), ...claims })
    .setProtectedHeader({ alg: jwk.alg ?? '', typ: 'at+jwt', ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) })
    .sign(privateKey);
};
