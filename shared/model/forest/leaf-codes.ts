import type { Splits } from './bin-planes.ts';

/** Leaf codes are bytes. */
export const maxLeaves = 256;

/** Numbers for the leaves of a tree. */
export interface LeafCodes {
  /** Bits of a code. */
  bits: number;
  /** By position of the node: the code of a leaf, -1 for an inner node. */
  codeOf: Int32Array;
  /** By position: the bit of the code that an inner node alone decides; -1 where there is none. */
  bitOf: Int8Array;
  /** By code: the position of the leaf, -1 for a code that no row gets. */
  leafOf: Int32Array;
}

/**
 * Numbers the leaves of a tree so that few operations yield the number. The way down itself is the code where that
 * takes few bits (each level decides one bit); else leaves are counted from left to right.
 */
export function leafCodes(splits: Splits): LeafCodes {
  const nodes = splits.plane.length;
  const leaves = splits.plane.reduce((sum, plane) => sum + (plane === -1 ? 1 : 0), 0);
  if (leaves > maxLeaves) throw new Error(`a tree of ${leaves} leaves; a code is one of ${maxLeaves}`);
  const height = heightOf(splits, 0);
  const dense = Math.ceil(Math.log2(leaves));
  const isWay = height <= Math.max(dense, Math.min(8, dense + 1));
  const bits = isWay ? height : dense;
  const codes: LeafCodes = {
    bits,
    codeOf: new Int32Array(nodes).fill(-1),
    bitOf: new Int8Array(nodes).fill(-1),
    leafOf: new Int32Array(2 ** bits).fill(-1),
  };
  let count = 0;
  const visit = (node: number, level: number, way: number): void => {
    if (splits.plane[node] === -1) {
      codes.codeOf[node] = isWay ? way : count++;
      codes.leafOf[codes.codeOf[node]] = node;
      return;
    }
    if (isWay) codes.bitOf[node] = bits - 1 - level;
    visit(splits.below[node], level + 1, way);
    visit(splits.above[node], level + 1, way + 2 ** Math.max(0, bits - 1 - level));
  };
  visit(0, 0, 0);
  return codes;
}

/** Levels below a node; a tree of 256 leaves is not deeper than 255, so that this may recurse. */
function heightOf(splits: Splits, node: number): number {
  if (splits.plane[node] === -1) return 0;
  return 1 + Math.max(heightOf(splits, splits.below[node]), heightOf(splits, splits.above[node]));
}
