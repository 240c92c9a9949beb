import type { BinPlane } from './bin-planes.ts';
import { cellTable, roundingShift } from './cell-table.ts';
import { FunctionCode, type Local } from '#shared/wasm/function-code.ts';
import type { MemoryPlan } from './memory-plan.ts';

/**
 * Copies rows to columns: [row][feature] to [feature][row], float32, four by four.
 * The function takes the number of rows, a multiple of 4.
 *
 * @param columnBytes distance of two features' columns
 */
export function transposeRowsCode(from: number, to: number, features: number, columnBytes: number): FunctionCode {
  const code = new FunctionCode(['i32']);
  const rows = code.parameter(0);
  const row = code.local('i32');
  const source = code.local('i32');
  const target = code.local('i32');
  code.count(row, rows, 4, () => {
    code
      .get(row)
      .i32(features * 4)
      .do('i32.mul')
      .set(source);
    code.get(row).i32(4).do('i32.mul').set(target);
    if (features < 4) copySingly(code, { source, target, from, to, features, columnBytes });
    else for (let f = 0; f < features; f += 4) copyBlock(code, Math.min(f, features - 4));
  });
  return code;

  function copyBlock(code: FunctionCode, feature: number): void {
    const rowVectors = [0, 1, 2, 3].map((i) =>
      vector(() => code.get(source).at('v128.load', from + (i * features + feature) * 4)),
    );
    const pair = (a: Local, b: Local, lanes: number[]) => vector(() => code.get(a).get(b).shuffleLanes(lanes));
    const low = [pair(rowVectors[0], rowVectors[1], [0, 4, 1, 5]), pair(rowVectors[2], rowVectors[3], [0, 4, 1, 5])];
    const high = [pair(rowVectors[0], rowVectors[1], [2, 6, 3, 7]), pair(rowVectors[2], rowVectors[3], [2, 6, 3, 7])];
    [low, low, high, high].forEach(([a, b], i) => {
      code
        .get(target)
        .get(a)
        .get(b)
        .shuffleLanes(i % 2 ? [2, 3, 6, 7] : [0, 1, 4, 5]);
      code.at('v128.store', to + (feature + i) * columnBytes);
    });
  }

  function vector(push: () => void): Local {
    push();
    const local = code.local('v128');
    code.set(local);
    return local;
  }
}

interface SingleCopy {
  source: Local;
  target: Local;
  from: number;
  to: number;
  features: number;
  columnBytes: number;
}

function copySingly(code: FunctionCode, { source, target, from, to, features, columnBytes }: SingleCopy): void {
  for (let i = 0; i < 4; i++)
    for (let f = 0; f < features; f++) {
      code
        .get(target)
        .get(source)
        .at('f32.load', from + (i * features + f) * 4);
      code.at('f32.store', to + f * columnBytes + i * 4);
    }
}

/**
 * Bins of one plane: a column of float32 at `from` becomes one byte a row at `to`. The function takes the number of
 * rows, a multiple of 16.
 */
export function quantiseCode(plane: BinPlane, plan: MemoryPlan, from: number, to: number): FunctionCode {
  const table = cellTable(plane.cuts);
  const code = new FunctionCode(['i32']);
  const row = code.local('i32');
  const column = code.local('i32');
  if (table) {
    const below = plan.place(table.below);
    const cuts = plan.place(padded(plane.cuts, plane.cuts.length + 4));
    const cells = code.local('v128');
    code.count(row, code.parameter(0), 4, () => {
      code.get(row).i32(4).do('i32.mul').tee(column);
      pushCells(code.at('v128.load', from), table.low, table.scale, table.below.length - 1);
      code.set(cells);
      for (let lane = 0; lane < 4; lane++) storeBin(code, { row, column, cells, lane, below, cuts, from, to });
    });
  } else {
    const cuts = plan.place(padded(plane.cuts, 256));
    const bin = code.local('i32');
    code.count(row, code.parameter(0), 1, () => {
      code.get(row).i32(4).do('i32.mul').set(column);
      searchBin(code, column, bin, cuts, from);
      code.get(row).get(bin).at('i32.store8', to);
    });
  }
  if (!plane.nanIsBelow) raiseNan(code, row, from, to);
  return code;
}

/** NaN is never <= x: padding counts for nothing. */
const padded = (cuts: Float32Array, length: number): Float32Array => {
  const out = new Float32Array(length).fill(NaN);
  out.set(cuts);
  return out;
};

/** Four values on the stack become their cells. `pmax(0, NaN)` is 0. */
function pushCells(code: FunctionCode, low: number, scale: number, last: number): void {
  const held = code.local('v128');
  const splat = (value: number) => code.f32(value).do('f32x4.splat');
  splat(low).do('f32x4.sub');
  splat(scale).do('f32x4.mul').set(held);
  splat(0).get(held).do('f32x4.pmax').set(held);
  splat(last).get(held).do('f32x4.pmin');
  splat(roundingShift).do('f32x4.add');
  splat(roundingShift).do('i32x4.sub');
}

interface BinStore {
  row: Local;
  column: Local;
  cells: Local;
  lane: number;
  below: number;
  cuts: number;
  from: number;
  to: number;
}

/** bin = cuts below the cell + those of the next four that are <= x. */
function storeBin(code: FunctionCode, { row, column, cells, lane, below, cuts, from, to }: BinStore): void {
  const start = code.local('i32');
  code.get(row);
  code.get(cells).extractLane(lane).at('i32.load8_u', below).tee(start);
  code.get(start).i32(2).do('i32.shl').at('v128.load', cuts);
  code.get(column).at('v128.load32_splat', from + 4 * lane);
  code.do('f32x4.le', 'i32x4.bitmask', 'i32.popcnt', 'i32.add');
  code.at('i32.store8', to + lane);
}

/** The plain search of the number of cuts <= x among 255, for cuts that lie too densely for cells. */
function searchBin(code: FunctionCode, column: Local, bin: Local, cuts: number, from: number): void {
  code.i32(0).set(bin);
  for (let step = 128; step >= 1; step /= 2) {
    code.get(bin).i32(step).do('i32.add').get(bin);
    code
      .get(bin)
      .i32(2)
      .do('i32.shl')
      .at('f32.load', cuts + (step - 1) * 4);
    code.get(column).at('f32.load', from);
    code.do('f32.le', 'select').set(bin);
  }
}

/** Gives NaN the bin 255, 16 rows at a time. */
function raiseNan(code: FunctionCode, row: Local, from: number, to: number): void {
  const column = code.local('i32');
  const x = code.local('v128');
  const isNan = (i: number) => {
    code
      .get(column)
      .at('v128.load', from + 16 * i)
      .tee(x);
    code.get(x).do('f32x4.ne');
  };
  code.count(row, code.parameter(0), 16, () => {
    code.get(row).i32(4).do('i32.mul').set(column);
    code.get(row);
    for (const half of [0, 2]) {
      isNan(half);
      isNan(half + 1);
      code.do('i16x8.narrow_i32x4_s');
    }
    code.do('i8x16.narrow_i16x8_s');
    code.get(row).at('v128.load', to).do('v128.or').at('v128.store', to);
  });
}
