import type { Coordinate } from 'ol/coordinate.js';
import type MapBrowserEvent from 'ol/MapBrowserEvent.js';
import PointerInteraction from 'ol/interaction/Pointer.js';
import { toDegrees, toMap } from './area-geometry.ts';
import { geodesicDistance, geodesicPoint } from './geodesic.ts';
import type { AreaCircle, LonLat } from './types.ts';

/** A finger is broader than a mouse. */
const reach = { mouse: 12, touch: 22 };
const minRadius = 50;

const centerOf = ({ lon, lat }: AreaCircle): LonLat => [lon, lat];

/** A circle's centre and the point of its edge that lies to the east. */
export const circleHandles = (area: AreaCircle): [Coordinate, Coordinate] => [
  toMap(centerOf(area)),
  toMap(geodesicPoint(centerOf(area), 90, area.radius_m)),
];

/** The circle round a centre that reaches to a point, in whole metres. */
export const circleTo = (center: LonLat, edge: LonLat): AreaCircle => ({
  lon: center[0],
  lat: center[1],
  radius_m: Math.max(minRadius, Math.round(geodesicDistance(center, edge))),
});

interface CircleEdit {
  /** The circle that may be changed now. */
  current: () => AreaCircle | null;
  moved: (area: AreaCircle) => void;
  done: () => void;
}

/** Drags a circle by its centre, or its edge by the handle there. */
export function createCircleEdit({ current, moved, done }: CircleEdit): PointerInteraction {
  let held: 'center' | 'edge' | null = null;
  const handleAt = (event: MapBrowserEvent): typeof held => {
    const area = current();
    if (!area) return null;
    const near =
      event.originalEvent instanceof PointerEvent && event.originalEvent.pointerType === 'mouse'
        ? reach.mouse
        : reach.touch;
    const [center, edge] = circleHandles(area);
    const within = (handle: Coordinate) => {
      const pixel = event.map.getPixelFromCoordinate(handle);
      return pixel !== null && Math.hypot(pixel[0] - event.pixel[0], pixel[1] - event.pixel[1]) <= near;
    };
    if (within(edge)) return 'edge';
    return within(center) ? 'center' : null;
  };
  return new PointerInteraction({
    handleDownEvent: (event) => (held = handleAt(event)) !== null,
    handleDragEvent(event) {
      const area = current();
      const [lon, lat] = toDegrees(event.coordinate);
      if (!area) return;
      moved(held === 'center' ? { ...area, lon, lat } : circleTo(centerOf(area), [lon, lat]));
    },
    handleUpEvent() {
      held = null;
      done();
      return false;
    },
    handleMoveEvent(event) {
      event.map.getTargetElement()?.classList.toggle('is-over-handle', handleAt(event) !== null);
    },
  });
}
