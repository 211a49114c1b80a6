/** Makes damaged samples to try an adapter with. The same seed gives the same samples. */

/** A small random number generator (mulberry32). The same seed gives the same numbers on every machine. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const BYTES = [0, 9, 10, 13, 32, 34, 38, 39, 44, 48, 57, 59, 60, 62, 65, 92, 124, 0x7f, 0x80, 0xa3, 0xc3, 0xff];

/** Makes one change: to a byte, or a truncation, a repeated or missing part, two exchanged parts, or an inserted text. */
function change(bytes: Uint8Array, next: () => number, marker: Uint8Array): Uint8Array {
  const below = (most: number): number => Math.floor(next() * most);
  const at = below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + below(40));
  const part = bytes.subarray(at, end);
  switch (below(6)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), Uint8Array.of(BYTES[below(BYTES.length)] as number), bytes.subarray(at + 1)]);
    case 1:
      return bytes.slice(0, at);
    case 2:
      return Buffer.concat([bytes.subarray(0, end), part, bytes.subarray(end)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    case 4: {
      const other = below(bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, Math.min(at, other)), part, bytes.subarray(Math.max(at, other))]);
    }
    default:
      return Buffer.concat([bytes.subarray(0, at), marker, bytes.subarray(at)]);
  }
}

/** Makes a number of damaged samples. `marker` is a text that no refusal may repeat. */
export function* changedSamples(samples: readonly Uint8Array[], count: number, marker: Uint8Array, seed = 1): Generator<Uint8Array> {
  const next = numbers(seed);
  for (let n = 0; n < count; n++) {
    let bytes = samples[n % samples.length] as Uint8Array;
    for (let changes = 1 + Math.floor(next() * 3); changes > 0; changes--) bytes = change(bytes, next, marker);
    yield bytes;
  }
}
