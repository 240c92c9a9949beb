import { instantiate } from '#shared/wasm/instance.ts';
import { compile, type CompiledModule } from '#shared/wasm/web-assembly.ts';
import { assembleForest, blockRows, roundedRows, type CutForest } from './assemble-forest.ts';
import { binPlanes, maxCuts } from './bin-planes.ts';
import { answersOf, type Forest, type Tree } from './forest.ts';
import { maxLeaves } from './leaf-codes.ts';
import { hasOneScore } from './leaf-weights.ts';

/** Beyond them the code takes too long to compile, and too much room in the caches to be fast. */
const maxNodes = 400_000;
const maxPlanes = 2048;
const maxSums = 100_000;
const maxFeatures = 10_000;
/** Of the leaves' weights as they lie in memory, before codes that no leaf has make it up to four times as much. */
const maxWeightBytes = 64 * 2 ** 20;

/** A forest as WebAssembly, which can be sent to other threads; each opens it for itself. */
export interface CompiledForest {
  module: CompiledModule;
  /** Its memory as it is at the start. */
  image: Uint8Array;
  /** Where rows and answers lie in it. */
  rowsAt: number;
  answersAt: number;
  /** Features and answers of a row. */
  stride: number;
  answers: number;
}

/** A forest with a memory of its own, single-threaded; the same bits for any number of rows. */
export interface OpenForest {
  /**
   * @param features [row][feature], float32
   * @param out [row][answer], float32
   */
  predict(features: Float32Array, out: Float32Array): void;
}

/** A compiled forest, or the reason why the compiled form does not hold it. */
export type CompileResult = { compiled: CompiledForest; reason: null } | { compiled: null; reason: string };

/** @param stride features of a row */
export async function compileForest(forest: Forest, stride: number): Promise<CompileResult> {
  const size = sizeReason(forest, stride);
  if (size !== null) return { compiled: null, reason: size };
  const cut = binPlanes(forest);
  if (cut.planes.length > maxPlanes)
    return {
      compiled: null,
      reason: `its thresholds need ${cut.planes.length} planes of ${maxCuts}, more than ${maxPlanes}`,
    };
  return { compiled: await compileCut(forest, cut, stride), reason: null };
}

function sizeReason({ trees, scores }: Forest, stride: number): string | null {
  const nodes = trees.reduce((sum, { comparison }) => sum + comparison.length, 0);
  if (nodes > maxNodes) return `it has ${nodes} nodes, more than ${maxNodes}`;
  const most = trees.reduce((leaves, tree) => Math.max(leaves, leavesOf(tree)), 0);
  if (most > maxLeaves) return `it has a tree of ${most} leaves, more than ${maxLeaves}`;
  const quads = Math.ceil(scores / 4);
  if (trees.length * quads > maxSums) return `it adds up ${scores} scores in ${trees.length} trees, too much code`;
  const weightBytes = trees.reduce((sum, tree) => sum + leavesOf(tree), 0) * quads * 16;
  if (weightBytes > maxWeightBytes && !trees.every(hasOneScore))
    return `its leaves weigh ${scores} scores: ${Math.round(weightBytes / 2 ** 20)} MiB, more than 64`;
  if (stride > maxFeatures) return `its rows have ${stride} features, more than ${maxFeatures}`;
  return null;
}

const leavesOf = ({ comparison }: Tree): number => comparison.reduce((sum, mode) => sum + (mode === -1 ? 1 : 0), 0);

async function compileCut(forest: Forest, cut: CutForest, stride: number): Promise<CompiledForest> {
  const { bytes, plan, rowsAt, answersAt } = assembleForest(forest, cut, stride);
  // Compiled beside this thread: a large forest takes a second.
  const module = await compile(bytes);
  return { module, image: plan.image(), rowsAt, answersAt, stride, answers: answersOf(forest) };
}

export function openForest({ module, image, rowsAt, answersAt, stride, answers }: CompiledForest): OpenForest {
  const { memory, exports } = instantiate(module, image.length);
  new Uint8Array(memory).set(image);
  const rowsView = new Float32Array(memory, rowsAt, blockRows * stride);
  const answersView = new Float32Array(memory, answersAt, blockRows * answers);
  return {
    predict(features, out) {
      const rows = features.length / stride;
      for (let row = 0; row < rows; row += blockRows) {
        const count = Math.min(blockRows, rows - row);
        rowsView.set(features.subarray(row * stride, (row + count) * stride));
        // Rows beyond the last one answer for what was there before; nobody reads that.
        exports.run(roundedRows(count));
        out.set(answersView.subarray(0, count * answers), row * answers);
      }
    },
  };
}
