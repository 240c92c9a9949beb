import { expFloat32 } from './exp-float32.ts';
import { answersOf, type Forest, type Spread, type Transform, type Tree } from './forest.ts';

/**
 * The plain version of a compiled forest: each row walks each tree. The same float32 operations in the same order, so
 * that the compiled one must answer bit for bit the same.
 *
 * @param features [row][feature], float32, `stride` features a row
 * @returns [row][answer]
 */
export function walkForest(forest: Forest, features: Float32Array, stride: number): Float32Array {
  const rows = features.length / stride;
  const answers = answersOf(forest);
  const out = new Float32Array(rows * answers);
  const scores = new Float32Array(forest.scores);
  for (let row = 0; row < rows; row++) {
    scores.fill(0);
    const x = features.subarray(row * stride, (row + 1) * stride);
    for (const tree of forest.trees) addLeaf(tree, leafOf(tree, x), scores);
    const { isAverage, baseValues, trees } = forest;
    if (isAverage) for (let k = 0; k < scores.length; k++) scores[k] /= trees.length;
    for (let k = 0; k < baseValues.length; k++) scores[k] += baseValues[k];
    out.set(
      forest.spread ? spreadScore(scores[0], forest.spread) : transformed(scores, forest.transform),
      row * answers,
    );
  }
  return out;
}

/** The position of the leaf that a row reaches. */
function leafOf(tree: Tree, x: Float32Array): number {
  let node = 0;
  while (tree.comparison[node] !== -1)
    node = isTrue(tree, node, x[tree.feature[node]]) ? tree.whenTrue[node] : tree.whenFalse[node];
  return node;
}

function isTrue({ comparison, threshold, missingIsTrue }: Tree, node: number, value: number): boolean {
  if (Number.isNaN(value)) return missingIsTrue[node] === 1;
  const against = threshold[node];
  switch (comparison[node]) {
    case 0:
      return value <= against;
    case 1:
      return value < against;
    case 2:
      return value >= against;
    default:
      return value > against;
  }
}

function addLeaf({ weightStart, weightScore, weight }: Tree, leaf: number, scores: Float32Array): void {
  for (let i = weightStart[leaf]; i < weightStart[leaf + 1]; i++) scores[weightScore[i]] += weight[i];
}

/** Applies a post transform of ONNX to the scores of a row, in place. */
function transformed(scores: Float32Array, transform: Transform): Float32Array {
  if (transform === 'LOGISTIC') return scores.map(logistic);
  if (transform === 'SOFTMAX') return softmax(scores, () => false);
  // Scores that are zero stay it and are left out of the sum.
  if (transform === 'SOFTMAX_ZERO') return softmax(scores, (score) => !(score > nearZero || score < -nearZero));
  return scores;
}

export const nearZero = Math.fround(1e-7);
export const lowestFloat32 = -3.4028234663852886e38;

function softmax(scores: Float32Array, isLeftOut: (score: number) => boolean): Float32Array {
  const highest = scores.reduce((most, score) => (score > most ? score : most), lowestFloat32);
  let sum = 0;
  for (let k = 0; k < scores.length; k++) {
    if (isLeftOut(scores[k])) scores[k] *= expFloat32(-highest);
    else {
      scores[k] = expFloat32(Math.fround(scores[k] - highest));
      sum = Math.fround(sum + scores[k]);
    }
  }
  for (let k = 0; k < scores.length; k++) scores[k] /= sum;
  return scores;
}

function logistic(score: number): number {
  const half = Math.fround(1 / Math.fround(1 + expFloat32(-Math.abs(score))));
  return score < 0 ? Math.fround(1 - half) : half;
}

function spreadScore(score: number, spread: Spread): [number, number] {
  if (spread === 'complement') return [1 - score, score];
  return spread === 'opposite' ? [-score, score] : [logistic(-score), logistic(score)];
}
