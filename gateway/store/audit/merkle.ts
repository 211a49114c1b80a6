/**
 * The Merkle tree of RFC 9162, section 2.1, over the records that a head signs. One record can be shown to be among them without the others.
 */
import { createHash } from 'node:crypto';

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const made = createHash('sha256');
  for (const part of parts) made.update(part);
  return made.digest();
};

const nodeOf = (left: Uint8Array, right: Uint8Array): Buffer => sha256(NODE, left, right);

/** A leaf. Its salt keeps who sees it beside another record from guessing what it stands for. */
export const leafOf = (salt: Uint8Array, digest: Uint8Array): Buffer => sha256(LEAF, salt, digest);

/** The largest power of two below a number of leaves. */
const half = (count: number): number => 2 ** Math.floor(Math.log2(count - 1));

/** The root of the tree over one leaf or more. */
export function rootOf(leaves: readonly Uint8Array[]): Buffer {
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return Buffer.from(only);
  const middle = half(leaves.length);
  return nodeOf(rootOf(leaves.slice(0, middle)), rootOf(leaves.slice(middle)));
}

/** What a leaf needs beside itself to give the root, from the bottom up. */
export function pathOf(leaves: readonly Uint8Array[], index: number): readonly Buffer[] {
  if (leaves.length <= 1) return [];
  const middle = half(leaves.length);
  const [left, right] = [leaves.slice(0, middle), leaves.slice(middle)];
  return index < middle ? [...pathOf(left, index), rootOf(right)] : [...pathOf(right, index - middle), rootOf(left)];
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
