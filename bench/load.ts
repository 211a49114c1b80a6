/**
 * Sends messages over so many connections and says how many seconds it took. Run as a separate process, so that it does not share the
 * server's thread.
 */
import { Agent, request } from 'node:http';
import { distinct } from './messages.ts';
import { results } from './peers/results.ts';

export interface Loaded {
  readonly seconds: number;
  readonly accepted: number;
  /** Milliseconds from sending a message to the end of its answer. */
  readonly p50: number;
  readonly p99: number;
  /** Processor time of this process, in milliseconds for each message. */
  readonly generator: number;
}

const [url = '', token = '', connections = '32', count = '1000', from = '0', kind = 'distinct'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const bodies = (kind === 'results' ? results : distinct)(Number(count), Number(from));

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
const latencies: number[] = [];
const used = process.cpuUsage();
const started = performance.now();
await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      const sent = performance.now();
      const status = await send(body);
      if (status >= 200 && status < 300) accepted++;
      latencies.push(performance.now() - sent);
    }
  }),
);
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(used);
latencies.sort((a, b) => a - b);
const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
const loaded: Loaded = { seconds, accepted, p50: at(0.5), p99: at(0.99), generator: (user + system) / 1000 / bodies.length };
console.log(JSON.stringify(loaded));
agent.destroy();
