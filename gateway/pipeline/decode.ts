/** The first step: from bytes to canonical events, by the adapter that the sender names or that knows the content. */
import type { Adapter, RefusedRecord } from '../../adapters/adapter.ts';
import { MOST_REFUSALS, refusal } from '../../adapters/refusal.ts';
import { failure, firstOf, type Refusals, success } from '../../adapters/result.ts';
import type { Adapters, Decoding, Submission } from './submission.ts';

/** How much of a message an adapter sees to say whether it knows it. */
const HEAD = 65_536;

export const makeAdapters = (adapters: readonly Adapter[]): Adapters => {
  const byId = new Map(adapters.map((adapter) => [adapter.id, adapter]));
  const writers = adapters.filter(({ encode }) => encode !== undefined);
  return {
    find: (id) => byId.get(id),
    detect: (head) => adapters.find((adapter) => adapter.detect(head)),
    encoding: (mediaType, standard) =>
      writers.find(({ mediaTypes, standards }) => mediaTypes.includes(mediaType) && standards.includes(standard)),
    mediaTypes: [...new Set(writers.flatMap(({ mediaTypes }) => mediaTypes))],
  };
};

/** One message has no more records refused alone: where there are more, the message is not what its sender meant it to be. */
export const MOST_REFUSED_RECORDS = 1000;

const STRAY = refusal('adapter-failed', 'The adapter made no event, or one of a standard that it does not declare');

export function decode(adapters: Adapters, { bytes, adapter: named, charset, record }: Submission): Decoding {
  let adapter = named === undefined ? undefined : adapters.find(named);
  try {
    if (named === undefined)
      adapter = adapters.detect(
        Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD)).toString('latin1').replaceAll('\0', ''),
      );
    if (adapter === undefined) return failure(refusal('no-adapter', named === undefined ? undefined : 'No adapter of that name is loaded'));
    const decoded = adapter.decode(bytes, {
      ...(charset === undefined ? {} : { charset }),
      ...(record === undefined ? {} : { isRecord: true }),
    });
    if (!decoded.ok) return { ...decoded, adapter: adapter.id };
    const { events, refused = [] } = decoded.value;
    const stated = statedOf(refused);
    if (stated !== undefined && (refused.length > MOST_REFUSED_RECORDS || events.length === 0))
      return { ...failure(...stated), adapter: adapter.id };
    const own = new Set(adapter.standards);
    if (events.length === 0 || events.some(({ standard }) => !own.has(standard))) return { ...failure(STRAY), adapter: adapter.id };
    return success({ adapter, events, refused });
  } catch {
    // An adapter is not ours: what it throws can quote the message, so it is dropped.
    return { ...failure(refusal('adapter-failed')), ...(adapter === undefined ? {} : { adapter: adapter.id }) };
  }
}

/** Why a message is refused whole of which too many records, or all, cannot pass: the first reasons. Undefined where no record is refused. */
export function statedOf(refused: readonly Pick<RefusedRecord, 'refusals'>[]): Refusals | undefined {
  const [first, ...others] = refused.flatMap(({ refusals }) => refusals);
  if (first === undefined) return undefined;
  return firstOf([refused.length > MOST_REFUSED_RECORDS ? refusal('too-many-records-refused') : first, ...others], MOST_REFUSALS);
}
