import { seasonDekads } from '#shared/domain/season.ts';
import { featureCount } from './feature-names.ts';
import { fillGaps } from './gap-fill.ts';
import { minDekads } from './kernel/layout.ts';
import { phenology } from './phenology.ts';
import { smoothSeries } from './savitzky-golay.ts';
import { compositeLength, emptyIndexSeries, indicesOfPixel, monthlyMeans } from './spectral-index.ts';

/** Features-v1 as it is written, in float64 and one pixel at a time: the plain version of `featuresOf`. */
export function plainFeaturesOf(composites: Float32Array): Float32Array {
  const pixels = composites.length / compositeLength;
  const out = new Float32Array(pixels * featureCount);
  const kernel = plainKernel();
  for (let pixel = 0; pixel < pixels; pixel++) kernel(composites, pixel * compositeLength, out, pixel * featureCount);
  return out;
}

/** The kernel with its scratch memory: reads one pixel's composites at `from`, writes its 51 features at `to`. */
function plainKernel() {
  const series = emptyIndexSeries();
  const all = Object.values(series) as Float64Array[];
  const profiles = [series.ndvi, series.ndre, series.ndmi, series.ndwi];
  const present = new Uint8Array(seasonDekads);
  const scratch = new Float64Array(seasonDekads);
  return (composites: Float32Array, from: number, out: Float32Array, to: number): void => {
    const count = indicesOfPixel(composites, from, series, present);
    if (count < minDekads) {
      out.fill(NaN, to, to + featureCount);
      return;
    }
    for (const values of all) {
      fillGaps(values, present, count);
      smoothSeries(values, scratch);
    }
    profiles.forEach((values, i) => monthlyMeans(values, out, to + i * 9));
    phenology(series, out, to + 36, scratch);
  };
}
