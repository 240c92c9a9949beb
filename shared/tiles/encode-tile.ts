import { palettePng, type Rgb } from '#shared/raster/palette-png.ts';

export const tileFormats = ['png', 'webp'] as const;
export type TileFormat = (typeof tileFormats)[number];
export const mediaTypes: Record<TileFormat, string> = { png: 'image/png', webp: 'image/webp' };

/** sharp is loaded for what needs it: the first tile of a class layer from zero comes without it. */
const loadSharp = async () => (await import('sharp')).default;

function rgbaOf(indices: Uint8Array, colours: readonly Rgb[]): Uint8Array {
  const words = Uint32Array.of(0, ...colours.map(([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0));
  const rgba = new Uint32Array(indices.length);
  for (let i = 0; i < indices.length; i++) rgba[i] = words[indices[i]];
  return new Uint8Array(rgba.buffer);
}

/** A square tile of palette indices (0 transparent): an indexed PNG, or lossless WebP. */
export async function encodeIndices(
  indices: Uint8Array,
  size: number,
  colours: readonly Rgb[],
  format: TileFormat,
): Promise<Uint8Array> {
  if (format === 'png') return palettePng(indices, size, size, colours);
  const sharp = await loadSharp();
  const raw = { width: size, height: size, channels: 4 as const };
  return sharp(rgbaOf(indices, colours), { raw }).webp({ lossless: true, effort: 0 }).toBuffer();
}

/** A square tile of red, green, blue and alpha: PNG, or WebP with losses that a photograph hides. */
export async function encodeRgba(rgba: Uint8Array, size: number, format: TileFormat): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const image = sharp(rgba, { raw: { width: size, height: size, channels: 4 } });
  if (format === 'webp') return image.webp({ quality: 85, effort: 2 }).toBuffer();
  return image.png({ compressionLevel: 4, adaptiveFiltering: true }).toBuffer();
}
