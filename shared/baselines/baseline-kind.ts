import type { Rgba } from '#shared/raster/cog-spec.ts';
import type { LayerClass } from '#shared/tiles/baseline-catalog.ts';

/** What is known of a published land-cover product. */
export interface BaselineKind {
  name: 'dynamic-world' | 'worldcover';
  title: string;
  classes: readonly LayerClass[];
  /** Pixel value of the stored raster that means no data: none of the classes. */
  nodata: number;
  /** Values of the published rasters that mean no data in every file. */
  alwaysEmpty: readonly number[];
  firstYear: number;
  licence: string;
  attribution: (year: number) => string;
}

const classOf = (value: number, title: string, color: string): LayerClass => ({
  value,
  name: title.toLowerCase().replaceAll(/[^a-z]+/g, '_'),
  title,
  color: color.toLowerCase(),
});

/**
 * Dynamic World V1 (Brown et al. 2022), band `label`: 0-8 with the palette of its publication. 0 is water, so that no
 * data needs a value of its own, and a masked pixel of an export that names none cannot be told from water.
 */
const dynamicWorld: BaselineKind = {
  name: 'dynamic-world',
  title: 'Dynamic World',
  classes: [
    classOf(0, 'Water', '#419BDF'),
    classOf(1, 'Trees', '#397D49'),
    classOf(2, 'Grass', '#88B053'),
    classOf(3, 'Flooded vegetation', '#7A87C6'),
    classOf(4, 'Crops', '#E49635'),
    classOf(5, 'Shrub and scrub', '#DFC35A'),
    classOf(6, 'Built', '#C4281B'),
    classOf(7, 'Bare', '#A59B8F'),
    classOf(8, 'Snow and ice', '#B39FE1'),
  ],
  nodata: 255,
  alwaysEmpty: [],
  firstYear: 2015,
  licence: 'CC-BY-4.0',
  attribution: () =>
    'This dataset is produced for the Dynamic World Project by Google in partnership with National Geographic Society and the World Resources Institute.',
};

/** ESA WorldCover (v100 of 2020, v200 of 2021): 10-100 with the palette of its product user manual; 0 is no data. */
const worldCover: BaselineKind = {
  name: 'worldcover',
  title: 'ESA WorldCover',
  classes: [
    classOf(10, 'Tree cover', '#006400'),
    classOf(20, 'Shrubland', '#FFBB22'),
    classOf(30, 'Grassland', '#FFFF4C'),
    classOf(40, 'Cropland', '#F096FF'),
    classOf(50, 'Built-up', '#FA0000'),
    classOf(60, 'Bare / sparse vegetation', '#B4B4B4'),
    classOf(70, 'Snow and ice', '#F0F0F0'),
    classOf(80, 'Permanent water bodies', '#0064C8'),
    classOf(90, 'Herbaceous wetland', '#0096A0'),
    classOf(95, 'Mangroves', '#00CF75'),
    classOf(100, 'Moss and lichen', '#FAE6A0'),
  ],
  nodata: 0,
  alwaysEmpty: [0],
  firstYear: 2020,
  licence: 'CC-BY-4.0',
  attribution: (year) =>
    `© ESA WorldCover project ${year} / Contains modified Copernicus Sentinel data (${year}) processed by ESA WorldCover consortium`,
};

export const baselineKinds: readonly BaselineKind[] = [dynamicWorld, worldCover];

/** Colours by pixel value, 256 of them; what is no class is transparent. */
export function kindPalette({ classes }: BaselineKind): Rgba[] {
  const palette: Rgba[] = Array.from({ length: 256 }, () => [0, 0, 0, 0]);
  const part = (color: string, at: number) => Number.parseInt(color.slice(at, at + 2), 16);
  for (const { value, color } of classes) palette[value] = [part(color, 1), part(color, 3), part(color, 5), 255];
  return palette;
}
