/** The first step: from bytes to canonical events, by the adapter that the sender names or that knows the content. */
import type { Adapter, RefusedRecord } from '../../adapters/adapter.ts';
import { MOST_REFUSALS, refusal } from '../../adapters/refusal.ts';
import { failure, firstOf, type Refusals, success } from '../../adapters/result.ts';
import type { Adapters, Decoding, Submission } from './submission.ts';

/** How many bytes of a message an adapter gets to recognise its format. */
export const HEAD = 65_536;

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

/**
 * The most records of one message that are refused separately. With more, the complete message is refused, as it is probably in the wrong
 * format.
 */
export const MOST_REFUSED_RECORDS = 1000;

/** The refusal of an adapter that does not do what it declares. */
export const NO_EVENT = refusal('adapter-failed', 'The adapter made no event, or one of a standard that it does not declare');

/** What adapters recognise their format by. */
export const headOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD)).toString('latin1').replaceAll('\0', '');

export function decode(adapters: Adapters, { bytes, adapter: named, charset, record }: Submission): Decoding {
  let adapter = named === undefined ? undefined : adapters.find(named);
  try {
    if (named === undefined) adapter = adapters.detect(headOf(bytes));
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
    const standards = new Set(adapter.standards);
    if (events.length === 0 || events.some(({ standard }) => !standards.has(standard)))
      return { ...failure(NO_EVENT), adapter: adapter.id };
    return success({ adapter, events, refused });
  } catch {
    // Drop the adapter's error: third-party code can quote the message in it.
    return { ...failure(refusal('adapter-failed')), ...(adapter === undefined ? {} : { adapter: adapter.id }) };
  }
}

/**
 * The first reasons why a message with too many refused records, or only refused records, is refused completely. Undefined where no record
 * is refused.
 */
export function statedOf(refused: readonly Pick<RefusedRecord, 'refusals'>[]): Refusals | undefined {
  const [first, ...others] = refused.flatMap(({ refusals }) => refusals);
  if (first === undefined) return undefined;
  return firstOf([refused.length > MOST_REFUSED_RECORDS ? refusal('too-many-records-refused') : first, ...others], MOST_REFUSALS);
}
