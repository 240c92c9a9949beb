import type OlMap from 'ol/Map.js';
import TileLayer from 'ol/layer/Tile.js';
import XYZ from 'ol/source/XYZ.js';
import { attributionText } from './attribution-text.ts';
import type { Basemap } from './types.ts';

/** The pictures of the base map that the deployment chose, below everything. */
export function createBasemapLayer(map: OlMap) {
  let layer: TileLayer<XYZ> | null = null;
  return {
    set(basemap: Basemap | null): void {
      if (layer) map.removeLayer(layer);
      layer = basemap && new TileLayer({ source: sourceOf(basemap), zIndex: 2 });
      if (layer) map.addLayer(layer);
    },
  };
}

const sourceOf = ({ url, attribution }: Basemap) => new XYZ({ url, attributions: attributionText(attribution) });
