import type OlMap from 'ol/Map.js';
import Feature from 'ol/Feature.js';
import type { Polygon } from 'ol/geom.js';
import Draw from 'ol/interaction/Draw.js';
import type Interaction from 'ol/interaction/Interaction.js';
import PointerInteraction from 'ol/interaction/Pointer.js';
import VectorLayer from 'ol/layer/Vector.js';
import VectorSource from 'ol/source/Vector.js';
import { Circle, Fill, Stroke, Style } from 'ol/style.js';
import { areaOfGeometry, circleGeometry, toDegrees } from './area-geometry.ts';
import { circleTo } from './edit-circle.ts';
import type { MapTheme } from './map-theme.ts';
import type { AoiInput, DrawKind, LonLat } from './types.ts';

const drawZ = 90;
const defaultRadius = 1000;
/** A press that moves less than this is a click. */
const clickPixels = 6;
/** A single click is told when no second one followed. */
const doubleClickMs = 400;

export interface Drawing {
  radius: () => number | undefined;
  drawn: (area: AoiInput) => void;
  ended: () => void;
}

/** Draws a new area: a circle by a press and a drag, or by a click; a polygon by clicking its corners. */
export function createDrawing(map: OlMap, drawing: Drawing) {
  const source = new VectorSource<Feature<Polygon>>();
  const layer = new VectorLayer({ source, zIndex: drawZ, updateWhileInteracting: true });
  map.addLayer(layer);
  let style: Style[] = [];
  let active: Interaction | null = null;
  let endedAt = -Infinity;
  const end = () => {
    if (active) {
      map.removeInteraction(active);
      endedAt = performance.now();
    }
    active = null;
    source.clear();
  };
  const finish = (area: AoiInput) => {
    end();
    drawing.drawn(area);
    drawing.ended();
  };
  const start = (kind: DrawKind): Interaction =>
    kind === 'circle' ? circleDraw(source, drawing, finish) : polygonDraw(style, finish);
  const onKey = (event: KeyboardEvent) => {
    if (!active || isTyping(event.target)) return;
    if (event.key === 'Escape') {
      end();
      drawing.ended();
    } else if (event.key === 'Backspace' && active instanceof Draw) {
      event.preventDefault();
      active.removeLastPoint();
    }
  };
  document.addEventListener('keydown', onKey);
  return {
    set(kind: DrawKind | null): void {
      end();
      map.getTargetElement()?.classList.toggle('is-drawing', kind !== null);
      if (!kind) return;
      active = start(kind);
      map.addInteraction(active);
    },
    /** Whether a click is one of the drawing: also the click that ended it, of which the map hears a little later. */
    ownsClick: () => active !== null || performance.now() - endedAt < doubleClickMs,
    setTheme(theme: MapTheme): void {
      style = drawStyles(theme);
      layer.setStyle(style);
    },
    dispose: () => document.removeEventListener('keydown', onKey),
  };
}

const isTyping = (target: EventTarget | null) =>
  target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;

const drawStyles = (theme: MapTheme) => [
  new Style({ stroke: new Stroke({ color: theme.areaHalo, width: 5 }), fill: new Fill({ color: theme.areaFill }) }),
  new Style({
    stroke: new Stroke({ color: theme.area, width: 2, lineDash: [6, 5] }),
    image: new Circle({
      radius: 5,
      fill: new Fill({ color: theme.area }),
      stroke: new Stroke({ color: theme.areaHalo, width: 2 }),
    }),
  }),
];

const polygonDraw = (style: Style[], finish: (area: AoiInput) => void) => {
  const draw = new Draw({ type: 'Polygon', style, stopClick: true, snapTolerance: 14 });
  draw.on('drawend', ({ feature }) => finish(areaOfGeometry(feature.getGeometry() as Polygon)));
  return draw;
};

function circleDraw(source: VectorSource<Feature<Polygon>>, drawing: Drawing, finish: (area: AoiInput) => void) {
  let center: LonLat | null = null;
  let pressed = [0, 0];
  const isClick = (pixel: number[]) => Math.hypot(pixel[0] - pressed[0], pixel[1] - pressed[1]) < clickPixels;
  return new PointerInteraction({
    handleDownEvent(event) {
      center = toDegrees(event.coordinate);
      pressed = event.pixel;
      return true;
    },
    handleDragEvent(event) {
      const { radius_m } = circleTo(center!, toDegrees(event.coordinate));
      source.clear();
      source.addFeature(new Feature(circleGeometry(center!, radius_m)));
    },
    handleUpEvent(event) {
      const [lon, lat] = center!;
      if (isClick(event.pixel)) finish({ lon, lat, radius_m: drawing.radius() ?? defaultRadius });
      else finish(circleTo(center!, toDegrees(event.coordinate)));
      return false;
    },
  });
}
