import type TileLayer from 'ol/layer/Tile.js';
import type RenderEvent from 'ol/render/Event.js';
import { getRenderPixel } from 'ol/render.js';
import type { MapLayer } from './types.ts';

/** Where the swipe line stands, 0..1 of the map's width; null where everything is shown. */
export type SwipeState = { at: number | null };

function clip(event: RenderEvent, from: number, to: number): void {
  const context = event.context as CanvasRenderingContext2D;
  const height = event.frameState!.size[1];
  const corners = [
    [from, 0],
    [to, 0],
    [to, height],
    [from, height],
  ].map((corner) => getRenderPixel(event, corner));
  context.save();
  context.beginPath();
  for (const [x, y] of corners) context.lineTo(x, y);
  context.closePath();
  context.clip();
}

/** Draws a layer on its side of the swipe line only. */
export function clipToSide(layer: TileLayer, side: () => MapLayer['side'], swipe: SwipeState): void {
  let clipped = false;
  layer.on('prerender', (event) => {
    const where = side();
    clipped = swipe.at !== null && where !== undefined;
    if (!clipped) return;
    const width = event.frameState!.size[0];
    const line = swipe.at! * width;
    if (where === 'left') clip(event, 0, line);
    else clip(event, line, width);
  });
  layer.on('postrender', (event) => {
    if (clipped) (event.context as CanvasRenderingContext2D).restore();
  });
}
