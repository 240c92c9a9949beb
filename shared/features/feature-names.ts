/** Version of the list below; a model is valid only for the version that it was trained on. */
export const featureVersion = 'features-v1';

const profile = ['ndvi', 'ndre', 'ndmi', 'ndwi'].flatMap((index) =>
  Array.from({ length: 9 }, (_, month) => `${index}_m${month + 1}`),
);

/** The 51 features in their immutable order: 36 monthly means, then 15 phenological values. */
export const featureNames: readonly string[] = [
  ...profile,
  'ndvi_std',
  'ndvi_amp',
  'ndvi_peak_t',
  'ndvi_sos_t',
  'ndvi_eos_t',
  'ndvi_los',
  'ndvi_auc',
  'ndvi_rog',
  'ndvi_ros',
  'ndvi_n_peaks',
  'ndvi_h_rmse',
  'cire_max',
  'ndwi_max',
  'ndre_ndvi_peak_lag',
  'ndvi_asym',
];

export const featureCount = featureNames.length;

/** What a model must have been trained on to be served here. */
export const featureSet = { version: featureVersion, count: featureCount };
