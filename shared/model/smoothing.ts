import type { Smoothing } from './model-manifest.ts';
import { canSmoothFast, smoothFast } from './smoothing-fast.ts';
import { smoothPlainly } from './smoothing-plain.ts';
import type { ProbabilityPlane } from './smoothing-plane.ts';

export { haloOf, type ProbabilityPlane } from './smoothing-plane.ts';

/**
 * Smooth-v1: empirical Bayes smoothing on the logits, class by class, after `sits_smooth` of the R package sits
 * (Camara et al.). The neighbourhood is clipped at the rectangle and at pixels without data; nothing is mirrored.
 *
 * @returns [pixel][class], each row summing to 1; a pixel without data stays NaN
 */
export function smoothProbabilities(plane: ProbabilityPlane, smoothing: Smoothing): Float32Array {
  return canSmoothFast(smoothing) ? smoothFast(plane, smoothing) : Float32Array.from(smoothPlainly(plane, smoothing));
}
