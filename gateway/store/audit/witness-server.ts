/** The server for {@link RemoteWitness}: it accepts heads by POST and returns them by GET. It has no keys and cannot sign anything. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { bytesUpTo } from '../../bounded-body.ts';
import { isSameSecret } from '../../same-secret.ts';
import { type Witness, WitnessRefusal } from './witness.ts';
import { HEADS_PATH } from './witness-remote.ts';

/** 500 heads are a quarter of this. */
const MOST_BYTES = 1024 * 1024;
const REQUEST_MILLISECONDS = 10_000;

/** Makes the server of a witness. With a token, it answers only requests that have the token. */
export function witnessServer(witness: Witness, token?: string): Server {
  // One request at a time: whether a head continues its chain depends on the previous head.
  let turn: Promise<unknown> = Promise.resolve();

  const answer = async (request: IncomingMessage): Promise<readonly [status: number, text: string]> => {
    if (token !== undefined && !isSameSecret(request.headers.authorization ?? '', `Bearer ${token}`)) return [401, 'A token is needed\n'];
    if (request.url !== HEADS_PATH) return [404, 'There is nothing here\n'];
    if (request.method === 'GET') return [200, (await witness.seen()).map((jws) => `${jws}\n`).join('')];
    if (request.method !== 'POST') return [405, 'Use GET or POST\n'];
    const body = await bytesUpTo(request, MOST_BYTES);
    if (body === undefined) return [413, 'Send fewer heads\n'];
    const taking = turn.then(() =>
      witness.take(
        body
          .toString()
          .split('\n')
          .filter((line) => line !== ''),
      ),
    );
    turn = taking.catch(() => undefined);
    await taking;
    return [200, ''];
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [status, text] = await answer(request).catch((error: Error): readonly [number, string] => [
      error instanceof WitnessRefusal ? 409 : 503,
      `${error.message}\n`,
    ]);
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...(status === 413 ? { Connection: 'close' } : {}) });
    response.end(text);
  };
  const server = createServer({ requestTimeout: REQUEST_MILLISECONDS, headersTimeout: REQUEST_MILLISECONDS }, (request, response) => {
    void handle(request, response);
  });
  return server;
}
