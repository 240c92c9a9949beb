import { nextAbove } from '../bin-planes.ts';
import type { TreeColumns } from '../read-trees.ts';
import type { WrittenForest } from './write-onnx.ts';

/** A generator of numbers in [0, 1): mulberry32, the same for the same seed everywhere. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const shapes = ['leaf', 'stump', 'complete', 'ragged', 'leafwise', 'chain', 'oblivious'] as const;
export const thresholdKinds = ['few', 'uniform', 'many', 'crowded', 'wide', 'special'] as const;

export interface RandomForest extends Partial<WrittenForest> {
  seed: number;
  trees: number;
  features: number;
  outputs: number;
  shape: (typeof shapes)[number];
  /** Levels of complete and oblivious trees; leaves of the others. */
  size: number;
  modes: readonly string[];
  /** Where NaN goes: to the false branch, or to that which each node says. */
  missing: 'false' | 'mixed' | 'true';
  thresholds: (typeof thresholdKinds)[number];
  /** Each leaf weighs one class (the same in a tree), all of them, or some. */
  leaves: 'one' | 'all' | 'some';
}

/** A random threshold of a kind, as float32. */
function threshold(kind: RandomForest['thresholds'], random: () => number): number {
  const special = [
    0,
    -0,
    1e-45,
    -1e-45,
    1.1754943508222875e-38,
    3.4028234663852886e38,
    -3.4028234663852886e38,
    Infinity,
    -Infinity,
  ];
  switch (kind) {
    case 'few':
      return Math.round(random() * 8) / 2 - 2;
    case 'uniform':
      return Math.fround(Math.round(random() * 200) / 50 - 2);
    case 'many':
      return Math.fround(random() * 4 - 2);
    case 'crowded':
      return Math.fround(random() < 0.9 ? 1 + random() * 1e-5 : (random() - 0.5) * 1e4);
    case 'wide':
      return Math.fround((random() < 0.5 ? -1 : 1) * 10 ** (random() * 70 - 38));
    case 'special':
      return random() < 0.5 ? special[Math.floor(random() * special.length)] : Math.fround(random() - 0.5);
  }
}

/** The columns of a random forest: nodes are numbered in no order, the root first. */
export function randomForest(options: RandomForest): WrittenForest {
  const random = randomOf(options.seed);
  const columns: TreeColumns = {
    ...{ treeIds: [], nodeIds: [], modes: [], features: [], thresholds: [], missingIsTrue: [] },
    ...{ trueIds: [], falseIds: [], weightTreeIds: [], weightNodeIds: [], weightScores: [], weights: [] },
  };
  for (let tree = 0; tree < options.trees; tree++) addTree(columns, options, tree, random);
  if (options.missing === 'false') columns.missingIsTrue = [];
  return { kind: 'classifier', ...options, columns };
}

interface Node {
  id: number;
  level: number;
}

function addTree(columns: TreeColumns, options: RandomForest, tree: number, random: () => number): void {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)];
  const score = tree % options.outputs;
  const levels = Array.from({ length: 300 }, () => test());
  let ids = 0;
  let leaves = 1;
  const open: Node[] = [{ id: ids++, level: 0 }];
  while (open.length > 0) {
    const node = options.shape === 'leafwise' ? open.splice(Math.floor(random() * open.length), 1)[0] : open.shift()!;
    if (!isSplit(options, node.level, leaves, random)) {
      addNode(node.id, 'LEAF', { feature: 0, threshold: 0, missing: 0 }, [0, 0]);
      addWeights(node.id);
      continue;
    }
    leaves++;
    const children = [ids++, ids++];
    const chosen = options.shape === 'oblivious' ? levels[node.level] : test();
    addNode(node.id, options.shape === 'oblivious' ? options.modes[0] : pick(options.modes), chosen, children);
    // The first child of a chain stays a leaf.
    open.push({ id: children[0], level: options.shape === 'chain' ? 1000 : node.level + 1 });
    open.push({ id: children[1], level: node.level + 1 });
  }

  function test() {
    return {
      feature: Math.floor(random() * options.features),
      threshold: threshold(options.thresholds, random),
      missing: options.missing === 'true' || (options.missing === 'mixed' && random() < 0.5) ? 1 : 0,
    };
  }

  function addNode(id: number, mode: string, at: ReturnType<typeof test>, children: number[]): void {
    columns.treeIds.push(tree);
    columns.nodeIds.push(id);
    columns.modes.push(mode);
    columns.features.push(at.feature);
    columns.thresholds.push(at.threshold);
    columns.missingIsTrue.push(mode === 'LEAF' ? 0 : at.missing);
    columns.trueIds.push(children[0]);
    columns.falseIds.push(children[1]);
  }

  function addWeights(id: number): void {
    for (let k = 0; k < options.outputs; k++) {
      if (options.leaves === 'one' ? k !== score : options.leaves === 'some' && random() < 0.5) continue;
      columns.weightTreeIds.push(tree);
      columns.weightNodeIds.push(id);
      columns.weightScores.push(k);
      columns.weights.push(Math.fround(random() - (options.transform === 'NONE' ? 0 : 0.5)));
    }
  }
}

function isSplit({ shape, size }: RandomForest, level: number, leaves: number, random: () => number): boolean {
  if (shape === 'leaf') return false;
  if (shape === 'stump') return level === 0;
  if (shape === 'complete' || shape === 'oblivious') return level < size;
  if (shape === 'ragged') return level < size && (level === 0 || random() < 0.8);
  return level < 1000 && leaves < size;
}

/** Rows that are anywhere, on thresholds, on their neighbours, and at the ends and holes of float32. */
export function awkwardRows(
  columns: Pick<TreeColumns, 'modes' | 'features' | 'thresholds'>,
  { features, rows, seed }: { features: number; rows: number; seed: number },
): Float32Array {
  const random = randomOf(seed);
  const known: number[][] = Array.from({ length: features }, () => []);
  columns.modes.forEach((mode, node) => {
    if (mode !== 'LEAF') known[columns.features[node]].push(columns.thresholds[node]);
  });
  const odd = [NaN, Infinity, -Infinity, 0, -0, 1e-45, -1e-45, 1e-40, 3.4028234663852886e38];
  const below = (x: number) => -nextAbove(-x);
  const value = (i: number): number => {
    const cuts = known[i % features];
    const cut = cuts.length > 0 ? cuts[Math.floor(random() * cuts.length)] : random();
    const kind = Math.floor(random() * 10);
    if (kind < 2) return cut;
    if (kind === 2) return nextAbove(cut);
    if (kind === 3) return below(cut);
    if (kind === 4) return odd[Math.floor(random() * odd.length)];
    return kind < 7 ? cut + random() - 0.5 : random() * 4 - 2;
  };
  const out = new Float32Array(rows * features);
  for (let i = 0; i < out.length; i++) out[i] = value(i);
  return out;
}
