import type OlMap from 'ol/Map.js';
import Feature from 'ol/Feature.js';
import { MultiPoint, type MultiPolygon, type Polygon } from 'ol/geom.js';
import Modify from 'ol/interaction/Modify.js';
import VectorLayer from 'ol/layer/Vector.js';
import VectorSource from 'ol/source/Vector.js';
import { Circle, Fill, Stroke, Style } from 'ol/style.js';
import { areaGeometry, areaOfGeometry, isCircle } from './area-geometry.ts';
import { createCircleEdit, circleHandles } from './edit-circle.ts';
import type { MapTheme } from './map-theme.ts';
import type { AoiInput, AreaCircle } from './types.ts';

const areaZ = 80;
const replacedOpacity = 0.35;
/** More handles than this would hide the outline. */
const maxHandles = 400;

export type AreaLayer = ReturnType<typeof createAreaLayer>;

/** The area on the map; its corners, or a circle's centre and edge, can be dragged where it may be changed. */
export function createAreaLayer(map: OlMap, changed: (area: AoiInput) => void) {
  const source = new VectorSource<Feature<Polygon | MultiPolygon>>();
  const layer = new VectorLayer({ source, zIndex: areaZ, updateWhileInteracting: true });
  const modify = new Modify({ source, pixelTolerance: 14 });
  let area: AoiInput | null = null;
  let editable = false;
  const show = (next: AoiInput | null) => {
    area = next;
    source.clear();
    if (next) source.addFeature(new Feature(areaGeometry(next)));
  };
  const circle = createCircleEdit({
    current: () => (editable && area && isCircle(area) ? area : null),
    moved: (next: AreaCircle) => show(next),
    done: () => area && changed(area),
  });
  modify.on('modifyend', () => {
    const geometry = source.getFeatures()[0]?.getGeometry();
    if (geometry) changed(areaOfGeometry(geometry));
  });
  map.addLayer(layer);
  map.addInteraction(modify);
  map.addInteraction(circle);
  const allow = () => {
    modify.setActive(editable && area !== null && !isCircle(area));
    circle.setActive(editable);
    layer.changed();
  };
  return {
    /** @param isReplaced another is being drawn in its place */
    set(next: AoiInput | null, mayEdit: boolean, isReplaced: boolean): void {
      // Both where it has just been drawn: the same shape again would only disturb the hand.
      if (next !== area) show(next);
      editable = mayEdit;
      layer.setOpacity(isReplaced ? replacedOpacity : 1);
      allow();
    },
    setTheme(theme: MapTheme): void {
      layer.setStyle((feature) => [
        ...outlineStyles(theme),
        ...(editable && area ? [handleStyle(theme, handlesOf(area, feature.getGeometry() as Polygon))] : []),
      ]);
    },
  };
}

const outlineStyles = (theme: MapTheme) => [
  new Style({ stroke: new Stroke({ color: theme.areaHalo, width: 5 }), fill: new Fill({ color: theme.areaFill }) }),
  new Style({ stroke: new Stroke({ color: theme.area, width: 2 }) }),
];

function handlesOf(area: AoiInput, geometry: Polygon | MultiPolygon): MultiPoint {
  if (isCircle(area)) return new MultiPoint(circleHandles(area));
  const rings = geometry.getType() === 'Polygon' ? [geometry.getCoordinates()] : geometry.getCoordinates();
  const corners = (rings as number[][][][]).flat(2);
  return new MultiPoint(corners.length <= maxHandles ? corners : []);
}

const handleStyle = (theme: MapTheme, geometry: MultiPoint) =>
  new Style({
    geometry,
    image: new Circle({
      radius: 6,
      fill: new Fill({ color: theme.areaHalo }),
      stroke: new Stroke({ color: theme.area, width: 2 }),
    }),
  });
