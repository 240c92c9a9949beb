import type { Baseline } from '#shared/tiles/baseline-catalog.ts';
import type { MadeRaster } from '#shared/tiles/testing/made-raster.ts';

/** The classes of Dynamic World with their published colours. */
const dynamicWorld: [string, string, string][] = [
  ['water', 'Water', '#419bdf'],
  ['trees', 'Trees', '#397d49'],
  ['grass', 'Grass', '#88b053'],
  ['flooded_vegetation', 'Flooded vegetation', '#7a87c6'],
  ['crops', 'Crops', '#e49635'],
  ['shrub_and_scrub', 'Shrub and scrub', '#dfc35a'],
  ['built', 'Built area', '#c4281b'],
  ['bare', 'Bare ground', '#a59b8f'],
  ['snow_and_ice', 'Snow and ice', '#b39fe1'],
];

/** Made in the form of a Dynamic World export, for no real one can be had here: nine classes from 0, nodata 255. */
export const harareRaster: MadeRaster = {
  epsg: 32736,
  origin: [287_000, 8_030_000],
  pixel: [10, 10],
  size: [1300, 1100],
  values: [0, 1, 2, 3, 4, 5, 6, 7, 8],
  nodata: 255,
  hole: true,
};

export const harareSidecar: Baseline = {
  id: 'dw-zim-summer-2019',
  title: 'Dynamic World, summer 2019 <made>',
  year: 2019,
  kind: 'dynamic-world',
  classes: dynamicWorld.map(([name, title, color], value) => ({ value, name, title, color })),
  bbox: [30.99, -17.9, 31.12, -17.8],
  licence: 'CC-BY-4.0',
  attribution: 'Dynamic World & Google',
};

/** Longitude and latitude of the middle of the raster's south-east quarter, which has data. */
export const hararePlace: [number, number] = [31.0865, -17.8795];

/** A tile that the raster fills. */
export const harareTile = `/tiles/WebMercatorQuad/15/19214/18038.png?layer=${harareSidecar.id}`;
