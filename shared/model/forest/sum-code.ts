import { FunctionCode, type Local } from '#shared/wasm/function-code.ts';

/** The leaf weights of a tree of one score: [code], float32, and where its codes (bytes, one a row) lie. */
export interface ScoredTree {
  score: number;
  weights: number;
  codes: number;
  /** Codes are byte offsets already where they are shifted by 2. */
  isOffset: boolean;
}

/** Rows whose sums go on side by side: enough to hide the latency of an addition. */
const together = 8;

/**
 * Adds the leaves of trees to the scores, tree after tree in float32. The function takes the number of rows, a
 * multiple of 8.
 *
 * @param trees sorted by score
 * @param scores [score][row], `scoreBytes` apart
 * @param started the score that already holds a sum of earlier trees, null for none; the others start from 0
 */
export function sumByScoreCode(
  trees: readonly ScoredTree[],
  scores: number,
  scoreBytes: number,
  started: number | null,
): FunctionCode {
  const code = new FunctionCode(['i32']);
  const row = code.local('i32');
  const column = code.local('i32');
  const sums = Array.from({ length: together }, () => code.local('f32'));
  code.count(row, code.parameter(0), together, () => {
    code.get(row).i32(2).do('i32.shl').set(column);
    for (const score of new Set(trees.map((tree) => tree.score))) {
      const at = scores + score * scoreBytes;
      sums.forEach((sum, i) => {
        if (score === started)
          code
            .get(column)
            .at('f32.load', at + 4 * i)
            .set(sum);
        else code.f32(0).set(sum);
      });
      for (const tree of trees.filter((each) => each.score === score)) addLeaves(code, row, sums, tree);
      sums.forEach((sum, i) =>
        code
          .get(column)
          .get(sum)
          .at('f32.store', at + 4 * i),
      );
    }
  });
  return code;
}

function addLeaves(code: FunctionCode, row: Local, sums: Local[], { codes, weights, isOffset }: ScoredTree): void {
  sums.forEach((sum, i) => {
    code
      .get(sum)
      .get(row)
      .at('i32.load8_u', codes + i);
    if (!isOffset) code.i32(2).do('i32.shl');
    code.at('f32.load', weights).do('f32.add').set(sum);
  });
}

/** The leaf weights of a tree of several scores: [code][score], float32, scores padded to a multiple of 4. */
export interface VectorTree {
  weights: number;
  codes: number;
}

/** As {@link sumByScoreCode}, for trees whose leaves weigh several scores: `scores` is [row][score], padded alike. */
export function sumVectorsCode(
  trees: readonly VectorTree[],
  scores: number,
  quads: number,
  isFirst: boolean,
): FunctionCode {
  const code = new FunctionCode(['i32']);
  const row = code.local('i32');
  const at = code.local('i32');
  const leaf = code.local('i32');
  // At most 8 vectors of sums at a time, so that they stay in registers.
  const width = Math.min(quads, 4);
  const rows = width > 2 ? 2 : 4;
  const sums = Array.from({ length: rows * width }, () => code.local('v128'));
  code.count(row, code.parameter(0), rows, () => {
    code
      .get(row)
      .i32(16 * quads)
      .do('i32.mul')
      .set(at);
    for (let first = 0; first < quads; first += width) {
      const each = (visit: (sum: Local, i: number, quad: number) => void) => {
        for (let i = 0; i < rows; i++)
          for (let quad = first; quad < Math.min(quads, first + width); quad++)
            visit(sums[i * width + quad - first], i, quad);
      };
      each((sum, i, quad) => {
        if (isFirst) code.f32(0).do('f32x4.splat');
        else code.get(at).at('v128.load', scores + 16 * (i * quads + quad));
        code.set(sum);
      });
      for (const { weights, codes } of trees)
        each((sum, i, quad) => {
          if (quad === first)
            code
              .get(row)
              .at('i32.load8_u', codes + i)
              .i32(16 * quads)
              .do('i32.mul')
              .set(leaf);
          code
            .get(sum)
            .get(leaf)
            .at('v128.load', weights + 16 * quad)
            .do('f32x4.add')
            .set(sum);
        });
      each((sum, i, quad) =>
        code
          .get(at)
          .get(sum)
          .at('v128.store', scores + 16 * (i * quads + quad)),
      );
    }
  });
  return code;
}
