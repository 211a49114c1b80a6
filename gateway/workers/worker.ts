/** One worker: the pure way in, on a thread of its own, so that a message that makes an adapter spin ends the worker and not the gateway. */
import { createPrivateKey, type JsonWebKey } from 'node:crypto';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { deflateRawSync } from 'node:zlib';
import { loadAdapters } from '../adapters.ts';
import { HOME } from '../config.ts';
import { compileLaw } from '../law.ts';
import { makeAdapters } from '../pipeline/decode.ts';
import { makeIdentities } from '../pipeline/ids.ts';
import { admit, type IngestContext, NO_ANSWERS } from '../pipeline/ingest.ts';
import { type Read, read } from '../pipeline/read.ts';
import type { Answers, Outcome } from '../pipeline/submission.ts';
import { loadStandards } from '../standards.ts';
import { readyEvent } from './ready.ts';
import type { FromWorker, Processed, Task, ToWorker, WorkerInput } from './task.ts';

function processed(outcome: Outcome, message: Uint8Array): Processed {
  // Made here, where there is time for it: half of what a message costs the disk is the message itself.
  const stored = deflateRawSync(message, { level: 1 });
  if (outcome.kind === 'refused') return { ...outcome, stored };
  return { ...outcome, events: outcome.events.map(readyEvent), stored };
}

const port = parentPort;
if (port === null) throw new Error('worker.ts runs only as a worker');
const say = (message: FromWorker, transfer: readonly ArrayBuffer[] = []) => port.postMessage(message, transfer);

try {
  const { config, policy, secret, sealJwk, kid, renditions } = workerData as WorkerInput;
  const standards = loadStandards(join(HOME, 'schemas'));
  const law = compileLaw(config, standards, policy);
  const context: IngestContext = {
    adapters: makeAdapters(await loadAdapters(config.adapters)),
    standards,
    codeLists: standards.codeLists,
    labelling: () => law.labelling,
    identities: makeIdentities(secret),
    sealKey: { kid, key: createPrivateKey({ key: sealJwk as JsonWebKey, format: 'jwk' }) },
    domain: () => law.domain,
    renditions,
  };
  /** Messages that wait for what the gateway looks up. */
  const waiting = new Map<number, Read>();
  const finish = (n: number, message: Read, answers: Answers): void => {
    const done = processed(admit(context, message, answers), message.submission.bytes);
    say({ n, processed: done }, done.kind === 'accepted' ? done.events.map(({ value }) => value.buffer as ArrayBuffer) : []);
  };
  const begin = (n: number, { sourceId, ...task }: Task): void => {
    const source = law.clients.get(sourceId)?.source;
    if (source === undefined) throw new Error('A task of a source that the worker does not know');
    const message = read(context, { ...task, source });
    const { cases, events } = message.questions;
    if (cases.length + events.length === 0) finish(n, message, NO_ANSWERS);
    else {
      waiting.set(n, message);
      say({ n, questions: message.questions });
    }
  };
  port.on('message', (message: ToWorker) => {
    if ('task' in message) {
      begin(message.n, message.task);
      return;
    }
    const asked = waiting.get(message.n);
    waiting.delete(message.n);
    if ('answers' in message && asked !== undefined) finish(message.n, asked, message.answers);
  });
  say({ ready: true });
} catch (error) {
  say({ failed: error instanceof Error ? error.message : 'failed' });
  port.close();
}
