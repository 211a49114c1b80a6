/** Sends messages over so many connections and says how many seconds it took. Run as a process of its own, so that it does not share the server's thread. */
import { Agent, request } from 'node:http';
import { distinct } from './messages.ts';

const [url = '', token = '', connections = '32', count = '1000', from = '0'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const bodies = distinct(Number(count), Number(from));

function send(body: Buffer): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const outgoing = request(
    `${url}/v1/messages`,
    {
      method: 'POST',
      agent,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/xml', 'Content-Length': body.length },
    },
    (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    },
  );
  outgoing.once('error', reject);
  outgoing.end(body);
  return promise;
}

let next = 0;
let accepted = 0;
const started = performance.now();
await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) if ((await send(body)) === 202) accepted++;
  }),
);
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, accepted }));
agent.destroy();
