/**
 * What each promise of the gateway costs for a court result of about 8 kB, in processor time. Each row is the work itself, called in this
 * process: without HTTP, the messages between threads, and the view.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BusRecord } from '../gateway/bus/bus.ts';
import { openEmbeddedBus } from '../gateway/bus/embedded/embedded-bus.ts';
import { auditOf } from '../gateway/intake/message-records.ts';
import { type Labelled, labelEvent } from '../gateway/labels/label-event.ts';
import { decode } from '../gateway/pipeline/decode.ts';
import { NO_ANSWERS, place } from '../gateway/pipeline/ingest.ts';
import { protect } from '../gateway/pipeline/protect.ts';
import { type Read, read } from '../gateway/pipeline/read.ts';
import type { Placed, Submission } from '../gateway/pipeline/submission.ts';
import type { Standard } from '../gateway/rules/standards.ts';
import { EMPTY_CHAIN, link } from '../gateway/store/audit/audit.ts';
import { leafOfRecord, leafSalts } from '../gateway/store/audit/record-leaf.ts';
import { eventRecords } from '../gateway/wire/event-records.ts';
import { AUDIT, AUDIT_KEY, MESSAGES, record } from '../gateway/wire/streams.ts';
import { compressed, readyEvent } from '../gateway/workers/ready.ts';
import { must } from '../test/support/must.ts';
import { config, context, labelling, NOW, rulesInForce, submissionOf } from '../test/support/rules-in-force.ts';
import { compare, type Row } from './clock.ts';
import { results } from './peers/results.ts';

const COUNT = 1000;
const ROUNDS = 7;
/** As many messages as are stored at once while 32 connections are busy. */
const AT_ONCE = 32;
/** A file system in memory, where a sync costs nothing. */
const MEMORY = '/dev/shm';
const salt = leafSalts(Buffer.alloc(32, 7));
const time = new Date(NOW).toISOString();

/** Seconds of processor time that all threads of this process used. */
const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

function sender(): Submission['source'] {
  const court = config.clients.find(({ persona }) => persona === 'court');
  const source = court === undefined ? undefined : rulesInForce.clients.get(court.id)?.source;
  if (source === undefined) throw new Error('The development configuration has no court');
  return source;
}

interface Ready {
  readonly labelled: Labelled;
  readonly standard: Standard;
}

/** Finds who must not be identified, and labels each portion. */
const label = ({ submission, prepared }: Read): readonly Ready[] =>
  protect(labelling, must(prepared), submission.source.floor, NO_ANSWERS, context.identities.pseudonym).map(
    ({ event, base, found, standard }) => ({ labelled: labelEvent(labelling, event, base, { found }), standard }),
  );

const seal = (events: readonly Ready[]): readonly Placed[] =>
  events.map(({ labelled, standard }) => place(context, labelling, labelled, standard));

const keep = ({ bytes }: Submission): Uint8Array => compressed(bytes);

/** The audit record of a message in its chain, with its leaf in the tree of the next head. */
function audit({ messageId }: Submission, placed: readonly Placed[]): BusRecord {
  const outcome = { kind: 'accepted', messageId, events: placed.map(readyEvent), notices: [], policy: '' };
  const linked = link(EMPTY_CHAIN, auditOf(outcome as unknown as Parameters<typeof auditOf>[0], { who: 'bench' }, undefined), time);
  leafOfRecord(linked, salt);
  return record(AUDIT, AUDIT_KEY, linked);
}

/** Appends the records of each message, so many messages at once. Resolves when all are durable. */
async function append(folder: string, messages: readonly (readonly BusRecord[])[]): Promise<void> {
  const made = mkdtempSync(join(folder, 'bench-'));
  const bus = openEmbeddedBus({ file: join(made, 'bus.sqlite') });
  for (let at = 0; at < messages.length; at += AT_ONCE)
    await Promise.all(messages.slice(at, at + AT_ONCE).map((records) => bus.publish(records)));
  await bus.close();
  rmSync(made, { recursive: true });
}

const each =
  <T>(all: readonly T[], work: (item: T, n: number) => unknown) =>
  () => {
    for (const [n, item] of all.entries()) work(item, n);
  };

/** Milliseconds of processor time for each promise, and its share of all rows. */
export async function cost(): Promise<readonly Row[]> {
  const source = sender();
  const submissions = results(COUNT).map((bytes) => submissionOf(bytes, { source }));
  const messages = submissions.map((submission) => read(context, submission));
  const labelled = messages.map(label);
  const sealed = labelled.map(seal);
  const kept = submissions.map((submission): BusRecord => ({ topic: MESSAGES, key: submission.messageId, value: keep(submission) }));
  const audits = submissions.map((submission, n) => audit(submission, sealed[n] ?? []));
  const events = sealed.map((placed) => placed.map(readyEvent).flatMap(eventRecords));
  const records = events.map((published, n) => [...published, kept[n] as BusRecord, audits[n] as BusRecord]);
  const hasMemory = existsSync(MEMORY);
  const seconds = await compare(
    ROUNDS,
    {
      decode: each(submissions, (submission) => decode(context.adapters, submission)),
      read: each(submissions, (submission) => read(context, submission)),
      label: each(messages, label),
      seal: each(labelled, seal),
      keep: each(submissions, keep),
      audit: each(submissions, (submission, n) => audit(submission, sealed[n] ?? [])),
      disk: () => append(tmpdir(), records),
      ...(hasMemory ? { memory: () => append(MEMORY, records) } : {}),
    },
    processorTime,
  );
  const { decode: decoding = 0, read: reading = 0, disk = 0, memory = disk } = seconds;
  const costs: readonly (readonly [string, number])[] = [
    ['Read XML strictly, and map every element', decoding],
    ['Validate: schema, code lists, quality', reading - decoding],
    ['Protect people, and label each portion', seconds.label ?? 0],
    ['Seal: a digest of each portion, and the signature', seconds.seal ?? 0],
    ['Keep the original: compress it', seconds.keep ?? 0],
    ['Audit: a record in the chain, and its leaf', seconds.audit ?? 0],
    ['Append the records to the bus', memory],
    [hasMemory ? `Sync to disk, ${AT_ONCE} messages at once` : `Sync to disk: not measured, as there is no ${MEMORY}`, disk - memory],
  ];
  const total = costs.reduce((sum, [, spent]) => sum + spent, 0);
  return costs.map(([question, spent]) => ({
    question,
    rate: `${((1000 * spent) / COUNT).toFixed(3)} ms a message`,
    ratio: (spent / total).toFixed(2),
  }));
}
