/** What an operator must look after in one gateway: what runs short, what waits, and what ends. */
import { setTimeout as delay } from 'node:timers/promises';
import { onlyUnavailable } from '../bus/bus.ts';
import type { SpoolState } from '../bus/spool.ts';
import type { ReaderBacklog, ReaderBacklogs } from '../reading/reader-backlogs.ts';
import type { Client } from '../rules/clients.ts';
import { type Disk, diskOf } from './disk.ts';
import type { Expiring, ExpiringAt } from './expiring.ts';

export interface GatewayStateContext {
  /** The name of this gateway. */
  readonly name: string;
  readonly dataFolder: string;
  /** Where messages go while Kafka is away. */
  readonly spool: { readonly state: SpoolState } | undefined;
  readonly view: { readonly lag: () => Promise<number> };
  readonly expiring: ExpiringAt;
  readonly readerBacklogs: ReaderBacklogs;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What is about messages of every label. */
export interface Counts {
  readonly disk: Pick<Disk, 'free' | 'size'>;
  /** How many records on the bus are not in the view yet; undefined where the bus does not say. */
  readonly behind?: number;
  readonly spool?: SpoolState;
  /** Undefined while the bus is away: nobody can say what is on it. */
  readonly readers?: readonly ReaderBacklog[];
}

export interface GatewayState {
  readonly name: string;
  readonly disk: Disk['status'];
  readonly expiring: readonly Expiring[];
  readonly counts?: Counts;
}

/** How long the bus may take to say where it ends. */
const PATIENCE_MILLISECONDS = 1000;

async function countsOf(
  { spool, view, readerBacklogs }: GatewayStateContext,
  disk: Disk,
  asker: Client,
  signal: AbortSignal,
): Promise<Counts> {
  const late = delay(PATIENCE_MILLISECONDS, undefined, { ref: false });
  const behind = await Promise.race([view.lag().catch(() => undefined), late]);
  const readers = behind === undefined ? undefined : await readerBacklogs.all(asker, signal).catch(onlyUnavailable);
  const { free, size } = disk;
  return {
    disk: { free, size },
    ...(behind === undefined ? {} : { behind }),
    ...(spool === undefined ? {} : { spool: spool.state }),
    ...(readers === undefined ? {} : { readers }),
  };
}

/** The state of this gateway now. Only with counts for a client that is cleared for everything that the gateway may hold. */
export async function gatewayStateOf(
  context: GatewayStateContext,
  asker: Client,
  isCleared: boolean,
  signal: AbortSignal,
): Promise<GatewayState> {
  const { name, dataFolder, expiring, now } = context;
  const disk = await diskOf(dataFolder);
  return {
    name,
    disk: disk.status,
    expiring: await expiring(now()),
    ...(isCleared ? { counts: await countsOf(context, disk, asker, signal) } : {}),
  };
}
