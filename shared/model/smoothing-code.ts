import type { Constants } from '#shared/wasm/constants.ts';
import { i32, load, loadLane, op, select, SimdCode, type Local, type Value } from '#shared/wasm/simd-code.ts';
import type { SmoothingLayout } from './smoothing-layout.ts';
import { exponential, logarithm } from './smoothing-math.ts';
import { mergeNetwork, sortingNetwork, type Comparison } from '#shared/wasm/sorting-network.ts';

const add = (a: Value, b: Value): Value => op('f32x4.add', a, b);
const sub = (a: Value, b: Value): Value => op('f32x4.sub', a, b);
const mul = (a: Value, b: Value): Value => op('f32x4.mul', a, b);
const div = (a: Value, b: Value): Value => op('f32x4.div', a, b);

/** The logit of the lowest and the highest probability that are told apart. */
const limit = Math.log((1 - 0.0001) / 0.0001);

/** Logits lie in the memory as whole numbers of 2^-27: finer than float32 has them, and quicker to compare. */
const unit = 2 ** 27;
const noData = -(2 ** 31);

/** The highest values per column, in order, over this column and those to the right of it: as many as can count. */
interface Lists {
  address: number;
  length: number;
  columns: number;
}

/** The functions of the smoothing kernel. Vectors are four neighbouring pixels of a row, float32. */
export class SmoothingCode {
  readonly #layout: SmoothingLayout;
  readonly #constants: Constants;
  /** Sorted columns, and lists of twice as many columns each. */
  readonly #lists: Lists[];

