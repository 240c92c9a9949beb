import type OlMap from 'ol/Map.js';
import { clipToSide, type SwipeState } from './swipe-clip.ts';
import { createTileLayer, type TileLayerHandle } from './tile-layer.ts';
import type { MapLayer } from './types.ts';

/** Tile layers lie above the base map and below everything drawn. */
const lowestTileLayer = 10;

const keyOf = ({ id, share }: MapLayer) => JSON.stringify([id, share]);

/** Keeps the tile layers of a map as a list says; a layer that stays keeps its tiles. */
export function createLayerStack(map: OlMap, swipe: SwipeState, token: () => Promise<string | null>) {
  const shown = new Map<string, TileLayerHandle>();
  const sides = new Map<string, MapLayer['side']>();
  const remove = (key: string) => {
    const handle = shown.get(key)!;
    map.removeLayer(handle.layer);
    handle.dispose();
    shown.delete(key);
  };
  const add = (key: string, layer: MapLayer): TileLayerHandle => {
    const handle = createTileLayer(layer, token);
    clipToSide(handle.layer, () => sides.get(key), swipe);
    map.addLayer(handle.layer);
    shown.set(key, handle);
    return handle;
  };
  return {
    set(layers: MapLayer[]): void {
      const wanted = new Set(layers.map(keyOf));
      [...shown.keys()].filter((key) => !wanted.has(key)).forEach(remove);
      layers.forEach((layer, i) => {
        const key = keyOf(layer);
        const handle = shown.get(key) ?? add(key, layer);
        if (sides.get(key) !== layer.side) handle.layer.changed();
        sides.set(key, layer.side);
        handle.layer.setZIndex(lowestTileLayer + i);
        handle.update(layer);
      });
    },
    dispose: () => [...shown.keys()].forEach(remove),
  };
}
