/** Reports records that an operator must look at, and limits the number of log lines. */
import type { StoredRecord } from '../bus/bus.ts';
import type { OnBadRecord } from '../wire/stream-reader.ts';

/** The first records are reported one by one; after these, one in {@link ONE_IN}. */
const REPORTED = 100;
const ONE_IN = 1000;

type Place = Pick<StoredRecord, 'topic' | 'partition' | 'offset'>;

/** How many places are remembered. */
const REMEMBERED = 1000;

/** Reports each record only once. */
export function oncePerPlace(report: (place: Place) => void): (record: Place) => void {
  const known = new Set<string>();
  return ({ topic, partition, offset }) => {
    const place = `${topic}/${partition}/${offset}`;
    if (known.has(place)) return;
    if (known.size >= REMEMBERED) known.clear();
    known.add(place);
    report({ topic, partition, offset });
  };
}

/** Counts records that are put aside, and reports them: fewer of them where somebody floods a stream. */
export function badRecordLog(
  count: (stream: string, code: string) => void,
  report: (bad: Place & { readonly code: string }) => void,
): OnBadRecord {
  let found = 0;
  return ({ topic, partition, offset }, code) => {
    found++;
    count(topic, code);
    if (found <= REPORTED || found % ONE_IN === 0) report({ topic, partition, offset, code });
  };
}