  constructor(layout: SmoothingLayout, constants: Constants) {
    this.#layout = layout;
    this.#constants = constants;
    const { window } = layout;
    this.#lists = [];
    for (let columns = 1; columns <= window; columns *= 2)
      this.#lists.push({
        columns,
        length: columns * window,
        address: layout.lists + (columns - 1) * window * layout.rowBytes,
      });
  }

  /** Logits of a row of the input, -Infinity where there are no data, class by class: (address among a class's rows). */
  logits(): SimdCode {
    const { classes, columns, input, rows, classBytes } = this.#layout;
    const code = new SimdCode(1);
    const f32 = (value: number) => this.#constants.f32(value);
    const k = code.let(i32(0), 'i32');
    const [source, target] = [code.let(i32(0), 'i32'), code.let(i32(0), 'i32')];
    const start = code.let(code.parameter(0), 'i32');
    code.repeatWhile(op('i32.lt_u', k, i32(classes)), () => {
      code.set(source, op('i32.mul', k, i32(4)));
      code.set(target, start);
      this.#eachColumn(code, columns, () => {
        const first = load(input, source, 'v128.load32_zero');
        const p = code.let(
          loadLane(
            input + 12 * classes,
            source,
            loadLane(input + 8 * classes, source, loadLane(input + 4 * classes, source, first, 1), 2),
            3,
          ),
        );
        const clamped = code.let(op('f32x4.pmin', op('f32x4.pmax', p, f32(1e-5)), f32(1 - 1e-5)));
        const x = code.let(logarithm(code, this.#constants, div(clamped, sub(f32(1), clamped))));
        code.set(x, op('f32x4.pmin', op('f32x4.pmax', x, f32(-limit)), f32(limit)));
        const whole = op('i32x4.trunc_sat_f32x4_s', mul(x, f32(unit)));
        code.store(rows, select(op('f32x4.eq', p, p), whole, this.#constants.i32(noData)), target);
        code.set(source, op('i32.add', source, i32(16 * classes)));
        code.set(target, op('i32.add', target, i32(16)));
      });
      code.set(start, op('i32.add', start, i32(classBytes)));
      code.set(k, op('i32.add', k, i32(1)));
    });
    return code;
  }

  /** How many of the highest logits count in each window, by the pixels that have data: (). */
  counts(): SimdCode {
    const { window, columns, strip, rows, rowBytes, present, kept, fraction } = this.#layout;
    const code = new SimdCode(0);
    const one = this.#constants.f32(1);
    const isThere = (row: number, column: Local) =>
      op('v128.and', one, op('i32x4.gt_s', load(rows + row * rowBytes, column), this.#constants.i32(noData)));
    const range = Array.from({ length: window }, (_, i) => i);
    this.#eachColumn(code, columns, (column) =>
      code.store(present, range.map((row) => isThere(row, column)).reduce(add), column),
    );
    this.#eachColumn(code, strip, (column) => {
      const count = range.map((i) => load(present + 4 * i, column)).reduce(add);
      code.store(kept, op('f32x4.ceil', mul(this.#constants.f32(fraction), count)), column);
    });
    return code;
  }

  /** Sorts the columns of a class's rows, in whichever order the rows are: (address of the class among the rows). */
  columns(): SimdCode {
    const { window, columns, rows, rowBytes } = this.#layout;
    const code = new SimdCode(1);
    const source = code.let(code.parameter(0), 'i32');
    this.#eachColumn(code, columns, (column) => {
      const values = Array.from({ length: window }, (_, row) => code.let(load(rows + row * rowBytes, source)));
      this.#keep(code, compared(code, values, sortingNetwork(window)), this.#lists[0], column);
      code.set(source, op('i32.add', source, i32(16)));
    });
    return code;
  }

  /** Merges lists of neighbours into lists of twice as many columns, one function for each size. */
  merges(): SimdCode[] {
    return this.#lists.slice(1).map((to, i) => {
      const from = this.#lists[i];
      const code = new SimdCode(0);
      this.#eachColumn(code, this.#layout.columns - to.columns + 1, (column) => {
        const pair = [this.#at(code, from, column, 0), this.#at(code, from, column, from.columns)];
        this.#keep(code, merged(code, pair[0], pair[1]), to, column);
      });
      return code;
    });
  }

  /**
   * The posterior of a class as a logit, NaN without data: (address
   * of the class and row among the rows, address of the class among the results).
   */
  posterior(): SimdCode {
    const { strip, radius, most, kept, rows, results, smoothness } = this.#layout;
    const code = new SimdCode(2);
    const [source, target] = [code.let(code.parameter(0), 'i32'), code.let(code.parameter(1), 'i32')];
    const f32 = (value: number) => this.#constants.f32(value);
    const [mean, variance] = [code.let(f32(0)), code.let(f32(0))];
    this.#eachColumn(code, strip, (column) => {
      const best = this.#highest(code, column);
      const number = (value: Value) => op('f32x4.convert_i32x4_s', value);
      const used = code.let(load(kept, column));
      const isCut = code.let(op('v128.any_true', op('f32x4.ne', used, f32(most))), 'i32');
      const squared = (x: Value) => {
        const difference = code.let(sub(x, mean));
        return mul(difference, difference);
      };
      code.if(op('i32.eqz', isCut), () => {
        const values = best.map((value) => code.let(number(value)));
        code.set(mean, div(total(code, values), f32(most)));
        code.set(variance, div(total(code, values.map(squared)), f32(most)));
      });
      code.if(isCut, () => {
        const sorted = compared(code, best, sortingNetwork(most)).map((value) => code.let(number(value)));
        const inUse = (value: Value, i: number) => op('v128.and', value, op('f32x4.lt', f32(i), used));
        code.set(mean, div(total(code, sorted.map(inUse)), used));
        code.set(
          variance,
          div(
            total(
              code,
              sorted.map((x, i) => inUse(squared(x), i)),
            ),
            used,
          ),
        );
      });
      code.set(mean, mul(mean, f32(1 / unit)));
      code.set(variance, mul(variance, f32(1 / unit ** 2)));
      const own = code.let(load(rows + 4 * radius, source));
      const x = code.let(mul(number(own), f32(1 / unit)));
      const y = div(add(mul(variance, x), mul(f32(smoothness), mean)), add(variance, f32(smoothness)));
      code.store(results, op('v128.or', y, op('i32x4.eq', own, this.#constants.i32(noData))), target);
      code.set(source, op('i32.add', source, i32(16)));
      code.set(target, op('i32.add', target, i32(16)));
    });
    return code;
  }

  /** Turns the logits of all results into probabilities: (). */
  probabilities(): SimdCode {
    const { classes, rowBytes, results } = this.#layout;
    const code = new SimdCode(0);
    const one = this.#constants.f32(1);
    this.#eachColumn(code, (classes * rowBytes) / 4, (column) => {
      const y = code.let(load(results, column));
      const q = div(one, add(one, exponential(code, this.#constants, sub(this.#constants.f32(0), y))));
      code.store(results, op('v128.or', q, op('f32x4.ne', y, y)), column);
    });
    return code;
  }

  /** Divides by the sum over the classes and lays the result out as [pixel][class]: (). */
  normalise(): SimdCode {
    const { classes, strip, rowBytes, results, out } = this.#layout;
    const code = new SimdCode(0);
    const [k, source, target] = ['k', 'source', 'target'].map(() => code.let(i32(0), 'i32'));
    const sum = code.let(this.#constants.f32(0));
    const eachClass = (body: () => void) => {
      code.set(k, i32(0));
      code.repeatWhile(op('i32.lt_u', k, i32(classes)), () => {
        body();
        code.set(source, op('i32.add', source, i32(rowBytes)));
        code.set(k, op('i32.add', k, i32(1)));
      });
    };
    this.#eachColumn(code, strip, (column) => {
      code.set(sum, this.#constants.f32(0));
      code.set(source, column);
      eachClass(() => code.set(sum, add(sum, load(results, source))));
      code.set(source, column);
      eachClass(() => {
        const q = code.let(div(load(results, source), sum));
        for (let lane = 0; lane < 4; lane++) code.storeLane(out + 4 * lane * classes, q, lane, target);
        code.set(target, op('i32.add', target, i32(4)));
      });
      code.set(target, op('i32.add', target, i32(12 * classes)));
    });
    return code;
  }

  /**
   * The highest values of the window that begins at a column, as many as count in a full one. Where A and B are sorted
   * lists that make up the window, those are max(A[i], B[n - 1 - i]).
   */
  #highest(code: SimdCode, column: Local): Local[] {
    const { window, most } = this.#layout;
    const parts: Local[][] = [];
    let shift = 0;
    for (const list of this.#lists.toReversed()) {
      if (shift + list.columns > window) continue;
      parts.push(this.#at(code, list, column, shift));
      shift += list.columns;
    }
    const [a, ...rest] = parts;
    const b = rest.reduce((sum, part) => merged(code, sum, part), []);
    return Array.from({ length: most }, (_, i) => {
      const [left, right] = [a.at(i) ?? null, b.at(most - 1 - i) ?? null];
      return left !== null && right !== null ? code.let(op('i32x4.max_s', left, right)) : (left ?? right)!;
    });
  }

  #at(code: SimdCode, { address, length }: Lists, column: Local, shift: number): Local[] {
    const { rowBytes } = this.#layout;
    return Array.from({ length }, (_, rank) => code.let(load(address + rank * rowBytes + 4 * shift, column)));
  }

  #keep(code: SimdCode, values: readonly Local[], { address, length }: Lists, column: Local): void {
    values.slice(0, length).forEach((value, rank) => code.store(address + rank * this.#layout.rowBytes, value, column));
  }

  /** Repeats for four columns at a time; what the last ones are too many lies in the spare end of the rows. */
  #eachColumn(code: SimdCode, columns: number, body: (column: Local) => void): void {
    const column = code.let(i32(0), 'i32');
    code.repeatWhile(op('i32.lt_u', column, i32(4 * columns)), () => {
      body(column);
      code.set(column, op('i32.add', column, i32(16)));
    });
  }
}

function compared(code: SimdCode, values: readonly Local[], comparisons: readonly Comparison[]): Local[] {
  const held = [...values];
  for (const [a, b] of comparisons) {
    const high = code.let(op('i32x4.max_s', held[a], held[b]));
    held[b] = code.let(op('i32x4.min_s', held[a], held[b]));
    held[a] = high;
  }
  return held;
}

function merged(code: SimdCode, a: readonly Local[], b: readonly Local[]): Local[] {
  const { comparisons, order } = mergeNetwork(a.length, b.length);
  const held = compared(code, [...a, ...b], comparisons);
  return order.map((position) => held[position]);
}

/** A sum in four strands, so that one addition need not wait for the one before it. */
function total(code: SimdCode, values: readonly Value[]): Value {
  const strands = [0, 1, 2, 3].filter((i) => i < values.length).map((i) => code.let(values[i]));
  values.slice(4).forEach((value, i) => code.set(strands[i % 4], add(strands[i % 4], value)));
  return strands.slice(1).reduce<Value>(add, strands[0]);
}
