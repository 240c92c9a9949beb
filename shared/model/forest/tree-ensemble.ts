import { emptyAttribute, type OnnxNode, type OnnxTensor } from './onnx-file.ts';
import { maxNodes, type TreeColumns } from './read-trees.ts';
import type { TreeOperator } from './tree-operator.ts';

/** By the numbers of the specification of TreeEnsemble (ai.onnx.ml 5). */
const modes = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ', 'BRANCH_MEMBER'];
/** ONNX numbers SOFTMAX 1 and LOGISTIC 2, ONNX Runtime the other way round: whoever wrote the file may mean either. */
const transforms = ['NONE', 'SOFTMAX or LOGISTIC', 'LOGISTIC or SOFTMAX', 'SOFTMAX_ZERO', 'PROBIT'];
const aggregates = ['AVERAGE', 'SUM', 'MIN', 'MAX'];
const float32 = 1;

/** The attributes of the operator: one entry for each inner node, then one for each leaf. */
interface Attributes {
  roots: number[];
  features: number[];
  thresholds: number[];
  modes: number[];
  /** Empty where no node says it. */
  missingIsTrue: number[];
  /** Index of an inner node, or of a leaf where `isLeaf` is not 0. */
  whenTrue: { ids: number[]; isLeaf: number[] };
  whenFalse: { ids: number[]; isLeaf: number[] };
  scores: number[];
  weights: number[];
}

/** TreeEnsemble in the terms of a TreeEnsembleRegressor. Nodes that it does not have throw an Error. */
export function readTreeEnsemble(node: OnnxNode): TreeOperator {
  const attribute = (name: string) => node.attributes.get(name) ?? emptyAttribute();
  const integers = (name: string) => attribute(name).integers;
  const tensor = (name: string): OnnxTensor => attribute(name).tensor?.() ?? { elementType: 0, numbers: [] };
  const [splits, weights] = [tensor('nodes_splits'), tensor('leaf_weights')];
  const isWide = [splits, weights].findIndex(({ elementType }) => elementType !== float32);
  const children = (way: string) => ({ ids: integers(`nodes_${way}nodeids`), isLeaf: integers(`nodes_${way}leafs`) });
  return {
    columns: new Columns({
      roots: integers('tree_roots'),
      features: integers('nodes_featureids'),
      thresholds: splits.numbers,
      modes: tensor('nodes_modes').numbers,
      missingIsTrue: integers('nodes_missing_value_tracks_true'),
      whenTrue: children('true'),
      whenFalse: children('false'),
      scores: integers('leaf_targetids'),
      weights: weights.numbers,
    }).read(),
    isClassifier: false,
    outputs: attribute('n_targets').integer ?? 0,
    baseValues: [],
    transform: named(transforms, attribute('post_transform').integer ?? 0),
    aggregate: named(aggregates, attribute('aggregate_function').integer ?? 1),
    answers: node.outputs[0] ?? '',
    wide: isWide === -1 ? null : ['nodes_splits', 'leaf_weights'][isWide],
  };
}

const named = (names: readonly string[], index: number): string => names[index] ?? `number ${index}`;

/** Writes tree after tree: inner nodes keep their index as id, leaf j becomes node j behind all inner ones. */
class Columns {
  readonly #of: Attributes;
  readonly #inner: number;
  readonly #out: TreeColumns = {
    ...{ treeIds: [], nodeIds: [], modes: [], features: [], thresholds: [], missingIsTrue: [], trueIds: [] },
    ...{ falseIds: [], weightTreeIds: [], weightNodeIds: [], weightScores: [], weights: [] },
  };
  /** The tree in which a node was last written. */
  readonly #writtenIn: Int32Array;

  constructor(of: Attributes) {
    this.#of = of;
    this.#inner = of.features.length;
    const { modes, thresholds, whenTrue, whenFalse, missingIsTrue, weights } = of;
    const lists = { modes, thresholds, true: whenTrue.ids, trueLeafs: whenTrue.isLeaf };
    const all = { ...lists, false: whenFalse.ids, falseLeafs: whenFalse.isLeaf };
    for (const [name, { length }] of Object.entries(missingIsTrue.length > 0 ? { ...all, missingIsTrue } : all))
      if (length !== this.#inner)
        throw new Error(`its trees have ${this.#inner} nodes and ${length} values of ${name}`);
    if (of.scores.length !== weights.length)
      throw new Error(`its leaves have ${weights.length} weights and ${of.scores.length} targets`);
    this.#writtenIn = new Int32Array(this.#inner + weights.length).fill(-1);
  }

  read(): TreeColumns {
    this.#of.roots.forEach((root, tree) => this.#writeTree(root, tree));
    const unreached = this.#writtenIn.reduce((sum, tree) => sum + (tree === -1 ? 1 : 0), 0);
    if (unreached > 0) throw new Error(`its trees have ${unreached} nodes without a parent`);
    if (this.#of.missingIsTrue.length === 0) this.#out.missingIsTrue = [];
    return this.#out;
  }

  #writeTree(root: number, tree: number): void {
    const open = [this.#innerId(root)];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (this.#writtenIn[id] === tree) continue;
      this.#writtenIn[id] = tree;
      if (this.#out.nodeIds.push(id) > maxNodes)
        throw new Error(`its trees have more than ${maxNodes} nodes, which are not served`);
      this.#out.treeIds.push(tree);
      if (id >= this.#inner) this.#writeLeaf(id, tree);
      else open.push(...this.#writeInner(id));
    }
  }

  #writeInner(id: number): [number, number] {
    const { modes: mode, features, thresholds, missingIsTrue, whenTrue, whenFalse } = this.#of;
    const children: [number, number] = [this.#child(whenTrue, id), this.#child(whenFalse, id)];
    this.#out.modes.push(named(modes, mode[id]));
    this.#out.features.push(features[id]);
    this.#out.thresholds.push(thresholds[id]);
    this.#out.missingIsTrue.push(missingIsTrue[id] ?? 0);
    this.#out.trueIds.push(children[0]);
    this.#out.falseIds.push(children[1]);
    return children;
  }

  #writeLeaf(id: number, tree: number): void {
    const leaf = id - this.#inner;
    this.#out.modes.push('LEAF');
    for (const name of ['features', 'thresholds', 'missingIsTrue', 'trueIds', 'falseIds'] as const)
      this.#out[name].push(0);
    this.#out.weightTreeIds.push(tree);
    this.#out.weightNodeIds.push(id);
    this.#out.weightScores.push(this.#of.scores[leaf]);
    this.#out.weights.push(this.#of.weights[leaf]);
  }

  #child({ ids, isLeaf }: Attributes['whenTrue'], node: number): number {
    if (isLeaf[node] === 0) return this.#innerId(ids[node]);
    const leaf = ids[node];
    if (leaf >= 0 && leaf < this.#of.weights.length) return this.#inner + leaf;
    throw new Error(`node ${node} of its trees has no leaf ${leaf}`);
  }

  #innerId(id: number): number {
    if (id >= 0 && id < this.#inner) return id;
    throw new Error(`its trees have no node ${id}`);
  }
}
