import type { Smoothing } from './model-manifest.ts';
import { compileSmoothing, kernelWindows, type SmoothingKernel } from './smoothing-kernel.ts';
import { rowsAtOnce } from './smoothing-layout.ts';
import type { ProbabilityPlane } from './smoothing-plane.ts';

/** Whether {@link smoothFast} serves these settings. */
export const canSmoothFast = ({ window }: Smoothing): boolean => kernelWindows.includes(window);

/** The last kernel: a worker smooths chunk after chunk for one model. */
let last: { key: string; kernel: SmoothingKernel } | null = null;

function kernelFor(classes: number, smoothing: Smoothing): SmoothingKernel {
  const key = `${classes} ${smoothing.window} ${smoothing.fraction} ${smoothing.smoothness}`;
  if (last?.key !== key) last = { key, kernel: compileSmoothing(classes, smoothing) };
  return last.kernel;
}

/**
 * Smooth-v1 by the compiled kernel, strip by strip and row by row; see `smoothProbabilities` for what goes in and comes
 * out. It computes in float32 what `smoothPlainly` computes in float64: they differ by less than 5e-7. What it gives for a
 * pixel depends on its window alone, not on where the rectangle begins.
 */
export function smoothFast(plane: ProbabilityPlane, smoothing: Smoothing): Float32Array {
  const out = new Float32Array(plane.values.length);
  const kernel = kernelFor(plane.classes, smoothing);
  for (let left = 0; left < plane.width; left += kernel.layout.strip) smoothStrip(plane, kernel, left, out);
  return out;
}

function smoothStrip(plane: ProbabilityPlane, kernel: SmoothingKernel, left: number, out: Float32Array): void {
  const { width, height, classes } = plane;
  const { radius, strip, pairs } = kernel.layout;
  const values = Math.min(strip, width - left) * classes;
  let taken = 0;
  for (let row = 0; row < height; row += rowsAtOnce) {
    const pair = row / 2;
    for (; taken < pair + pairs; taken++) {
      kernel.input.forEach((input, i) => fillInput(plane, kernel, input, left, 2 * taken + i - 1 - radius));
      kernel.take(taken);
    }
    kernel.smooth(pair);
    for (let i = 0; i < rowsAtOnce && row + i < height; i++)
      out.set(kernel.out[i].subarray(0, values), ((row + i) * width + left) * classes);
  }
}

/** A row of the strip with the columns on both sides of it; what lies outside of the plane has no data. */
function fillInput(
  { width, height, classes, values }: ProbabilityPlane,
  { layout }: SmoothingKernel,
  input: Float32Array,
  left: number,
  row: number,
) {
  const first = left - layout.radius;
  const [from, to] = [Math.max(0, first), Math.min(width, first + layout.columns)];
  const isInside = row >= 0 && row < height;
  if (!isInside || to - from < layout.columns) input.fill(NaN);
  if (isInside)
    input.set(values.subarray((row * width + from) * classes, (row * width + to) * classes), (from - first) * classes);
}
