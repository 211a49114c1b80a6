/**
 * A worker thread. It ingests messages, and prepares large records and legacy formats for readers. A message that makes an adapter loop
 * ends the worker and not the gateway.
 */
import { createPrivateKey, type JsonWebKey } from 'node:crypto';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { loadAdapters } from '../adapters.ts';
import { HOME } from '../config.ts';
import { makeAdapters } from '../pipeline/decode.ts';
import { makeIdentities } from '../pipeline/ids.ts';
import { admit, type IngestContext, NO_ANSWERS } from '../pipeline/ingest.ts';
import { read } from '../pipeline/read.ts';
import { parse, RecordVerifier } from '../pipeline/record-verifier.ts';
import type { Answers, Outcome, Questions } from '../pipeline/submission.ts';
import { type DeliveryResult, type WriteDeliveryContext, writeDelivery } from '../pipeline/write-delivery.ts';
import { knownOf } from '../protections/register.ts';
import { compileRulesInForce } from '../rules/compiled-rules.ts';
import { loadStandards } from '../rules/standards.ts';
import { compressed, readyEvent } from './ready.ts';
import type { DeliveryTask, FromWorker, OneWorkerInput, Processed, Task, ToWorker } from './task.ts';

/** Of a trial, so many events are compared. */
const MOST_FOUND = 20;

function processed(outcome: Outcome, message: Uint8Array): Processed {
  // Compress here, off the main thread: the message itself is half of the data that the gateway stores for it.
  const stored = compressed(message);
  if (outcome.kind === 'refused') return { ...outcome, stored };
  const kept = outcome.kept.map((keptRecord) => ({ ...keptRecord, stored: compressed(keptRecord.bytes) }));
  return { ...outcome, events: outcome.events.map(readyEvent), kept, notices: outcome.notices.map(readyEvent), stored };
}

const port = parentPort;
if (port === null) throw new Error('worker.ts runs only as a worker');
/** Milliseconds of processor time, so that the work of other threads does not count for the message. */
const cpuTime = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
type OutgoingMessage<T = FromWorker> = T extends unknown ? Omit<T, 'cpu'> : never;
const say = (message: OutgoingMessage, transfer: readonly ArrayBuffer[] = []) =>
  port.postMessage({ ...message, cpu: cpuTime() } as FromWorker, transfer);

/** Lowers the priority of this thread. Only on Linux: elsewhere it would apply to the whole gateway. */
const lowerPriority = (): void => {
  if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
};

try {
  const { config, policy, adapters, secret, sealJwk, kid, renditions, sealKeys, isBehind } = workerData as OneWorkerInput;
  if (isBehind) lowerPriority();
  const standards = loadStandards(join(HOME, 'schemas'));
  const law = compileRulesInForce(config, standards, policy);
  const context: IngestContext = {
    adapters: makeAdapters(await loadAdapters(adapters, standards)),
    standards,
    codeLists: standards.codeLists,
    labelling: () => law.labelling,
    identities: makeIdentities(secret),
    sealKey: { kid, key: createPrivateKey({ key: sealJwk as JsonWebKey, format: 'jwk' }) },
    domain: () => law.domain,
    renditions,
  };
  const trusted = new Map(sealKeys.map((sealKey) => [sealKey.kid, sealKey.publicKey]));
  const records = new RecordVerifier(context.labelling, (keyId) => trusted.get(keyId), 0);
  /** Work that waits for a look-up, with the processor time (milliseconds) that it used before. */
  const waiting = new Map<
    number,
    { readonly goOn: (answers: Answers) => Processed | Promise<DeliveryResult>; readonly milliseconds: number }
  >();
  const ask = (n: number, questions: Questions, began: number, goOn: (answers: Answers) => Processed | Promise<DeliveryResult>): void => {
    waiting.set(n, { goOn, milliseconds: cpuTime() - began });
    say({ n, questions });
  };
  const finish = async (n: number, began: number, done: Processed | Promise<DeliveryResult>): Promise<void> => {
    const given = await done;
    const transfer = 'kind' in given && given.kind === 'accepted' ? given.events.map(({ value }) => value.buffer as ArrayBuffer) : [];
    say({ n, done: given, milliseconds: cpuTime() - began }, transfer);
  };
  const take = (n: number, { sourceId, isTrial = false, ...task }: Task): void => {
    const began = cpuTime();
    const source = law.clients.get(sourceId)?.source;
    if (source === undefined) throw new Error('A task of a source that the worker does not know');
    const message = read(context, { ...task, source });
    const { decoded } = message;
    const made = (answers: Answers) => processed(admit(context, message, answers), message.submission.bytes);
    const tried = (answers: Answers) =>
      decoded.ok ? { ...made(answers), found: decoded.value.events.slice(0, MOST_FOUND).map(({ data }) => data) } : made(answers);
    const goOn = isTrial ? tried : made;
    const { cases, events } = message.questions;
    if (cases.length + events.length === 0) void finish(n, began, goOn(NO_ANSWERS));
    else ask(n, message.questions, began, goOn);
  };
  const deliverToReader = (n: number, { record, clearance, task, form, now }: DeliveryTask): void => {
    const began = cpuTime();
    const { subject } = parse(record.value) ?? {};
    const goOn = ({ cases }: Answers): Promise<DeliveryResult> => {
      const entries = subject === undefined ? [] : (cases[subject] ?? []);
      const known = knownOf(law.labelling.policy, subject ?? '', entries, context.identities.pseudonym, now);
      const giving: WriteDeliveryContext = {
        labelling: context.labelling,
        records,
        now: () => now,
        known: () => known,
        adapters: context.adapters,
        standardOf: (type) => standards.byType.get(type)?.name ?? '',
        mostBytes: config.limits.bodyBytes,
      };
      return writeDelivery(giving, record, clearance, task === undefined ? undefined : standards.profiles.get(task), form);
    };
    if (subject === undefined) void finish(n, began, goOn(NO_ANSWERS));
    else ask(n, { cases: [subject], events: [] }, began, goOn);
  };
  port.on('message', (message: ToWorker) => {
    if ('task' in message) take(message.n, message.task);
    else if ('giving' in message) deliverToReader(message.n, message.giving);
    else {
      const asked = waiting.get(message.n);
      waiting.delete(message.n);
      if ('answers' in message && asked !== undefined) void finish(message.n, cpuTime() - asked.milliseconds, asked.goOn(message.answers));
    }
  });
  say({ ready: true });
} catch (error) {
  say({ failed: error instanceof Error ? error.message : 'failed' });
  port.close();
}
