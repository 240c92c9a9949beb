import type OlMap from 'ol/Map.js';
import Feature from 'ol/Feature.js';
import { Point } from 'ol/geom.js';
import VectorLayer from 'ol/layer/Vector.js';
import VectorSource from 'ol/source/Vector.js';
import { RegularShape, Stroke, Style } from 'ol/style.js';
import { toMap } from './area-geometry.ts';
import type { MapTheme } from './map-theme.ts';
import type { LonLat } from './types.ts';

const pixelZ = 95;
const mark = (color: string, width: number) =>
  new Style({
    image: new RegularShape({ points: 4, radius: 11, angle: Math.PI / 4, stroke: new Stroke({ color, width }) }),
  });

/** The mark round the pixel that is looked into. */
export function createPixelLayer(map: OlMap) {
  const source = new VectorSource();
  const layer = new VectorLayer({ source, zIndex: pixelZ });
  map.addLayer(layer);
  return {
    set(pixel: LonLat | null): void {
      source.clear();
      if (pixel) source.addFeature(new Feature(new Point(toMap(pixel))));
    },
    setTheme: (theme: MapTheme) => layer.setStyle([mark(theme.areaHalo, 5), mark(theme.pixel, 2)]),
  };
}
