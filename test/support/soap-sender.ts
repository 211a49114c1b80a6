/**
 * A legacy system that submits messages by SOAP and retrieves their acknowledgements, in a separate process:
 * `node soap-sender.ts URL FOLDER TO`, with the token in `TOKEN`. It repeats what was not answered. After a kill it continues from what it
 * noted in the folder, and so may send the same message twice.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { caseOf } from './case-of.ts';
import { ACTIONS, envelope11, post, retrieveBody, type SoapAnswer, submitBody, textIn, timeFilter } from './soap.ts';

/** How many requests are in progress at once. */
const AT_ONCE = 4;
const [url = '', folder = '', to = '0'] = process.argv.slice(2);
const [submitted, acknowledged, time] = ['submitted', 'acknowledged', 'time'].map((name) => join(folder, name)) as [string, string, string];

/** Repeats a request until it has an answer that is not a fault. */
async function answered(action: keyof typeof ACTIONS, body: string): Promise<SoapAnswer> {
  const headers = { Authorization: `Bearer ${process.env.TOKEN}`, 'Content-Type': 'text/xml', SOAPAction: ACTIONS[action] };
  for (;;) {
    try {
      const answer = await post('cjse', url, envelope11(body), headers);
      if (answer.fault === undefined) return answer;
    } catch (error) {
      // Where there is no answer, the gateway or the network is unavailable. Any other error is a fault of the gateway.
      if (!(error instanceof TypeError)) throw error;
    }
    await delay(50);
  }
}

const done = new Set(existsSync(submitted) ? readFileSync(submitted, 'utf8').split('\n').filter(Boolean).map(Number) : []);
const waiting = Array.from({ length: Number(to) }, (_, n) => n).filter((n) => !done.has(n));

async function submitAll(): Promise<void> {
  for (let n = waiting.shift(); n !== undefined; n = waiting.shift()) {
    const { text } = await answered('submit', submitBody(caseOf(n), { id: `request-${n}`, mode: 'ASYNCH' }));
    if (textIn(text, 'ResponseCode') === '202') appendFileSync(submitted, `${n}\n`);
  }
}

/** Retrieves what waits, page by page. It notes what it read before it notes the time up to which it read. */
async function retrieveAll(): Promise<never> {
  for (;;) {
    const from = existsSync(time) ? readFileSync(time, 'utf8') : '1970-01-01T00:00:00Z';
    const { text } = await answered('retrieve', retrieveBody('retrieve', timeFilter(from)));
    const identifiers = [...text.matchAll(/RequestID&gt;request-(\d+)&lt;/g)].map(([, n]) => n);
    if (identifiers.length > 0) appendFileSync(acknowledged, `${identifiers.join('\n')}\n`);
    writeFileSync(`${time}.part`, textIn(text, 'TimeLast') ?? from);
    renameSync(`${time}.part`, time);
    await delay(identifiers.length === 0 ? 200 : 0);
  }
}

await Promise.all([retrieveAll(), ...Array.from({ length: AT_ONCE }, submitAll)]);
