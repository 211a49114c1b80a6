/** Opens the local view of a gateway. */
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { OpenBus } from './buses.ts';
import type { Config } from './config.ts';
import { View } from './store/view/view.ts';
import type { StreamReader } from './wire/stream-reader.ts';

/** Opens the view of a bus for a deployment. A view of another bus is rebuilt, and the log says so. */
export const openView = (
  { dataFolder }: Pick<Config, 'dataFolder'>,
  { bus, isShared, away }: Pick<OpenBus, 'bus' | 'isShared'> & { readonly away: OpenBus['away'] | undefined },
  deployment: string,
  reader: StreamReader,
  log: Pick<Logger, 'warn'>,
): Promise<View> =>
  View.open(join(dataFolder, isShared ? 'view-kafka.sqlite' : 'view.sqlite'), bus, reader, {
    deployment,
    isLate: away !== undefined,
    onRebuilt: (madeFrom) => log.warn({ madeFrom }, 'the view was made from something else than this bus: it is built anew'),
  });
