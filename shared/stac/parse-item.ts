import type { Band } from '#shared/domain/bands.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { baselineOf, platformOf, tileOf } from './acquisition.ts';
import { isRemote, resolveAsset, type Origin } from './address.ts';
import { bandAssets } from './band-assets.ts';
import { footprintBox } from './footprint.ts';
import { describeIssues, footprintSchema, itemSchema, type StacAsset, type StacItem } from './item-schema.ts';
import type { Footprint, LonLatBox, Scene, SceneAsset } from './scene.ts';
import { scalingOf, type Scaling } from './scaling.ts';

/** A moment in UTC; a time without a zone is UTC, as STAC demands. */
function utc(value: unknown): string | null {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d+)?)(Z|[+-]\d{2}:?\d{2})?$/i.exec(
    String(value ?? ''),
  );
  if (!match) return null;
  const date = new Date(`${match[1]}T${match[2]}${match[3] ?? 'Z'}`);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function sensingTime({ properties }: StacItem): string {
  const time = utc(properties.datetime ?? properties.start_datetime);
  if (!time) throw new Error(`properties.datetime is ${JSON.stringify(properties.datetime)}, not a date and time`);
  return time;
}

function boxOf(item: StacItem, geometry: Footprint | null): LonLatBox {
  const { bbox } = item;
  const box = bbox
    ? bbox.length === 6
      ? [bbox[0], bbox[1], bbox[3], bbox[4]]
      : bbox
    : geometry && footprintBox(geometry);
  if (!box) throw new Error('it has neither a bbox nor a polygon');
  const [west, south, east, north] = box;
  const inRange = Math.abs(west) <= 360 && Math.abs(east) <= 360 && south >= -90 && north <= 90 && south <= north;
  if (!inRange) throw new Error(`bbox [${box.join(', ')}] is not in degrees`);
  return [west, south, east, north];
}

function epsgOf({ properties }: StacItem): number | null {
  const code = /^EPSG:(\d{4,6})$/i.exec(String(properties['proj:code'] ?? ''))?.[1];
  const epsg = code ? Number(code) : properties['proj:epsg'];
  return typeof epsg === 'number' && Number.isInteger(epsg) ? epsg : null;
}

function toAsset(key: string, asset: StacAsset, href: string, { scale, offset }: Scaling): SceneAsset {
  const checksum = asset['file:checksum'];
  const size = asset['file:size'];
  return {
    key,
    href,
    scale,
    offset,
    checksum: typeof checksum === 'string' && /^[0-9a-f]{4,256}$/i.test(checksum) ? checksum : null,
    size: typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : null,
  };
}

function readAssets(item: StacItem, origin: Origin, baseline: string | null, collection: string) {
  const assets: Partial<Record<Band, SceneAsset>> = {};
  const sources = new Set<string>();
  for (const [name, [key, asset]] of Object.entries(bandAssets(item))) {
    const band = name as Band;
    const href = resolveAsset(asset.href, origin);
    if (!href) continue;
    const scaling = scalingOf({ band, asset, properties: item.properties, baseline, collection });
    assets[band] = toAsset(key, asset, href, scaling);
    if (band !== 'SCL') sources.add(scaling.source);
  }
  return { assets, offsetSource: [...sources].join('; ') };
}

function toScene(item: StacItem, raw: Record<string, unknown>, origin: Origin, fallbackCollection: string): Scene {
  const { id, properties } = item;
  const geometry = footprintSchema.safeParse(item.geometry).data ?? null;
  const self = item.links?.find((link) => link.rel === 'self' && isRemote(link.href))?.href;
  const collection = item.collection ?? fallbackCollection;
  const baseline = baselineOf(id, properties);
  const base = origin.selfIsBase && self ? { ...origin, address: self } : origin;
  const cloudCover = properties['eo:cloud_cover'];
  return {
    id,
    collection,
    platform: platformOf(id, properties),
    datetime: sensingTime(item),
    tile: tileOf(id, properties),
    baseline,
    created: utc(properties.created),
    epsg: epsgOf(item),
    bbox: boxOf(item, geometry),
    geometry,
    cloudCover: typeof cloudCover === 'number' ? cloudCover : null,
    href: self ?? origin.address,
    ...readAssets(item, base, baseline, collection),
    item: raw,
  };
}

/**
 * A STAC item as a scene. `origin` is where it was read; `collection` is the one that listed it, for items that name none.
 * An item that breaks the rules, or names files that it may not, is GeoCropError `invalid-source`.
 */
export function parseItem(raw: unknown, origin: Origin, collection = ''): Scene {
  const parsed = itemSchema.safeParse(raw);
  const refuse = (reason: string, cause?: unknown) => {
    const name = String((raw as { id?: unknown } | null)?.id ?? '').slice(0, 80);
    const message = `item ${JSON.stringify(name)} of ${origin.address} cannot be used: ${reason}`;
    return new GeoCropError('invalid-source', message, { cause });
  };
  if (!parsed.success) throw refuse(`it is not a STAC item (${describeIssues(parsed.error)})`);
  try {
    return toScene(parsed.data, raw as Record<string, unknown>, origin, collection);
  } catch (error) {
    throw refuse((error as Error).message, error);
  }
}
