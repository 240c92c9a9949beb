import type { Constants } from '#shared/wasm/constants.ts';
import { op, shuffleLanes, type Local, type SimdCode, type Value } from '#shared/wasm/simd-code.ts';
import { mul, offset, unit } from './smoothing-vectors.ts';

const sub64 = (a: Value, b: Value): Value => op('f64x2.sub', a, b);
const mul64 = (a: Value, b: Value): Value => op('f64x2.mul', a, b);

/** Whole numbers above 0 as float64: they are the low bits of this number plus them. */
const wholes = 2 ** 52;
const highBits = 0x43300000;
/** Variances are brought to this many parts of one as whole numbers. */
const parts = 2 ** 24;

/** Mean and variance of logits, float32. */
export interface MeanAndVariance {
  mean: Local;
  variance: Local;
}

/**
 * The sum of logits and of their squares, four pixels to a vector. Both are exact, so that they do not hang on the order
 * in which values come: a pixel has the same bits wherever its window is taken apart.
 */
export class Moments {
  readonly #code: SimdCode;
  readonly #constants: Constants;
  readonly #count: number;
  readonly #sum: Local | null;
  /** Of the first and the last two pixels. */
  readonly #squares: readonly Local[];

  constructor(code: SimdCode, constants: Constants, count = 0, sum: Local | null = null, squares: Local[] = []) {
    this.#code = code;
    this.#constants = constants;
    this.#count = count;
    this.#sum = sum;
    this.#squares = squares;
  }

  /** The moments of these values too. */
  with(values: readonly Local[]): Moments {
    const code = this.#code;
    let sum = this.#sum;
    let squares = [...this.#squares];
    for (const value of values) {
      sum = sum ? code.let(op('i32x4.add', sum, value)) : value;
      const wide = this.#wide(value, offset);
      squares = wide.map((x, i) => {
        const square = mul64(x, x);
        return code.let(squares[i] ? op('f64x2.add', squares[i], square) : square);
      });
    }
    return new Moments(code, this.#constants, this.#count + values.length, sum, squares);
  }

  /** Variance = (sum of squares - square of the sum / count) / count. */
  result(): MeanAndVariance {
    const code = this.#code;
    const n = this.#count;
    const f64 = (value: number) => this.#constants.f64(value);
    const scale = parts / n / unit ** 2;
    const whole = this.#wide(this.#sum!, n * offset).map((sum, i) => {
      const variance = sub64(mul64(this.#squares[i], f64(scale)), mul64(mul64(sum, sum), f64(scale / n)));
      return code.let(op('f64x2.add', variance, f64(1.5 * wholes)));
    });
    const total = op('i32x4.sub', this.#sum!, this.#constants.i32(n * offset));
    const f32 = (value: number) => this.#constants.f32(value);
    return {
      mean: code.let(mul(op('f32x4.convert_i32x4_s', total), f32(1 / n / unit))),
      variance: code.let(
        mul(op('f32x4.convert_i32x4_s', shuffleLanes(whole[0], whole[1], [0, 2, 4, 6])), f32(1 / parts)),
      ),
    };
  }

  /** The first and the last two whole numbers as float64, less `less`. */
  #wide(value: Local, less: number): Local[] {
    return [
      [0, 4, 1, 5],
      [2, 6, 3, 7],
    ].map((lanes) =>
      this.#code.let(
        sub64(shuffleLanes(value, this.#constants.i32(highBits), lanes), this.#constants.f64(wholes + less)),
      ),
    );
  }
}
