import TileLayer from 'ol/layer/Tile.js';
import ImageTileSource from 'ol/source/ImageTile.js';
import type DataTile from 'ol/DataTile.js';
import type { ImageLike } from 'ol/DataTile.js';
import { createXYZ } from 'ol/tilegrid.js';
import { boxExtent } from './area-geometry.ts';
import { attributionText } from './attribution-text.ts';
import { loadTile, type LoadedTile } from './load-tile.ts';
import { createTileRetry } from './retry-tiles.ts';
import { createTileFade } from './tile-fade.ts';
import { maxTileZoom, tileUrl } from './tile-url.ts';
import type { Bbox, MapLayer } from './types.ts';

/** So many pictures are kept to compare and to fade from; a full screen has about 40. */
const keptTiles = 256;
/** Chunks may finish faster than anybody can see. */
const refreshEveryMs = 1000;
/** A tile that answers nothing. */
let nothing: HTMLCanvasElement | undefined;
function emptyPicture(): HTMLCanvasElement {
  nothing ??= Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
  return nothing;
}

/** The last pictures by tile address, the oldest first. */
function createKeptTiles() {
  const tiles = new Map<string, LoadedTile>();
  return {
    get: (key: string) => tiles.get(key),
    set(key: string, tile: LoadedTile) {
      tiles.delete(key);
      tiles.set(key, tile);
      const oldest = tiles.size > keptTiles ? tiles.keys().next().value : undefined;
      if (oldest !== undefined) tiles.delete(oldest);
    },
  };
}

export interface TileLayerHandle {
  layer: TileLayer<ImageTileSource>;
  update: (next: MapLayer) => void;
  dispose: () => void;
}

/** A layer of the tile function on the map: tiles with the token of who looks, asked again until they come. */
export function createTileLayer(first: MapLayer, token: () => Promise<string | null>): TileLayerHandle {
  const dense = devicePixelRatio > 1;
  let current = first;
  const kept = createKeptTiles();
  const fade = createTileFade(() => layer.changed());
  const load = async (z: number, x: number, y: number, signal: AbortSignal): Promise<ImageLike> => {
    const key = `${z}/${x}/${y}`;
    const before = kept.get(key);
    const access = { token, shared: current.share !== undefined };
    const loaded = await loadTile(tileUrl(current, [z, x, y], dense), access, signal, before);
    kept.set(key, loaded);
    const isNew = loaded !== before && current.fade === true;
    return (isNew ? fade.start(before?.image ?? null, loaded.image) : loaded.image) ?? emptyPicture();
  };
  const source = new ImageTileSource({
    loader: (z, x, y, { signal }) => load(z, x, y, signal),
    tileGrid: createXYZ({ maxZoom: maxTileZoom(dense), tileSize: 256 }),
    tileSize: dense ? 512 : 256,
    interpolate: first.id.endsWith('-scene'),
    transition: 0,
    wrapX: false,
  });
  const layer = new TileLayer({ source, opacity: first.opacity, cacheSize: 256 });
  const retry = createTileRetry((tile) => (tile as DataTile).tileCoord[0] === nearestZoom());
  const nearestZoom = () =>
    source.getTileGrid()!.getZForResolution(layer.getMapInternal()?.getView().getResolution() ?? 1);
  source.on('tileloaderror', ({ tile }) => retry.failed(tile));
  const refresh = createRefresh(source);
  void describe(layer, first, token);
  return {
    layer,
    update(next) {
      if (next.version !== current.version) refresh.ask(String(next.version));
      current = next;
      if (layer.getOpacity() !== next.opacity) layer.setOpacity(next.opacity);
    },
    dispose() {
      retry.dispose();
      refresh.dispose();
      fade.dispose();
      layer.dispose();
    },
  };
}

/** A new key asks for all tiles anew, the old ones stay in sight until the new ones are there. */
function createRefresh(source: ImageTileSource) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = -Infinity;
  let wanted = '';
  const run = () => {
    timer = undefined;
    last = performance.now();
    // `setKey` is protected, for subclasses.
    (source as unknown as { setKey: (key: string) => void }).setKey(wanted);
  };
  return {
    ask(version: string) {
      wanted = version;
      timer ??= setTimeout(run, Math.max(0, last + refreshEveryMs - performance.now()));
    },
    dispose: () => clearTimeout(timer),
  };
}

/** Says whose a layer is, and asks for nothing outside of it, where its description comes. */
async function describe(layer: TileLayer, { id, share }: MapLayer, token: () => Promise<string | null>): Promise<void> {
  try {
    const query = share === undefined ? '' : `?${new URLSearchParams({ share })}`;
    const bearer = share === undefined ? await token() : null;
    const headers: HeadersInit = bearer === null ? {} : { authorization: `Bearer ${bearer}` };
    const response = await fetch(`/tiles/layers/${encodeURIComponent(id)}/tilejson.json${query}`, { headers });
    if (!response.ok) return;
    const { bounds, attribution } = (await response.json()) as { bounds?: Bbox; attribution?: string };
    if (attribution) layer.getSource()?.setAttributions(attributionText(attribution));
    if (bounds?.length === 4 && bounds.every(Number.isFinite)) layer.setExtent(boxExtent(bounds));
  } catch {
    // The tiles tell of a lost connection.
  }
}
