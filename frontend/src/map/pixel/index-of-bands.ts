/** Reflectance by band; all bands where there is any. */
export type BandValues = Partial<Record<'B03' | 'B04' | 'B05' | 'B07' | 'B08' | 'B11', number>>;

export const indices = ['ndvi', 'ndre', 'ndmi', 'ndwi', 'cire'] as const;
export type Index = (typeof indices)[number];

/** A denominator this small gives 0. */
const tiny = 1e-6;

function ratio(above: number, below: number, low: number, high: number): number {
  if (Number.isNaN(above) || Number.isNaN(below)) return NaN;
  const value = Math.abs(below) < tiny ? 0 : above / below;
  return Math.min(high, Math.max(low, value));
}

const normalised = (a: number, b: number) => ratio(a - b, a + b, -1, 1);

/**
 * An index of one observation, as features-v1 defines it (the awesome-spectral-indices catalogue; CIRE after Clevers and
 * Gitelson 2013), clipped to -1..1, CIRE to -1..10; NaN where a band is missing.
 */
export function indexOfBands(index: Index, bands: BandValues): number {
  const { B03 = NaN, B04 = NaN, B05 = NaN, B07 = NaN, B08 = NaN, B11 = NaN } = bands;
  switch (index) {
    case 'ndvi':
      return normalised(B08, B04);
    case 'ndre':
      return normalised(B08, B05);
    case 'ndmi':
      return normalised(B08, B11);
    case 'ndwi':
      return normalised(B03, B08);
    case 'cire':
      return ratio(B07 - B05, B05, -1, 10);
  }
}

/** Missing values (NaN) by linear interpolation between their neighbours, the ends held. */
export function filledGaps(values: readonly number[]): number[] {
  const known = [...values.keys()].filter((i) => !Number.isNaN(values[i]));
  if (known.length === 0) return [...values];
  return values.map((value, i) => {
    if (!Number.isNaN(value)) return value;
    const before = known.findLast((at) => at < i);
    const after = known.find((at) => at > i);
    if (before === undefined) return values[after!];
    if (after === undefined) return values[before];
    return values[before] + ((values[after] - values[before]) * (i - before)) / (after - before);
  });
}
