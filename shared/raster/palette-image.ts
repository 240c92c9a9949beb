import sharp from 'sharp';
import type { Rgba } from './cog-spec.ts';

/** Class values row by row. */
export interface ClassImage {
  width: number;
  height: number;
  values: Uint8Array;
}

const smallest = 768;

/** A PNG of class values in their colours; a small image is enlarged by a whole factor, pixels stay square and sharp. */
export async function paletteImage({ width, height, values }: ClassImage, palette: readonly Rgba[]): Promise<Buffer> {
  const factor = Math.max(1, Math.floor(smallest / Math.max(width, height)));
  const rgba = new Uint8Array(values.length * 4);
  values.forEach((value, pixel) => rgba.set(palette[value] ?? [0, 0, 0, 0], pixel * 4));
  return sharp(rgba, { raw: { width, height, channels: 4 } })
    .resize(width * factor, height * factor, { kernel: 'nearest' })
    .png({ palette: true, effort: 4 })
    .toBuffer();
}
