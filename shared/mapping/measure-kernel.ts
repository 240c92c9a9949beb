import { featuresOf } from '#shared/features/features.ts';
import { compositeLength } from '#shared/features/spectral-index.ts';
import type { Ensemble } from '#shared/model/ensemble.ts';

const trialPixels = 1024;

/** Seconds of one core for a pixel on this machine, here and now: features and ensemble of made-up reflectances. */
export async function measureKernel(ensemble: Ensemble): Promise<number> {
  const composites = Float32Array.from(
    { length: trialPixels * compositeLength },
    (_, i) => 0.05 + 0.4 * ((i * 0.618) % 1),
  );
  // The first call compiles; only the second is like the thousands of a job.
  await ensemble.predict(featuresOf(composites));
  const start = performance.now();
  await ensemble.predict(featuresOf(composites));
  return (performance.now() - start) / 1000 / trialPixels;
}
