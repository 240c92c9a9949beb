import { type OnnxAttribute, type OnnxModel, type OnnxNode } from './onnx-file.ts';
import { transforms, type Forest, type Spread, type Transform } from './forest.ts';
import { readTrees, type TreeColumns } from './read-trees.ts';

/** A forest, or the reason why this model is not one that can be compiled. */
export type ReadForest = { forest: Forest; reason: null } | { forest: null; reason: string };

const unfit = (reason: string): ReadForest => ({ forest: null, reason });
const treeOperators = ['TreeEnsembleClassifier', 'TreeEnsembleRegressor'];
const float32 = 1;

/**
 * The forest of an ONNX model. Trees that no runtime could walk (cyclic, missing or unreached nodes, lists of
 * different lengths) throw an Error; what only does not fit the compiled form is answered with the reason.
 */
export function readForest(model: OnnxModel): ReadForest {
  const tree = model.nodes.find(({ operator }) => treeOperators.includes(operator));
  if (!tree) return unfit(`it has no tree ensemble but ${listed(model.nodes.map(({ operator }) => operator))}`);
  const isClassifier = tree.operator === treeOperators[0];
  const read = readTrees(columnsOf(tree, isClassifier ? 'class' : 'target'), outputsOf(tree, isClassifier));
  if (read.reason !== null) return unfit(read.reason);
  const reason = graphReason(model, tree) ?? attributeReason(tree);
  if (reason !== null) return unfit(reason);
  const common = {
    trees: read.trees,
    featureCount: read.featureCount,
    baseValues: Float32Array.from(list(tree, 'base_values').floats),
    transform: text(tree, 'post_transform', 'NONE') as Transform,
  };
  return isClassifier
    ? classifier(common, outputsOf(tree, true))
    : regressor(common, outputsOf(tree, false), text(tree, 'aggregate_function', 'SUM'));
}

type Common = Pick<Forest, 'trees' | 'featureCount' | 'baseValues' | 'transform'>;

function classifier(common: Common, classes: number): ReadForest {
  if (classes < 2) return unfit(`it has ${classes} class labels`);
  if (classes === 2) return binaryClassifier(common);
  if (common.baseValues.length !== 0 && common.baseValues.length !== classes)
    return unfit(`it has ${common.baseValues.length} base values for ${classes} classes`);
  return { forest: { ...common, scores: classes, isAverage: false, spread: null }, reason: null };
}

/** ONNX Runtime's reading of two classes: one score (that of the first) for both, or a score for each. */
function binaryClassifier(common: Common): ReadForest {
  const { trees, baseValues, transform } = common;
  const scored = [0, 1].map((score) => trees.some(({ weightScore }) => weightScore.includes(score)));
  if (scored[0] && !scored[1] && baseValues.length < 2) {
    const isPositive = trees.every(({ weight }) => weight.every((value) => value >= 0));
    const spread: Spread = isPositive ? 'complement' : transform === 'LOGISTIC' ? 'logistic' : 'opposite';
    return { forest: { ...common, scores: 1, isAverage: false, spread }, reason: null };
  }
  const isEachScored = trees.some((tree) => everyLeafScores(tree, 1));
  if (isEachScored && scored[0] && baseValues.length === 0)
    return { forest: { ...common, scores: 2, isAverage: false, spread: null }, reason: null };
  return unfit(`its two classes have ${baseValues.length} base values and are not scored alike`);
}

function everyLeafScores({ comparison, weightStart, weightScore }: Forest['trees'][number], score: number): boolean {
  return comparison.every(
    (mode, node) => mode !== -1 || weightScore.subarray(weightStart[node], weightStart[node + 1]).includes(score),
  );
}

function regressor(common: Common, targets: number, aggregate: string): ReadForest {
  if (aggregate !== 'SUM' && aggregate !== 'AVERAGE') return unfit(`its aggregate function is ${aggregate}`);
  // ONNX Runtime ignores base values in another number than the targets, and transforms no single target.
  const baseValues = common.baseValues.length === targets ? common.baseValues : new Float32Array();
  const transform = targets === 1 ? 'NONE' : common.transform;
  const isAverage = aggregate === 'AVERAGE';
  return { forest: { ...common, baseValues, transform, scores: targets, isAverage, spread: null }, reason: null };
}

/** Why the graph around the tree operator cannot be left away; null where there is nothing around it. */
function graphReason({ nodes, inputs, outputs, initializers }: OnnxModel, tree: OnnxNode): string | null {
  if (nodes.length !== 1) return `it has other operators: ${listed(nodes.map(({ operator }) => operator))}`;
  if (tree.domain !== 'ai.onnx.ml') return `its operator is of the domain "${tree.domain}"`;
  if (initializers > 0 || inputs.length !== 1 || tree.inputs.length !== 1 || tree.inputs[0] !== inputs[0].name)
    return 'its trees do not read the one input of the graph';
  if (inputs[0].elementType !== float32 || inputs[0].dims.length !== 2) return 'its input is no table of float32';
  const answers = tree.operator === treeOperators[0] ? tree.outputs[1] : tree.outputs[0];
  const floats = outputs.filter(({ elementType }) => elementType === float32);
  if (floats.length === 1 && floats[0].name === answers) return null;
  return `the answers of its trees are not its one float output: ${listed(outputs.map(({ name }) => name))}`;
}

/** Why the attributes ask for something else than sums of float32; null where they do not. */
function attributeReason(tree: OnnxNode): string | null {
  const wide = [...tree.attributes].find(([, { others }]) => others > 0);
  if (wide) return `its attribute ${wide[0]} is a tensor`;
  const transform = text(tree, 'post_transform', 'NONE');
  if (!transforms.includes(transform as Transform)) return `its post transform is ${transform}`;
  return null;
}

function columnsOf(tree: OnnxNode, weights: 'class' | 'target'): TreeColumns {
  const integers = (name: string) => list(tree, name).integers;
  return {
    treeIds: integers('nodes_treeids'),
    nodeIds: integers('nodes_nodeids'),
    modes: list(tree, 'nodes_modes').texts,
    features: integers('nodes_featureids'),
    thresholds: list(tree, 'nodes_values').floats,
    missingIsTrue: integers('nodes_missing_value_tracks_true'),
    trueIds: integers('nodes_truenodeids'),
    falseIds: integers('nodes_falsenodeids'),
    weightTreeIds: integers(`${weights}_treeids`),
    weightNodeIds: integers(`${weights}_nodeids`),
    weightScores: integers(`${weights}_ids`),
    weights: list(tree, `${weights}_weights`).floats,
  };
}

function outputsOf(tree: OnnxNode, isClassifier: boolean): number {
  if (!isClassifier) return tree.attributes.get('n_targets')?.integer ?? 0;
  return list(tree, 'classlabels_strings').texts.length || list(tree, 'classlabels_int64s').integers.length;
}

const none: OnnxAttribute = {
  ...{ float: null, integer: null, text: null, others: 0 },
  ...{ floats: [], integers: [], texts: [] },
};
const list = ({ attributes }: OnnxNode, name: string): OnnxAttribute => attributes.get(name) ?? none;
const text = (tree: OnnxNode, name: string, fallback: string): string => list(tree, name).text ?? fallback;

/** Names without repetition, few enough for a sentence. */
function listed(names: string[]): string {
  const unique = [...new Set(names)].map((name) => name.slice(0, 40));
  if (unique.length === 0) return 'nothing';
  return unique.length > 5 ? `${unique.slice(0, 5).join(', ')} and ${unique.length - 5} more` : unique.join(', ');
}
