import { chunkPixels } from '#shared/domain/grid.ts';
import type { TileData } from './tile-encode.ts';

export interface LevelSize {
  width: number;
  height: number;
}

/** The overviews of a raster: halved, rounded up, until the longer side fits one tile of 512; none where it does already. */
export function overviewSizes(width: number, height: number): LevelSize[] {
  const sizes: LevelSize[] = [];
  while (Math.max(width, height) > chunkPixels) {
    width = Math.ceil(width / 2);
    height = Math.ceil(height / 2);
    sizes.push({ width, height });
  }
  return sizes;
}

/** Class (0 = no data) and confidence (0 = no data) of the same pixels, row by row. */
export interface ClassPair {
  classes: Uint8Array;
  confidence: Uint8Array;
}

/** Round half up of a sum over 1 to 4 values, in whole numbers. */
function meanOf(sum: number, count: number): number {
  if (count === 3) return Math.trunc((sum + 1) / 3);
  return (sum + (count >> 1)) >> (count >> 1);
}

/**
 * What is larger wins: bits 18-20 how many of the four pixels have this class, 8-17 the sum of their confidence, 0-7
 * what is larger for a lower class. 0 for no data.
 */
const rank = (value: number, count: number, sum: number) =>
  value === 0 ? 0 : (count << 18) | (sum << 8) | (255 - value);

/**
 * The winner of four pixels: classes a-d, confidences p-s, class 0 does not count. More pixels win, then the larger sum
 * of confidence, then the lower class; all by arithmetic, as branches that nobody can foresee cost more. The class in
 * the low byte, the confidence above it.
 */
function winner(a: number, b: number, c: number, d: number, p: number, q: number, r: number, s: number): number {
  const ab = a === b ? 1 : 0;
  const ac = a === c ? 1 : 0;
  const ad = a === d ? 1 : 0;
  const bc = b === c ? 1 : 0;
  const bd = b === d ? 1 : 0;
  const cd = c === d ? 1 : 0;
  const best = Math.max(
    rank(a, 1 + ab + ac + ad, p + (-ab & q) + (-ac & r) + (-ad & s)),
    rank(b, 1 + ab + bc + bd, q + (-ab & p) + (-bc & r) + (-bd & s)),
    rank(c, 1 + ac + bc + cd, r + (-ac & p) + (-bc & q) + (-cd & s)),
    rank(d, 1 + ad + bd + cd, s + (-ad & p) + (-bd & q) + (-cd & r)),
  );
  if (best === 0) return 0;
  return (255 - (best & 0xff)) | (meanOf((best >> 8) & 0x3ff, best >> 18) << 8);
}

/**
 * One 2 x 2 step for classes: the mode of the valid pixels (a tie goes to the larger sum of confidence, then to the
 * lower value); its confidence is the mean over the pixels of that class, rounded half up. No valid pixel: 0 and 0.
 * The result has ceil(width / 2) x ceil(height / 2) pixels.
 */
export function reduceClasses({ classes, confidence }: ClassPair, { width, height }: LevelSize): ClassPair {
  const length = Math.ceil(width / 2) * Math.ceil(height / 2);
  const out = { classes: new Uint8Array(length), confidence: new Uint8Array(length) };
  let to = 0;
  for (let row = 0; row < height; row += 2)
    for (let col = 0; col < width; col += 2, to++) {
      const at = row * width + col;
      // What lies beyond an odd edge counts as no data.
      const right = col + 1 < width;
      const below = row + 1 < height;
      const a = classes[at];
      const b = right ? classes[at + 1] : 0;
      const c = below ? classes[at + width] : 0;
      const d = right && below ? classes[at + width + 1] : 0;
      if (a === b && a === c && a === d) {
        if (a === 0) continue;
        out.classes[to] = a;
        const sum = confidence[at] + confidence[at + 1] + confidence[at + width] + confidence[at + width + 1];
        out.confidence[to] = (sum + 2) >> 2;
        continue;
      }
      const won = winner(
        a,
        b,
        c,
        d,
        confidence[at],
        right ? confidence[at + 1] : 0,
        below ? confidence[at + width] : 0,
        right && below ? confidence[at + width + 1] : 0,
      );
      out.classes[to] = won & 0xff;
      out.confidence[to] = won >> 8;
    }
  return out;
}

/**
 * One 2 x 2 step for quantities: the mean of the valid pixels (rounded half up for integers), nodata where there is
 * none. `nodata` is NaN or a value at the end of the samples' range, which a mean of valid samples cannot reach.
 */
export function reduceMean<T extends TileData>(data: T, { width, height }: LevelSize, nodata: number): T {
  const out = data.slice(0, Math.ceil(width / 2) * Math.ceil(height / 2)) as T;
  const isFloat = data instanceof Float32Array;
  let to = 0;
  for (let row = 0; row < height; row += 2)
    for (let col = 0; col < width; col += 2) {
      let [count, sum] = [0, 0];
      for (let y = row; y < Math.min(row + 2, height); y++)
        for (let x = col; x < Math.min(col + 2, width); x++) {
          const value = data[y * width + x];
          if (Number.isNaN(value) || value === nodata) continue;
          count++;
          sum += value;
        }
      const mean = sum / count;
      out[to++] = count === 0 ? nodata : isFloat ? mean : Math.round(mean);
    }
  return out;
}
