/** The Sentinel-2 bands that features-v1 reads, in the order in which composites are laid out. */
export const spectralBands = ['B03', 'B04', 'B05', 'B07', 'B08', 'B11'] as const;

/** What a scene must bring: the spectral bands and the scene classification. */
export const requiredBands = [...spectralBands, 'SCL'] as const;
export type RequiredBand = (typeof requiredBands)[number];

/** Bands that are used where a scene has them: blue, for true colour. */
export const optionalBands = ['B02'] as const;
export type Band = RequiredBand | (typeof optionalBands)[number];

/**
 * Scene classification values that hide the ground: no data, saturated, cloud shadow, cloud of medium and high
 * probability, cirrus, snow (ESA Sen2Cor).
 */
export const maskedSceneClasses: readonly number[] = [0, 1, 3, 8, 9, 10, 11];
