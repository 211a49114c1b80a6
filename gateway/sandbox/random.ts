/**
 * A seeded random number generator for synthetic data: xoshiro128** 1.1 by David Blackman and Sebastiano Vigna (public domain,
 * https://prng.di.unimi.it/xoshiro128starstar.c). It gives the same numbers on every machine, and must not be used for secrets.
 */

/** Reproducible random values. Each call uses exactly one word of the algorithm. */
export interface Random {
  /** A whole number from `least` to `most`, both included. */
  readonly int: (least: number, most: number) => number;
  /** An item of a list, which must not be empty. */
  readonly pick: <T>(from: readonly T[]) => T;
  /** True with a probability from 0 to 1. */
  readonly chance: (probability: number) => boolean;
}

export type State = readonly [number, number, number, number];

const WORDS = 2 ** 32;
const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

/** The algorithm itself: unsigned 32-bit words from a state of four words that are not all zero. */
export function xoshiro128([a, b, c, d]: State): () => number {
  return () => {
    const word = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return word;
  };
}

/** The finaliser of MurmurHash3 (public domain). Each word has a different result. */
function scrambled(word: number): number {
  let hash = word | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** How many words are discarded at the start, so that similar states give unrelated numbers. */
const WARM_UP = 32;

/**
 * Random values from a seed (any safe integer). Each `stream` and `item` (32 bits each) has an independent series, so that item 7 is the same
 * however many values item 6 used.
 *
 * @example seededRandom(42).pick(['heads', 'tails'])
 */
export function seededRandom(seed: number, stream = 0, item = 0): Random {
  if (!Number.isSafeInteger(seed)) throw new RangeError('The seed is not a whole number');
  const state: State = [scrambled(seed), scrambled(Math.floor(seed / WORDS) + 1), scrambled(stream + 2), scrambled(item + 3)];
  const next = xoshiro128(state.every((word) => word === 0) ? [1, 0, 0, 0] : state);
  for (let n = 0; n < WARM_UP; n++) next();
  const int = (least: number, most: number): number => least + Math.floor((next() / WORDS) * (most - least + 1));
  return {
    int,
    pick: (from) => {
      if (from.length === 0) throw new RangeError('The list to choose from is empty');
      return from[int(0, from.length - 1)] as (typeof from)[number];
    },
    chance: (probability) => next() / WORDS < probability,
  };
}
