/** The most memory that a gateway uses, whatever its clients do. `hostile.ts` checks it, and `docs/operations.md` states it. */
import type { Config } from '../../gateway/config.ts';

const MIB = 1024 * 1024;
/** The code, the standards, SQLite's pages, the view's caches and what has been allocated and not collected yet. */
const OWN = 600 * MIB;
/** What a worker has in addition to its heap of old objects: young objects, its stacks and its copy of the code. */
const BESIDE_HEAP = 128 * MIB;
/** A body is held once as it came, once for its worker, and once compressed; an answer as text and as bytes. */
const COPIES = 3;

/** In bytes. */
export const memoryBound = (
  workers: number,
  { workerMegabytes, bytesInFlight }: Pick<Config['limits'], 'workerMegabytes' | 'bytesInFlight'>,
): number => OWN + workers * (workerMegabytes * MIB + BESIDE_HEAP) + COPIES * bytesInFlight;
