import type { PixelSource } from './pixel-source.ts';
import { sampleTile } from './sample-tile.ts';
import type { TileGrid } from './tile-matrix-set.ts';

/** One band of a scene and how its digital numbers become reflectance. */
export interface SceneBand {
  source: PixelSource;
  scale: number;
  offset: number;
}

/** Reflectance of white. */
const brightest = 0.3;
/** Under 1: dark fields are told apart. */
const gamma = 0.8;

/**
 * Brightness 1-255 by digital number: reflectance 0 to 0.3, clamped, to the power of 0.8. Digital number 0 is no data
 * and gives 0.
 */
export function brightnessTable({ scale, offset }: Pick<SceneBand, 'scale' | 'offset'>): Uint8Array {
  return Uint8Array.from({ length: 65_536 }, (_, dn) => {
    if (dn === 0) return 0;
    const share = Math.min(1, Math.max(0, (dn * scale + offset) / brightest));
    return 1 + Math.round(254 * share ** gamma);
  });
}

/**
 * A tile in true colour from red, green and blue (in this order), each by its own overview: RGBA row by row,
 * transparent where a band has no data. Null where nothing is shown.
 */
export async function trueColourTile(bands: readonly SceneBand[], grid: TileGrid): Promise<Uint8Array | null> {
  const sampled = new Map<SceneBand, Promise<Uint8Array | null>>();
  for (const band of bands)
    if (!sampled.has(band)) sampled.set(band, sampleTile(band.source, grid, 1, brightnessTable(band)));
  const planes = await Promise.all(bands.map((band) => sampled.get(band)!));
  if (planes.some((plane) => plane === null)) return null;
  const [red, green, blue] = planes as Uint8Array[];
  const rgba = new Uint8Array(4 * red.length);
  let any = false;
  for (let i = 0, at = 0; i < red.length; i++, at += 4) {
    if (red[i] === 0 || green[i] === 0 || blue[i] === 0) continue;
    rgba[at] = red[i];
    rgba[at + 1] = green[i];
    rgba[at + 2] = blue[i];
    rgba[at + 3] = 255;
    any = true;
  }
  return any ? rgba : null;
}
