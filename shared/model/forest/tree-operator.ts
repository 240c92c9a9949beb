import { emptyAttribute, type OnnxAttribute, type OnnxNode } from './onnx-file.ts';
import type { TreeColumns } from './read-trees.ts';
import { readTreeEnsemble } from './tree-ensemble.ts';

/** What a tree operator of ai.onnx.ml says, in the terms of TreeEnsembleClassifier and TreeEnsembleRegressor. */
export interface TreeOperator {
  columns: TreeColumns;
  isClassifier: boolean;
  /** Classes of a classifier, targets of a regressor. */
  outputs: number;
  baseValues: number[];
  transform: string;
  /** How a regressor puts its trees together. */
  aggregate: string;
  /** Name of the output of probabilities or values. */
  answers: string;
  /** The attribute that asks for more than float32; null for none. */
  wide: string | null;
}

/** Null for an operator without trees; attributes that contradict each other are found by `readTrees`. */
export function readTreeOperator(node: OnnxNode): TreeOperator | null {
  if (node.operator === 'TreeEnsemble') return readTreeEnsemble(node);
  const isClassifier = node.operator === 'TreeEnsembleClassifier';
  if (!isClassifier && node.operator !== 'TreeEnsembleRegressor') return null;
  const wide = [...node.attributes].find(([, { tensor, others }]) => tensor !== null || others > 0);
  return {
    isClassifier,
    columns: columnsOf(node, isClassifier ? 'class' : 'target'),
    outputs: isClassifier ? labelsOf(node) : (attributeOf(node, 'n_targets').integer ?? 0),
    baseValues: attributeOf(node, 'base_values').floats,
    transform: attributeOf(node, 'post_transform').text ?? 'NONE',
    aggregate: attributeOf(node, 'aggregate_function').text ?? 'SUM',
    answers: (isClassifier ? node.outputs[1] : node.outputs[0]) ?? '',
    wide: wide ? wide[0].slice(0, 40) : null,
  };
}

const none = emptyAttribute();
const attributeOf = ({ attributes }: OnnxNode, name: string): OnnxAttribute => attributes.get(name) ?? none;

function columnsOf(node: OnnxNode, weights: 'class' | 'target'): TreeColumns {
  const integers = (name: string) => attributeOf(node, name).integers;
  const floats = (name: string) => {
    const { tensor } = attributeOf(node, `${name}_as_tensor`);
    return tensor ? tensor().numbers : attributeOf(node, name).floats;
  };
  return {
    treeIds: integers('nodes_treeids'),
    nodeIds: integers('nodes_nodeids'),
    modes: attributeOf(node, 'nodes_modes').texts,
    features: integers('nodes_featureids'),
    thresholds: floats('nodes_values'),
    missingIsTrue: integers('nodes_missing_value_tracks_true'),
    trueIds: integers('nodes_truenodeids'),
    falseIds: integers('nodes_falsenodeids'),
    weightTreeIds: integers(`${weights}_treeids`),
    weightNodeIds: integers(`${weights}_nodeids`),
    weightScores: integers(`${weights}_ids`),
    weights: floats(`${weights}_weights`),
  };
}

function labelsOf(node: OnnxNode): number {
  const { texts } = attributeOf(node, 'classlabels_strings');
  return texts.length || attributeOf(node, 'classlabels_int64s').integers.length;
}
