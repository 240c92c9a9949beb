import { comparisons, type Comparison, type Tree } from './forest.ts';

/** Nodes of all trees: far beyond any crop model, and far below what would exhaust the memory. */
export const maxNodes = 2_000_000;
/** ONNX Runtime descends recursively when it loads. */
export const maxDepth = 1000;
const maxScores = 254;

/** The attributes of a tree operator: one entry for each node, then one for each weight. */
export interface TreeColumns {
  treeIds: number[];
  nodeIds: number[];
  modes: string[];
  features: number[];
  thresholds: number[];
  /** Empty where no node says it. */
  missingIsTrue: number[];
  trueIds: number[];
  falseIds: number[];
  weightTreeIds: number[];
  weightNodeIds: number[];
  weightScores: number[];
  weights: number[];
}

export type ReadTrees = { trees: Tree[]; featureCount: number; reason: null } | { reason: string };

/** One tree's part of the columns: from `start` up to `end`, and the position of each node id in it. */
interface Run {
  id: number;
  start: number;
  end: number;
  positions: Map<number, number>;
}

/**
 * The trees of an operator, each checked to be a tree. Throws an Error where it is none; a reason is given where only
 * the compiled form does not fit (shared children, other comparisons, numbers that are not finite).
 */
export function readTrees(columns: TreeColumns, scores: number): ReadTrees {
  checkLengths(columns, scores);
  const runs = runsOf(columns);
  const trees = runs.map((run) => readTree(columns, run));
  const shared = runs.filter((run, index) => isShared(trees[index], run.id)).length;
  assignWeights(columns, runs, trees, scores);
  const reason = unfitReason(columns, trees, shared);
  if (reason !== null) return { reason };
  return { trees, featureCount: 1 + columns.features.reduce((most, feature) => Math.max(most, feature), 0), reason };
}

function checkLengths(columns: TreeColumns, scores: number): void {
  const count = columns.nodeIds.length;
  if (count === 0) throw new Error('its trees have no nodes');
  if (count > maxNodes) throw new Error(`its trees have ${count} nodes; more than ${maxNodes} are not served`);
  const { treeIds, modes, features, thresholds, trueIds, falseIds, missingIsTrue } = columns;
  const nodeLists = Object.entries({ treeIds, modes, features, thresholds, trueIds, falseIds });
  if (missingIsTrue.length > 0) nodeLists.push(['missingIsTrue', missingIsTrue]);
  for (const [name, { length }] of nodeLists)
    if (length !== count) throw new Error(`its trees have ${count} nodes and ${length} values of ${name}`);
  const { weightTreeIds, weightNodeIds, weightScores, weights } = columns;
  for (const [name, { length }] of Object.entries({ weightTreeIds, weightNodeIds, weightScores }))
    if (length !== weights.length) throw new Error(`its leaves have ${weights.length} weights and ${length} ${name}`);
  if (!(scores >= 1 && scores <= maxScores))
    throw new Error(`its trees answer ${scores} values; 1 to ${maxScores} are`);
}

/** The nodes of a tree lie together, its root first. */
function runsOf({ treeIds, nodeIds }: TreeColumns): Run[] {
  const runs: Run[] = [];
  const seen = new Set<number>();
  for (let start = 0; start < treeIds.length;) {
    const id = treeIds[start];
    if (seen.has(id)) throw new Error(`the nodes of its tree ${id} do not lie together`);
    seen.add(id);
    const positions = new Map<number, number>();
    let end = start;
    for (; end < treeIds.length && treeIds[end] === id; end++) {
      if (positions.has(nodeIds[end])) throw new Error(`its tree ${id} has two nodes ${nodeIds[end]}`);
      positions.set(nodeIds[end], end - start);
    }
    runs.push({ id, start, end, positions });
    start = end;
  }
  return runs;
}

function readTree(columns: TreeColumns, { id, start, end, positions }: Run): Tree {
  const count = end - start;
  const child = (ids: number[], node: number): number => {
    const position = positions.get(ids[node]);
    if (position === undefined)
      throw new Error(`node ${columns.nodeIds[node]} of its tree ${id} has no child ${ids[node]}`);
    return position;
  };
  const tree: Tree = {
    comparison: new Int8Array(count),
    feature: Int32Array.from(columns.features.slice(start, end)),
    threshold: Float32Array.from(columns.thresholds.slice(start, end)),
    missingIsTrue: Uint8Array.from(columns.missingIsTrue.slice(start, end), (value) => (value === 1 ? 1 : 0)),
    whenTrue: new Int32Array(count),
    whenFalse: new Int32Array(count),
    weightStart: new Int32Array(count + 1),
    weightScore: new Int32Array(),
    weight: new Float32Array(),
  };
  if (columns.missingIsTrue.length === 0) tree.missingIsTrue = new Uint8Array(count);
  for (let node = 0; node < count; node++) {
    const mode = columns.modes[start + node];
    // A comparison of another kind has children to be checked as well.
    tree.comparison[node] = mode === 'LEAF' ? -1 : Math.max(0, comparisons.indexOf(mode as Comparison));
    if (mode === 'LEAF') continue;
    if (!(tree.feature[node] >= 0 && columns.features[start + node] <= 1_000_000))
      throw new Error(
        `node ${columns.nodeIds[start + node]} of its tree ${id} reads the feature ${columns.features[start + node]}`,
      );
    tree.whenTrue[node] = child(columns.trueIds, start + node);
    tree.whenFalse[node] = child(columns.falseIds, start + node);
  }
  return tree;
}

