/**
 * A seeded source of chance for synthetic data: xoshiro128** 1.1 by David Blackman and Sebastiano Vigna (public domain,
 * https://prng.di.unimi.it/xoshiro128starstar.c). The same on every machine, and not for secrets.
 */

/** Chance that can be had again. Each call uses up exactly one word of the algorithm. */
export interface Random {
  /** A whole number from `least` to `most`, both included. */
  readonly int: (least: number, most: number) => number;
  /** One of a list that is not empty. */
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

/** The finaliser of MurmurHash3 (public domain): one word to one word, and no two words to the same. */
function scrambled(word: number): number {
  let hash = word | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Words that are thrown away at the start, so that neighbouring states have nothing in common. */
const WARM_UP = 32;

/**
 * Chance from a seed (any safe integer). `stream` and `item` (32 bits each) give sources that have nothing to do with each other, so that
 * item 7 is the same whatever was drawn for item 6.
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
      if (from.length === 0) throw new RangeError('There is nothing to pick from');
      return from[int(0, from.length - 1)] as (typeof from)[number];
    },
    chance: (probability) => next() / WORDS < probability,
  };
}
