/** How far the memory of a long-running gateway grows before the garbage collector reads all of it. */
import { setFlagsFromString } from 'node:v8';

/**
 * Lets each heap grow to twice what is in use, and counts buffers in that. V8 otherwise reads a heap again about twice a second while
 * messages come, though little of it is garbage: its limit is then 10 to 40 MB above what is in use, and for buffers always 64 MB. See
 * `docs/performance.md` for what that costs. What a worker may use is limited as before. Call it before workers start.
 */
export function growHeaps(): void {
  setFlagsFromString('--heap-growing-percent=100');
  setFlagsFromString('--external-memory-accounted-in-global-limit');
}
