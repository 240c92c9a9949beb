/** A function of the plane; null where it has no value. */
export type Surface = (x: number, y: number) => readonly [number, number] | null;

/** Where a fit holds: from the first to the last position on each axis, both included. */
export interface Span {
  x0: number;
  x1: number;
  y0: number;
  y1: number;
}

/** Nodes on each axis: polynomials up to degree 7. */
const nodes = 8;
const orders = Array.from({ length: nodes }, (_, i) => i);
const angle = (k: number) => (Math.PI * (k + 0.5)) / nodes;
const cosines = orders.map((i) => Float64Array.from(orders, (k) => Math.cos(i * angle(k))));

/** One coordinate of a fit: `coefficients[i * nodes + j]` of T_i(u) T_j(v), u and v from -1 to 1 over the span. */
type Coefficients = Float64Array;

/** Chebyshev interpolation of a surface over a span: both coordinates, and how far they may be wrong. */
export interface SmoothFit {
  span: Span;
  coefficients: readonly [Coefficients, Coefficients];
  /** Estimate of the largest error: what the two highest orders still contribute. */
  error: number;
}

function transform(values: Float64Array): Coefficients {
  const halfway = new Float64Array(nodes * nodes);
  const coefficients = new Float64Array(nodes * nodes);
  const scale = (i: number) => (i === 0 ? 1 : 2) / nodes;
  for (const i of orders)
    for (const l of orders)
      for (const k of orders) halfway[i * nodes + l] += scale(i) * cosines[i][k] * values[k * nodes + l];
  for (const i of orders)
    for (const j of orders)
      for (const l of orders) coefficients[i * nodes + j] += scale(j) * cosines[j][l] * halfway[i * nodes + l];
  return coefficients;
}

function remainder(coefficients: Coefficients): number {
  let sum = 0;
  for (const i of orders)
    for (const j of orders) if (Math.max(i, j) >= nodes - 2) sum += Math.abs(coefficients[i * nodes + j]);
  return sum;
}

/** Interpolates a surface at the 8 x 8 Chebyshev nodes of a span; null where it has no value at one of them. */
export function fitSmooth(surface: Surface, span: Span): SmoothFit | null {
  const { x0, x1, y0, y1 } = span;
  const values = [new Float64Array(nodes * nodes), new Float64Array(nodes * nodes)];
  for (const k of orders)
    for (const l of orders) {
      const x = (x0 + x1) / 2 + ((x1 - x0) / 2) * cosines[1][k];
      const y = (y0 + y1) / 2 + ((y1 - y0) / 2) * cosines[1][l];
      const point = surface(x, y);
      if (!point) return null;
      values[0][k * nodes + l] = point[0];
      values[1][k * nodes + l] = point[1];
    }
  const coefficients = [transform(values[0]), transform(values[1])] as const;
  return { span, coefficients, error: Math.max(...coefficients.map(remainder)) };
}

/** The bounds of a coordinate over its span: a Chebyshev polynomial lies between -1 and 1. */
export function rangeOf({ coefficients, error }: SmoothFit, axis: 0 | 1): [number, number] {
  const [mean, ...others] = coefficients[axis];
  const reach = error + others.reduce((sum, value) => sum + Math.abs(value), 0);
  return [mean - reach, mean + reach];
}

/** Coefficients by powers of u from those of T_i(u), in place of nothing but `powers`. */
function toPowers(series: Float64Array, degree: number, powers: Float64Array): void {
  powers.fill(0);
  for (let i = 0; i <= degree; i++) for (let k = 0; k <= i; k++) powers[k] += series[i] * chebyshevPowers[i][k];
}

/** T_i(u) by powers of u: T_(i+1) = 2 u T_i - T_(i-1). */
const chebyshevPowers = orders.reduce<number[][]>((rows, i) => {
  const [last, before] = [rows[i - 1] ?? [], rows[i - 2] ?? []];
  const next = orders.map((k) => 2 * (last[k - 1] ?? 0) - (before[k] ?? 0));
  return [...rows, i === 0 ? [1] : i === 1 ? [0, 1] : next];
}, []);

/** What is left out of a row's polynomial is less than this. */
const negligible = 1e-9;

function rowPolynomial(coefficients: Coefficients, v: number, powers: Float64Array): number {
  const series = new Float64Array(nodes);
  let [before, current] = [1, v];
  for (let i = 0; i < nodes; i++) series[i] = coefficients[i * nodes] + coefficients[i * nodes + 1] * v;
  for (let j = 2; j < nodes; j++) {
    [before, current] = [current, 2 * v * current - before];
    for (let i = 0; i < nodes; i++) series[i] += coefficients[i * nodes + j] * current;
  }
  let degree = nodes - 1;
  for (let dropped = Math.abs(series[degree]); degree > 1 && dropped < negligible; dropped += Math.abs(series[degree]))
    degree--;
  toPowers(series, degree, powers);
  return degree;
}

/**
 * Evaluates a fit along a row: the values at `count` positions x0, x0 + 1, ... of the span go to `into` from `at`.
 *
 * @param axis which of the two coordinates
 */
export function evaluateRow(
  fit: SmoothFit,
  axis: 0 | 1,
  y: number,
  into: Float64Array,
  at: number,
  count: number,
): void {
  const { x0, x1, y0, y1 } = fit.span;
  const powers = new Float64Array(nodes);
  const v = y1 > y0 ? (2 * y - y0 - y1) / (y1 - y0) : 0;
  const degree = rowPolynomial(fit.coefficients[axis], v, powers);
  const step = x1 > x0 ? 2 / (x1 - x0) : 0;
  for (let x = 0; x < count; x++) {
    const u = step * x - (step === 0 ? 0 : 1);
    let value = powers[degree];
    for (let k = degree - 1; k >= 0; k--) value = value * u + powers[k];
    into[at + x] = value;
  }
}
