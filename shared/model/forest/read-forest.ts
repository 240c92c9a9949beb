import type { OnnxModel, OnnxNode } from './onnx-file.ts';
import { transforms, type Forest, type Spread, type Transform, type Tree } from './forest.ts';
import { readTrees } from './read-trees.ts';
import { readTreeOperator, type TreeOperator } from './tree-operator.ts';

/** A forest, or the reason why this model is not one that can be compiled. */
export type ReadForest = { forest: Forest; reason: null } | { forest: null; reason: string };

const unfit = (reason: string): ReadForest => ({ forest: null, reason });
const float32 = 1;

/**
 * The forest of an ONNX model. Trees that cannot be walked (cyclic, missing or unreached nodes, lists of different
 * lengths), in whichever operator, and graphs inside operators, whose loops need not end, throw an Error; what only
 * does not fit the compiled form is answered with the reason.
 */
export function readForest(model: OnnxModel): ReadForest {
  refuseHidden(model);
  const [first, ...others] = model.nodes.flatMap((node) => {
    const operator = readTreeOperator(node);
    return operator ? [{ node, operator, read: readTrees(operator.columns, operator.outputs) }] : [];
  });
  if (!first) return unfit(`it has no tree ensemble but ${listed(model.nodes.map(({ operator }) => operator))}`);
  if (others.length > 0) return unfit(`it has ${others.length + 1} tree ensembles`);
  const { node, operator, read } = first;
  if (read.reason !== null) return unfit(read.reason);
  const reason = graphReason(model, node, operator.answers) ?? operatorReason(operator);
  if (reason !== null) return unfit(reason);
  if (isBaseUncertain(operator, read.trees)) return unfit('it has base values for scores that not every row gets');
  const common = {
    trees: read.trees,
    featureCount: read.featureCount,
    baseValues: Float32Array.from(operator.baseValues),
    transform: operator.transform as Transform,
  };
  return operator.isClassifier
    ? classifier(common, operator.outputs)
    : regressor(common, operator.outputs, operator.aggregate);
}

/** ONNX Runtime adds a base value only where a leaf of the row has weighed that score. */
function isBaseUncertain({ baseValues, outputs, isClassifier }: TreeOperator, trees: readonly Tree[]): boolean {
  if (baseValues.length === 0 || (!isClassifier && outputs === 1)) return false;
  const scores = isClassifier && outputs === 2 ? 1 : outputs;
  return Array.from({ length: scores }).some((_, score) => !trees.some((tree) => everyLeafScores(tree, score)));
}

function refuseHidden({ nodes, functions }: OnnxModel): void {
  if (functions > 0) throw new Error('it defines operators of its own, which are not served');
  for (const { operator, attributes } of nodes)
    for (const { graphs } of attributes.values())
      if (graphs > 0) throw new Error(`its operator ${operator.slice(0, 40)} holds a graph, which is not served`);
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
    const spread: Spread = transform === 'LOGISTIC' ? 'logistic' : isPositive ? 'complement' : 'opposite';
    return { forest: { ...common, scores: 1, isAverage: false, spread }, reason: null };
  }
  const isEachScored = trees.some((tree) => everyLeafScores(tree, 1));
  if (isEachScored && scored[0] && baseValues.length === 0)
    return { forest: { ...common, scores: 2, isAverage: false, spread: null }, reason: null };
  return unfit(`its two classes have ${baseValues.length} base values and are not scored alike`);
}

function everyLeafScores({ comparison, weightStart, weightScore }: Tree, score: number): boolean {
  return comparison.every(
    (mode, node) => mode !== -1 || weightScore.subarray(weightStart[node], weightStart[node + 1]).includes(score),
  );
}

function regressor(common: Common, targets: number, aggregate: string): ReadForest {
  if (aggregate !== 'SUM' && aggregate !== 'AVERAGE')
    return unfit(`its aggregate function is ${aggregate.slice(0, 40)}`);
  const { baseValues } = common;
  if (baseValues.length !== 0 && baseValues.length !== targets)
    return unfit(`it has ${baseValues.length} base values for ${targets} targets`);
  // ONNX Runtime transforms no single target.
  const transform = targets === 1 ? 'NONE' : common.transform;
  const isAverage = aggregate === 'AVERAGE';
  return { forest: { ...common, transform, scores: targets, isAverage, spread: null }, reason: null };
}

/** Why the graph around the tree operator cannot be left away; null where there is nothing around it. */
function graphReason({ nodes, inputs, outputs, initializers }: OnnxModel, tree: OnnxNode, answers: string) {
  if (nodes.length !== 1) return `it has other operators: ${listed(nodes.map(({ operator }) => operator))}`;
  if (tree.domain !== 'ai.onnx.ml') return `its operator is of the domain "${tree.domain.slice(0, 40)}"`;
  if (initializers > 0 || inputs.length !== 1 || tree.inputs.length !== 1 || tree.inputs[0] !== inputs[0].name)
    return 'its trees do not read the one input of the graph';
  if (inputs[0].elementType !== float32 || inputs[0].dims.length !== 2) return 'its input is no table of float32';
  const floats = outputs.filter(({ elementType }) => elementType === float32);
  if (floats.length === 1 && floats[0].name === answers) return null;
  return `the answers of its trees are not its one float output: ${listed(outputs.map(({ name }) => name))}`;
}

/** Why the operator asks for something else than sums of float32; null where it does not. */
function operatorReason({ wide, transform }: TreeOperator): string | null {
  if (wide !== null) return `its attribute ${wide} is no list of float32`;
  if (!transforms.includes(transform as Transform)) return `its post transform is ${transform.slice(0, 40)}`;
  return null;
}

/** Names without repetition, few enough for a sentence. */
function listed(names: string[]): string {
  const unique = [...new Set(names)].map((name) => name.slice(0, 40));
  if (unique.length === 0) return 'nothing';
  return unique.length > 5 ? `${unique.slice(0, 5).join(', ')} and ${unique.length - 5} more` : unique.join(', ');
}
