import { t } from '../../i18n/t.ts';
import type { Pixel } from './pixel-types.ts';

type Feature = Pixel['features'][number];

export const profileIndices = ['ndvi', 'ndre', 'ndmi', 'ndwi'] as const;
const monthly = /^(ndvi|ndre|ndmi|ndwi)_m(\d)$/;

export interface FeatureGroups {
  /** Of each month of the season, the mean of each index. */
  months: { month: string; values: (number | null)[] }[];
  phenology: { name: string; title: string; value: number | null; unit: string }[];
}

/** The first day of each month of a season, from its dekads. */
const monthStarts = (pixel: Pixel) => pixel.dekads.filter((_, i) => i % 3 === 0).map(({ start }) => start);

/** The 51 features in the two groups that one reads: monthly means, and numbers of the season. */
export function featureGroups(pixel: Pixel, monthName: (iso: string) => string): FeatureGroups {
  const value = new Map(pixel.features.map((feature) => [feature.name, feature.value]));
  const months = monthStarts(pixel).map((start, i) => ({
    month: monthName(start),
    values: profileIndices.map((index) => value.get(`${index}_m${i + 1}`) ?? null),
  }));
  return { months, phenology: pixel.features.filter(({ name }) => !monthly.test(name)).map(readable) };
}

const readable = ({ name, value, unit }: Feature) => ({ name, title: titleOf(name), value, unit: unit ?? '' });

/** What a feature is called; a name that a later list brings is shown as it is. */
function titleOf(name: string): string {
  const titles: Record<string, () => string> = {
    ndvi_std: () => t('feature.std'),
    ndvi_amp: () => t('feature.amp'),
    ndvi_peak_t: () => t('feature.peak'),
    ndvi_sos_t: () => t('feature.sos'),
    ndvi_eos_t: () => t('feature.eos'),
    ndvi_los: () => t('feature.los'),
    ndvi_auc: () => t('feature.auc'),
    ndvi_rog: () => t('feature.rog'),
    ndvi_ros: () => t('feature.ros'),
    ndvi_n_peaks: () => t('feature.peaks'),
    ndvi_h_rmse: () => t('feature.harmonics'),
    cire_max: () => t('feature.cire'),
    ndwi_max: () => t('feature.ndwi'),
    ndre_ndvi_peak_lag: () => t('feature.lag'),
    ndvi_asym: () => t('feature.asymmetry'),
  };
  return Object.hasOwn(titles, name) ? titles[name]() : name;
}
