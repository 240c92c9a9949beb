/** How a node compares its feature with its threshold; what is true continues at `whenTrue`. */
export const comparisons = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT'] as const;
export type Comparison = (typeof comparisons)[number];

/** What makes answers of sums: the post transforms of ONNX that are served here. */
export const transforms = ['NONE', 'LOGISTIC', 'SOFTMAX', 'SOFTMAX_ZERO'] as const;
export type Transform = (typeof transforms)[number];

/**
 * One decision tree, nodes by their position: the root is 0, children come by position. A position is a leaf where
 * `comparison` is -1.
 */
export interface Tree {
  /** Index into `comparisons`, -1 for a leaf. */
  comparison: Int8Array;
  feature: Int32Array;
  threshold: Float32Array;
  /** 1 where NaN continues at `whenTrue`; otherwise NaN makes every comparison false. */
  missingIsTrue: Uint8Array;
  whenTrue: Int32Array;
  whenFalse: Int32Array;
  /** The weights of the leaf at position i are those from `weightStart[i]` up to `weightStart[i + 1]`. */
  weightStart: Int32Array;
  /** Score to which a weight is added, and the weight; in the order in which they are added. */
  weightScore: Int32Array;
  weight: Float32Array;
}

/** How a single score becomes the answers for two classes. */
export type Spread = 'complement' | 'opposite' | 'logistic';

/**
 * A forest as ONNX describes it (TreeEnsembleClassifier and TreeEnsembleRegressor of ai.onnx.ml). For a row x:
 * score = sum over the trees, in their order, of the weights of the leaf that x reaches, in float32 from 0 on;
 * divided by the number of trees where `isAverage`; plus the base value; then the transform.
 */
export interface Forest {
  trees: Tree[];
  /** Features that a row must have at least. */
  featureCount: number;
  scores: number;
  /** [score]; empty for none. */
  baseValues: Float32Array;
  isAverage: boolean;
  transform: Transform;
  /** Set where one score answers for two classes; the transform is then part of it. */
  spread: Spread | null;
}

/** Answers of a forest for one row. */
export const answersOf = ({ scores, spread }: Forest): number => (spread ? 2 : scores);
