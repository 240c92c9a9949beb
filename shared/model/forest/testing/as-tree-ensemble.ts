import { comparisons } from '../forest.ts';
import type { WrittenEnsemble, WrittenForest } from './write-onnx.ts';

const transforms = ['NONE', 'SOFTMAX', 'LOGISTIC', 'SOFTMAX_ZERO', 'PROBIT'];

/** The trees of a forest, each with an inner root and one weight a leaf, as TreeEnsemble of ai.onnx.ml 5 has them. */
export function asTreeEnsemble({ columns, features, outputs, transform = 'NONE', aggregate }: WrittenForest) {
  const leafOf = new Map<string, number>();
  const innerOf = new Map<string, number>();
  const key = (i: number, id: number) => `${columns.treeIds[i]} ${id}`;
  columns.modes.forEach((mode, i) => {
    const map = mode === 'LEAF' ? leafOf : innerOf;
    map.set(key(i, columns.nodeIds[i]), map.size);
  });
  const inner = columns.modes.flatMap((mode, i) => (mode === 'LEAF' ? [] : [i]));
  const child = (ids: number[]) => inner.map((i) => innerOf.get(key(i, ids[i])) ?? leafOf.get(key(i, ids[i]))!);
  const isLeaf = (ids: number[]) => inner.map((i) => (leafOf.has(key(i, ids[i])) ? 1 : 0));
  const entries = new Map(columns.weightNodeIds.map((id, i) => [`${columns.weightTreeIds[i]} ${id}`, i]));
  const weightOf = [...leafOf.keys()].map((leaf) => entries.get(leaf)!);
  const starts = columns.treeIds.flatMap((tree, i) => (i === 0 || tree !== columns.treeIds[i - 1] ? [i] : []));
  const ensemble: WrittenEnsemble = {
    ...{ features, outputs, transform: transforms.indexOf(transform), aggregate: aggregate === 'AVERAGE' ? 0 : 1 },
    integers: {
      tree_roots: starts.map((i) => innerOf.get(key(i, columns.nodeIds[i]))!),
      nodes_featureids: inner.map((i) => columns.features[i]),
      nodes_truenodeids: child(columns.trueIds),
      nodes_trueleafs: isLeaf(columns.trueIds),
      nodes_falsenodeids: child(columns.falseIds),
      nodes_falseleafs: isLeaf(columns.falseIds),
      leaf_targetids: weightOf.map((i) => columns.weightScores[i]),
      ...(columns.missingIsTrue.length > 0
        ? { nodes_missing_value_tracks_true: inner.map((i) => columns.missingIsTrue[i]) }
        : {}),
    },
    splits: inner.map((i) => columns.thresholds[i]),
    modes: inner.map((i) => comparisons.findIndex((mode) => mode === columns.modes[i])),
    weights: weightOf.map((i) => columns.weights[i]),
  };
  return ensemble;
}
