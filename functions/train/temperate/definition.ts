import type { ModelDefinition } from '../model-definition.ts';

/** The first model: seven crop classes of temperate farmland, northern summer. */
export const temperate: ModelDefinition = {
  name: 'temperate',
  version: '1.0.0',
  title: 'Crops of temperate farmland, northern summer',
  season: 'northern-summer',
  classes: [
    { name: 'maize', title: 'Maize', color: '#f5c400' },
    { name: 'soybean', title: 'Soybean', color: '#7a4a1e' },
    { name: 'winter_cereal', title: 'Winter cereal', color: '#d9722e' },
    { name: 'spring_cereal', title: 'Spring cereal', color: '#fbdcb4' },
    { name: 'grassland', title: 'Grassland', color: '#6fbf73' },
    { name: 'potato', title: 'Potato', color: '#7b3fa0' },
    { name: 'other', title: 'Other', color: '#9a9a9a' },
  ],
  smoothing: { method: 'smooth-v1', window: 7, smoothness: 20, fraction: 0.5 },
  validBoxes: [
    [-125, 48, -114, 52.5],
    [-97, 41.5, -52.5, 51.5],
    [-5.5, 42.5, 17, 55.5],
  ],
  recipe: {
    seed: 1,
    classWeightPower: 0.5,
    augmentation: { monthlyCopies: true, shifts: [-1, 1], dropFraction: 0.25, seed: 1 },
    members: {
      xgboost: { n_estimators: 120, max_depth: 5, learning_rate: 0.12, subsample: 0.8, colsample_bytree: 0.5 },
      lightgbm: {
        n_estimators: 130,
        num_leaves: 15,
        learning_rate: 0.1,
        subsample: 0.8,
        subsample_freq: 1,
        colsample_bytree: 0.5,
      },
      catboost: { iterations: 250, depth: 5, learning_rate: 0.12, border_count: 64 },
    },
    blockDegrees: 0.25,
    otherBlockDegrees: [0.05, 1, 2],
    crossValidationSeeds: [1, 2, 3],
    parityRows: 200_000,
    sampleRows: 210,
  },
  data: [
    {
      name: 'canada-2017',
      title: 'AAFC Annual Crop Inventory ground truth 2017, monthly Sentinel-2 composites as extracted by WorldCereal',
      licence: 'Open Government Licence - Canada (labels); contains modified Copernicus Sentinel data 2017',
      source: 'https://github.com/WorldCereal/presto-worldcereal',
    },
    {
      name: 'france-2023',
      title: 'RPG parcel declarations 2023, ten-day Sentinel-2 composites as extracted by WorldCereal',
      licence: 'Licence Ouverte Etalab 2.0 (labels); contains modified Copernicus Sentinel data 2023; repository MIT',
      source: 'https://github.com/WorldCereal/worldcereal-classification',
    },
    {
      name: 'bavaria-2018',
      title: 'Declared fields near Freising 2018, Sentinel-2 L2A field means by date',
      licence: 'repository MIT, none stated for the labels; contains modified Copernicus Sentinel data 2018',
      source: 'https://github.com/aliFrancis/WorldCrops',
    },
  ],
  limits: [
    'Trained on temperate farmland of southern Canada, two places in western France and one place in Bavaria; not for Zimbabwe, nor for any tropical, Mediterranean, irrigated or southern-hemisphere farming.',
    'Only for the season northern-summer (1 March to 30 November); the timing of features means nothing in another season.',
    'The polygon of validity is a set of generous boxes round the training regions, not a measured domain: most of it, Benelux and northern Germany among it, has no training sample. The Canadian prairies have none either and lie outside it.',
    'It tells crops apart, it does not find cropland: towns, water, forest, orchards, vineyards, rapeseed, sugar beet, vegetables and fallow all have to become "other", which is the weakest class.',
    'Potato was learnt from 70 samples, nearly all Canadian; spring cereals of Europe from 19.',
    'Forage legumes and sown grass count as grassland; barley and oats without a stated season count as spring cereal in Canada, and unspecified wheat and cereals were left out.',
    'Class definitions differ between the countries, and half of the series are monthly composites that still hold some cloud and snow.',
    'Accuracy falls with distance from the training regions: read the figure with the block size nearest to your distance, and check it against your own fields before relying on it.',
    'Trained without Canada it is right on 0.23 of the Canadian samples, without France on 0.59 of the French, without Bavaria on 0.70 of the Bavarian fields: expect much less than the cross-validation says where no sample is near.',
    'The settings were chosen among about ten on the same folds that are reported, so the figures are a little too good (a standard error or less).',
    'Confidence is the smoothed probability of the winning class; it is not calibrated outside the training regions.',
  ],
};

/** A few shallow trees of the same form, for tests: fast to load and of no use on a map. */
export const tiny: ModelDefinition = {
  ...temperate,
  name: 'tiny',
  title: 'A tiny model for tests, of no use on a map',
  recipe: {
    ...temperate.recipe,
    members: {
      xgboost: { n_estimators: 5, max_depth: 3, learning_rate: 0.3 },
      lightgbm: { n_estimators: 5, num_leaves: 8, learning_rate: 0.3 },
      catboost: { iterations: 5, depth: 3, learning_rate: 0.5, border_count: 64 },
    },
    parityRows: 20_000,
    sampleRows: 42,
  },
  limits: ['For tests only.'],
};
