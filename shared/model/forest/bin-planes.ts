import type { Forest, Tree } from './forest.ts';

/** Cuts of one plane, so that a bin from 0 to 255 tells them all apart. */
export const maxCuts = 255;

/**
 * One feature cut into bins: bin(x) = number of cuts <= x, so `x < cuts[k]` is exactly `bin <= k`. NaN is bin 0 where
 * `nanIsBelow`, else 255. A feature with more cuts than a byte tells apart, or whose nodes send NaN both ways, has
 * several planes.
 */
export interface BinPlane {
  feature: number;
  nanIsBelow: boolean;
  /** Ascending; a last one that is NaN is above every number. */
  cuts: Float32Array;
}

/** The tests of a tree's nodes, each as `below` or `above` a cut of a plane; by position of the node. */
export interface Splits {
  /** -1 for a leaf. */
  plane: Int32Array;
  /** Which of the plane's cuts. */
  cut: Uint8Array;
  /** Positions of the children. */
  below: Int32Array;
  above: Int32Array;
}

const bits = new Int32Array(1);
const value = new Float32Array(bits.buffer);

/** The next float32 above a number; NaN (above every number) for infinity. */
export function nextAbove(x: number): number {
  if (x === Infinity) return NaN;
  value[0] = x === 0 ? 0 : x;
  bits[0] += bits[0] < 0 ? -1 : 1;
  return value[0];
}

/** Nodes that share planes: those of one feature that send NaN the same way. */
interface Group {
  cuts: Float32Array;
  firstPlane: number;
}

/** The planes that a forest needs, and the tests of each tree in them. */
export function binPlanes({ trees }: Forest): { planes: BinPlane[]; splits: Splits[] } {
  const raw = new Map<number, number[]>();
  for (const tree of trees)
    for (let node = 0; node < tree.comparison.length; node++) {
      if (tree.comparison[node] === -1) continue;
      const group = groupOf(tree, node);
      const cuts = raw.get(group);
      if (cuts) cuts.push(cutOf(tree, node));
      else raw.set(group, [cutOf(tree, node)]);
    }
  const planes: BinPlane[] = [];
  const groups = new Map<number, Group>();
  for (const group of [...raw.keys()].sort((a, b) => a - b)) {
    const cuts = distinct(raw.get(group)!);
    groups.set(group, { cuts, firstPlane: planes.length });
    for (let start = 0; start < cuts.length; start += maxCuts)
      planes.push({ feature: group >> 1, nanIsBelow: (group & 1) === 1, cuts: cuts.slice(start, start + maxCuts) });
  }
  return { planes, splits: trees.map((tree) => splitsOf(tree, groups)) };
}

/** Comparisons for less, LEQ and LT, come first. */
const isLess = ({ comparison }: Tree, node: number): boolean => comparison[node] < 2;
const groupOf = (tree: Tree, node: number): number =>
  2 * tree.feature[node] + ((tree.missingIsTrue[node] === 1) === isLess(tree, node) ? 1 : 0);

/** Any comparison as `x < cut`, the children exchanged where it has to be: x <= t is x < nextAbove(t). */
function cutOf({ comparison, threshold }: Tree, node: number): number {
  const isStrict = comparison[node] === 1 || comparison[node] === 2;
  // Adding 0 makes 0 of -0, which is no other cut.
  return isStrict ? threshold[node] + 0 : nextAbove(threshold[node]);
}

/** Ascending and without repetition; typed arrays sort NaN last. */
function distinct(cuts: readonly number[]): Float32Array {
  const sorted = Float32Array.from(cuts).sort();
  return sorted.filter((cut, i) => i === 0 || !Object.is(cut, sorted[i - 1]));
}

function splitsOf(tree: Tree, groups: ReadonlyMap<number, Group>): Splits {
  const count = tree.comparison.length;
  const splits: Splits = {
    plane: new Int32Array(count).fill(-1),
    cut: new Uint8Array(count),
    below: tree.whenTrue.slice(),
    above: tree.whenFalse.slice(),
  };
  for (let node = 0; node < count; node++) {
    if (tree.comparison[node] === -1) continue;
    const { cuts, firstPlane } = groups.get(groupOf(tree, node))!;
    const index = indexOf(cuts, cutOf(tree, node));
    splits.plane[node] = firstPlane + Math.floor(index / maxCuts);
    splits.cut[node] = index % maxCuts;
    if (isLess(tree, node)) continue;
    splits.below[node] = tree.whenFalse[node];
    splits.above[node] = tree.whenTrue[node];
  }
  return splits;
}

/** Where a value lies in an ascending list that holds it. */
function indexOf(cuts: Float32Array, cut: number): number {
  if (Number.isNaN(cut)) return cuts.length - 1;
  let [low, high] = [0, cuts.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cuts[middle] < cut) low = middle + 1;
    else high = middle;
  }
  return low;
}
