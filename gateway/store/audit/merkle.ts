/**
 * The Merkle tree of RFC 9162, section 2.1, over the records that a head signs. One record can be shown to be among them without the others.
 */
import { createHash } from 'node:crypto';

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const nodeOf = (left: Uint8Array, right: Uint8Array): Buffer => sha256(NODE, left, right);

/** A leaf. Its salt prevents whoever sees it with another record from guessing what record it is of. */
export const leafOf = (salt: Uint8Array, digest: Uint8Array): Buffer => sha256(LEAF, salt, digest);

/** The largest power of two below a number of leaves. */
const half = (count: number): number => 2 ** Math.floor(Math.log2(count - 1));

/** The tree over one leaf or more. */
export class MerkleTree {
  readonly #leaves: readonly Buffer[];
  readonly #nodes = new Map<string, Buffer>();

  constructor(leaves: readonly Buffer[]) {
    this.#leaves = leaves;
  }

  get count(): number {
    return this.#leaves.length;
  }

  get root(): Buffer {
    return this.#over(0, this.#leaves.length);
  }

  leaf(index: number): Buffer | undefined {
    return this.#leaves[index];
  }

  /** The node over the leaves from one place up to another. */
  #over(start: number, end: number): Buffer {
    const only = end - start === 1 ? this.#leaves[start] : undefined;
    if (only !== undefined) return only;
    const name = `${start} ${end}`;
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    const middle = start + half(end - start);
    const node = nodeOf(this.#over(start, middle), this.#over(middle, end));
    this.#nodes.set(name, node);
    return node;
  }

  /** The other digests that a leaf needs to give the root, from the bottom up. */
  path(index: number, start = 0, end = this.#leaves.length): readonly Buffer[] {
    if (end - start <= 1) return [];
    const middle = start + half(end - start);
    return index < middle
      ? [...this.path(index, start, middle), this.#over(middle, end)]
      : [...this.path(index, middle, end), this.#over(start, middle)];
  }
}

/** The root that a leaf gives with its path, or undefined where the path does not fit its place in a tree of so many leaves. */
export function rootFrom(leaf: Uint8Array, index: number, count: number, path: readonly Uint8Array[]): Buffer | undefined {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(count) || index < 0 || index >= count) return undefined;
  if (count === 1) return path.length === 0 ? Buffer.from(leaf) : undefined;
  const last = path.at(-1);
  if (last === undefined) return undefined;
  const middle = half(count);
  const isLeft = index < middle;
  const below = rootFrom(leaf, isLeft ? index : index - middle, isLeft ? middle : count - middle, path.slice(0, -1));
  return below && (isLeft ? nodeOf(below, last) : nodeOf(last, below));
}
