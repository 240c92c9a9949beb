import type { LayerClass } from './baseline-catalog.ts';
import type { Rgb } from '#shared/raster/palette-png.ts';

/** How samples become pixels: 0 is transparent, i is `colours[i - 1]`. */
export interface ColourTable {
  /** Palette index by sample value. */
  lut: Uint8Array;
  colours: readonly Rgb[];
}

/** `#rrggbb` as three bytes. */
export const rgbOf = (color: string): Rgb =>
  [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)) as unknown as Rgb;

const hexOf = (rgb: Rgb): string => `#${rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`;

/** Every class in its colour; nodata and values without a class are transparent. At most 255 classes are drawn. */
export function classTable(classes: readonly LayerClass[], nodata: number | null): ColourTable {
  const lut = new Uint8Array(256);
  const shown = classes.filter(({ value }) => value !== nodata).slice(0, 255);
  shown.forEach(({ value }, i) => (lut[value] = i + 1));
  return { lut, colours: shown.map(({ color }) => rgbOf(color)) };
}

/** Confidence in percent and its colour; between two stops colours are mixed by distance. */
export const confidenceStops: readonly { value: number; title: string; color: string }[] = [
  { value: 1, title: '1 %', color: '#7b3294' },
  { value: 25, title: '25 %', color: '#c2a5cf' },
  { value: 50, title: '50 %', color: '#f7f7f7' },
  { value: 75, title: '75 %', color: '#a6dba0' },
  { value: 100, title: '100 %', color: '#008837' },
];

function mixed(value: number): Rgb {
  const above = confidenceStops.findIndex((stop) => stop.value >= value);
  const [from, to] = [confidenceStops[Math.max(0, above - 1)], confidenceStops[above]];
  const share = to.value === from.value ? 0 : (value - from.value) / (to.value - from.value);
  const [a, b] = [rgbOf(from.color), rgbOf(to.color)];
  return a.map((part, i) => Math.round(part + share * (b[i] - part))) as unknown as Rgb;
}

/** Confidence 1-100 in the colours of the stops; 0 is no data. */
export function confidenceTable(): ColourTable {
  const lut = new Uint8Array(256);
  for (let value = 1; value <= 100; value++) lut[value] = value;
  return { lut, colours: Array.from({ length: 100 }, (_, i) => mixed(i + 1)) };
}

/** The colour that a tile shows for a sample; null where it is transparent. */
export function colourOf({ lut, colours }: ColourTable, value: number): string | null {
  const index = lut[value] ?? 0;
  return index === 0 ? null : hexOf(colours[index - 1]);
}
