import type { LabelMapping } from '../label-mapping.ts';

/** Crops of the Bavarian field declarations of 2018. `other` is the publisher's own rest class. */
export const bavariaLabels: LabelMapping = {
  classes: {
    maize: ['grain maize', 'silage maize'],
    soybean: ['soybean'],
    winter_cereal: [
      'winter wheat',
      'winter barley',
      'winter rye',
      'winter spelt',
      'winter triticale',
      'whole-crop winter rye',
    ],
    spring_cereal: ['spring barley', 'spring oats'],
    grassland: [
      'arable grass',
      'clover',
      'clover-grass',
      'clover-lucerne',
      'lucerne',
      'grassland establishment',
      'meadow (mown)',
      'mown pasture',
      'pasture',
      'permanent grass out of production',
    ],
    potato: ['potato'],
    other: ['winter rapeseed', 'set-aside', 'arable out of production', 'other'],
  },
  excluded: {},
};
