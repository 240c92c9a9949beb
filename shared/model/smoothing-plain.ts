import type { Smoothing } from './model-manifest.ts';
import { haloOf, type ProbabilityPlane } from './smoothing-plane.ts';

const floor = 0.0001;

function logit(probability: number): number {
  const p = Math.min(1 - floor, Math.max(floor, probability));
  return Math.log(p / (1 - p));
}

/** Smooth-v1 as it is written, in float64; see `smoothProbabilities`, of which this is the plain version. */
export function smoothPlainly(plane: ProbabilityPlane, smoothing: Smoothing): Float64Array {
  const { width, height, classes, values } = plane;
  const logits = Float64Array.from(values, logit);
  const out = new Float64Array(values.length).fill(NaN);
  const neighbours = new Float64Array(smoothing.window ** 2);
  const radius = haloOf(smoothing);
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++) {
      const at = (row * width + col) * classes;
      if (Number.isNaN(values[at])) continue;
      const box = {
        top: Math.max(0, row - radius),
        bottom: Math.min(height - 1, row + radius),
        left: Math.max(0, col - radius),
        right: Math.min(width - 1, col + radius),
      };
      let sum = 0;
      for (let k = 0; k < classes; k++) {
        const count = gather(logits, plane, box, k, neighbours);
        const q = shrink(logits[at + k], neighbours, count, smoothing);
        out[at + k] = q;
        sum += q;
      }
      for (let k = 0; k < classes; k++) out[at + k] /= sum;
    }
  return out;
}

interface PixelBox {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** Collects one class's logits of the pixels of a box that have data. */
function gather(
  logits: Float64Array,
  { width, classes }: ProbabilityPlane,
  box: PixelBox,
  k: number,
  out: Float64Array,
): number {
  let count = 0;
  for (let row = box.top; row <= box.bottom; row++) {
    const end = (row * width + box.right) * classes + k;
    for (let at = (row * width + box.left) * classes + k; at <= end; at += classes) {
      const x = logits[at];
      if (x === x) out[count++] = x;
    }
  }
  return count;
}

/** The posterior of one logit given the best part of its neighbours, back as a probability. */
function shrink(x: number, neighbours: Float64Array, count: number, { smoothness, fraction }: Smoothing): number {
  const k = Math.ceil(fraction * count);
  selectHighest(neighbours, count, k);
  let mean = 0;
  for (let i = 0; i < k; i++) mean += neighbours[i];
  mean /= k;
  let variance = 0;
  for (let i = 0; i < k; i++) variance += (neighbours[i] - mean) ** 2;
  variance /= k;
  const y = (variance * x + smoothness * mean) / (variance + smoothness);
  return 1 / (1 + Math.exp(-y));
}

/** Reorders the first `count` values so that the k highest come first (Hoare's selection). */
function selectHighest(values: Float64Array, count: number, k: number): void {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] > pivot) i++;
      while (values[j] < pivot) j--;
      if (i > j) break;
      const swap = values[i];
      values[i++] = values[j];
      values[j--] = swap;
    }
    if (k - 1 <= j) high = j;
    else if (k - 1 >= i) low = i;
    else return;
  }
}
