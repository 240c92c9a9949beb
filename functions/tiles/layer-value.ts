import { colourOf } from '#shared/tiles/colours.ts';
import { tableOf, type LegendEntry } from '#shared/tiles/legend.ts';
import type { PixelSource } from '#shared/tiles/pixel-source.ts';
import { readPixels } from '#shared/tiles/sample-tile.ts';
import type { Layer } from './layer.ts';

export interface LayerValue {
  layer: string;
  lon: number;
  lat: number;
  inside: boolean;
  col: number | null;
  row: number | null;
  value: number | null;
  entry: LegendEntry | null;
  reflectance: { red: number; green: number; blue: number } | null;
}

interface Pixel {
  col: number;
  row: number;
  /** As the file holds it; null where its block is absent. */
  sample: number | null;
}

/** The pixel of the finest level that holds a place; null outside of the source. */
async function pixelAt(source: PixelSource, band: number, lon: number, lat: number): Promise<Pixel | null> {
  const [level] = source.levels;
  const { originX, originY, pixelWidth, pixelHeight } = level.transform;
  const place = source.projection.forward(lon, lat);
  if (!place) return null;
  const col = Math.floor((place[0] - originX) / pixelWidth);
  const row = Math.floor((originY - place[1]) / pixelHeight);
  if (!(col >= 0 && row >= 0 && col < level.width && row < level.height)) return null;
  const pixels = await readPixels(source, level, band, { col, row, width: 1, height: 1 });
  if (!pixels) return { col, row, sample: null };
  const at = (row - pixels.row0) * pixels.stride + (col - pixels.col0) * pixels.step + pixels.offset;
  return { col, row, sample: pixels.samples[at] };
}

function entryOf(layer: Layer, value: number): LegendEntry | null {
  const table = tableOf(layer);
  const color = table && colourOf(table, value);
  if (!color) return null;
  if (layer.type === 'confidence') return { value, name: 'confidence', title: `${value} %`, color };
  const found = layer.classes.find((each) => each.value === value);
  return found ? { value, name: found.name, title: found.title, color } : null;
}

/** What a layer holds at a place: the sample that its tiles draw there at full resolution. */
export async function layerValue(layer: Layer, lon: number, lat: number): Promise<LayerValue> {
  const { pixels } = layer;
  const answer: LayerValue = {
    ...{ layer: layer.id, lon, lat, inside: false, col: null, row: null },
    ...{ value: null, entry: null, reflectance: null },
  };
  if (pixels.kind === 'none') return answer;
  if (pixels.kind === 'rgb') {
    const found = await Promise.all(pixels.bands.map(({ source }) => pixelAt(source, 1, lon, lat)));
    const [first] = found;
    if (!first) return answer;
    const seen = found.every((pixel) => pixel?.sample);
    const [red, green, blue] = pixels.bands.map(({ scale, offset }, i) => (found[i]?.sample ?? 0) * scale + offset);
    return { ...answer, inside: true, col: first.col, row: first.row, reflectance: seen ? { red, green, blue } : null };
  }
  const pixel = await pixelAt(pixels.source, pixels.band, lon, lat);
  if (!pixel) return answer;
  const value = pixel.sample === layer.nodata ? null : pixel.sample;
  const entry = value === null ? null : entryOf(layer, value);
  return { ...answer, inside: true, col: pixel.col, row: pixel.row, value, entry };
}
