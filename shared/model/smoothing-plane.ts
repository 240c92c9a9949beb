import type { Smoothing } from './model-manifest.ts';

/** Class probabilities of a rectangle of pixels: [pixel][class], row by row; a pixel without data is all NaN. */
export interface ProbabilityPlane {
  width: number;
  height: number;
  classes: number;
  values: Float32Array;
}

/** How far smoothing reads around a pixel. */
export const haloOf = (smoothing: Smoothing | null): number => (smoothing ? (smoothing.window - 1) / 2 : 0);
