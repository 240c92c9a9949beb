import { FunctionCode, type Local } from '#shared/wasm/function-code.ts';
import { WasmModule } from '#shared/wasm/wasm-module.ts';
import type { BinPlane, Splits } from './bin-planes.ts';
import { testPlanesCode, transposeBitsCode } from './bit-plane-code.ts';
import { expTable } from './exp-float32.ts';
import { finishCode } from './finish-code.ts';
import { answersOf, type Forest, type Tree } from './forest.ts';
import { leafCodes, type LeafCodes } from './leaf-codes.ts';
import { hasOneScore, scoredWeights, vectorWeights } from './leaf-weights.ts';
import { MemoryPlan } from './memory-plan.ts';
import { quantiseCode, transposeRowsCode } from './quantise-code.ts';
import { sumByScoreCode, sumVectorsCode } from './sum-code.ts';
import { emitTree, VectorPool } from './tree-code.ts';

/** Pixels of one vector of bits. */
const chunkRows = 128;
const blockChunks = 4;
/** Rows of one run: enough to use a tree's code more than once, few enough for the tests' bits to stay in the L2 cache. */
export const blockRows = chunkRows * blockChunks;
/** Distance of the bit planes of two tests. */
const testBytes = blockRows / 8;
/** Trees of one function, and between two passes that add up leaves. */
const batchTrees = 16;
/** Columns a multiple of 4 KiB apart would displace one another from the cache. */
const columnBytes = blockRows * 4 + 64;

/** Rows that a run computes for so many. */
export const roundedRows = (rows: number): number => Math.ceil(rows / chunkRows) * chunkRows;

/** A module whose function `run` reads rows and writes answers in its memory. */
export interface AssembledForest {
  bytes: Uint8Array<ArrayBuffer>;
  plan: MemoryPlan;
  /** Address of [row][feature], float32, room for `blockRows`. */
  rowsAt: number;
  /** Address of [row][answer], float32. */
  answersAt: number;
}

/**
 * Writes the module of a forest. For each block of rows, `run`
 * 1. turns rows into columns, each column into bins, and bins into one bit plane for each test of the forest;
 * 2. for 16 trees at a time selects the leaf codes of 128 pixels bitwise, and transposes them to bytes;
 * 3. adds up the weights of those leaves in float32, for each score in the order of the trees, as ONNX Runtime does;
 * 4. makes answers of the scores.
 */
export function assembleForest(forest: Forest, cut: CutForest, stride: number): AssembledForest {
  return new ForestAssembly(forest, stride).finish(cut);
}

/** The planes of a forest and, for each tree, its tests in them. */
export interface CutForest {
  planes: readonly BinPlane[];
  splits: readonly Splits[];
}

interface CodedTree {
  tree: Tree;
  splits: Splits;
  codes: LeafCodes;
}

type TestAt = (plane: number, cut: number) => number;

class ForestAssembly {
  readonly #forest: Forest;
  readonly #stride: number;
  readonly #plan = new MemoryPlan();
  readonly #module = new WasmModule();
  readonly #run = new FunctionCode(['i32']);
  readonly #chunk: Local;
  readonly #isScored: boolean;
  /** Vectors of the scores of a row. */
  readonly #quads: number;
  readonly #transposeBits: number;
  readonly #areas: Record<'rows' | 'columns' | 'bins' | 'treePlanes' | 'codes' | 'scores' | 'answers', number>;

  constructor(forest: Forest, stride: number) {
    const plan = this.#plan;
    this.#forest = forest;
    this.#stride = stride;
    this.#chunk = this.#run.local('i32');
    this.#isScored = forest.trees.every(hasOneScore);
    this.#quads = Math.ceil(forest.scores / 4);
    this.#areas = {
      rows: plan.reserve(blockRows * stride * 4),
      columns: plan.reserve(stride * columnBytes),
      bins: plan.reserve(blockRows),
      treePlanes: plan.reserve(batchTrees * 128),
      codes: plan.reserve(batchTrees * blockRows),
      scores: plan.reserve(this.#isScored ? forest.scores * columnBytes : blockRows * this.#quads * 16),
      answers: plan.reserve(blockRows * answersOf(forest) * 4),
    };
    this.#transposeBits = this.#module.add(transposeBitsCode());
  }

