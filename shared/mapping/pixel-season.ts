import { spectralBands } from '#shared/domain/bands.ts';
import { dekadStart, seasonDekads, type Season } from '#shared/domain/season.ts';
import { minDekads } from '#shared/features/features.ts';
import { fillGaps } from '#shared/features/gap-fill.ts';
import { emptyIndexSeries, indicesOfPixel } from '#shared/features/spectral-index.ts';
import type { BandValues } from './pixel-scenes.ts';

/** One dekad of a pixel. */
export interface PixelDekad {
  /** 0..26. */
  dekad: number;
  /** First day, YYYY-MM-DD. */
  start: string;
  /** Median of the valid scenes; null where there is none. */
  composite: BandValues | null;
  /** Whether `ndvi` is interpolated between the dekads around it. */
  filled: boolean;
  /** Before smoothing; null where too little was seen to fill the gaps. */
  ndvi: number | null;
}

/**
 * The composites of a pixel dekad by dekad, with their NDVI and what it is where nothing was seen.
 *
 * @param composites reflectance as [band][dekad], NaN = missing
 */
export function pixelDekads(composites: Float32Array, season: Season, year: number): PixelDekad[] {
  const series = emptyIndexSeries();
  const present = new Uint8Array(seasonDekads);
  const count = indicesOfPixel(composites, 0, series, present);
  const seen = new Set(present.subarray(0, count));
  const isFilled = count >= minDekads;
  if (isFilled) fillGaps(series.ndvi, present, count);
  return Array.from({ length: seasonDekads }, (_, dekad) => ({
    dekad,
    start: dekadStart(season, year, dekad),
    composite: seen.has(dekad) ? bandsOf(composites, dekad) : null,
    filled: isFilled && !seen.has(dekad),
    ndvi: isFilled || seen.has(dekad) ? series.ndvi[dekad] : null,
  }));
}

const bandsOf = (composites: Float32Array, dekad: number) =>
  Object.fromEntries(spectralBands.map((band, i) => [band, composites[i * seasonDekads + dekad]])) as BandValues;
