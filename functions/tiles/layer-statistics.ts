import { GeoCropError } from '#shared/domain/errors.ts';
import type { Position } from '#shared/domain/ring.ts';
import { polygonHistogram, type Histogram } from '#shared/tiles/polygon-histogram.ts';
import { legendOf, type LayerType, type LegendEntry } from '#shared/tiles/legend.ts';
import type { Layer } from './layer.ts';

export interface LayerStatistics {
  layer: string;
  type: LayerType;
  exact: boolean;
  pixelSize: number;
  pixels: { valid: number; nodata: number; outside: number | null };
  hectares: number;
  classes: (LegendEntry & { pixels: number; hectares: number; share: number })[];
  meanConfidence: number | null;
}

/** Square metres as hectares, to the square metre. */
const hectares = (squareMetres: number) => Math.round(squareMetres) / 10_000;
const total = (values: Float64Array, of: readonly number[]) => of.reduce((sum, value) => sum + values[value], 0);

/** The sample values that count: classes, or confidence above 0. */
const validValues = ({ type }: Layer, entries: readonly LegendEntry[]): number[] =>
  type === 'class' ? entries.map(({ value }) => value) : Array.from({ length: 100 }, (_, i) => i + 1);

function meanOf({ pixels }: Histogram, values: readonly number[], valid: number): number | null {
  return valid === 0 ? null : values.reduce((sum, value) => sum + value * pixels[value], 0) / valid;
}

/** Pixels, hectares and shares under polygons in degrees; shares are of the valid pixels' area. */
export async function layerStatistics(
  layer: Layer,
  polygons: Position[][][],
  signal?: AbortSignal,
): Promise<LayerStatistics> {
  const { pixels, type } = layer;
  if (pixels.kind === 'rgb')
    throw new GeoCropError('invalid-request', 'a layer in true colour has no classes to count', { field: 'layer' });
  if (pixels.kind === 'none')
    throw new GeoCropError('conflict', `the layer ${layer.id} has no pixels yet; ask again when its job has begun`);
  const found = await polygonHistogram(pixels.source, pixels.band, polygons, { signal });
  const { entries } = legendOf(layer);
  const values = validValues(layer, entries);
  const valid = total(found.pixels, values);
  const area = total(found.squareMetres, values);
  const shares = (entry: LegendEntry) => ({
    ...entry,
    pixels: found.pixels[entry.value],
    hectares: hectares(found.squareMetres[entry.value]),
    share: area === 0 ? 0 : found.squareMetres[entry.value] / area,
  });
  return {
    layer: layer.id,
    type,
    exact: found.exact,
    pixelSize: found.pixelSize,
    pixels: {
      valid,
      nodata: found.pixels.reduce((sum, count) => sum + count, 0) - valid,
      outside: Number.isNaN(found.outside) ? null : found.outside,
    },
    hectares: hectares(area),
    classes: type === 'class' ? entries.map(shares) : [],
    meanConfidence: type === 'confidence' ? meanOf(found, values, valid) : null,
  };
}