  finish({ planes, splits }: CutForest): AssembledForest {
    const { rows, answers } = this.#areas;
    this.#callWithRows(transposeRowsCode(rows, this.#areas.columns, this.#stride, columnBytes));
    const testsAt = this.#addPlanes(planes);
    const trees = this.#forest.trees.map((tree, i) => ({ tree, splits: splits[i], codes: leafCodes(splits[i]) }));
    // Scores are independent of each other, and within one the order stays.
    if (this.#isScored) trees.sort((a, b) => a.tree.weightScore[0] - b.tree.weightScore[0]);
    for (let first = 0; first < trees.length; first += batchTrees)
      this.#addTrees(trees, first, (plane, cut) => testsAt[plane] + cut * testBytes);
    this.#addAnswers();
    this.#module.add(this.#run, 'run');
    return { bytes: this.#module.encode(this.#plan.bytes), plan: this.#plan, rowsAt: rows, answersAt: answers };
  }

  #callWithRows(code: FunctionCode): void {
    this.#run.get(this.#run.parameter(0)).call(this.#module.add(code));
  }

  #eachChunk(body: () => void): void {
    this.#run.count(this.#chunk, this.#run.parameter(0), chunkRows, body);
  }

  /** @returns where the tests of each plane lie, its cuts in their order `testBytes` apart */
  #addPlanes(planes: readonly BinPlane[]): number[] {
    const { bins, columns } = this.#areas;
    const bits = this.#plan.reserve(128);
    const testPlanes = this.#module.add(testPlanesCode(bits, this.#plan.reserve(17 * 16), testBytes));
    return planes.map((plane) => {
      const halves = Math.ceil(plane.cuts.length / 16);
      const testsAt = this.#plan.reserve(halves * 16 * testBytes);
      this.#callWithRows(quantiseCode(plane, this.#plan, columns + plane.feature * columnBytes, bins));
      this.#eachChunk(() => {
        this.#run.get(this.#chunk).i32(bins).do('i32.add').i32(bits).call(this.#transposeBits);
        this.#pushChunkBytes().i32(testsAt).do('i32.add');
        this.#run.i32(halves * 16).call(testPlanes);
      });
      return testsAt;
    });
  }

  /** Where a chunk's bits begin within a test's. */
  #pushChunkBytes(): FunctionCode {
    return this.#run.get(this.#chunk).i32(3).do('i32.shr_u');
  }

  #addTrees(trees: readonly CodedTree[], first: number, testAt: TestAt): void {
    const { treePlanes, codes: codesAt } = this.#areas;
    const batch = trees.slice(first, first + batchTrees);
    const code = new FunctionCode(['i32']);
    const pool = new VectorPool(code);
    batch.forEach((each, i) => {
      const shift = this.#isScored ? offsetShift(each.codes) : 0;
      emitTree(code, pool, each, { chunk: code.parameter(0), testAt, to: treePlanes + 128 * i, shift });
    });
    const select = this.#module.add(code);
    this.#eachChunk(() => {
      this.#pushChunkBytes().call(select);
      batch.forEach((_, i) => {
        this.#run.i32(treePlanes + 128 * i);
        this.#run
          .get(this.#chunk)
          .i32(codesAt + blockRows * i)
          .do('i32.add')
          .call(this.#transposeBits);
      });
    });
    this.#callWithRows(
      this.#isScored ? this.#sumByScore(batch, trees[first - 1]) : this.#sumVectors(batch, first === 0),
    );
  }

  #sumByScore(batch: readonly CodedTree[], before: CodedTree | undefined): FunctionCode {
    const trees = batch.map(({ tree, codes }, i) => ({
      score: tree.weightScore[0],
      weights: this.#plan.place(scoredWeights(tree, codes)),
      codes: this.#areas.codes + blockRows * i,
      isOffset: offsetShift(codes) > 0,
    }));
    const started = before ? before.tree.weightScore[0] : null;
    return sumByScoreCode(trees, this.#areas.scores, columnBytes, started);
  }

  #sumVectors(batch: readonly CodedTree[], isFirst: boolean): FunctionCode {
    const trees = batch.map(({ tree, codes }, i) => ({
      weights: this.#plan.place(vectorWeights(tree, codes, 4 * this.#quads)),
      codes: this.#areas.codes + blockRows * i,
    }));
    return sumVectorsCode(trees, this.#areas.scores, this.#quads, isFirst);
  }

  #addAnswers(): void {
    const finish = finishCode(this.#forest, {
      scores: this.#areas.scores,
      scoreBytes: this.#isScored ? columnBytes : 4,
      rowBytes: this.#isScored ? 4 : this.#quads * 16,
      baseValues: this.#plan.place(this.#forest.baseValues),
      expTable: this.#plan.place(expTable),
      answers: this.#areas.answers,
    });
    this.#callWithRows(finish);
  }
}

/** Codes of up to 64 leaves are written as byte offsets of float32: two bits higher. */
const offsetShift = ({ bits }: LeafCodes): number => (bits <= 6 ? 2 : 0);
