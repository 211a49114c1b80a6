/** The first step: from bytes to canonical events, by the adapter that the sender names or that knows the content. */
import type { Adapter, Decoded, Refusal, RefusedRecord } from '../../adapters/adapter.ts';
import { MOST_REFUSALS, refusal } from '../refusals.ts';
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

export function decode(adapters: Adapters, { bytes, adapter: named, charset, record }: Submission): Decoding {
  let adapter = named === undefined ? undefined : adapters.find(named);
  try {
    if (named === undefined)
      adapter = adapters.detect(
        Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD)).toString('latin1').replaceAll('\0', ''),
      );
    if (adapter === undefined)
      return { ok: false, refusals: [refusal('no-adapter', named === undefined ? undefined : 'No adapter of that name is loaded')] };
    const decoded: Decoded = adapter.decode(bytes, {
      ...(charset === undefined ? {} : { charset }),
      ...(record === undefined ? {} : { isRecord: true }),
    });
    if (!decoded.ok) return { ok: false, adapter: adapter.id, refusals: decoded.refusals };
    const { refused = [] } = decoded;
    if (refused.length > MOST_REFUSED_RECORDS || (decoded.events.length === 0 && refused.length > 0))
      return { ok: false, adapter: adapter.id, refusals: statedOf(refused) };
    const own = new Set(adapter.standards);
    const stray = decoded.events.length === 0 || decoded.events.some(({ standard }) => !own.has(standard));
    return stray
      ? {
          ok: false,
          adapter: adapter.id,
          refusals: [refusal('adapter-failed', 'The adapter made no event, or one of a standard that it does not declare')],
        }
      : { ok: true, adapter, events: decoded.events, refused };
  } catch {
    // An adapter is not ours: what it throws can quote the message, so it is dropped.
    return { ok: false, ...(adapter === undefined ? {} : { adapter: adapter.id }), refusals: [refusal('adapter-failed')] };
  }
}

/** Why a message is refused whole of which too many records, or all, cannot pass: the first reasons. */
export function statedOf(refused: readonly Pick<RefusedRecord, 'refusals'>[]): readonly Refusal[] {
  const stated = refused.flatMap(({ refusals }) => refusals).slice(0, MOST_REFUSALS);
  return refused.length > MOST_REFUSED_RECORDS ? [refusal('too-many-records-refused'), ...stated.slice(1)] : stated;
}
