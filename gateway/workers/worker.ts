/** One worker: the pure way in, and the way out of what is large or goes out in a legacy format, on a thread of its own, so that a message that makes an adapter spin ends the worker and not the gateway. */
import { createPrivateKey, type JsonWebKey } from 'node:crypto';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { deflateRawSync } from 'node:zlib';
import { loadAdapters } from '../adapters.ts';
import { HOME } from '../config.ts';
import { makeAdapters } from '../pipeline/decode.ts';
import { type WriteDeliveryContext, type DeliveryResult, writeDelivery } from '../pipeline/write-delivery.ts';
import { makeIdentities } from '../pipeline/ids.ts';
import { admit, type IngestContext, NO_ANSWERS } from '../pipeline/ingest.ts';
import { read } from '../pipeline/read.ts';
import { parse, RecordVerifier } from '../pipeline/record-verifier.ts';
import type { Answers, Outcome, Questions } from '../pipeline/submission.ts';
import { knownOf } from '../protections/register.ts';
import { compileRulesInForce } from '../rules/rules-in-force.ts';
import { loadStandards } from '../rules/standards.ts';
import { readyEvent } from './ready.ts';
import type { FromWorker, DeliveryTask, OneWorkerInput, Processed, Task, ToWorker } from './task.ts';

function processed(outcome: Outcome, message: Uint8Array): Processed {
  // Made here, where there is time for it: half of what a message costs the disk is the message itself.
  const stored = deflateRawSync(message, { level: 1 });
  if (outcome.kind === 'refused') return { ...outcome, stored };
  const kept = outcome.kept.map((one) => ({ ...one, stored: deflateRawSync(one.bytes, { level: 1 }) }));
  return { ...outcome, events: outcome.events.map(readyEvent), kept, notices: outcome.notices.map(readyEvent), stored };
}

const port = parentPort;
if (port === null) throw new Error('worker.ts runs only as a worker');
/** Milliseconds: what others have of the processor meanwhile is not the message's. */
const cpuTime = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
type Said<T = FromWorker> = T extends unknown ? Omit<T, 'cpu'> : never;
const say = (message: Said, transfer: readonly ArrayBuffer[] = []) =>
  port.postMessage({ ...message, cpu: cpuTime() } as FromWorker, transfer);

/** Of this thread alone: elsewhere than on Linux it would be of the whole gateway. */
const goBehind = (): void => {
  if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
};

try {
  const { config, policy, adapters, secret, sealJwk, kid, renditions, sealKeys, isBehind } = workerData as OneWorkerInput;
  if (isBehind) goBehind();
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
  const trusted = new Map(sealKeys.map((one) => [one.kid, one.publicKey]));
  const records = new RecordVerifier(context.labelling, (one) => trusted.get(one), 0);
  /** Work that waits for what the gateway looks up, and the milliseconds of the processor that it took before. */
  const waiting = new Map<number, { readonly goOn: (answers: Answers) => Processed | Promise<DeliveryResult>; readonly milliseconds: number }>();
  const ask = (n: number, questions: Questions, began: number, goOn: (answers: Answers) => Processed | Promise<DeliveryResult>): void => {
    waiting.set(n, { goOn, milliseconds: cpuTime() - began });
    say({ n, questions });
  };
  const finish = async (n: number, began: number, done: Processed | Promise<DeliveryResult>): Promise<void> => {
    const given = await done;
    const transfer = 'kind' in given && given.kind === 'accepted' ? given.events.map(({ value }) => value.buffer as ArrayBuffer) : [];
    say({ n, done: given, milliseconds: cpuTime() - began }, transfer);
  };
  const take = (n: number, { sourceId, ...task }: Task): void => {
    const began = cpuTime();
    const source = law.clients.get(sourceId)?.source;
    if (source === undefined) throw new Error('A task of a source that the worker does not know');
    const message = read(context, { ...task, source });
    const goOn = (answers: Answers) => processed(admit(context, message, answers), message.submission.bytes);
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
