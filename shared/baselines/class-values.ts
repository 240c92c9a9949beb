import { GeoCropError } from '#shared/domain/errors.ts';
import type { Raster } from '#shared/raster/raster.ts';
import type { Samples } from '#shared/raster/samples.ts';
import type { LayerClass } from '#shared/tiles/baseline-catalog.ts';
import type { BaselineKind } from './baseline-kind.ts';

/** A value that means no data, whatever the files say; 'none': no value does; null: what each file says. */
export type GivenNodata = number | 'none' | null;

/** Codes of the translation beside the classes. */
const wrong = 256;
export const isWrong = (code: number): boolean => code === wrong;

/** Turns a file's samples into the stored pixel values: class, the kind's nodata, or `isWrong` for neither. */
export type Translate = (sample: number) => number;

/**
 * The translation for one file. NaN is no data, and so are the values that the kind, the person or the file names.
 * Refuses a file that names one of the kind's classes as no data, unless the person has said what is.
 */
export function translationOf(raster: Raster, kind: BaselineKind, given: GivenNodata): Translate {
  const hidden = kind.classes.find(({ value }) => value === raster.nodata);
  if (hidden && given === null) throw hiddenClass(raster, kind, hidden);
  const empty = [...kind.alwaysEmpty, hidden ? null : raster.nodata, given].filter(
    (value) => typeof value === 'number',
  );
  const table = new Uint16Array(256).fill(wrong);
  for (const { value } of kind.classes) table[value] = value;
  for (const value of empty) if (Number.isInteger(value) && value >= 0 && value < 256) table[value] = kind.nodata;
  const outside = new Set(empty);
  return (sample) => {
    if (sample >= 0 && sample < 256 && Number.isInteger(sample)) return table[sample];
    return Number.isNaN(sample) || outside.has(sample) ? kind.nodata : wrong;
  };
}

function hiddenClass({ name }: Raster, kind: BaselineKind, { value, title }: LayerClass): GeoCropError {
  return new GeoCropError(
    'invalid-source',
    `${name} says that ${value} is no data, but ${value} is ${title} in ${kind.title}: that class would be lost. Export it with another noData value (as 255), or say --nodata none to read ${value} as ${title}, or --nodata ${value} to leave it out`,
    { field: 'files' },
  );
}

/** The error for a value that is no class, with its place in the file. */
export function wrongValue(
  raster: Raster,
  kind: BaselineKind,
  samples: Samples,
  at: number,
  place: { col: number; row: number; width: number },
): GeoCropError {
  const [col, row] = [place.col + (at % place.width), place.row + Math.floor(at / place.width)];
  const { originX, originY, pixelWidth } = raster.transform;
  const digits = raster.crs.epsg === 4326 ? 5 : 0;
  const x = (originX + (col + 0.5) * pixelWidth).toFixed(digits);
  const y = (originY - (row + 0.5) * pixelWidth).toFixed(digits);
  const values = kind.classes.map(({ value }) => value);
  return new GeoCropError(
    'invalid-source',
    `${raster.name} holds ${samples[at]} at column ${col}, row ${row} (${x}, ${y}), which is no class of ${kind.title} (${values.join(', ')}); is it the band with the classes? If it means no data, say --nodata ${samples[at]}`,
    { field: 'files' },
  );
}
