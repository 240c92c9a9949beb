import type { Tree } from './forest.ts';
import type { LeafCodes } from './leaf-codes.ts';

/** Whether every leaf of a tree weighs one score, and all the same. */
export function hasOneScore({ comparison, weightStart, weightScore }: Tree): boolean {
  if (weightScore.length === 0 || weightScore.some((score) => score !== weightScore[0])) return false;
  return comparison.every((mode, node) => mode !== -1 || weightStart[node + 1] - weightStart[node] === 1);
}

/** [code], the weights of the leaves of a tree of one score. */
export function scoredWeights({ weightStart, weight }: Tree, { leafOf }: LeafCodes): Float32Array {
  return Float32Array.from(leafOf, (leaf) => (leaf === -1 ? 0 : weight[weightStart[leaf]]));
}

/** [code][score], the weights of the leaves; adding the zeros of other scores changes no bit of a sum. */
export function vectorWeights(tree: Tree, { leafOf }: LeafCodes, width: number): Float32Array {
  const { weightStart, weight, weightScore } = tree;
  const table = new Float32Array(leafOf.length * width);
  leafOf.forEach((leaf, code) => {
    if (leaf === -1) return;
    for (let i = weightStart[leaf]; i < weightStart[leaf + 1]; i++) table[code * width + weightScore[i]] = weight[i];
  });
  return table;
}
