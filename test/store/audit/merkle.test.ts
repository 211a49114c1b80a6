/** The Merkle tree of signed heads (RFC 9162, section 2.1). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leafOf, MerkleTree, rootFrom } from '../../../gateway/store/audit/merkle.ts';

/** Inputs and roots of the tests of Certificate Transparency (google/certificate-transparency, merkletree). */
const INPUTS = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = new Map([
  [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
  [2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
  [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
  [8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
]);
const leaf = (hex: string) => leafOf(Buffer.of(), Buffer.from(hex, 'hex'));
const leavesOf = (count: number) => Array.from({ length: count }, (_, n) => leafOf(Buffer.from('salt'), Buffer.from(String(n))));

describe('a Merkle tree', () => {
  it.each([...ROOTS])('of %i leaves has the same root as in Certificate Transparency', (count, root) => {
    expect(new MerkleTree(INPUTS.slice(0, count).map(leaf)).root.toString('hex')).toBe(root);
  });
  const placed = fc.integer({ min: 1, max: 300 }).chain((count) => fc.tuple(fc.constant(count), fc.nat(count - 1)));
  it('gives the root from any leaf and its path', () => {
    fc.assert(
      fc.property(placed, ([count, index]) => {
        const tree = new MerkleTree(leavesOf(count));
        expect(rootFrom(tree.leaf(index) as Buffer, index, count, tree.path(index))).toEqual(tree.root);
      }),
    );
  });
  it('does not give the root for another leaf, another place, or a changed path', () => {
    fc.assert(
      fc.property(placed, fc.nat(), fc.nat(), ([count, index], other, at) => {
        const tree = new MerkleTree(leavesOf(count));
        const [leaf, path] = [tree.leaf(index) as Buffer, tree.path(index)];
        expect(rootFrom(leafOf(Buffer.of(1), leaf), index, count, path)?.equals(tree.root)).not.toBe(true);
        expect(rootFrom(leaf, index, count, [...path, leaf])).toBeUndefined();
        expect(rootFrom(leaf, count, count, path)).toBeUndefined();
        if (other % count !== index) expect(rootFrom(leaf, other % count, count, path)?.equals(tree.root)).not.toBe(true);
        const changed = path.map((node, n) => (n === at % path.length ? leafOf(Buffer.of(), node) : node));
        if (path.length > 0) expect(rootFrom(leaf, index, count, changed)?.equals(tree.root)).not.toBe(true);
      }),
    );
  });
});
