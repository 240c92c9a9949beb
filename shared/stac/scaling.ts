import type { Band } from '#shared/domain/bands.ts';
import type { StacAsset, StacProperties } from './item-schema.ts';

/** reflectance = DN * scale + offset, and what decided the offset. */
export interface Scaling {
  scale: number;
  offset: number;
  source: string;
}

/** ESA's quantification value 10000, and the radiometric offset of -1000 DN since baseline 04.00. */
const defaultScale = 0.0001;
const baselineOffset = -0.1;

/** Collections that hold nothing older than baseline 05.00 and keep the offset in the pixels. */
const collection1 = ['s2_l2a_c1', 'sentinel-2-c1-l2a'];

/** A number of the asset, from `raster:bands` (STAC 1.0), `bands` (1.1) or the asset itself; undefined if not stated. */
function stated(asset: StacAsset, name: 'scale' | 'offset'): number | undefined {
  const first = (list: unknown) => (Array.isArray(list) ? list[0] : undefined);
  const values = [
    first(asset['raster:bands'])?.[name],
    first(asset.bands)?.[`raster:${name}`],
    asset[`raster:${name}`],
  ];
  return values.find((value): value is number => typeof value === 'number' && Number.isFinite(value));
}

/** The property by which a publisher says that the pixels are already corrected; null where none does. */
function appliedBy(properties: StacProperties): string | null {
  return Object.keys(properties).find((key) => key.endsWith(':boa_offset_applied') && properties[key] === true) ?? null;
}

function unstatedOffset(baseline: string | null, collection: string): { offset: number; source: string } {
  if (baseline) return { offset: Number(baseline) >= 4 ? baselineOffset : 0, source: `baseline ${baseline}` };
  if (collection1.includes(collection)) return { offset: baselineOffset, source: `collection ${collection}` };
  return { offset: 0, source: 'no baseline stated' };
}

/** An offset of one or more is not a reflectance but counts, as Open Data Cube's `add_offset`: brought to reflectance. */
function inReflectance(scale: number, offset: number): [scale: number, offset: number] {
  if (Math.abs(offset) < 1) return [scale, offset];
  const unit = scale === 1 ? defaultScale : scale;
  return [unit, offset * unit];
}

export interface ScalingContext {
  band: Band;
  asset: StacAsset;
  properties: StacProperties;
  baseline: string | null;
  collection: string;
}

/**
 * Scale and offset of one asset (features-v1, point 3), by metadata and never by date: what the asset states, else
 * 0.0001 and the offset of the processing baseline; no offset where the item says that it is already applied.
 * The scene classification is taken as it is. Throws on a scale or offset that no reflectance can have.
 */
export function scalingOf({ band, asset, properties, baseline, collection }: ScalingContext): Scaling {
  if (band === 'SCL') return { scale: 1, offset: 0, source: 'classification' };
  const assetOffset = stated(asset, 'offset');
  const decided =
    assetOffset === undefined
      ? unstatedOffset(baseline, collection)
      : { offset: assetOffset, source: 'asset metadata' };
  const [scale, offset] = inReflectance(stated(asset, 'scale') ?? defaultScale, decided.offset);
  if (!(scale > 0 && scale <= 1 && Math.abs(offset) < 1))
    throw new Error(`${band}: scale ${scale} with offset ${offset} is no reflectance`);
  const applied = appliedBy(properties);
  return applied ? { scale, offset: 0, source: `already applied (${applied})` } : { scale, ...decided, offset };
}
