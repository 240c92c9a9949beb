import type { Rgba } from './cog-spec.ts';
import { palettePng } from './palette-png.ts';

/** Class values row by row. */
export interface ClassImage {
  width: number;
  height: number;
  values: Uint8Array;
}

const smallest = 768;

/**
 * A PNG of class values in their colours, 0 transparent; a small image is enlarged by a whole factor, pixels stay square
 * and sharp.
 */
export async function paletteImage(image: ClassImage, palette: readonly Rgba[]): Promise<Uint8Array> {
  const factor = Math.max(1, Math.floor(smallest / Math.max(image.width, image.height)));
  const { width, height, values } = factor === 1 ? image : enlarge(image, factor);
  const colours = palette.slice(1).map(([r, g, b]) => [r, g, b] as const);
  return palettePng(values, width, height, colours);
}

function enlarge({ width, height, values }: ClassImage, factor: number): ClassImage {
  const wide = width * factor;
  const out = new Uint8Array(wide * height * factor);
  for (let row = 0; row < height; row++) {
    const from = row * factor * wide;
    for (let col = 0; col < width; col++) {
      const at = from + col * factor;
      out.fill(values[row * width + col], at, at + factor);
    }
    for (let copy = 1; copy < factor; copy++) out.copyWithin(from + copy * wide, from, from + wide);
  }
  return { width: wide, height: height * factor, values: out };
}
