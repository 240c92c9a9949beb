import { drawText, glyphHeight, textWidth } from './bitmap-font.ts';
import { rgbOf } from './colours.ts';
import type { Legend } from './legend.ts';
import { palettePng } from '#shared/raster/palette-png.ts';

const scale = 2;
const line = 24;
const margin = 8;
const swatch = 16;
const longest = 60;
/** Palette: background, ink, then the entries. */
const background = 1;
const ink = 2;
const firstEntry = 3;

interface Canvas {
  width: number;
  height: number;
  indices: Uint8Array;
}

function fill({ width, indices }: Canvas, x: number, y: number, w: number, h: number, index: number): void {
  for (let row = y; row < y + h; row++) indices.fill(index, row * width + x, row * width + x + w);
}

function write(canvas: Canvas, text: string, left: number, top: number): void {
  drawText(text, (x, y) => fill(canvas, left + x * scale, top + y * scale, scale, scale, ink));
}

/**
 * The legend as a PNG: the title, then every entry's colour and name in a small font of its own, since a server may have
 * no fonts; the font has capitals only. At most 250 entries are drawn.
 */
export async function legendImage(title: string, { entries }: Legend): Promise<Uint8Array> {
  const shown = entries.slice(0, 250);
  const heading = title.slice(0, longest);
  const labels = shown.map((entry) => entry.title.slice(0, longest));
  const indent = 2 * margin + swatch;
  const widths = [textWidth(heading) * scale + margin, ...labels.map((label) => indent + textWidth(label) * scale)];
  const width = Math.max(...widths) + margin;
  const height = 2 * margin + line * (1 + shown.length);
  const canvas: Canvas = { width, height, indices: new Uint8Array(width * height).fill(background) };
  const centred = (line - glyphHeight * scale) / 2;
  write(canvas, heading, margin, margin + centred);
  labels.forEach((label, i) => {
    const top = margin + line * (i + 1);
    fill(canvas, margin, top + (line - swatch) / 2, swatch, swatch, firstEntry + i);
    write(canvas, label, indent, top + centred);
  });
  const colours = ['#ffffff', '#202020', ...shown.map(({ color }) => color)].map(rgbOf);
  return palettePng(canvas.indices, width, height, colours);
}
