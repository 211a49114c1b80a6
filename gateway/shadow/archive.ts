/** The messages of an archive, as the gateway took them. */
import { setImmediate } from 'node:timers/promises';
import type { Bus, StoredRecord } from '../bus/bus.ts';
import type { CompiledClearance } from '../labels/label.ts';
import type { Labelling } from '../labels/label-event.ts';
import { CANONICAL } from '../pipeline/canonical.ts';
import { headOf } from '../pipeline/decode.ts';
import { labelsOfReceipt } from '../pipeline/quarantine-label.ts';
import type { Adapters } from '../pipeline/submission.ts';
import { bytesOfMessage } from '../store/read-message.ts';
import type { View } from '../store/view/view.ts';
import { MESSAGES, type ReceiptRecord } from '../wire/streams.ts';
import type { Task } from '../workers/task.ts';

/** Which messages are tried. */
export interface ShadowScope {
  /** Received at or after this time, and before that one: milliseconds since 1970. */
  readonly from?: number;
  readonly to?: number;
  readonly source?: string;
  /** Only messages that wait in quarantine. */
  readonly isQuarantined?: boolean;
  /** At most so many messages. */
  readonly limit?: number;
}

export interface ArchiveContext {
  readonly bus: Pick<Bus, 'read' | 'ends' | 'offsetAt'>;
  readonly view: Pick<View, 'receipt' | 'message' | 'quarantine' | 'caughtUpWith' | 'caughtUp'>;
  readonly labelling: () => Labelling;
  readonly domain: () => CompiledClearance;
  /** The adapters in force. */
  readonly adapters: Pick<Adapters, 'detect'>;
}

/** How many messages are read at once. One can have 64 MiB. */
const BATCH = 4;
const SEQUENCE = '0'.repeat(16);

function isWanted({ view }: ArchiveContext, { received, source, status, id }: ReceiptRecord, scope: ShadowScope): boolean {
  const time = Date.parse(received);
  if (time < (scope.from ?? Number.NEGATIVE_INFINITY) || time >= (scope.to ?? Number.POSITIVE_INFINITY)) return false;
  if (scope.source !== undefined && source !== scope.source) return false;
  return scope.isQuarantined !== true || (status === 'quarantined' && view.quarantine.resubmittedAs(id) === undefined);
}

/**
 * The adapter that the sender named. Receipts do not say whether the sender named it: it did where the gateway would not have found the
 * adapter by itself.
 */
function namedAdapter(adapters: ArchiveContext['adapters'], bytes: Uint8Array, adapter: string | undefined): { readonly adapter?: string } {
  if (adapter === undefined || adapter === CANONICAL) return {};
  try {
    return adapters.detect(headOf(bytes))?.id === adapter ? {} : { adapter };
  } catch {
    // A worker finds the same, and says so.
    return {};
  }
}

/** The label that a resubmission joins: that of its original. */
function originalOf({ view, labelling, domain }: ArchiveContext, { resubmissionOf }: ReceiptRecord): Pick<Task, 'original'> {
  const original = resubmissionOf === undefined ? undefined : view.receipt(resubmissionOf);
  const labels = original === undefined ? undefined : labelsOfReceipt(labelling(), domain(), original);
  return labels === undefined ? {} : { original: labelling().spell(labels.origin) };
}

function taskOf(context: ArchiveContext, receipt: ReceiptRecord, bytes: Uint8Array): Task {
  const { id, source, received, adapter, mediaType, charset, assertion, record } = receipt;
  return {
    sourceId: source,
    bytes,
    messageId: id,
    stamp: { recordedtime: received, sequence: SEQUENCE },
    ...namedAdapter(context.adapters, bytes, adapter),
    ...(adapter === CANONICAL ? { canonical: true } : {}),
    ...(mediaType === undefined ? {} : { mediaType }),
    ...(charset === undefined ? {} : { charset }),
    ...(assertion === undefined ? {} : { assertion }),
    ...(record === undefined ? {} : { record }),
    ...originalOf(context, receipt),
  };
}

/** Whether a record is the one that the view has for its message: a message can be on the stream twice. */
function isFirst({ view }: ArchiveContext, { key, partition, offset }: StoredRecord): boolean {
  const place = view.message(key);
  return place === undefined || (place.partition === partition && place.offset === offset);
}

/** The messages of the bus that are in the scope, and that were on it at the call, until the signal is aborted. */
export async function* archivedMessages(context: ArchiveContext, scope: ShadowScope, signal: AbortSignal): AsyncGenerator<Task> {
  const { bus, view } = context;
  let left = scope.limit ?? Number.POSITIVE_INFINITY;
  const ends = await bus.ends(MESSAGES);
  await view.caughtUpWith([MESSAGES]);
  await view.caughtUp('receipts');
  for (const [name, end] of Object.entries(ends)) {
    const partition = Number(name);
    // The bus gets a message after it was received.
    for (let offset = scope.from === undefined ? 0 : await bus.offsetAt(MESSAGES, partition, scope.from); offset < end; ) {
      if (signal.aborted) return;
      // The embedded bus answers without waiting: other work gets its turn here, also where no message is wanted.
      await setImmediate();
      const records = await bus.read(MESSAGES, partition, offset, BATCH);
      if (records.length === 0) break;
      for (const stored of records) {
        const receipt = view.receipt(stored.key);
        if (stored.offset >= end || receipt === undefined || !isWanted(context, receipt, scope) || !isFirst(context, stored)) continue;
        if (left-- <= 0) return;
        yield taskOf(context, receipt, bytesOfMessage(stored));
      }
      offset = (records.at(-1)?.offset ?? offset) + 1;
    }
  }
}
