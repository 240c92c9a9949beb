import type { ObjectStore } from '#shared/storage/object-store.ts';
import type { Logger } from '#shared/http/logger.ts';
import { readBaselineCatalog, type BaselineCatalog, type CatalogEntry } from '#shared/tiles/baseline-catalog.ts';
import { pixelAreas } from '#shared/tiles/pixel-area.ts';
import type { PixelSource } from '#shared/tiles/pixel-source.ts';
import type { Layer } from './layer.ts';
import { shortHash, versionOf, type OpenSources } from './open-sources.ts';

/** The baselines that are installed. */
export interface BaselineLayers {
  list(): Promise<CatalogEntry[]>;
  /** Null where there is none of that id. */
  find(id: string): Promise<Layer | null>;
}

/** Ids that are remembered between two lists: anybody may ask for any. */
const maxIds = 1000;

interface Listed {
  at: number;
  catalog: Promise<BaselineCatalog>;
  layers: Map<string, Promise<Layer | null>>;
}

export interface BaselineOptions {
  store: ObjectStore;
  sources: OpenSources;
  logger: Logger;
  /** How long a list is believed, milliseconds. */
  catalogMs: number;
}

export function baselineLayers({ store, sources, logger, catalogMs }: BaselineOptions): BaselineLayers {
  let listed: Listed | null = null;

  async function read(): Promise<BaselineCatalog> {
    const catalog = await readBaselineCatalog(store);
    for (const { key, reason } of catalog.problems) logger.warn('Baseline:Unusable', { key, reason });
    return catalog;
  }

  function current(): Listed {
    const now = performance.now();
    if (listed && now - listed.at < catalogMs) return listed;
    const fresh: Listed = { at: now, catalog: read(), layers: new Map() };
    fresh.catalog.catch(() => (listed = listed === fresh ? null : listed));
    return (listed = fresh);
  }

  async function open({ catalog }: Listed, id: string): Promise<Layer | null> {
    const entry = (await catalog).entries.find(({ baseline }) => baseline.id === id);
    const pixels = entry && (await versionOf(store, entry.key));
    if (!entry || !pixels) return null;
    const version = shortHash(pixels, entry.sidecar);
    return layerOf(entry, version, await sources.stored(store, 'baselines', entry.key, version));
  }

  return {
    list: async () => (await current().catalog).entries,
    find(id) {
      const now = current();
      const layer = now.layers.get(id) ?? open(now, id);
      if (now.layers.size < maxIds) now.layers.set(id, layer);
      layer.catch(() => now.layers.delete(id));
      return layer;
    },
  };
}

function layerOf({ baseline }: CatalogEntry, version: string, source: PixelSource): Layer {
  const { id, title, year, classes, attribution, licence } = baseline;
  return {
    id,
    title,
    year,
    type: 'class',
    classes,
    attribution,
    licence,
    version,
    nodata: source.nodata,
    bounds: source.bounds,
    metresPerPixel: metresPerPixel(source),
    isPublic: true,
    settled: true,
    pixels: { kind: 'band', source, band: 1 },
  };
}

/** Edge of a square of a pixel's area in the middle of the source. */
export function metresPerPixel(source: PixelSource): number {
  const [level] = source.levels;
  return Math.sqrt(pixelAreas(source, level)(Math.floor(level.height / 2)));
}
