/**
 * e^x in float32, in the steps of the GNU C library's expf (S. Nagy, "optimized-routines"), which ONNX Runtime calls on
 * Linux: x / ln 2 * 32 = k + r with |r| <= 1/2, then e^x = 2^(k/32) * 2^(r/32), the latter by a cubic polynomial, all
 * in float64. Its error is below 0.51 of the last bit of float32.
 */
export const expConstants = {
  steps: 32,
  scale: 46.16624130844683,
  /** Adding it rounds to a whole number, which then lies in the low bits. */
  shift: 6755399441055744,
  cubic: [0.05550361559341535 / 32 ** 3, 0.2402284522445722 / 32 ** 2, 0.6931471806916203 / 32],
  /** Beyond these the result is 0 or infinite in float32. */
  lowest: -103.97207641601562,
  highest: 88.72283172607422,
} as const;

/** The bits of 2^(i/32) less i * 2^47, so that k * 2^47 added to entry k mod 32 gives those of 2^(k/32). */
export const expTable = BigUint64Array.from({ length: expConstants.steps }, (_, i) => {
  const bits = new BigUint64Array(Float64Array.of(2 ** (i / expConstants.steps)).buffer)[0];
  return BigInt.asUintN(64, bits - (BigInt(i) << 47n));
});

const double = new Float64Array(1);
const bits = new BigUint64Array(double.buffer);

/** e^x, rounded to float32. */
export function expFloat32(x: number): number {
  const { scale, shift, cubic, lowest, highest } = expConstants;
  if (Number.isNaN(x)) return NaN;
  if (x > highest) return Infinity;
  if (x < lowest) return 0;
  const z = scale * x;
  const k = z + shift - shift;
  const r = z - k;
  bits[0] = BigInt.asUintN(64, expTable[k & (expConstants.steps - 1)] + (BigInt(k) << 47n));
  const polynomial = (cubic[0] * r + cubic[1]) * (r * r) + (cubic[2] * r + 1);
  return Math.fround(polynomial * double[0]);
}
