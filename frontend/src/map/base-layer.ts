import type OlMap from 'ol/Map.js';
import Feature from 'ol/Feature.js';
import type { Geometry } from 'ol/geom.js';
import { LineString, Point, Polygon } from 'ol/geom.js';
import VectorLayer from 'ol/layer/Vector.js';
import VectorSource from 'ol/source/Vector.js';
import { Fill, Stroke, Style, Text } from 'ol/style.js';
import { loadOutline, type Outline, type Place } from './outline/load-outline.ts';
import type { MapTheme } from './map-theme.ts';

/** Country names from level 2.5, provinces from level 5.5. */
const provinceZoom = 5.5;
const provinceLineZoom = 4.5;
const labelZ = 60;

const isShown = (place: Place, zoom: number) =>
  place.level === 0
    ? zoom >= 1 + place.rank * 0.55 && zoom < 9
    : zoom >= provinceZoom + Math.max(0, place.rank - 5) * 0.5;

function labelStyle(place: Place, theme: MapTheme): Style {
  const country = place.level === 0;
  return new Style({
    text: new Text({
      text: country ? place.name.toUpperCase() : place.name,
      font: `${country ? 600 : 400} ${country ? 12 : 12}px ${theme.font}`,
      fill: new Fill({ color: country ? theme.country : theme.place }),
      stroke: new Stroke({ color: theme.halo, width: 3 }),
    }),
    zIndex: -place.level * 100 - place.rank,
  });
}

/** One layer of the outline; a pan draws what was prepared for more than the screen. */
const vectorLayer = (zIndex: number, minZoom = 0) =>
  new VectorLayer({ source: new VectorSource(), zIndex, minZoom, renderBuffer: 400, updateWhileInteracting: false });

const features = (geometries: Geometry[]) => geometries.map((geometry) => new Feature(geometry));

/** The bundled outline of countries and provinces under everything else. */
export function createBaseLayer(map: OlMap) {
  const layers = {
    land: vectorLayer(0),
    lakes: vectorLayer(1),
    provinces: vectorLayer(50, provinceLineZoom),
    borders: vectorLayer(51),
  };
  const places = new VectorLayer({ source: new VectorSource(), declutter: true, zIndex: labelZ, minZoom: 2.5 });
  layers.borders.getSource()!.setAttributions('Natural Earth');
  for (const layer of [...Object.values(layers), places]) map.addLayer(layer);
  const fillIn = ({ land = [], lakes = [], provinces = [], borders = [], places: named = [] }: Partial<Outline>) => {
    layers.land.getSource()!.addFeatures(features(land.map((rings) => new Polygon(rings))));
    layers.lakes.getSource()!.addFeatures(features(lakes.map((rings) => new Polygon(rings))));
    layers.provinces.getSource()!.addFeatures(features(provinces.map((line) => new LineString(line))));
    layers.borders.getSource()!.addFeatures(features(borders.map((line) => new LineString(line))));
    places.getSource()!.addFeatures(named.map(({ at, ...place }) => new Feature({ geometry: new Point(at), place })));
  };
  // Without it the map still works; a reload asks again.
  void loadOutline(fillIn).catch(() => undefined);
  return {
    /** What lies on a base map of pictures must not hide it. */
    setTheme(theme: MapTheme, overPictures: boolean): void {
      const filled = (color: string) => (overPictures ? [] : new Style({ fill: new Fill({ color }) }));
      layers.land.setStyle(filled(theme.land));
      layers.lakes.setStyle(filled(theme.water));
      layers.provinces.setStyle(new Style({ stroke: new Stroke({ color: theme.province, width: 1 }) }));
      layers.borders.setStyle(new Style({ stroke: new Stroke({ color: theme.border, width: 1.5 }) }));
      places.setVisible(!overPictures);
      const styles = new Map<Place, Style>();
      const styleOf = (place: Place) => styles.get(place) ?? styles.set(place, labelStyle(place, theme)).get(place)!;
      places.setStyle((feature, resolution) => {
        const place = feature.get('place') as Place;
        const zoom = map.getView().getZoomForResolution(resolution) ?? 0;
        return isShown(place, zoom) ? styleOf(place) : undefined;
      });
    },
  };
}
