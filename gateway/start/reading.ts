/** Opens reading: what prepares an event for one reader, and what gives readers their pages and streams. */
import { type DeliverToReader, makeDeliverToReader } from '../reading/deliver-to-reader.ts';
import { EventReader } from '../reading/event-reader.ts';
import { Volume } from '../reading/volume.ts';
import type { IngestPool } from '../workers/pool.ts';
import type { ExchangeContext } from './exchange-context.ts';
import type { SharedParts } from './shared-parts.ts';

export interface Reading {
  readonly deliverToReader: DeliverToReader;
  readonly eventReader: EventReader;
  readonly volume: Volume;
}

export function openReading({ config, storage, now }: ExchangeContext, shared: SharedParts, pool: IngestPool): Reading {
  const deliverToReader = makeDeliverToReader(shared, pool);
  const volume = new Volume(now);
  const eventReader = new EventReader({
    ...shared,
    deliverToReader,
    onHeld: storage.streams.onHeld,
    volume,
    pageBytes: config.limits.pageBytes,
  });
  return { deliverToReader, eventReader, volume };
}