/**
 * Walks a tree without recursion. Throws on a cycle, an unreached node or too many levels.
 *
 * @returns whether a node has two parents
 */
function isShared({ comparison, whenTrue, whenFalse }: Tree, id: number): boolean {
  // Children of a node that were entered; 3 once it is done.
  const entered = new Uint8Array(comparison.length);
  const isOpen = new Uint8Array(comparison.length);
  const path: number[] = [];
  let reached = 0;
  let shared = false;
  const enter = (node: number): void => {
    if (isOpen[node]) throw new Error(`its tree ${id} has a cycle`);
    if (entered[node] === 3) {
      shared = true;
      return;
    }
    if (path.push(node) > maxDepth) throw new Error(`its tree ${id} is deeper than ${maxDepth} levels`);
    isOpen[node] = 1;
    reached++;
  };
  enter(0);
  while (path.length > 0) {
    const node = path[path.length - 1];
    const next = comparison[node] === -1 ? 2 : entered[node]++;
    if (next < 2) enter(next === 0 ? whenTrue[node] : whenFalse[node]);
    else {
      path.pop();
      isOpen[node] = 0;
      entered[node] = 3;
    }
  }
  if (reached < comparison.length)
    throw new Error(`its tree ${id} has ${comparison.length - reached} nodes without a parent`);
  return shared;
}

/** Gives each leaf its weights, in the order of the file. */
function assignWeights(columns: TreeColumns, runs: Run[], trees: Tree[], scores: number): void {
  const byId = new Map(runs.map((run, index) => [run.id, index]));
  const entries: number[][] = trees.map(() => []);
  const node = new Int32Array(columns.weights.length);
  for (let i = 0; i < columns.weights.length; i++) {
    const tree = byId.get(columns.weightTreeIds[i]);
    const position = tree === undefined ? undefined : runs[tree].positions.get(columns.weightNodeIds[i]);
    if (tree === undefined || position === undefined)
      throw new Error(
        `a weight is for node ${columns.weightNodeIds[i]} of tree ${columns.weightTreeIds[i]}, which it does not have`,
      );
    const score = columns.weightScores[i];
    if (!(score >= 0 && score < scores)) throw new Error(`a weight is for the class ${score} of ${scores}`);
    // Old converters wrote weights of inner nodes; no row ends there.
    if (trees[tree].comparison[position] !== -1) continue;
    node[i] = position;
    entries[tree].push(i);
  }
  trees.forEach((tree, index) => {
    const sorted = entries[index].sort((a, b) => node[a] - node[b] || a - b);
    for (const entry of sorted) tree.weightStart[node[entry] + 1]++;
    for (let i = 0; i < tree.comparison.length; i++) tree.weightStart[i + 1] += tree.weightStart[i];
    tree.weightScore = Int32Array.from(sorted, (entry) => columns.weightScores[entry]);
    tree.weight = Float32Array.from(sorted, (entry) => columns.weights[entry]);
  });
}

function unfitReason({ modes }: TreeColumns, trees: Tree[], shared: number): string | null {
  const other = modes.find((mode) => mode !== 'LEAF' && !comparisons.includes(mode as Comparison));
  if (other !== undefined) return `it compares by ${other.slice(0, 40)}`;
  if (shared > 0) return `${shared} of its trees share nodes`;
  if (trees.some(({ threshold }) => threshold.some(Number.isNaN))) return 'a threshold is not a number';
  if (trees.some(({ weight }) => !weight.every(Number.isFinite))) return 'a weight is not finite';
  if (trees.some(repeatsScore)) return 'a leaf weighs one class twice';
  return null;
}

function repeatsScore({ weightStart, weightScore }: Tree): boolean {
  const lastNode = new Int32Array(maxScores).fill(-1);
  for (let node = 0; node + 1 < weightStart.length; node++)
    for (let i = weightStart[node]; i < weightStart[node + 1]; i++) {
      if (lastNode[weightScore[i]] === node) return true;
      lastNode[weightScore[i]] = node;
    }
  return false;
}
