import type OlMap from 'ol/Map.js';
import Feature from 'ol/Feature.js';
import { fromExtent } from 'ol/geom/Polygon.js';
import type { Polygon } from 'ol/geom.js';
import VectorLayer from 'ol/layer/Vector.js';
import VectorSource from 'ol/source/Vector.js';
import { Stroke, Style } from 'ol/style.js';
import { boxExtent } from './area-geometry.ts';
import type { MapTheme } from './map-theme.ts';
import type { MapChunk } from './types.ts';

const chunkZ = 70;

/** The chunks of a job that runs; those that are done stand back, their pictures are there. */
export function createChunkLayer(map: OlMap) {
  const source = new VectorSource<Feature<Polygon>>();
  const layer = new VectorLayer({ source, zIndex: chunkZ });
  map.addLayer(layer);
  const featureOf = ({ bbox, key }: MapChunk) => {
    const feature = new Feature(fromExtent(boxExtent(bbox)));
    feature.setId(key);
    return feature;
  };
  return {
    set(chunks: MapChunk[]): void {
      const keys = new Set(chunks.map(({ key }) => key));
      for (const feature of source.getFeatures()) if (!keys.has(String(feature.getId()))) source.removeFeature(feature);
      for (const chunk of chunks) {
        const feature = source.getFeatureById(chunk.key) ?? featureOf(chunk);
        if (!source.hasFeature(feature)) source.addFeature(feature);
        if (feature.get('done') !== chunk.done) feature.set('done', chunk.done);
      }
    },
    setTheme(theme: MapTheme): void {
      const waiting = new Style({ stroke: new Stroke({ color: theme.chunk, width: 1.5, lineDash: [5, 4] }) });
      const done = new Style({ stroke: new Stroke({ color: theme.chunkDone, width: 1 }) });
      layer.setStyle((feature) => (feature.get('done') ? done : waiting));
    },
  };
}
