import OlMap from 'ol/Map.js';
import View from 'ol/View.js';
import { createEmpty, isEmpty } from 'ol/extent.js';
import { defaults as interactions } from 'ol/interaction/defaults.js';
import { createAreaLayer } from './area-layer.ts';
import { boxExtent, toDegrees } from './area-geometry.ts';
import { createBaseLayer } from './base-layer.ts';
import { createBasemapLayer } from './basemap-layer.ts';
import { createChunkLayer } from './chunk-layer.ts';
import { createDrawing } from './draw-area.ts';
import { createFreeMiddle } from './free-middle.ts';
import { createLayerStack } from './layer-stack.ts';
import { mapControls } from './map-controls.ts';
import { readTheme, watchTheme } from './map-theme.ts';
import { createPixelLayer } from './pixel-layer.ts';
import type { SwipeState } from './swipe-clip.ts';
import type { AoiInput, Basemap, Bbox, LonLat } from './types.ts';

/** Zimbabwe, until somebody says where. */
const firstView: Bbox = [25.2, -22.5, 33.1, -15.5];
const maxZoom = 19;
const fitMs = () => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 350);

/** What the map tells; always of the last render. */
export interface MapEvents {
  onArea: (area: AoiInput | null) => void;
  onDrawEnd: () => void;
  onPixel: (lonlat: LonLat) => void;
  radius: () => number | undefined;
  token: () => Promise<string | null>;
}

export type MapCore = ReturnType<typeof createMap>;

/** What is looked at does not touch the edges: top, right, bottom, left. */
function marginOf(free: HTMLElement): number[] {
  const { width, height } = free.getBoundingClientRect();
  return Array<number>(4).fill(Math.min(48, width / 10, height / 10));
}

/**
 * The map in an element that has its size; what lies on it is set piece by piece. `free` marks the part of it that nothing
 * covers.
 */
export function createMap(target: HTMLElement, free: HTMLElement, events: MapEvents) {
  const map = new OlMap({
    target,
    controls: mapControls(),
    interactions: interactions({ altShiftDragRotate: false, pinchRotate: false }),
    view: new View({ center: [0, 0], zoom: 2, maxZoom, enableRotation: false }),
    moveTolerance: 4,
  });
  const middle = createFreeMiddle(map.getView(), target, free);
  const swipe: SwipeState = { at: null };
  let overPictures = false;
  const base = createBaseLayer(map);
  const basemap = createBasemapLayer(map);
  const layers = createLayerStack(map, swipe, events.token);
  const chunks = createChunkLayer(map);
  const area = createAreaLayer(map, (next) => events.onArea(next));
  const pixel = createPixelLayer(map);
  const drawing = createDrawing(map, {
    radius: events.radius,
    drawn: (next) => events.onArea(next),
    ended: events.onDrawEnd,
  });
  const paint = () => {
    const theme = readTheme(target);
    base.setTheme(theme, overPictures);
    for (const each of [chunks, area, pixel, drawing]) each.setTheme(theme);
  };
  paint();
  const stopWatching = watchTheme(paint);
  const fit = (bbox: Bbox, duration = fitMs()) => {
    const extent = boxExtent(bbox);
    if (isEmpty(extent ?? createEmpty()) || map.getSize() === undefined) return;
    middle.keep();
    map.getView().fit(extent, { padding: marginOf(free), maxZoom: 17, duration });
  };
  fit(firstView, 0);
  map.on('singleclick', ({ coordinate }) => {
    if (!drawing.ownsClick()) events.onPixel(toDegrees(coordinate));
  });
  return {
    setLayers: layers.set,
    setChunks: chunks.set,
    setPixel: pixel.set,
    setDraw: drawing.set,
    setArea: area.set,
    fit,
    setSwipe(at: number | null) {
      swipe.at = at;
      map.render();
    },
    setBasemap(next: Basemap | null) {
      overPictures = next !== null;
      basemap.set(next);
      paint();
    },
    /** Where the middle of the free part lies: what the keyboard points at. */
    center: (): LonLat => toDegrees(map.getView().getCenter()!),
    dispose() {
      middle.dispose();
      stopWatching();
      drawing.dispose();
      layers.dispose();
      map.setTarget(undefined);
      map.dispose();
    },
  };
}
